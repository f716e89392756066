// SPDX-License-Identifier: Apache-2.0
#include "usecases/api_tokens.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "outbound/events.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_people.hpp"
#include "outbound/pg_tokens.hpp"

namespace turnkey::registry {
namespace {

constexpr int kMostTokens = 50;  // of one user at once

void write_line(pqxx::work& tx, const core::UserId& actor, std::string act, const ApiToken& token,
                core::Timestamp now) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.user_id = actor;
  entry.detail = {{"tokenId", token.id.str()}, {"userId", token.user_id.str()}, {"scopes", token.scopes}};
  pg_ledger::append(tx, {entry});
}

std::vector<std::string> without_repeats(std::vector<std::string> scopes) {
  std::sort(scopes.begin(), scopes.end());
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  return scopes;
}

}  // namespace

core::Result<MadeToken> create_token(const Context& context, const core::UserId& actor_id,
                                     const NewToken& wanted) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<MadeToken> {
    const core::Timestamp now = context.clock.now();
    pg_people::lock(tx);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const ApiToken token{ApiTokenId::random(),           actor_id, wanted.name,
                         without_repeats(wanted.scopes), now,      wanted.expires_at};
    std::vector<core::FieldError> errors;
    check_new_token(token, wanted.within, now, errors);
    if (!errors.empty()) return core::invalid("Some fields are not right.", std::move(errors));
    if (actor->is_pass()) return core::conflict("A pass has no tokens of its own.", "not_for_passes");
    if (pg_tokens::count_of(tx, actor_id, now) >= kMostTokens)
      return core::conflict("There are fifty tokens already; delete one first.", "too_many_tokens");
    MadeToken made{token, std::string(kApiTokenPrefix) + core::random_hex(32)};
    pg_tokens::insert(tx, token, core::sha256_hex(made.secret));
    write_line(tx, actor_id, "token.created", token, now);
    return made;
  });
}

core::Result<TokenPage> list_tokens(const Context& context, const core::UserId& actor_id, bool all,
                                    const std::string& cursor, int limit) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<TokenPage> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (all && !actor->is_operator()) return core::not_found();
    TokenPage page{pg_tokens::list(tx, all ? std::nullopt : std::optional(actor_id), cursor, limit + 1,
                                   context.clock.now()),
                   std::nullopt};
    if (page.items.size() > static_cast<std::size_t>(limit)) {
      page.items.pop_back();
      page.next_cursor = page.items.back().id.str();
    }
    return page;
  });
}

core::Result<core::Done> delete_token(const Context& context, const core::UserId& actor_id,
                                      const ApiTokenId& id) {
  return change(context, [&](pqxx::work& tx) -> core::Result<core::Done> {
    pg_people::lock(tx);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const auto token = pg_tokens::find(tx, id);
    if (!token || (token->user_id != actor_id && !actor->is_operator())) return core::not_found();
    pg_tokens::remove(tx, id);
    events::user_changed(tx, token->user_id, "changed", context.clock.now());
    write_line(tx, actor_id, "token.deleted", *token, context.clock.now());
    return core::Done{};
  });
}

}  // namespace turnkey::registry
