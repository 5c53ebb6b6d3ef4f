#include "telemetry/otlp_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/utf8.h"

namespace wws::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

void append_text(std::string& json, std::string_view text) {
  json += '"';
  while (!text.empty()) {
    const std::size_t length = base::utf8_sequence_length(text);
    if (length == 0) {
      json += kReplacement;
    } else if (text[0] == '"' || text[0] == '\\') {
      json += '\\';
      json += text[0];
    } else if (static_cast<unsigned char>(text[0]) < 0x20) {
      fmt::format_to(std::back_inserter(json), "\\u{:04x}", static_cast<unsigned>(text[0]));
    } else {
      json += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  json += '"';
}

void append_hex(std::string& json, std::span<const std::uint8_t> bytes) {
  json += '"';
  for (const std::uint8_t byte : bytes) {
    json += kHexDigits[byte >> 4];
    json += kHexDigits[byte & 15];
  }
  json += '"';
}

void append_number(std::string& json, std::string_view name, std::uint64_t number) {
  fmt::format_to(std::back_inserter(json), "\"{}\":\"{}\"", name, number);
}

AttributeWriter::AttributeWriter(std::string& json) : json_(json) { json_ += "\"attributes\":["; }

AttributeWriter::~AttributeWriter() { json_ += ']'; }

void AttributeWriter::begin(std::string_view key) {
  if (!is_first_) json_ += ',';
  is_first_ = false;
  json_ += "{\"key\":";
  append_text(json_, key);
  json_ += ",\"value\":{";
}

void AttributeWriter::add(std::string_view key, std::string_view text) {
  begin(key);
  json_ += "\"stringValue\":";
  append_text(json_, text);
  json_ += "}}";
}

void AttributeWriter::add(std::string_view key, std::uint64_t number) {
  begin(key);
  append_number(json_, "intValue", number);
  json_ += "}}";
}

void AttributeWriter::add_seconds(std::string_view key, std::uint64_t nanoseconds) {
  begin(key);
  fmt::format_to(std::back_inserter(json_), "\"doubleValue\":{}}}}}", static_cast<double>(nanoseconds) / 1e9);
}

std::string resource_json(const Attributes& attributes) {
  std::string json = "\"resource\":{";
  {
    AttributeWriter writer(json);
    for (const auto& [name, value] : attributes) writer.add(name, value);
  }
  return json + "}";
}

std::string scope_json(std::string_view version) {
  std::string json = "\"scope\":{\"name\":\"wws\",\"version\":";
  append_text(json, version);
  return json + "}";
}

std::uint64_t unix_nanoseconds(base::WallTime time) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
}

}  // namespace wws::telemetry
