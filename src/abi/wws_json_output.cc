#include "abi/wws_json_output.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "abi/answer_fields.h"
#include "abi/bad_output.h"
#include "abi/json_scan.h"
#include "base/base64.h"
#include "base/log.h"
#include "http/characters.h"

namespace wws::abi {
namespace {

namespace dom = simdjson::dom;

/// A parser keeps some ten times the size of the largest document it has seen: large ones get their own.
constexpr std::size_t kSmallDocument = std::size_t{256} << 10;

/// What is wrong with output that does not begin as an object does, and what to do about it.
Error bad_beginning(std::string_view output) {
  constexpr std::size_t kLongest = 40;
  const std::string_view first = output.substr(0, kLongest);
  std::string_view advice =
      ": only the answer belongs on standard output, and on standard error what is for the log";
  for (const std::string_view header : {"Content-Type:", "Status:", "Location:"}) {
    if (http::equals_ignoring_case(output.substr(0, header.size()), header))
      advice = "; a program that speaks CGI needs abi = \"cgi\" in its TOML";
  }
  return bad("is not one JSON object: it begins with \"{}{}\"{}", log::escaped(first),
             first.size() < output.size() ? "..." : "", advice)
      .error();
}

constexpr std::array<std::string_view, 5> kKnownKeys = {"data", "headers", "status", "kv", "base64"};

/// The values of kKnownKeys, in that order.
struct Output {
  std::array<std::optional<dom::element>, kKnownKeys.size()> values;

