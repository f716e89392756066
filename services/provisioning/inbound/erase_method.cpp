// SPDX-License-Identifier: Apache-2.0
#include "inbound/erase_method.hpp"

namespace turnkey::provisioning {
namespace {

using contracts::Json;
using contracts::ObjectReader;

constexpr std::size_t kMostIds = 50'000;

template <typename Id>
std::vector<Id> ids_of(ObjectReader& in, const char* name) {
  std::vector<Id> ids;
  const Json* list = in.array(name, kMostIds);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const auto id = (*list)[i].is_string() ? Id::parse((*list)[i].get<std::string>()) : std::nullopt;
    if (id)
      ids.push_back(*id);
    else
      in.wrong(std::string(name) + "." + std::to_string(i), "malformed", "an id is needed");
  }
  return ids;
}

core::Result<Json> on_erase(ErasureStore& store, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"users", "groups", "apply"});
  const Erasure erasure{ids_of<core::UserId>(in, "users"), ids_of<core::GroupId>(in, "groups")};
  const bool apply = in.boolean("apply");
  if (!in.ok()) return in.error();
  const auto counts = erase(store, erasure, apply);
  if (!counts) return counts.error();
  return Json{{"rows", *counts}};
}

}  // namespace

void add_erase_method(bus::RpcServer& server, ErasureStore& store) {
  server.on("erase", [&store](const Json& request, const auto&) { return on_erase(store, request); });
}

}  // namespace turnkey::provisioning
