// The output of the ABI `wws-json`: one JSON object on standard output (docs/workers.md).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/response.h"

namespace wws::abi {

/// What a worker's output says.
struct JsonAnswer {
  using Map = std::vector<std::pair<std::string, std::string>>;
  http::Response response;
  Map kv;  ///< all of what is to be in its key-value store, in the order written; a key may occur twice
};

/// Reads the output object: `data`, `headers`, `status` and `kv` of exact types, `base64` optional,
/// nothing around it but white space. Other keys may hold any JSON that is not nested deeper than
/// kDeepestJson. The response has lower-case field names, a Content-Type (text/html unless the worker named
/// one) and no framing fields. kBadOutput says what is wrong.
[[nodiscard]] Result<JsonAnswer> decode_json_output(std::string_view output);

}  // namespace wws::abi
