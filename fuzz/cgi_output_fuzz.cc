// Fuzz target: what a CGI worker wrote to its standard output.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "abi/answer_fields.h"
#include "abi/cgi.h"
#include "http/fields.h"

namespace {

/// assert() that stays in every build type.
void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto response = wws::abi::decode_cgi_output(text);
  if (!response) {
    require(!response.error().message.empty());
    require(response.error().code == wws::ErrorCode::kBadOutput);
    return 0;
  }
  require(response->status >= wws::abi::kLowestStatus && response->status <= wws::abi::kHighestStatus);
  require(response->fields.size() <= wws::abi::kMostFields);
  const auto& body = std::get<std::string>(response->body);
  require(body.empty() || text.ends_with(body));
  require(body.empty() || wws::http::find(response->fields, "content-type"));
  for (const auto& field : response->fields) {
    require(wws::http::is_token(field.name));
    require(wws::http::is_field_value(field.value));
    require(!wws::abi::is_framing(field.name) && field.name != "status");
    require(field.name != "location" || !field.value.starts_with("//"));
  }
  return 0;
}
