// Fuzz target: what a wws-json worker wrote to its standard output.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "abi/wws_json_output.h"
#include "http/characters.h"

namespace {

/// assert() that stays in every build type.
void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto answer = wws::abi::decode_json_output(text);
  if (!answer) {
    require(!answer.error().message.empty());
    require(answer.error().code == wws::ErrorCode::kBadOutput);
    return 0;
  }
  const auto& response = answer->response;
  require(response.status >= 200 && response.status <= 999);
  require(std::holds_alternative<std::string>(response.body));
  for (const auto& field : response.fields) {
    require(wws::http::is_token(field.name));
    require(wws::http::is_field_value(field.value));
  }
  return 0;
}
