#include "config/fetch_table.h"

#include <algorithm>
#include <functional>

#include "config/limits_reader.h"

namespace wws::config {
namespace {

constexpr std::uint64_t kLargestBody = std::uint64_t{1} << 40;
constexpr std::uint64_t kMostRequests = 100'000;

/// The strings at `key`, each as `check` likes it, whose answer is what is wrong with one. Nothing: not
/// there.
std::optional<std::vector<std::string>> read_strings(
    const toml::table& table, std::string_view key, Reporter& reporter,
    const std::function<std::optional<std::string>(std::string& text)>& check) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto* array = node->as_array();
  if (array == nullptr) {
    reporter.error(node->source(),
                   fmt::format("\"{}\" has to be a list of strings, and is {}", key, type_name(*node)));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const toml::node& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr) {
      reporter.error(element.source(), fmt::format("\"{}\" has to be a list of strings, and one is {}", key,
                                                   type_name(element)));
      continue;
    }
    std::string value = text->get();
    if (const auto wrong = check(value)) {
      reporter.error(element.source(), fmt::format("\"{}\" of \"{}\": {}", text->get(), key, *wrong));
    } else {
      texts.push_back(std::move(value));
    }
  }
  return texts;
}

std::optional<std::string> check_host(std::string& text) {
  const auto rule = fetch::HostRule::parse(text);
  return rule ? std::nullopt : std::optional(rule.error().message);
}

/// Methods are compared as they are written, and nobody means another one by small letters.
std::optional<std::string> check_method(std::string& text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  const bool is_word =
      !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
  return is_word ? std::nullopt : std::optional<std::string>("a method is a word such as GET");
}

void read_bounds(const toml::table& table, FetchBounds& bounds, Reporter& reporter) {
  LimitsReader reader(table, reporter);
  reader.duration("max_connect_timeout", bounds.limits.connect_time);
  reader.duration("max_first_byte_timeout", bounds.limits.first_byte_time);
  reader.duration("max_timeout", bounds.limits.time);
  reader.size("max_request_body", 0, kLargestBody, bounds.limits.request_body);
  reader.size("max_response_body", 0, kLargestBody, bounds.limits.response_body);
  reader.count("max_at_a_time", 1, kMostRequests, bounds.at_a_time);
  reader.count("max_per_request", 1, kMostRequests, bounds.per_request);
}

/// `http://`, perhaps who one is, a host and its port.
bool is_proxy(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme)) return false;
  text.remove_prefix(kScheme.size());
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  if (text.ends_with('/')) text.remove_suffix(1);
  const std::size_t colon = text.rfind(':');
  return colon != std::string_view::npos && colon > 0 && fetch::HostRule::parse(text).has_value();
}

void read_client(const toml::table& table, ProjectFetch& fetch, Reporter& reporter) {
  fetch.client_certificate = read_string(table, "client_certificate", reporter).value_or("");
  fetch.client_key = read_string(table, "client_key", reporter).value_or("");
  fetch.client_certificate_hosts = read_strings(table, "client_certificate_hosts", reporter, check_host)
                                       .value_or(std::vector<std::string>());
  const bool has_all = !fetch.client_certificate.empty() && !fetch.client_key.empty() &&
                       !fetch.client_certificate_hosts.empty();
  const bool has_none =
      fetch.client_certificate.empty() && fetch.client_key.empty() && fetch.client_certificate_hosts.empty();
  if (!has_all && !has_none)
    reporter.error(table.source(),
                   "\"client_certificate\", \"client_key\" and \"client_certificate_hosts\" go together: a "
                   "file, a file, "
                   "and who is to see the certificate");
}

/// One value of a worker against its bound.
template <class Value>
void hold(Value& value, const Value& usual, const Value& most, const char* key,
          std::vector<const char*>& beyond) {
  if (value <= most) return;
  if (value != usual) beyond.push_back(key);
  value = most;
}

}  // namespace