  [[nodiscard]] const dom::element& data() const { return *values[0]; }
  [[nodiscard]] const dom::element& headers() const { return *values[1]; }
  [[nodiscard]] const dom::element& status() const { return *values[2]; }
  [[nodiscard]] const dom::element& kv() const { return *values[3]; }
  [[nodiscard]] const std::optional<dom::element>& base64() const { return values[4]; }
};

Result<Output> collect(const dom::object& object) {
  Output output;
  for (const dom::key_value_pair entry : object) {
    const auto known = std::find(kKnownKeys.begin(), kKnownKeys.end(), entry.key);
    if (known == kKnownKeys.end()) continue;
    auto& place = output.values[static_cast<std::size_t>(known - kKnownKeys.begin())];
    if (place) return bad("has the key \"{}\" twice", *known);
    place = entry.value;
  }
  for (std::size_t i = 0; i < kKnownKeys.size(); ++i) {
    if (!output.values[i] && kKnownKeys[i] != "base64") return bad("lacks the key \"{}\"", kKnownKeys[i]);
  }
  return output;
}

/// Lower case, and `_` for what some languages cannot write in a name.
std::string field_name(std::string_view key) {
  std::string name = http::lower_case(key);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

Result<void> add_field(std::vector<http::Field>& fields, const std::string& name, dom::element element) {
  std::string_view value;
  if (element.get(value) != simdjson::SUCCESS) {
    return bad("has a header {} that is neither a string nor an array of strings", in_quotes(name));
  }
  value = trimmed(value);
  if (!http::is_field_value(value))
    return bad("has a header {} with a value that HTTP does not allow", in_quotes(name));
  fields.push_back({name, std::string(value)});
  return {};
}

Result<void> add_fields(std::vector<http::Field>& fields, std::string_view key, dom::element element) {
  if (!http::is_token(key)) return bad("has a header name that HTTP does not allow: {}", in_quotes(key));
  const std::string name = field_name(key);
  if (is_framing(name)) return {};
  std::erase_if(fields, [&](const http::Field& field) { return field.name == name; });
  dom::array values;
  if (element.get(values) != simdjson::SUCCESS) return add_field(fields, name, element);
  for (const dom::element value : values) {
    if (fields.size() >= kMostFields) return bad("has more than {} headers", kMostFields);
    if (auto added = add_field(fields, name, value); !added) return added;
  }
  return {};
}

Result<std::vector<http::Field>> read_headers(dom::element element) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return bad("has \"headers\" that is not an object");
  std::vector<http::Field> fields;
  for (const dom::key_value_pair entry : object) {
    if (fields.size() >= kMostFields) return bad("has more than {} headers", kMostFields);
    if (auto added = add_fields(fields, entry.key, entry.value); !added) return fail(added);
  }
  std::size_t size = 0;
  for (const http::Field& field : fields) size += field.name.size() + field.value.size();
  if (size > kLargestFields) return bad("has {} bytes of headers, more than {}", size, kLargestFields);
  if (!http::find(fields, "content-type")) fields.push_back({"content-type", "text/html"});
  return fields;
}

Result<int> read_status(dom::element element) {
  std::uint64_t status = 0;
  if (!element.is_int64() && !element.is_uint64()) return bad("has a \"status\" that is not a whole number");
  if (element.get(status) != simdjson::SUCCESS || std::cmp_less(status, kLowestStatus) ||
      std::cmp_greater(status, kHighestStatus)) {
    return bad("has a \"status\" that is not between {} and {}", kLowestStatus, kHighestStatus);
  }
  return static_cast<int>(status);
}

Result<std::string> read_data(const Output& output) {
  std::string_view data;
  if (output.data().get(data) != simdjson::SUCCESS) return bad("has \"data\" that is not a string");
  bool is_base64 = false;
  if (output.base64() && output.base64()->get(is_base64) != simdjson::SUCCESS) {
    return bad("has \"base64\" that is neither true nor false");
  }
  if (!is_base64) return std::string(data);
  auto bytes = base::base64_decode(data);
  if (!bytes) return bad("has \"data\" that is not base64, though it says so");
  return std::move(*bytes);
}

Result<JsonAnswer::Map> read_kv(dom::element element) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return bad("has \"kv\" that is not an object");
  JsonAnswer::Map kv;
  for (const dom::key_value_pair entry : object) {
    std::string_view value;
    if (entry.value.get(value) != simdjson::SUCCESS)
      return bad("has a value in \"kv\" that is not a string: {}", in_quotes(entry.key));
    kv.emplace_back(entry.key, value);
  }
  return kv;
}

Result<JsonAnswer> read(const dom::element& document) {
  dom::object object;
  if (document.get(object) != simdjson::SUCCESS) return bad("is JSON, but not an object");
  const auto output = collect(object);
  if (!output) return std::unexpected(output.error());
  auto headers = read_headers(output->headers());
  if (!headers) return fail(headers);
  const auto status = read_status(output->status());
  if (!status) return std::unexpected(status.error());
  auto kv = read_kv(output->kv());
  if (!kv) return fail(kv);
  auto data = read_data(*output);
  if (!data) return fail(data);
  return JsonAnswer{{*status, std::move(*headers), std::move(*data)}, std::move(*kv)};
}

/// Whether a key may be one that we know. One with escapes may.
bool may_be_known(std::string_view quoted) noexcept {
  return quoted.find('\\') != std::string_view::npos ||
         std::find(kKnownKeys.begin(), kKnownKeys.end(), quoted.substr(1, quoted.size() - 2)) !=
             kKnownKeys.end();
}

/// The object with null for what other keys hold: there JSON may stand that the parser does not take, such as
/// numbers beyond 64 bits. kSyntax also for what is no object.
std::expected<std::string, JsonFault> without_unknown_values(std::string_view text) {
  std::string reduced = "{";
  if (!take_json(text, '{')) return std::unexpected(JsonFault::kSyntax);
  do {
    const std::string_view key = take_json_string(text);
    if (key.empty() || !take_json(text, ':')) return std::unexpected(JsonFault::kSyntax);
    const auto value = take_json_value(text);
    if (!value) return std::unexpected(value.error());
    if (reduced.size() > 1) reduced += ',';
    reduced.append(key).append(":").append(may_be_known(key) ? *value : "null");
  } while (take_json(text, ','));
  if (!take_json(text, '}') || text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    return std::unexpected(JsonFault::kSyntax);
  }
  return reduced + '}';
}

/// Reads what the parser refused with `error`.
Result<JsonAnswer> read_refused(std::string_view output, simdjson::error_code error) {
  if (output.front() != '{') return std::unexpected(bad_beginning(output));
  if (!simdjson::validate_utf8(output.data(), output.size())) error = simdjson::UTF8_ERROR;
  const auto reduced =
      error == simdjson::UTF8_ERROR ? std::unexpected(JsonFault::kSyntax) : without_unknown_values(output);
  if (!reduced && reduced.error() == JsonFault::kTooDeep) {
    return bad("is nested deeper than {} levels", kDeepestJson);
  }
  dom::parser parser;
  dom::element document;
  if (reduced) error = parser.parse(*reduced).get(document);
  if (error != simdjson::SUCCESS) return bad("is not one JSON object: {}", simdjson::error_message(error));
  return read(document);
}

}  // namespace

Result<JsonAnswer> decode_json_output(std::string_view output) {
  // One parser a thread, reused: it keeps its memory between documents.
  thread_local dom::parser kept;
  dom::parser own;
  dom::parser& parser = output.size() <= kSmallDocument ? kept : own;
  if (output.starts_with("\xef\xbb\xbf")) return bad("starts with a byte order mark");
  output.remove_prefix(std::min(output.find_first_not_of(" \t\r\n"), output.size()));
  if (output.empty()) return bad("is empty");
  dom::element document;
  const auto error = parser.parse(output.data(), output.size()).get(document);
  return error == simdjson::SUCCESS ? read(document) : read_refused(output, error);
}

}  // namespace wws::abi
