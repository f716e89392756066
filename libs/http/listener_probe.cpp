// SPDX-License-Identifier: Apache-2.0
#include "http/listener_probe.hpp"

namespace turnkey::http {

core::Result<Look> look_at(const Listener& listener) {
  const auto stream = DialledStream::dial(listener.endpoint);
  if (!stream) return stream.error();
  Look look{(*stream)->distrust(), (*stream)->certificate_ends(), {}};
  if (listener.say.empty() || !look.distrust.empty() || !(*stream)->send(listener.say)) return look;
  const auto end = std::chrono::steady_clock::now() + listener.endpoint.patience;
  while (look.reply.size() < listener.expect) {
    const std::string more = (*stream)->read(listener.expect - look.reply.size(), end);
    if (more.empty()) break;
    look.reply += more;
  }
  return look;
}

}  // namespace turnkey::http
