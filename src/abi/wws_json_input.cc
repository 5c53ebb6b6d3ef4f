#include <cstddef>

#include "abi/json_text.h"
#include "abi/request_fields.h"
#include "abi/wws_json.h"
#include "base/base64.h"
#include "base/utf8.h"

namespace wws::abi {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

void append_lower_name(std::string& json, std::string_view name) {
  json += '"';
  for (const char c : name) json += lower(c);  // a token: nothing to escape
  json += '"';
}

void append_headers(std::string& json, const std::vector<http::FieldView>& fields) {
  json += '{';
  bool first = true;
  std::string scratch;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (is_repeated(fields, i)) continue;
    if (!first) json += ',';
    first = false;
    append_lower_name(json, fields[i].name);
    json += ':';
    append_json_string(json, joined_value(fields, i, scratch));
  }
  json += '}';
}

void append_parameters(std::string& json, std::span<const std::pair<std::string, std::string>> parameters) {
  json += '{';
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (i > 0) json += ',';
    append_json_string(json, parameters[i].first);
    json += ':';
    append_json_string(json, parameters[i].second);
  }
  json += '}';
}

}  // namespace

std::string encode_json_input(const http::Request& request, const JsonContext& context) {
  std::string json;
  json.reserve(512 + request.body.size() + request.body.size() / 8);
  json += "{\"url\":";
  append_json_string(json, context.url);
  json += ",\"method\":";
  append_json_string(json, request.method);
  json += ",\"headers\":";
  append_headers(json, request.fields);
  json += ",\"body\":";
  const bool is_text = base::is_utf8(request.body);
  if (is_text) {
    append_json_string(json, request.body);
  } else {
    append_json_string(json, base::base64_encode(request.body));
  }
  json += ",\"kv\":{},\"params\":";
  append_parameters(json, context.parameters);
  // Only where it is needed: a worker that refuses keys it does not know was never given this one.
  if (!is_text) json += ",\"base64\":true";
  json += '}';
  return json;
}

}  // namespace wws::abi
