// SPDX-License-Identifier: Apache-2.0
#include "usecases/seal_anew.hpp"

#include <algorithm>

#include "outbound/pg_sealed.hpp"
#include "usecases/administer_integrations.hpp"

namespace turnkey::registry {
namespace {

std::string place_of(const pg_sealed::Text& text) {
  switch (text.what) {
    case pg_sealed::What::registration_key:
      return text.id;
    case pg_sealed::What::webhook_secret:
      return webhook_place(core::IntegrationId::trusted(text.id));
  }
  return {};
}

std::vector<pg_sealed::Text> sealed_before(pqxx::work& tx, const Sealer& sealer) {
  auto texts = pg_sealed::all(tx);
  texts.erase(
      std::remove_if(texts.begin(), texts.end(),
                     [&](const auto& text) { return sealer.sealed_anew(text.sealed, place_of(text)); }),
      texts.end());
  return texts;
}

}  // namespace

int count_sealed_before(const Context& context, const Sealer& sealer) {
  return context.pool.transaction(
      [&](pqxx::work& tx) { return static_cast<int>(sealed_before(tx, sealer).size()); });
}

void seal_anew(const Context& context, const Sealer& sealer) {
  context.pool.transaction([&](pqxx::work& tx) {
    for (const auto& text : sealed_before(tx, sealer)) {
      const auto plain = sealer.open(text.sealed, place_of(text));
      if (plain) pg_sealed::replace(tx, text, sealer.seal(*plain, place_of(text)));
    }
  });
}

}  // namespace turnkey::registry
