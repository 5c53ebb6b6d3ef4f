#include "config/project_config.h"

#include <fmt/format.h>

#include <utility>

#include "base/quantity.h"
#include "config/fetch_table.h"
#include "config/limits_table.h"
#include "config/section.h"
#include "config/toml_key_places.h"

namespace wws::config {
namespace {

PublicConfig read_public(const toml::table& table, Reporter& reporter) {
  PublicConfig config;
  const auto files = open_section<kPublic>(table, reporter);
  if (!files) return config;
  auto folder = files->text("folder");
  if (!folder) return config;
  if (folder->empty() || folder->find('\0') != std::string::npos) {
    files->error("folder", "\"folder\" is the path of a folder, and not empty");
    return config;
  }
  return {std::move(*folder), true};
}

template <const KeyTable& table>
std::optional<std::string> read_path(const Section<table>& section, KeyOf<table> key) {
  auto path = section.text(key);
  if (!path || (!path->empty() && path->find('\0') == std::string::npos)) return path;
  section.error(key, fmt::format("\"{}\" is the path of a file, and not empty", key.key.name));
  return std::nullopt;
}

KvConfig read_kv(const toml::table& table, Reporter& reporter) {
  KvConfig config;
  const auto kv = open_section<kKv>(table, reporter);
  if (!kv) return config;
  config.namespace_quota = kv->size("namespace_quota");
  config.quota = kv->size("quota");
  config.time_limit = kv->duration("time_limit");
  config.ca_file = read_path<kKv>(*kv, "ca_file");
  config.password_file = read_path<kKv>(*kv, "password_file");
  const auto text = kv->text("place");
  if (!text) return config;
  auto place = parse_kv_place(*text);
  if (place) {
    config.place = std::move(*place);
  } else {
    kv->error("place", place.error().message);
  }
  return config;
}

AdminConfig read_admin(const toml::table& table, Reporter& reporter) {
  AdminConfig config;
  const auto admin = open_section<kAdmin>(table, reporter);
  if (!admin) return config;
  config.listen = admin->text("listen");
  config.token_file = read_path<kAdmin>(*admin, "token_file");
  config.has_panel = admin->flag("panel").value_or(false);
  return config;
}

/// A name, a colon, and a value that is not empty.
std::optional<std::string> check_header(const std::string& text) {
  const std::size_t colon = text.find(':');
  const bool is_field = colon != std::string::npos && colon > 0 &&
                        text.find_first_not_of(' ', colon + 1) != std::string::npos &&
                        text.find_first_of("\r\n") == std::string::npos &&
                        text.find('\0') == std::string::npos;
  return is_field ? std::nullopt : std::optional<std::string>("a header field is written NAME: VALUE");
}

OtlpConfig read_otlp(const toml::table& table, Reporter& reporter) {
  OtlpConfig config;
  const auto otlp = open_section<kOtlp>(table, reporter);
  if (!otlp) return config;
  config.endpoint = otlp->text("endpoint");
  config.headers = otlp->texts("headers", check_header).value_or(std::vector<std::string>());
  config.ratio = otlp->ratio("traces");
  const auto metrics = otlp->text("metrics");
  if (!metrics) return config;
  const auto interval = *metrics == "off" ? base::Duration(0) : base::parse_duration(*metrics);
  if (interval && (*metrics == "off" || *interval >= std::chrono::milliseconds(100))) {
    config.metrics_interval = *interval;
  } else {
    otlp->error("metrics", "\"metrics\" is a duration of 100ms or more, such as \"15s\", or \"off\"");
  }
  return config;
}

ReloadConfig read_reload(const toml::table& table, Reporter& reporter) {
  ReloadConfig config;
  const auto reload = open_section<kReload>(table, reporter);
  if (!reload) return config;
  reload->duration("time_limit", config.time_limit);
  reload->duration("probation", config.probation);
  const auto take = [&](const std::string& text) -> std::optional<std::string> {
    auto smoke = parse_smoke_request(text);
    if (!smoke) return smoke.error().message;
    config.smoke.push_back(std::move(*smoke));
    return std::nullopt;
  };
  (void)reload->texts("smoke", take);
  return config;
}

FoldersConfig read_folders_table(const toml::table& table, Reporter& reporter) {
  const auto folders = open_section<kProjectFolders>(table, reporter);
  if (!folders) return {};
  const auto check = [](const std::string& text) -> std::optional<std::string> {
    if (text.starts_with('/') && text.find('\0') == std::string::npos) return std::nullopt;
    return "an absolute path of a folder is needed";
  };
  return {folders->texts("allow_absolute", check).value_or(std::vector<std::string>())};
}

}  // namespace

ProjectConfig parse_project_config(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  ProjectConfig config;
  Reporter reporter(file, diagnostics);
  const auto table = parse_toml(text, reporter);
  if (!table) return config;
  warn_of_unknown_names(*table, ConfigFile::kProject, reporter);
  config.places = find_key_places(*table, file, ConfigFile::kProject);
  const Section<kProject> project(*table, reporter);
  if (const auto form = project.choice<UrlForm>("url_form")) config.url_form = *form;
  if (const auto reset = project.choice<MemoryReset>("memory_reset")) config.memory_reset = *reset;
  config.limits = read_limits(*table, config.limits, reporter);
  config.files = read_public(*table, reporter);
  config.kv = read_kv(*table, reporter);
  config.fetch = read_project_fetch(*table, reporter);
  config.admin = read_admin(*table, reporter);
  config.otlp = read_otlp(*table, reporter);
  config.reload = read_reload(*table, reporter);
  config.folders = read_folders_table(*table, reporter);
  return config;
}

}  // namespace wws::config
