#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "abi/answer_fields.h"
#include "abi/wws_json.h"
#include "base/base64.h"

namespace wws::abi {
namespace {

namespace dom = simdjson::dom;

/// A parser keeps some ten times the size of the largest document it has seen: large ones get their own.
constexpr std::size_t kSmallDocument = std::size_t{256} << 10;

template <class... Args>
std::unexpected<Error> bad(fmt::format_string<Args...> format, Args&&... args) {
  return fail(ErrorCode::kBadOutput,
              "the worker's output " + fmt::format(format, std::forward<Args>(args)...));
}

/// What to do about output that is header lines, as CGI programs print them; else nothing.
std::string_view cgi_advice(std::string_view output) noexcept {
  for (const std::string_view header : {"Content-Type:", "Status:", "Location:"}) {
    if (http::equals_ignoring_case(output.substr(0, header.size()), header))
      return "; a program that speaks CGI needs abi = \"cgi\" in its TOML";
  }
  return {};
}

/// The values of the top-level keys we know.
struct Output {
  std::optional<dom::element> data;
  std::optional<dom::element> headers;
  std::optional<dom::element> status;
  std::optional<dom::element> kv;
  std::optional<dom::element> base64;
};

Result<Output> collect(const dom::object& object) {
  Output output;
  const std::array<std::pair<std::string_view, std::optional<dom::element>*>, 5> known = {{
      {"data", &output.data},
      {"headers", &output.headers},
      {"status", &output.status},
      {"kv", &output.kv},
      {"base64", &output.base64},
  }};
  for (const dom::key_value_pair entry : object) {
    for (const auto& [key, place] : known) {
      if (entry.key != key) continue;
      if (*place) return bad("has the key \"{}\" twice", key);
      *place = entry.value;
    }
  }
  for (const auto& [key, place] : known) {
    if (!*place && key != "base64") return bad("lacks the key \"{}\"", key);
  }
  return output;
}

/// Lower case, and `_` for what some languages cannot write in a name.
std::string field_name(std::string_view key) {
  std::string name = lower_case(key);
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
  if (output.data->get(data) != simdjson::SUCCESS) return bad("has \"data\" that is not a string");
  bool is_base64 = false;
  if (output.base64 && output.base64->get(is_base64) != simdjson::SUCCESS) {
    return bad("has \"base64\" that is neither true nor false");
  }
  if (!is_base64) return std::string(data);
  auto bytes = base::base64_decode(data);
  if (!bytes) return bad("has \"data\" that is not base64, though it says so");
  return std::move(*bytes);
}

Result<void> check_kv(dom::element element) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return bad("has \"kv\" that is not an object");
  for (const dom::key_value_pair entry : object) {
    if (!entry.value.is_string())
      return bad("has a value in \"kv\" that is not a string: {}", in_quotes(entry.key));
  }
  return {};
}

Result<http::Response> decode(const Output& output) {
  auto headers = read_headers(*output.headers);
  if (!headers) return fail(headers);
  const auto status = read_status(*output.status);
  if (!status) return std::unexpected(status.error());
  if (auto kv = check_kv(*output.kv); !kv) return fail(kv);
  auto data = read_data(output);
  if (!data) return fail(data);
  return http::Response{*status, std::move(*headers), std::move(*data)};
}

}  // namespace

Result<http::Response> decode_json_output(std::string_view output) {
  // One parser a thread, reused: it keeps its memory between documents.
  thread_local dom::parser kept;
  dom::parser own;
  dom::parser& parser = output.size() <= kSmallDocument ? kept : own;
  if (output.starts_with("\xef\xbb\xbf")) return bad("starts with a byte order mark");
  if (output.find_first_not_of(" \t\r\n") == std::string_view::npos) return bad("is empty");
  dom::element document;
  if (const auto error = parser.parse(output.data(), output.size()).get(document)) {
    return bad("is not one JSON object: {}{}", simdjson::error_message(error), cgi_advice(output));
  }
  dom::object object;
  if (document.get(object) != simdjson::SUCCESS) return bad("is JSON, but not an object");
  const auto fields = collect(object);
  if (!fields) return std::unexpected(fields.error());
  return decode(*fields);
}

}  // namespace wws::abi
