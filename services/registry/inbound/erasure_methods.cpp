// SPDX-License-Identifier: Apache-2.0
#include "inbound/rpc_methods.hpp"

#include "inbound/rpc_shapes.hpp"
#include "usecases/erase.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;

template <typename Ids>
Json texts_of(const Ids& ids) {
  Json texts = Json::array();
  for (const auto& id : ids) texts.push_back(id.str());
  return texts;
}

Json json_of(const Erasure& erasure) {
  Json tenures = Json::array();
  for (const auto& one : erasure.tenures)
    tenures.push_back({{"deviceId", one.device.str()},
                       {"from", core::to_iso(one.from)},
                       {"to", core::to_iso(one.to.value_or(erasure.at))}});
  Json json = {{"at", core::to_iso(erasure.at)},     {"users", texts_of(erasure.users)},
               {"groups", texts_of(erasure.groups)}, {"tenures", std::move(tenures)},
               {"devices", erasure.devices},         {"rows", erasure.counts}};
  if (erasure.written) json["ledger"] = {{"seq", erasure.written->seq}, {"hash", erasure.written->hash_hex}};
  return json;
}

template <typename Id, typename UseCase>
Result<Json> erase(const Context& context, const Json& request, const UseCase& use_case) {
  ObjectReader in(request);
  in.allow_only({"actor", "id", "apply", "elsewhere"});
  WantedErasure wanted;
  wanted.actor = read_actor(in);
  const auto id = in.id<Id>("id");
  wanted.apply = in.optional_boolean("apply").value_or(false);
  if (const Json* elsewhere = in.optional_object("elsewhere")) wanted.elsewhere = *elsewhere;
  if (!in.ok()) return in.error();
  const auto erasure = use_case(context, id, wanted);
  if (!erasure) return erasure.error();
  return json_of(*erasure);
}

Result<Json> on_erase_user(const Context& context, const Json& request) {
  return erase<core::UserId>(context, request, erase_user);
}

Result<Json> on_erase_group(const Context& context, const Json& request) {
  return erase<core::GroupId>(context, request, erase_group);
}

}  // namespace

void add_erasure_methods(bus::RpcServer& server, const Context& context) {
  static constexpr Method<Context> kMethods[] = {
      {"erase_user", on_erase_user},
      {"erase_group", on_erase_group},
  };
  add_methods(server, kMethods, std::cref(context));
}

}  // namespace turnkey::registry
