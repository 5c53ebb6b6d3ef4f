#include "abi/wws_json_input.h"

#include <simdjson.h>

#include <algorithm>

#include "abi/json_text.h"
#include "abi/request_fields.h"
#include "base/base64.h"

namespace wws::abi {
namespace {

/// Most inputs are not larger.
constexpr std::size_t kUsualSize = 512;
/// Bytes of a body that are looked at together at least: more than those of one character.
constexpr std::size_t kLeast = 16;

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

void append_object(std::string& json, std::span<const std::pair<std::string, std::string>> members) {
  json += '{';
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i > 0) json += ',';
    append_json_string(json, members[i].first);
    json += ':';
    append_json_string(json, members[i].second);
  }
  json += '}';
}

/// Bytes of the character that does not end in `part`, if it ends with such.
std::size_t cut_character(std::string_view part) noexcept {
  constexpr std::size_t kLongest = 4;
  for (std::size_t i = 1; i < kLongest && i <= part.size(); ++i) {
    const auto byte = static_cast<unsigned char>(part[part.size() - i]);
    if (byte < 0x80) return 0;  // a character of its own
    if (byte >= 0xC0) return i < (byte < 0xE0 ? 2U : byte < 0xF0 ? 3U : 4U) ? i : 0;  // the first of several
  }
  return 0;
}

}  // namespace

JsonInput::JsonInput(const http::Request& request, const JsonContext& context) : body_(request.body) {
  piece_.reserve(kUsualSize);
  piece_ += "{\"url\":";
  append_json_string(piece_, context.url);
  piece_ += ",\"method\":";
  append_json_string(piece_, request.method);
  piece_ += ",\"headers\":";
  append_headers(piece_, request.fields);
  piece_ += ",\"body\":\"";
  tail_ = "\",\"kv\":";
  append_object(tail_, context.map);
  tail_ += ",\"params\":";
  append_object(tail_, context.parameters);
}

JsonInput::Progress JsonInput::prepare(std::size_t bytes) {
  std::string_view part = body_.substr(checked_, std::max(bytes, kLeast));
  if (checked_ + part.size() < body_.size()) part.remove_suffix(cut_character(part));
  if (simdjson::validate_utf8(part.data(), part.size())) {
    checked_ += part.size();
    return checked_ == body_.size() ? Progress::kDone : Progress::kMore;
  }
  form_ = Form::kBase64;
  // Only where it is needed: a worker that refuses keys it does not know was never given this one.
  tail_ += ",\"base64\":true";
  return Progress::kDone;
}

std::string_view JsonInput::next() {
  if (is_over_) return {};
  if (has_begun_) piece_.clear();
  has_begun_ = true;
  const std::string_view part = body_.substr(written_, kPiece);
  written_ += part.size();
  if (form_ == Form::kText) {
    append_json(piece_, part);
  } else {
    base::append_base64(piece_, part);
  }
  is_over_ = written_ == body_.size();
  if (is_over_) piece_.append(tail_) += '}';
  return piece_;
}

std::string encode_json_input(const http::Request& request, const JsonContext& context) {
  JsonInput input(request, context);
  while (input.prepare(request.body.size()) != JsonInput::Progress::kDone) {
  }
  std::string whole;
  for (auto piece = input.next(); !piece.empty(); piece = input.next()) whole += piece;
  return whole;
}

}  // namespace wws::abi
