// Sizes, durations and counts of a table. Private to this folder.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/quantity.h"
#include "config/toml_table.h"

namespace wws::config {

/// One table of limits on its way into what holds them. A bad value is reported, and what was there kept.
class LimitsReader {
 public:
  LimitsReader(const toml::table& limits, Reporter& reporter) : limits_(limits), reporter_(reporter) {}

  /// A size as a string: "64MiB".
  void size(std::string_view key, std::uint64_t least, std::uint64_t most, std::uint64_t& value) {
    const auto text = read_string(limits_, key, reporter_);
    if (!text) return;
    const auto bytes = base::parse_size(*text);
    if (!bytes) return report(key, bytes.error().message);
    if (*bytes < least || *bytes > most) {
      return report(key, fmt::format("\"{}\" is from {} to {}, and not {}", key, base::format_size(least),
                                     base::format_size(most), *text));
    }
    value = *bytes;
  }

  /// A duration as a string: "250ms".
  void duration(std::string_view key, base::Duration& value) {
    const auto text = read_string(limits_, key, reporter_);
    if (!text) return;
    const auto parsed = base::parse_duration(*text);
    if (!parsed) return report(key, parsed.error().message);
    if (*parsed <= base::Duration(0)) return report(key, fmt::format("\"{}\" has to be more than zero", key));
    value = *parsed;
  }

  /// An integer.
  template <class Integer>
  void count(std::string_view key, std::uint64_t least, std::uint64_t most, Integer& value) {
    const toml::node* node = limits_.get(key);
    if (node == nullptr) return;
    const auto* number = node->as_integer();
    if (number == nullptr)
      return report(key, fmt::format("\"{}\" has to be an integer, and is {}", key, type_name(*node)));
    if (number->get() < 0 || static_cast<std::uint64_t>(number->get()) < least ||
        static_cast<std::uint64_t>(number->get()) > most) {
      return report(key, fmt::format("\"{}\" is from {} to {}, and not {}", key, least, most, number->get()));
    }
    value = static_cast<std::uint32_t>(number->get());
  }

 private:
  void report(std::string_view key, std::string message) {
    reporter_.error(limits_.get(key)->source(), std::move(message));
  }

  const toml::table& limits_;
  Reporter& reporter_;
};

}  // namespace wws::config
