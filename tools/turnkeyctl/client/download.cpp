// SPDX-License-Identifier: Apache-2.0
#include "client/download.hpp"

#include <ostream>

#include "client/private_file.hpp"

namespace turnkey::ctl {
namespace {

constexpr auto kDeadline = std::chrono::minutes(30);
constexpr auto kSilence = std::chrono::minutes(2);

Outcome<http::Answer> fetch(Api& api, const Target& target, std::function<bool(std::string_view)> on_body) {
  http::Call call;
  call.target = target.str();
  call.deadline = kDeadline;
  call.silence = kSilence;
  call.on_body = std::move(on_body);
  return api.ask(std::move(call));
}

}  // namespace

Outcome<http::Answer> download(Api& api, const Target& target, const std::string& file, std::ostream& out) {
  if (file == "-") {
    return fetch(api, target, [&](std::string_view piece) {
      out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
      return out.good();
    });
  }
  auto place = PrivateFile::create(file);
  if (!place) return place.error();
  auto answer = fetch(api, target, [&](std::string_view piece) { return place->write(piece); });
  if (!answer) {
    place->begin_again();  // half a file is none
    return answer;
  }
  const auto finished = place->finish();
  if (!finished) return finished.error();
  return answer;
}

}  // namespace turnkey::ctl
