// SPDX-License-Identifier: Apache-2.0
#include "core/base64.hpp"
#include "core/hash.hpp"
#include "core/random.hpp"
#include "core/serial.hpp"
#include "domain/tags.hpp"
#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "usecases/delete_device.hpp"
#include "usecases/edit_device.hpp"
#include "usecases/model_pictures.hpp"
#include "usecases/release_devices.hpp"
#include "usecases/replace_device.hpp"
#include "usecases/roll_out_recipe.hpp"
#include "usecases/undo_release.hpp"

namespace turnkey::registry {
namespace {

using bus::CallContext;
using contracts::Json;
using contracts::ObjectReader;
using core::Result;

constexpr std::size_t kMaxReleases = 1000;  // serials in one request
constexpr std::size_t kSecretPart = 64;     // hex characters
constexpr std::size_t kSha256 = 64;
constexpr std::size_t kMaxBase64 = 4 * ((kMaxPicture + 2) / 3);

Result<Json> device_reply(const Result<Device>& device) {
  if (!device) return device.error();
  return Json{{"device", to_json(*device)}};
}

bool is_hex(const std::string& text) { return core::from_hex(text).has_value(); }

// Who sends no secret part of a request cannot have it answered a second time.
ReleaseRequest read_release(ObjectReader& in, const Context& context) {
  ReleaseRequest request;
  request.actor = read_actor(in);
  request.idempotency_key = in.text("idempotencyKey", 1, 128);
  request.secret_part =
      in.optional_text("secretPart", kSecretPart, kSecretPart).value_or(core::random_hex(kSecretPart / 2));
  if (!is_hex(request.secret_part)) in.wrong("secretPart", "malformed", "64 hex characters are needed");
  request.requested_at = in.optional_time("requestedAt").value_or(context.clock.now());
  return request;
}

Result<Json> on_release_device(const Context& context, const Json& json, const CallContext&) {
  ObjectReader in(json);
  in.allow_only({"actor", "serial", "idempotencyKey", "secretPart", "requestedAt"});
  const auto request = read_release(in, context);
  const auto serial = read_serial(in, json);
  if (!in.ok()) return in.error();
  const auto released = release_device(context, request, serial);
  if (!released) return released.error();
  return Json{{"device", to_json(released->device)},
              {"credentials",
               {{"accessKey", released->credentials.access_key},
                {"accessSecret", released->credentials.access_secret}}}};
}

std::vector<std::string> read_serials(ObjectReader& in) {
  std::vector<std::string> serials;
  const Json* list = in.array("serials", kMaxReleases);
  if (list == nullptr) return serials;
  if (list->empty()) in.wrong("serials", "required", "1 to 1000 serials are needed");
  for (const Json& item : *list) {
    if (item.is_string() && item.get_ref<const std::string&>().size() <= 255) {
      serials.push_back(item);
    } else {
      in.wrong("serials." + std::to_string(serials.size()), "wrong_type", "a serial is needed");
      return serials;
    }
  }
  return serials;
}

Result<Json> on_release_devices(const Context& context, const Json& json, const CallContext&) {
  ObjectReader in(json);
  in.allow_only({"actor", "serials", "idempotencyKey", "secretPart", "requestedAt"});
  const auto request = read_release(in, context);
  const auto serials = read_serials(in);
  if (!in.ok()) return in.error();
  const auto many = release_devices(context, request, serials);
  if (!many) return many.error();
  return Json{{"csv", many->csv}, {"released", many->released}};
}

Result<Json> on_list_releases(const Context& context, const Json& json, const CallContext&) {
  ObjectReader in(json);
  const auto actor = read_actor(in);
  const auto after = in.optional_id<core::DeviceId>("cursor");
  const auto limit = static_cast<int>(in.optional_integer("limit", 1, 200).value_or(50));
  if (!in.ok()) return in.error();
  return page_reply(list_releases(context, actor, after, limit));
}

Result<Json> on_undo_release(const Context& context, const Json& json, const CallContext&) {
  ObjectReader in(json);
  const auto actor = read_actor(in);
  const auto serial = read_serial(in, json);
  if (!in.ok()) return in.error();
  return device_reply(undo_release(context, actor, serial));
}

Result<Json> on_update_device(const Context& context, const Json& json, const CallContext&) {
  ObjectReader in(json);
  in.allow_only({"actor", "serial", "name", "tags", "groupId", "model"});
  DeviceEdit edit;
  edit.actor = read_actor(in);
  edit.serial = read_serial(in, json);
  // Judged together with what the registry knows, so that all field errors come at once.
  edit.name = in.optional_text("name", 0, 4096);
  edit.group_id = in.optional_text("groupId", 0, 255);
  edit.model = in.optional_text("model", 0, 255);
  if (const Json* tags = in.optional_object("tags")) edit.tags = read_tags(*tags, "tags", in);
  if (!in.ok()) return in.error();
  return device_reply(edit_device(context, edit));
}

Result<Json> on_delete_device(const Context& context, const Json& json, const CallContext&) {
  ObjectReader in(json);
  const DeviceDeletion wanted{read_actor(in), read_serial(in, json), in.text("idempotencyKey", 1, 128)};
  if (!in.ok()) return in.error();
  return empty_reply(delete_device(context, wanted));
}

Result<Json> on_replace_device(const Context& context, const Json& json, const CallContext&) {
  ObjectReader in(json);
  in.allow_only({"actor", "serial", "newSerial", "idempotencyKey"});
  Replacement wanted;
  wanted.actor = read_actor(in);
  wanted.serial = read_serial(in, json);
  const auto given = core::Serial::parse(in.text("newSerial", 1, 255));
  wanted.new_serial = given ? given->str() : "";
  wanted.idempotency_key = in.text("idempotencyKey", 1, 128);
  if (!in.ok()) return in.error();
  return device_reply(replace_device(context, wanted));
}

Result<Json> on_roll_out_recipe(const Context& context, const Json& json, const CallContext& call) {
  ObjectReader in(json);
  const Rollout wanted{read_actor(in), in.id<core::RecipeId>("id"), in.text("idempotencyKey", 1, 128),
                       call.deadline};
  if (!in.ok()) return in.error();
  const auto done = roll_out_recipe(context, wanted);
  if (!done) return done.error();
  return Json{{"devices", done->devices}, {"more", done->more}};
}

Result<Json> on_set_model_picture(const Context& context, const Json& json, const CallContext&) {
  ObjectReader in(json);
  in.allow_only({"actor", "recipeId", "key", "contentType", "bytes"});
  PictureOfModel wanted;
  wanted.actor = read_actor(in);
  wanted.recipe_id = in.id<core::RecipeId>("recipeId");
  wanted.model_key = in.text("key", 1, 64);
  wanted.picture.content_type = in.text("contentType", 1, 64);
  const auto bytes = core::from_base64(in.text("bytes", 1, kMaxBase64));
  if (!bytes || bytes->size() > kMaxPicture)
    in.wrong("bytes", "malformed", "at most 512 KiB in Base64 are needed");
  if (!in.ok()) return in.error();
  wanted.picture.bytes = *bytes;
  const auto model = set_model_picture(context, wanted);
  if (!model) return model.error();
  return Json{{"model", to_json(std::vector{*model})[0]}};
}

Result<Json> on_get_picture(const Context& context, const Json& json, const CallContext&) {
  ObjectReader in(json);
  const auto actor = read_actor(in);
  const auto hash = in.text("sha256", kSha256, kSha256);
  if (!in.ok()) return in.error();
  if (!is_hex(hash)) return core::not_found();
  const auto picture = get_picture(context, actor, hash);
  if (!picture) return picture.error();
  return Json{{"contentType", picture->content_type}, {"bytes", core::to_base64(picture->bytes)}};
}

}  // namespace

void add_lifecycle_methods(bus::RpcServer& server, const Context& context) {
  using Handler = Result<Json> (*)(const Context&, const Json&, const CallContext&);
  static constexpr std::pair<const char*, Handler> kMethods[] = {
      {"release_device", on_release_device},       {"release_devices", on_release_devices},
      {"list_releases", on_list_releases},         {"undo_release", on_undo_release},
      {"update_device", on_update_device},         {"delete_device", on_delete_device},
      {"replace_device", on_replace_device},       {"roll_out_recipe", on_roll_out_recipe},
      {"set_model_picture", on_set_model_picture}, {"get_picture", on_get_picture},
  };
  for (const auto& [name, handler] : kMethods)
    server.on(name, [&context, run = handler](const Json& request, const CallContext& call) {
      return run(context, request, call);
    });
}

}  // namespace turnkey::registry
