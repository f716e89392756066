// SPDX-License-Identifier: Apache-2.0
// What the page shows before anybody signs in: the installation's logo, icons, colours and the manifest of
// the installed app. For everybody, and never missing: what was not given is answered with the web app's own.
#include "config.hpp"
#include "domain/palette.hpp"
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr const char* kOwnIcon = "/icons/turnkey.svg";
constexpr const char* kOwnTouchIcon = "/icons/turnkey-180.png";

Response file_response(const Request& request, const BrandFile& file) {
  // A proxy that compresses makes the tag a weak one, W/"...".
  const bool known = request.header("if-none-match").find(file.etag) != std::string::npos;
  Response response{known ? 304 : 200, known ? "" : file.bytes, file.content_type, {}};
  response.headers.emplace_back("ETag", file.etag);
  return response;
}

http::Handler picture(const std::optional<BrandFile>& file, const char* own) {
  return [&file, own](const Request& request) -> Result<Response> {
    if (file) return file_response(request, *file);
    Response response = http::empty_response(302);
    response.headers.emplace_back("Location", own);
    return response;
  };
}

Json icon(std::string src, const char* sizes, const char* type, const char* purpose) {
  return {{"src", std::move(src)}, {"sizes", sizes}, {"type", type}, {"purpose", purpose}};
}

Json icons(const Branding& branding) {
  if (!branding.favicon)
    return {icon(kOwnIcon, "any", "image/svg+xml", "any"),
            icon("/icons/turnkey-192.png", "192x192", "image/png", "any"),
            icon("/icons/turnkey-512.png", "512x512", "image/png", "any"),
            icon("/icons/turnkey-maskable-192.png", "192x192", "image/png", "maskable"),
            icon("/icons/turnkey-maskable-512.png", "512x512", "image/png", "maskable")};
  Json own = Json::array({icon("/branding/favicon", "any", branding.favicon->content_type.c_str(), "any")});
  if (branding.touch_icon) own.push_back(icon("/branding/touch-icon", "any", "image/png", "any"));
  return own;
}

Json manifest(const Config& config) {
  return {{"id", "/"},
          {"name", config.product_name},
          {"short_name", config.product_name},
          {"description", "Scan, press, assign, operate."},
          {"start_url", "/register"},
          {"scope", "/"},
          {"display", "standalone"},
          {"background_color", config.branding.paper.value_or(kLightGround.paper).hex()},
          {"theme_color", config.branding.bar.value_or(kOwnBar).hex()},
          {"icons", icons(config.branding)}};
}

}  // namespace

void add_branding_routes(const Routes& routes) {
  const Branding& branding = routes.config.branding;
  routes.server.route("GET", "/branding/theme.css", [&branding](const Request& request) -> Result<Response> {
    return file_response(request, branding.sheet);
  });
  routes.server.route("GET", "/branding/logo", picture(branding.logo, kOwnIcon));
  routes.server.route("GET", "/branding/favicon", picture(branding.favicon, kOwnIcon));
  routes.server.route("GET", "/branding/touch-icon", picture(branding.touch_icon, kOwnTouchIcon));
  const BrandFile document =
      brand_file(manifest(routes.config).dump(-1, ' ', false, Json::error_handler_t::replace),
                 "application/manifest+json");
  routes.server.route(
      "GET", "/branding/manifest.webmanifest",
      [document](const Request& request) -> Result<Response> { return file_response(request, document); });
}

}  // namespace turnkey::gateway
