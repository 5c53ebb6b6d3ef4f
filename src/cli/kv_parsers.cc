#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <chrono>

#include "base/log.h"
#include "base/quantity.h"
#include "cli/parsers.h"

namespace wws::cli {
namespace {

struct KvAction {
  const char* name;
  KvOptions::Action action;
  const char* help;
};

constexpr std::array kKvActions = {
    KvAction{"list", KvOptions::Action::kList,
             "Namespaces and their bytes; or the keys of one and their metadata"},
    KvAction{"get", KvOptions::Action::kGet, "Print a value"},
    KvAction{"put", KvOptions::Action::kPut, "Write a value; - takes it from standard input"},
    KvAction{"delete", KvOptions::Action::kDelete, "Delete a key"},
    KvAction{"export", KvOptions::Action::kExport,
             "Print all, or one namespace, as a line of JSON for each key"},
    KvAction{"import", KvOptions::Action::kImport, "Write what export printed, from standard input"},
};

void add_kv_arguments(CLI::App& action, KvOptions& options) {
  using Action = KvOptions::Action;
  const bool has_key =
      options.action == Action::kGet || options.action == Action::kPut || options.action == Action::kDelete;
  if (options.action != Action::kImport)
    action.add_option("NAMESPACE", options.space, "As [data.kv] of a worker names it")
        ->type_name("NAMESPACE")
        ->required(has_key);
  if (has_key) action.add_option("KEY", options.key, "Its key")->type_name("KEY")->required();
  if (options.action == Action::kList)
    action.add_option("--prefix", options.key, "Only keys that begin so")->type_name("TEXT");
  if (options.action != Action::kPut) return;
  action.add_option("VALUE", options.value, "The value, or - for standard input")
      ->type_name("VALUE")
      ->required();
  add_parsed(
      action, "--ttl", options.time_to_live,
      [](const std::string& text) -> Result<std::optional<std::chrono::milliseconds>> {
        const auto time = base::parse_duration(text);
        if (!time) return std::unexpected(time.error());
        return std::chrono::ceil<std::chrono::milliseconds>(*time);
      },
      "Forget it after this time, such as 10m", "DURATION");
  action.add_option("--metadata", options.metadata, "What it has beside its value, as JSON")
      ->type_name("JSON")
      ->check(CLI::Validator(
          [](const std::string& text) {
            boost::system::error_code error;
            (void)boost::json::parse(text, error);
            return error ? "this is no JSON: " + log::escaped(text) : std::string();
          },
          ""));
}

std::unique_ptr<Parser> make_action(const KvAction& action) {
  auto parser = std::make_unique<Parser>(KvOptions{}, action.help, std::string("wws kv ") + action.name);
  auto& options = std::get<KvOptions>(parser->command);
  options.action = action.action;
  add_kv_arguments(parser->app, options);
  parser->app.add_option("--project", options.project, "The project's folder")
      ->type_name("PATH")
      ->capture_default_str();
  parser->app.add_option("--config", options.config, "The project's file")
      ->type_name("FILE")
      ->default_str("wws.toml in its folder");
  add_place(parser->app, options.place, "Where its store is", "as the project says");
  add_help(*parser);
  return parser;
}

/// `wws kv` without an action that there is.
std::unique_ptr<Parser> make_kv() {
  auto parser = std::make_unique<Parser>(KvOptions{},
                                         "Look at what workers keep in the key-value store, and change it\n"
                                         "Also while a server runs.",
                                         "wws kv");
  auto& options = std::get<KvOptions>(parser->command);
  std::string actions = "Actions (each with --help):";
  for (const KvAction& action : kKvActions) actions += fmt::format("\n  {:8}{}", action.name, action.help);
  parser->app.footer(actions);
  parser->app.add_option("ACTION", options.key, "What to do")
      ->type_name("ACTION")
      ->required()
      ->check(CLI::Validator(
          [](const std::string& text) { return "there is no action " + log::escaped(text); }, ""));
  add_help(*parser);
  return parser;
}

}  // namespace

std::vector<CommandRow> kv_rows() {
  std::vector<CommandRow> rows = {{"kv", "kv ACTION ...", &make_kv}};
  for (const KvAction& action : kKvActions)
    rows.push_back({std::string("kv ") + action.name, "", [&action] { return make_action(action); }});
  return rows;
}

}  // namespace wws::cli
