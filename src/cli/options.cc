#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/quantity.h"
#include "config/later.h"

namespace wws::cli {
namespace {

constexpr const char* kVersionText = "wasm-workers-server " WWS_VERSION;

/// Options that serving and checking share.
template <class Options>
void add_project_options(CLI::App& app, Options& options) {
  app.add_option("PATH", options.path, "Folder with the workers")->capture_default_str();
  app.add_option("--prefix", options.prefix, "Put this path in front of every route and file");
  app.add_option("--ignore", options.ignore,
                 "Leave out files that match this glob, relative to PATH (repeatable)")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  app.add_option("--cache", options.cache, "Folder for compiled modules [~/.cache/wws/modules]")
      ->type_name("FOLDER");
}

template <class Parse, class Target>
void add_parsed(CLI::App& app, const std::string& name, Target& target, Parse parse, const std::string& help,
                const std::string& type) {
  app.add_option_function<std::string>(
         name,
         [&target, parse](const std::string& text) {
           auto value = parse(text);
           if (!value) throw CLI::ValidationError(value.error().message);
           target = *value;
         },
         help)
      ->type_name(type);
}

Result<log::Level> parse_log_level(const std::string& text) {
  if (const auto level = log::parse_level(text)) return *level;
  return fail(ErrorCode::kBadUsage, "\"" + text + "\" is not one of debug, info, warn, error, off");
}

Result<std::optional<config::KvPlace>> parse_kv(const std::string& text) {
  auto place = config::parse_kv_place(text);
  if (!place) return fail(ErrorCode::kBadUsage, place.error().message);
  return *place;
}

Result<hardening::Mode> parse_hardening(const std::string& text) {
  if (const auto mode = hardening::parse_mode(text)) return *mode;
  return fail(ErrorCode::kBadUsage, "\"" + text + "\" is not one of on, required, off");
}

void add_serve_options(CLI::App& app, ServeOptions& options) {
  add_project_options(app, options);
  app.add_option("--host", options.host, "Address or name to listen on")->capture_default_str();
  app.add_option("-p,--port", options.port, "Port to listen on; 0 takes any free one")->capture_default_str();
  app.add_option("--processes", options.processes, "Serving processes [one for each usable CPU]")
      ->check(CLI::Range(1U, 1024U))
      ->type_name("N");
  add_parsed(app, "--log-level", options.log_level, parse_log_level,
             "debug, info (with the access log), warn, error or off [info]", "LEVEL");
  add_parsed(app, "--max-body", options.body_bytes, base::parse_size,
             "Largest request body, such as 64KiB or 10MB [16MiB]", "SIZE");
  app.add_option("--max-instances", options.instances, "Guests alive at once in one process")
      ->check(CLI::Range(1U, 100'000U))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--max-connections-per-address", options.connections_per_address,
                 "Connections of one client in one process [half of all]")
      ->check(CLI::Range(1U, 1'000'000U))
      ->type_name("N");
  add_parsed(app, "--kv", options.kv, parse_kv,
             "Key-value store: memory, file:FOLDER or redis://HOST [file:.wws/kv of the project]", "PLACE");
  app.add_option("--stop-time", options.stop_seconds, "Seconds that requests in flight have to end at a stop")
      ->check(CLI::Range(0U, 86'400U))
      ->type_name("SECONDS")
      ->capture_default_str();
  app.add_option("--user", options.user, "Started as root: the user, and group, that all children become")
      ->type_name("NAME[:GROUP]");
  add_parsed(app, "--hardening", options.hardening, parse_hardening,
             "Confine children: on, required (else do not serve) or off (for debuggers) [on]", "MODE");
  app.add_flag_function(
      "--dev", [&options](std::int64_t) { options.detail = server::ErrorDetail::kShown; },
      "Development: error pages tell the cause");
}

/// What asks for a feature that is not there; CLI11 passes it on like its own errors.
struct AskedForLater : CLI::ParseError {
  AskedForLater(std::string_view what, const config::Later& later)
      : ParseError("NotYet", fmt::format("{}: {}", what, config::to_string(later)),
                   base::exit_code(ErrorCode::kBadUsage)) {}
};

/// Options of features that are not there are known, not listed, and refused with the feature's name.
void add_later_options(CLI::App& app) {
  for (const config::Later& later : config::later_features()) {
    if (later.place != config::LaterPlace::kOption) continue;
    app.add_option_function<std::vector<std::string>>(
           std::string(later.name),
           [&later](const std::vector<std::string>&) { throw AskedForLater(later.name, later); })
        ->expected(0, -1)
        ->group("");
  }
}

const std::string& path_of(const Command& command) {
  static const std::string none;
  if (const auto* serve = std::get_if<ServeOptions>(&command)) return serve->path;
  if (const auto* check = std::get_if<CheckOptions>(&command)) return check->path;
  return none;
}

/// PATH, and a word behind it, may ask for such a feature too.
void refuse_later_words(const std::string& path, const std::vector<std::string>& behind) {
  for (const config::Later& later : config::later_features()) {
    if (later.place == config::LaterPlace::kScheme && path.starts_with(later.name))
      throw AskedForLater(log::escaped(path), later);
    if (later.place != config::LaterPlace::kVerb) continue;
    if (path == later.name || (!behind.empty() && behind.front() == later.name))
      throw AskedForLater(later.name, later);
  }
}

Result<Command> run_parser(CLI::App& app, std::vector<std::string> arguments, Command& command) {
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.allow_extras();
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(arguments);
    const std::vector<std::string> behind = app.remaining();
    refuse_later_words(path_of(command), behind);
    if (!behind.empty()) throw CLI::ExtrasError(app.get_name(), behind);
  } catch (const CLI::CallForHelp&) {
    return PrintText{app.help()};
  } catch (const CLI::CallForVersion&) {
    return PrintText{std::string(kVersionText) + "\n"};
  } catch (const AskedForLater& asked) {
    return fail(ErrorCode::kBadUsage, asked.what());
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::kBadUsage,
                fmt::format("{}\nRun \"{} --help\" for the options.", error.what(), app.get_name()));
  }
  return std::move(command);
}

struct KvAction {
  const char* name;
  KvOptions::Action action;
  const char* help;
};

constexpr std::array kKvActions = {
    KvAction{"list", KvOptions::Action::kList, "Namespaces and their bytes; or the keys of one"},
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
    action.add_option("NAMESPACE", options.space, "As [data.kv] of a worker names it")->required(has_key);
  if (has_key) action.add_option("KEY", options.key, "Its key")->required();
  if (options.action == Action::kList) action.add_option("--prefix", options.key, "Only keys that begin so");
  if (options.action != Action::kPut) return;
  action.add_option("VALUE", options.value, "The value, or - for standard input")->required();
  add_parsed(
      action, "--ttl", options.time_to_live,
      [](const std::string& text) -> Result<std::optional<std::chrono::milliseconds>> {
        const auto time = base::parse_duration(text);
        if (!time) return std::unexpected(time.error());
        return std::chrono::ceil<std::chrono::milliseconds>(*time);
      },
      "Forget it after this time, such as 10m", "DURATION");
}

Result<Command> parse_kv_command(const std::vector<std::string>& arguments) {
  const std::string name = arguments.empty() ? std::string() : arguments.front();
  const auto* found = std::ranges::find(kKvActions, name, &KvAction::name);
  Command command = KvOptions{};
  auto& options = std::get<KvOptions>(command);
  if (found == kKvActions.end()) {
    CLI::App app("Look at what workers keep in the key-value store, and change it; also while a server runs.",
                 "wws kv");
    std::string actions = "Actions (each with --help):";
    for (const KvAction& action : kKvActions) actions += fmt::format("\n  {:8}{}", action.name, action.help);
    app.footer(actions);
    app.add_option("ACTION", options.key, "What to do")->required()->check([](const std::string& text) {
      return "there is no action " + log::escaped(text);
    });
    return run_parser(app, arguments, command);
  }
  CLI::App app(found->help, std::string("wws kv ") + found->name);
  options.action = found->action;
  add_kv_arguments(app, options);
  app.add_option("--project", options.project, "The project's folder [.]")->type_name("PATH");
  add_parsed(app, "--kv", options.place, parse_kv,
             "Where its store is: file:FOLDER or redis://HOST [as the project says]", "PLACE");
  return run_parser(app, {arguments.begin() + 1, arguments.end()}, command);
}

}  // namespace

Result<Command> parse_command_line(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments.front() == "check") {
    CLI::App app(
        "Load a project as the server would, list its routes and every problem.\n"
        "Exit status: 0 nothing to report, 1 problems, 2 bad configuration or arguments.",
        "wws check");
    Command command = CheckOptions{};
    add_project_options(app, std::get<CheckOptions>(command));
    return run_parser(app, {arguments.begin() + 1, arguments.end()}, command);
  }
  if (!arguments.empty() && arguments.front() == "new") {
    CLI::App app("Make a project: a folder NAME with a worker that answers, and the kit it is built with.",
                 "wws new");
    Command command = NewOptions{};
    auto& options = std::get<NewOptions>(command);
    app.add_option("NAME", options.name, "Name of the project: letters, digits, - and _")->required();
    app.add_option("--lang", options.language, "c, cpp, go, rust or zig")->required()->type_name("LANGUAGE");
    return run_parser(app, {arguments.begin() + 1, arguments.end()}, command);
  }
  if (!arguments.empty() && arguments.front() == "health") {
    CLI::App app(
        "Ask a running server whether it answers: for health checks of containers and service managers.\n"
        "Without a path in URL no worker is run. Exit status: 0 a status of 2xx or 3xx, 1 another or none.",
        "wws health");
    Command command = HealthOptions{};
    auto& options = std::get<HealthOptions>(command);
    app.add_option("URL", options.url, "http://HOST[:PORT][/PATH]")->capture_default_str();
    add_parsed(app, "--timeout", options.timeout, base::parse_duration, "How long to wait, such as 500ms [5s]",
               "DURATION");
    return run_parser(app, {arguments.begin() + 1, arguments.end()}, command);
  }
  if (!arguments.empty() && arguments.front() == "kv")
    return parse_kv_command({arguments.begin() + 1, arguments.end()});
  CLI::App app(
      "Serve a folder: every .wasm file in it answers at its path, in a fresh sandbox for each request.",
      "wws");
  Command command = ServeOptions{};
  app.set_help_flag();  // the group of listed options has to be the last, or an empty line follows it
  add_later_options(app);
  add_serve_options(app, std::get<ServeOptions>(command));
  app.set_version_flag("-V,--version", kVersionText, "Print the version and exit");
  app.footer(
      "Commands:\n"
      "  wws check [PATH]                  List the routes of a project and every problem in it\n"
      "  wws new NAME --lang LANGUAGE      Make a project with a worker in c, cpp, go, rust or zig\n"
      "  wws kv ACTION ...                 Look at what workers keep in the key-value store, and change it\n"
      "  wws health [URL]                  Ask a running server whether it answers");
  return run_parser(app, arguments, command);
}

}  // namespace wws::cli
