// SPDX-License-Identifier: Apache-2.0
// What a server answers, straight into a file or a stream: memory stays small however much it is.
#pragma once

#include <string>

#include "client/api.hpp"

namespace turnkey::ctl {

// Into a new file (`conflict` when there is one); one that nothing came for is removed again. "-" is `out`.
Outcome<http::Answer> download(Api& api, const Target& target, const std::string& file, std::ostream& out);

}  // namespace turnkey::ctl
