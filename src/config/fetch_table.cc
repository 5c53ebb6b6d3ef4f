#include "config/fetch_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/section.h"

namespace wws::config {
namespace {

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

void read_bounds(const Section<kFetch>& table, FetchBounds& bounds) {
  table.duration("max_connect_timeout", bounds.limits.connect_time);
  table.duration("max_first_byte_timeout", bounds.limits.first_byte_time);
  table.duration("max_timeout", bounds.limits.time);
  table.size("max_request_body", bounds.limits.request_body);
  table.size("max_response_body", bounds.limits.response_body);
  table.count("max_at_a_time", bounds.at_a_time);
  table.count("max_per_request", bounds.per_request);
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

void read_client(const Section<kFetch>& table, ProjectFetch& fetch) {
  fetch.client_certificate = table.text("client_certificate").value_or("");
  fetch.client_key = table.text("client_key").value_or("");
  fetch.client_certificate_hosts =
      table.texts("client_certificate_hosts", check_host).value_or(std::vector<std::string>());
  const bool has_all = !fetch.client_certificate.empty() && !fetch.client_key.empty() &&
                       !fetch.client_certificate_hosts.empty();
  const bool has_none =
      fetch.client_certificate.empty() && fetch.client_key.empty() && fetch.client_certificate_hosts.empty();
  if (!has_all && !has_none)
    table.error(
        "\"client_certificate\", \"client_key\" and \"client_certificate_hosts\" go together: a file, a "
        "file, "
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
  const auto fetch = open_section<kHttpRequests>(table, reporter);
  if (!fetch) return std::nullopt;
  FetchConfig config;
  config.line = fetch->source().begin.line;
  config.column = fetch->source().begin.column;
  config.hosts = fetch->texts("allowed_hosts", check_host).value_or(std::vector<std::string>());
  if (auto methods = fetch->texts("allowed_methods", check_method)) config.methods = std::move(*methods);
  config.allow_http = fetch->flag("allow_http").value_or(false);
  fetch->duration("connect_timeout", config.limits.connect_time);
  fetch->duration("first_byte_timeout", config.limits.first_byte_time);
  fetch->duration("timeout", config.limits.time);
  fetch->size("max_request_body", config.limits.request_body);
  fetch->size("max_response_body", config.limits.response_body);
  fetch->count("at_a_time", config.at_a_time);
  fetch->count("per_request", config.per_request);
  return config.hosts.empty() ? std::nullopt : std::optional(std::move(config));
}

ProjectFetch read_project_fetch(const toml::table& table, Reporter& reporter) {
  ProjectFetch fetch;
  const auto found = open_section<kFetch>(table, reporter);
  if (!found) return fetch;
  read_bounds(*found, fetch.bounds);
  fetch.ca_file = found->text("ca_file").value_or("");
  read_client(*found, fetch);
  fetch.proxy = found->text("proxy").value_or("");
  if (!fetch.proxy.empty() && !is_proxy(fetch.proxy))
    found->error("proxy", "\"proxy\" is written http://HOST:PORT or http://USER:PASSWORD@HOST:PORT");
  fetch.allow_own_listeners = found->flag("allow_own_listeners").value_or(false);
  fetch.http2 = found->flag("http2").value_or(true);
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
