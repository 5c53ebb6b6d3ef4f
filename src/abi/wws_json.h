// The input of the ABI `wws-json`: one JSON object on standard input (docs/workers.md). Spoken by every worker made for versions 0.6 to 1.7.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "http/request.h"

namespace wws::abi {

/// What a worker is told besides the request itself.
struct JsonContext {
  std::string_view url;                                             ///< as the worker sees it
  std::span<const std::pair<std::string, std::string>> parameters;  ///< of its route, decoded
};

/// The input object, on one line. Header names are lower-case; a repeated header is joined with ", "
/// ("; " for Cookie). A body that is not UTF-8 becomes base64 text beside `"base64":true`.
[[nodiscard]] std::string encode_json_input(const http::Request& request, const JsonContext& context);

}  // namespace wws::abi
