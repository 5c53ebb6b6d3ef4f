// JSON as OTLP has it: ids in hexadecimal, 64-bit numbers as texts, names in lowerCamelCase.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "telemetry/settings.h"

namespace wws::telemetry {

/// A string in quotation marks. Bytes that are not UTF-8 become U+FFFD.
void append_text(std::string& json, std::string_view text);
void append_hex(std::string& json, std::span<const std::uint8_t> bytes);
/// `"NAME":"NUMBER"`, as 64-bit numbers are written.
void append_number(std::string& json, std::string_view name, std::uint64_t number);

/// Puts together a list of attributes: `"attributes":[...]`.
class AttributeWriter {
 public:
  explicit AttributeWriter(std::string& json);
  AttributeWriter(const AttributeWriter&) = delete;
  AttributeWriter& operator=(const AttributeWriter&) = delete;
  ~AttributeWriter();

  void add(std::string_view key, std::string_view text);
  /// The same, unless there is no text.
  void add_if_any(std::string_view key, std::string_view text) {
    if (!text.empty()) add(key, text);
  }
  void add(std::string_view key, std::uint64_t number);
  void add_seconds(std::string_view key, std::uint64_t nanoseconds);

 private:
  void begin(std::string_view key);

  std::string& json_;
  bool is_first_ = true;
};

/// `"resource":{...}`: what the server is.
[[nodiscard]] std::string resource_json(const Attributes& attributes);
/// `"scope":{...}`: what made the spans and numbers.
[[nodiscard]] std::string scope_json(std::string_view version);

/// Nanoseconds since 1970; 0 before that.
[[nodiscard]] std::uint64_t unix_nanoseconds(base::WallTime time) noexcept;

}  // namespace wws::telemetry
