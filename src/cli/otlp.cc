#include "cli/otlp.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "cli/build_info.h"
#include "http/characters.h"
#include "telemetry/http_poster.h"

namespace wws::cli {
namespace {

using telemetry::Attributes;

std::string_view without_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// As in a URL, which is how these variables have what is special in them. What is no escape is as it is.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = http::escape_at(text, i);
    decoded += byte < 0 ? text[i] : static_cast<char>(byte);
    if (byte >= 0) i += 2;
  }
  return decoded;
}

/// "NAME=VALUE,NAME=VALUE" of OpenTelemetry's variables. std::nullopt: it is not.
std::optional<Attributes> parse_pairs(std::string_view text) {
  Attributes pairs;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view pair = without_spaces(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    pairs.emplace_back(without_spaces(pair.substr(0, equals)),
                       percent_decoded(without_spaces(pair.substr(equals + 1))));
  }
  return pairs;
}

void set(Attributes& attributes, const std::string& name, std::string value) {
  const auto found = std::ranges::find(attributes, name, &Attributes::value_type::first);
  if (found != attributes.end()) {
    found->second = std::move(value);
  } else {
    attributes.emplace_back(name, std::move(value));
  }
}

std::unexpected<Error> bad_variable(std::string_view name, std::string_view what) {
  return fail(ErrorCode::kBadConfig, fmt::format("the environment variable {} {}", name, what));
}

/// Of the project's file; those of the environment otherwise.
Result<Attributes> headers_of(const config::OtlpConfig& config, const config::Environment& environment) {
  constexpr const char* kVariable = "OTEL_EXPORTER_OTLP_HEADERS";
  Attributes headers;
  if (const auto text = environment(kVariable)) {
    auto pairs = parse_pairs(*text);
    if (!pairs) return bad_variable(kVariable, "is written NAME=VALUE,NAME=VALUE");
    headers = std::move(*pairs);
  }
  for (const std::string& header : config.headers) {
    const std::size_t colon = header.find(':');
    const std::string name = header.substr(0, colon);
    std::string value(without_spaces(std::string_view(header).substr(colon + 1)));
    if (value.starts_with('$')) {
      auto found = environment(value.substr(1));
      if (!found || found->empty())
        return fail(ErrorCode::kBadConfig,
                    fmt::format("headers in [otlp] of wws.toml: the environment variable {}, which \"{}\" "
                                "names, is not set",
                                value.substr(1), name));
      value = std::move(*found);
    }
    set(headers, name, std::move(value));
  }
  for (const auto& [name, value] : headers) {
    if (value.find_first_of("\r\n") != std::string::npos || value.find('\0') != std::string::npos)
      return fail(ErrorCode::kBadConfig,
                  fmt::format("the header \"{}\" for the collector has a line break in its value", name));
  }
  return headers;
}

/// By which a collector tells this server from another: it is not the same after the next start.
std::string make_instance_id() {
  std::array<std::uint8_t, 8> bytes{};
  base::Random random;
  (void)random.fill(bytes);
  std::string id;
  for (const std::uint8_t byte : bytes) id += fmt::format("{:02x}", byte);
  return id;
}

Result<Attributes> resource_of(const config::Environment& environment) {
  constexpr const char* kVariable = "OTEL_RESOURCE_ATTRIBUTES";
  Attributes resource = {
      {"service.name", "wws"}, {"service.version", WWS_VERSION}, {"service.instance.id", make_instance_id()}};
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) == 0 && host[0] != '\0')
    resource.emplace_back("host.name", host.data());
  if (const auto text = environment(kVariable)) {
    auto pairs = parse_pairs(*text);
    if (!pairs) return bad_variable(kVariable, "is written NAME=VALUE,NAME=VALUE");
    for (auto& [name, value] : *pairs) set(resource, name, std::move(value));
  }
  if (auto name = environment("OTEL_SERVICE_NAME"); name && !name->empty())
    set(resource, "service.name", std::move(*name));
  return resource;
}

Result<double> ratio_of(const config::OtlpConfig& config, const config::Environment& environment) {
  constexpr const char* kVariable = "OTEL_TRACES_SAMPLER_ARG";
  if (config.ratio) return *config.ratio;
  const auto text = environment(kVariable);
  if (!text || text->empty()) return 1.0;
  char* end = nullptr;
  const double ratio = std::strtod(text->c_str(), &end);
  if (*end != '\0' || !(ratio >= 0 && ratio <= 1)) return bad_variable(kVariable, "is a number from 0 to 1");
  return ratio;
}

/// Absolute, or from the project on, as all paths of that file.
std::string certificates_of(const runtime::Project& project) {
  const std::string& file = project.config.fetch.ca_file;
  return file.empty() ? file : (project.root / file).string();
}

}  // namespace

Result<std::optional<telemetry::Settings>> telemetry_settings(const ServeOptions& options,
                                                              const runtime::Project& project,
                                                              const config::Environment& environment) {
  const config::OtlpConfig& config = project.config.otlp;
  telemetry::Settings settings;
  std::string_view source = "--otlp";
  settings.endpoint = options.otlp;
  if (settings.endpoint.empty() && config.endpoint) {
    source = "endpoint in [otlp] of wws.toml";
    settings.endpoint = *config.endpoint;
  }
  if (settings.endpoint.empty()) {
    source = "OTEL_EXPORTER_OTLP_ENDPOINT";
    settings.endpoint = environment("OTEL_EXPORTER_OTLP_ENDPOINT").value_or("");
  }
  if (settings.endpoint.empty() || environment("OTEL_SDK_DISABLED").value_or("") == "true")
    return std::nullopt;
  const auto name = telemetry::collector_name(settings.endpoint);
  if (!name) return fail(name.error().code, fmt::format("{}: {}", source, name.error().message));
  auto headers = headers_of(config, environment);
  if (!headers) return fail(headers);
  settings.headers = std::move(*headers);
  auto resource = resource_of(environment);
  if (!resource) return fail(resource);
  settings.resource = std::move(*resource);
  auto ratio = ratio_of(config, environment);
  if (!ratio) return fail(ratio);
  settings.ratio = *ratio;
  if (config.metrics_interval) settings.metrics_interval = *config.metrics_interval;
  if (!settings.has_traces() && !settings.has_metrics()) return std::nullopt;
  settings.ca_file = certificates_of(project);
  settings.version = WWS_VERSION;
  settings.commit = kCommit;
  return settings;
}

}  // namespace wws::cli
