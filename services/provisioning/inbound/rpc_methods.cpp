// SPDX-License-Identifier: Apache-2.0
#include "inbound/rpc_methods.hpp"

#include "domain/rules.hpp"
#include "messages.hpp"
#include "usecases/answer_blinks.hpp"
#include "usecases/cancel.hpp"
#include "usecases/complete.hpp"
#include "usecases/get.hpp"
#include "usecases/hear_stray_press.hpp"
#include "usecases/identify.hpp"
#include "usecases/open.hpp"

namespace turnkey::provisioning {
namespace {

using contracts::Json;
using Answer = core::Result<Json>;

constexpr std::size_t kLongestText = 4000;  // the registry says what is right; this only bounds the message

core::UserId actor_of(contracts::ObjectReader& in) {
  const Json* actor = in.object("actor");
  if (actor == nullptr) return {};
  contracts::ObjectReader fields(*actor, "actor");
  const auto user = fields.id<core::UserId>("userId");
  for (auto& error : fields.take_errors()) in.wrong(error.field, error.code, error.message);
  return user;
}

Json answer_of(const Provisioning& one) {
  return {{"provisioning", contracts::to_json(view_of(one))},
          {"deviceId", one.device.id.str()},
          {"version", one.version}};
}

Answer on_open(World& world, const Json& request, const bus::CallContext& context) {
  contracts::ObjectReader in(request);
  OpenRequest wanted;
  wanted.user = actor_of(in);
  wanted.idempotency_key = in.text("idempotencyKey", 1, 128);
  const auto serial = core::Serial::parse(in.text("serial", 1, kLongestText));
  if (!serial) in.wrong("serial", "malformed", "a serial has 4 to 64 letters, digits, '.', '_' or '-'");
  if (!in.ok()) return in.error();
  wanted.serial = *serial;
  const auto opened = open(world, wanted, context.deadline);
  if (!opened) return opened.error();
  return answer_of(*opened);
}

// For the methods that need no more than who and which. An id that is none is not found like any other.
template <typename UseCase>
auto with_own(const Json& request, const UseCase& use_case) {
  using Outcome = decltype(use_case(core::UserId{}, core::ProvisioningId{}));
  contracts::ObjectReader in(request);
  const auto user = actor_of(in);
  const auto id = core::ProvisioningId::parse(in.text("id", 1, kLongestText));
  if (!in.ok()) return Outcome(in.error());
  if (!id) return Outcome(core::not_found());
  return use_case(user, *id);
}

Answer on_get(World& world, const Json& request) {
  const auto found =
      with_own(request, [&](const auto& user, const auto& id) { return get(world, user, id); });
  if (!found) return found.error();
  return answer_of(*found);
}

Answer on_cancel(World& world, const Json& request) {
  const auto done =
      with_own(request, [&](const auto& user, const auto& id) { return cancel(world, user, id); });
  if (!done) return done.error();
  return Json::object();
}

Answer on_identify(World& world, const Json& request) {
  const auto done =
      with_own(request, [&](const auto& user, const auto& id) { return identify(world, user, id); });
  if (!done) return done.error();
  return Json::object();
}

Answer on_answer_blinks(World& world, const Json& request) {
  contracts::ObjectReader in(request);
  const BlinkAnswer answer{static_cast<int>(in.integer("count", kFewestBlinks, kMostBlinks)),
                           static_cast<int>(in.integer("tries", 1, kWrongBurstsToLock))};
  if (!in.ok()) return in.error();
  const auto judged = with_own(
      request, [&](const auto& user, const auto& id) { return answer_blinks(world, user, id, answer); });
  if (!judged) return judged.error();
  return answer_of(*judged);
}

Answer on_complete(World& world, const Json& request, const bus::CallContext& context) {
  contracts::ObjectReader in(request);
  // What is missing is empty: the registry names all that is wrong at once.
  const auto text = [&](const char* name) { return in.optional_text(name, 0, kLongestText).value_or(""); };
  const Wish wish{text("name"), text("groupId"), text("model")};
  if (!in.ok()) return in.error();
  const auto device = with_own(request, [&](const auto& user, const auto& id) {
    return complete(world, user, id, wish, context.deadline);
  });
  if (!device) return device.error();
  return Json{{"device", Json::parse(*device)}};
}

Answer on_stray_press(World& world, const Json& request, const bus::CallContext& context) {
  contracts::ObjectReader in(request);
  const auto device = in.id<core::DeviceId>("deviceId");
  const auto at = in.time("at");
  if (!in.ok()) return in.error();
  const auto heard = hear_stray_press(world, device, at, context.deadline);
  if (!heard) return heard.error();
  return Json::object();
}

}  // namespace

void add_methods(bus::RpcServer& server, World& world) {
  server.on("open",
            [&](const Json& request, const auto& context) { return on_open(world, request, context); });
  server.on("get", [&](const Json& request, const auto&) { return on_get(world, request); });
  server.on("cancel", [&](const Json& request, const auto&) { return on_cancel(world, request); });
  server.on("identify", [&](const Json& request, const auto&) { return on_identify(world, request); });
  server.on("answer_blinks",
            [&](const Json& request, const auto&) { return on_answer_blinks(world, request); });
  server.on("complete",
            [&](const Json& request, const auto& context) { return on_complete(world, request, context); });
  server.on("stray_press", [&](const Json& request, const auto& context) {
    return on_stray_press(world, request, context);
  });
}

}  // namespace turnkey::provisioning