std::optional<FetchConfig> read_fetch(const toml::table& table, Reporter& reporter) {
  const auto node = table.at_path("features.http_requests");
  const toml::table* fetch = node.as_table();
  if (fetch == nullptr) {
    if (node)
      reporter.error(node.node()->source(),
                     fmt::format("\"http_requests\" has to be a table, and is {}", type_name(*node.node())));
    return std::nullopt;
  }
  warn_of_unknown_keys(
      *fetch,
      {"allowed_hosts", "allowed_methods", "allow_http", "connect_timeout", "first_byte_timeout", "timeout",
       "max_request_body", "max_response_body", "at_a_time", "per_request"},
      reporter);
  FetchConfig config;
  config.line = fetch->source().begin.line;
  config.column = fetch->source().begin.column;
  config.hosts =
      read_strings(*fetch, "allowed_hosts", reporter, check_host).value_or(std::vector<std::string>());
  if (auto methods = read_strings(*fetch, "allowed_methods", reporter, check_method))
    config.methods = std::move(*methods);
  config.allow_http = read_bool(*fetch, "allow_http", reporter).value_or(false);
  LimitsReader reader(*fetch, reporter);
  reader.duration("connect_timeout", config.limits.connect_time);
  reader.duration("first_byte_timeout", config.limits.first_byte_time);
  reader.duration("timeout", config.limits.time);
  reader.size("max_request_body", 0, kLargestBody, config.limits.request_body);
  reader.size("max_response_body", 0, kLargestBody, config.limits.response_body);
  reader.count("at_a_time", 1, kMostRequests, config.at_a_time);
  reader.count("per_request", 1, kMostRequests, config.per_request);
  return config.hosts.empty() ? std::nullopt : std::optional(std::move(config));
}

ProjectFetch read_project_fetch(const toml::table& table, Reporter& reporter) {
  ProjectFetch fetch;
  const toml::table* found = read_table(table, "fetch", reporter);
  if (found == nullptr) return fetch;
  warn_of_unknown_keys(
      *found,
      {"max_connect_timeout", "max_first_byte_timeout", "max_timeout", "max_request_body",
       "max_response_body", "max_at_a_time", "max_per_request", "ca_file", "client_certificate", "client_key",
       "client_certificate_hosts", "proxy", "allow_own_listeners", "http2"},
      reporter);
  read_bounds(*found, fetch.bounds, reporter);
  fetch.ca_file = read_string(*found, "ca_file", reporter).value_or("");
  read_client(*found, fetch, reporter);
  fetch.proxy = read_string(*found, "proxy", reporter).value_or("");
  if (!fetch.proxy.empty() && !is_proxy(fetch.proxy))
    reporter.error(found->get("proxy")->source(),
                   "\"proxy\" is written http://HOST:PORT or http://USER:PASSWORD@HOST:PORT");
  fetch.allow_own_listeners = read_bool(*found, "allow_own_listeners", reporter).value_or(false);
  fetch.http2 = read_bool(*found, "http2", reporter).value_or(true);
  return fetch;
}

void bound(FetchConfig& fetch, const FetchBounds& bounds, const std::string& file, Diagnostics& diagnostics) {
  const FetchConfig usual;
  std::vector<const char*> beyond;
  hold(fetch.limits.connect_time, usual.limits.connect_time, bounds.limits.connect_time, "connect_timeout",
       beyond);
  hold(fetch.limits.first_byte_time, usual.limits.first_byte_time, bounds.limits.first_byte_time,
       "first_byte_timeout", beyond);
  hold(fetch.limits.time, usual.limits.time, bounds.limits.time, "timeout", beyond);
  hold(fetch.limits.request_body, usual.limits.request_body, bounds.limits.request_body, "request_body",
       beyond);
  hold(fetch.limits.response_body, usual.limits.response_body, bounds.limits.response_body, "response_body",
       beyond);
  hold(fetch.at_a_time, usual.at_a_time, bounds.at_a_time, "at_a_time", beyond);
  hold(fetch.per_request, usual.per_request, bounds.per_request, "per_request", beyond);
  for (const std::string_view key : beyond) {
    const std::string own = key.ends_with("_body") ? fmt::format("max_{}", key) : std::string(key);
    diagnostics.add({Severity::kError, file, fetch.line, fetch.column,
                     fmt::format("\"{}\" is more than \"max_{}\" in [fetch] of wws.toml allows", own, key)});
  }
}

}  // namespace wws::config
