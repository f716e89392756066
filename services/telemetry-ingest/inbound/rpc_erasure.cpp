// SPDX-License-Identifier: Apache-2.0
#include "inbound/rpc_erasure.hpp"

#include <memory>
#include <mutex>

#include "core/ids.hpp"
#include "inbound/rpc_shapes.hpp"

namespace turnkey::ingest {
namespace {

using contracts::Json;
using contracts::ObjectReader;

constexpr std::size_t kMostTenures = 50'000;
constexpr std::chrono::seconds kForTheAnswer{2};  // what is left of the caller's time when the work stops

std::vector<Tenure> read_tenures(ObjectReader& in) {
  std::vector<Tenure> tenures;
  const Json* list = in.array("tenures", kMostTenures);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    ObjectReader one((*list)[i], prefix_of("tenures", i));
    tenures.push_back({one.id<core::DeviceId>("deviceId").str(), one.time("from"), one.time("to")});
    move_errors(one, in);
  }
  return tenures;
}

core::Result<Json> on_erase_history(HistoryEraser& eraser, const Json& request,
                                    const bus::CallContext& context) {
  ObjectReader in(request);
  in.allow_only({"tenures", "apply"});
  const auto tenures = read_tenures(in);
  const bool apply = in.boolean("apply");
  if (!in.ok()) return in.error();
  const Erased erased = erase_history(eraser, tenures, apply, context.deadline - kForTheAnswer);
  return Json{{"rows", erased.rows}, {"finished", erased.finished}};
}

}  // namespace

void add_erase_history(bus::RpcServer& server, HistoryEraser& eraser) {
  // One at a time, so that threads are left for those who ask for presses and values.
  auto turn = std::make_shared<std::mutex>();
  server.on("erase_history",
            [&eraser, turn](const Json& request, const bus::CallContext& context) -> core::Result<Json> {
              const std::unique_lock lock(*turn, std::try_to_lock);
              if (!lock) return core::unavailable("Another erasing is under way.");
              return on_erase_history(eraser, request, context);
            });
}

}  // namespace turnkey::ingest
