// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

namespace turnkey::gateway {
namespace {

constexpr std::int64_t kMostStreams = 200'000;

void read_labels(service::ConfigReader& in, Config& config) {
  config.label_host = in.text("TURNKEY_LABEL_HOST");
  auto fonts = labels::Fonts::load(in.text("TURNKEY_LABEL_FONT_FOLDER", labels::Fonts::kUsualFolder));
  if (fonts)
    config.label_fonts = std::move(*fonts);
  else
    in.reject("TURNKEY_LABEL_FONT_FOLDER: " + fonts.error().message);
  const std::string logo_file = in.text("TURNKEY_LABEL_LOGO_FILE", "");
  if (logo_file.empty()) return;
  auto logo = labels::Logo::read(logo_file);
  if (logo)
    config.label_logo = std::move(*logo);
  else
    in.reject("TURNKEY_LABEL_LOGO_FILE: " + logo.error().message);
}

void read_brand(service::ConfigReader& in, Config& config) {
  std::vector<std::string> errors;
  config.branding = read_branding({in.text("TURNKEY_BRANDING_DIR", ""), in.text("TURNKEY_BRAND_COLOUR", ""),
                                   in.text("TURNKEY_BRAND_HIGHLIGHT", "")},
                                  errors);
  for (auto& error : errors) in.reject(std::move(error));
}

void read_trusted_proxies(service::ConfigReader& in, Config& config) {
  const auto texts = in.list("TURNKEY_TRUSTED_PROXIES", {});
  if (texts.empty()) return;
  config.trusted_proxies.clear();
  for (const auto& text : texts) {
    const auto range = core::AddressRange::parse(text);
    if (range)
      config.trusted_proxies.push_back(*range);
    else
      in.reject("TURNKEY_TRUSTED_PROXIES: " + text + " is no address and no range such as 172.16.0.0/12.");
  }
}

}  // namespace

Config read_config(service::ConfigReader in) {
  Config config;
  config.service = service::read_settings(in, "experience-gateway", false);
  config.http_address = in.text("TURNKEY_HTTP_ADDRESS", "127.0.0.1");
  config.http_port = static_cast<int>(in.integer("TURNKEY_HTTP_PORT", 0, 65535, 0));
  config.http_threads = static_cast<int>(in.integer("TURNKEY_HTTP_THREADS", 4, 256, 48));
  config.streams = static_cast<std::size_t>(in.integer("TURNKEY_STREAMS", 100, kMostStreams, 20'000));
  config.streams_per_address =
      static_cast<std::size_t>(in.integer("TURNKEY_STREAMS_PER_ADDRESS", 10, kMostStreams, 500));
  read_trusted_proxies(in, config);
  config.public_origins = in.list("TURNKEY_PUBLIC_ORIGINS", {});
  if (config.public_origins.empty())
    in.reject("TURNKEY_PUBLIC_ORIGINS must name where pages come from, such as https://turnkey.example.");
  for (const auto& origin : config.public_origins) {
    if (!origin.starts_with("https://") || origin.find('/', 8) != std::string::npos)
      in.reject("TURNKEY_PUBLIC_ORIGINS: " + origin +
                " is none; https://host or https://host:port is needed.");
  }
  config.checked_prefixes = in.list("TURNKEY_CHECKED_PREFIXES", {});
  read_labels(in, config);
  config.backup_metrics_file = in.text("TURNKEY_BACKUP_METRICS_FILE", "");
  config.product_name = in.text("TURNKEY_PRODUCT_NAME", "Turnkey");
  read_brand(in, config);
  in.throw_if_wrong();
  return config;
}

}  // namespace turnkey::gateway
