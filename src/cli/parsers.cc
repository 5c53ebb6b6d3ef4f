#include "cli/parsers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/log.h"
#include "base/quantity.h"
#include "cli/help.h"
#include "cli/logging.h"
#include "config/later.h"
#include "scaffold/language.h"

namespace wws::cli {
namespace {

constexpr const char* kVersionText = "wasm-workers-server " WWS_VERSION;

/// The options that follow are listed under this title.
void begin_group(CLI::App& app, const std::string& title) { app.option_defaults()->group(title); }

template <class Options>
void add_path(CLI::App& app, Options& options) {
  app.add_option("PATH", options.path, "Folder with the workers")->type_name("PATH")->capture_default_str();
}

/// Options that serving and checking share.
template <class Options>
void add_project_options(CLI::App& app, Options& options) {
  app.add_option("--prefix", options.prefix, "Put this path in front of every route and file")
      ->type_name("PREFIX");
  app.add_option(
         "--ignore", options.ignore,
         "Leave out files that match this glob, relative to PATH\nOne that matches no file gets a warning.")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  app.add_option("--config", options.config,
                 "The project's file\nPaths in it are relative to the project's folder.")
      ->type_name("FILE")
      ->default_str("wws.toml in PATH");
}

template <class Options>
void add_cache(CLI::App& app, Options& options) {
  app.add_option("--cache", options.cache,
                 "Folder of compiled modules\nNobody else may write to it or to a folder above it.")
      ->type_name("FOLDER")
      ->default_str("~/.cache/wws/modules");
}

/// What is said of others names the bounds.
CLI::Range numbers(std::uint32_t least, std::uint32_t most) {
  CLI::Range range(least, most);
  range.description("");
  return range;
}

/// An integer within bounds, which the manual tells.
CLI::Option* add_count(CLI::App& app, const std::string& name, std::uint32_t& target, std::uint32_t least,
                       std::uint32_t most, const std::string& help, const std::string& more) {
  return app
      .add_option(name, target,
                  fmt::format("{}\nFrom {} to {}.{}{}", help, least, most, more.empty() ? "" : " ", more))
      ->check(numbers(least, most));
}

Result<log::Level> parse_log_level(const std::string& text) {
  if (const auto level = log::parse_level(text)) return *level;
  return fail(ErrorCode::kBadUsage, "\"" + text + "\" is not one of debug, info, warn, error, off");
}

Result<hardening::Mode> parse_hardening(const std::string& text) {
  if (const auto mode = hardening::parse_mode(text)) return *mode;
  return fail(ErrorCode::kBadUsage, "\"" + text + "\" is not one of on, required, off");
}

void add_serving(CLI::App& app, ServeOptions& options) {
  begin_group(app, "Serving");
  add_path(app, options);
  const auto note = [&options](const std::string&) { options.names_address = true; };
  app.add_option("--host", options.host,
                 "Address or name to listen on\n`0.0.0.0` is all IPv4 addresses, `::` all of both families.")
      ->type_name("HOST")
      ->capture_default_str()
      ->each(note);
  app.add_option("-p,--port", options.port,
                 "Port to listen on; 0 takes any free one\nThe start lines tell which.")
      ->check(numbers(0, 65'535))
      ->type_name("PORT")
      ->capture_default_str()
      ->each(note);
  add_project_options(app, options);
  add_count(app, "--processes", options.processes, 1, 1024, "Serving processes",
            "Usable are the CPUs of the affinity and of the cgroup's quota.")
      ->type_name("N")
      ->default_str("one for each usable CPU");
  add_count(app, "--stop-time", options.stop_seconds, 0, 86'400,
            "Seconds that requests in flight have when the server stops", "")
      ->type_name("SECONDS")
      ->capture_default_str();
  add_parsed(app, "--log-level", options.log_level, parse_log_level,
             "What is logged; info includes the access log", "debug|info|warn|error|off")
      ->default_str("info");
  add_parsed(app, "--log-format", options.log_format, parse_log_format,
             "How lines of the log look\n`auto` is colored on a terminal, and else text. FORMAT, with "
             "directives such as `%h %t \"%r\" %>s`, is for lines of the access log (docs/logs.md).",
             "auto|text|color|json|FORMAT")
      ->default_str("auto");
  app.add_option("--access-log", options.access_log,
                 "Where each request has a line\n`-` is the log, on standard error; a file is opened anew "
                 "at SIGUSR1, so that it can be rotated.")
      ->type_name("FILE|off|-")
      ->capture_default_str();
}

void add_limits(CLI::App& app, ServeOptions& options) {
  begin_group(app, "Limits");
  add_parsed(app, "--max-body", options.body_bytes, base::parse_size,
             "Largest request body, such as 64KiB or 10MB", "SIZE")
      ->default_str("16MiB");
  add_count(app, "--max-instances", options.instances, 1, 100'000, "Guests alive at once in one process", "")
      ->type_name("N")
      ->capture_default_str();
  add_count(app, "--max-connections-per-address", options.connections_per_address, 1, 1'000'000,
            "Connections of one client address in one process",
            "More are closed as they come, with a line in the log.")
      ->type_name("N")
      ->default_str("half of all");
}

void add_operations(CLI::App& app, ServeOptions& options) {
  begin_group(app, "Operations");
  add_parsed(
      app, "--admin", options.admin,
      [](const std::string& text) -> Result<std::optional<supervisor::AdminPlace>> {
        auto place = supervisor::parse_admin_place(text);
        if (!place) return fail(place);
        return std::move(*place);
      },
      "Answer operators there: metrics, health, control\n"
      "An address needs a token, a socket's file is for who started the server.",
      "HOST:PORT|unix:PATH");
  app.add_option("--admin-token-file", options.admin_token_file,
                 "File whose first line is the token for --admin\n"
                 "At least 16 characters. Metrics and all but `/healthz` and `/readyz` need it.")
      ->type_name("FILE");
  app.add_flag("--enable-panel", options.has_panel,
               "Serve the panel at /_panel/ of --admin\n"
               "A page with rates, routes, workers, problems and processes.");
  app.add_option(
         "--otlp", options.otlp,
         "Send traces and metrics to this OpenTelemetry collector\n"
         "By OTLP over HTTP, in JSON. [otlp] of wws.toml says more, and the variables `OTEL_*` are read.")
      ->type_name("URL");
}

void add_security(CLI::App& app, ServeOptions& options) {
  begin_group(app, "Security");
  app.add_option(
         "--user", options.user,
         "Started as root: the user, and group, that all children become\nWithout it they stay who started "
         "the server.")
      ->type_name("NAME[:GROUP]");
  add_parsed(app, "--hardening", options.hardening, parse_hardening,
             "How children are confined\n`required` does not serve without; `off` is for debuggers and "
             "measurements.",
             "on|required|off")
      ->default_str("on");
}

/// `--watch` alone, or with how; it says more than `--dev` does.
void set_watch(ServeOptions& options, const std::string& text) {
  if (text == "true" || text == "on") {
    options.watch = watch::Method::kAutomatic;
  } else if (text == "poll") {
    options.watch = watch::Method::kPolling;
  } else if (text == "off" || text == "false") {
    options.watch.reset();
  } else {
    throw CLI::ValidationError("--watch: \"" + text + "\" is not one of on, poll, off");
  }
}

void add_development(CLI::App& app, ServeOptions& options) {
  begin_group(app, "Development");
  app.add_flag("--dev", options.is_dev,
               "Work on the project: browsers load pages again, errors tell the cause, and --watch is on");
  app.add_flag("--watch", options.watch_words,
               "Serve what changes in the project at once\n"
               "`--watch=poll` looks at the files again and again, for file systems that tell of no "
               "changes; `--watch=off` does not watch. Without it SIGHUP says that something changed.");
  app.parse_complete_callback([&options] {
    if (options.is_dev) {
      options.detail = server::ErrorDetail::kShown;
      options.watch = watch::Method::kAutomatic;
    }
    if (!options.watch_words.empty()) set_watch(options, options.watch_words);
  });
}

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

std::unique_ptr<Parser> make_serve() {
  auto parser = std::make_unique<Parser>(ServeOptions{},
                                         "Serve a folder: each worker in it (.js, .ts, .wasm) answers at its "
                                         "path, in a fresh sandbox for each request.",
                                         "wws");
  auto& options = std::get<ServeOptions>(parser->command);
  add_later_options(parser->app);
  add_serving(parser->app, options);
  add_limits(parser->app, options);
  begin_group(parser->app, "State");
  add_place(parser->app, options.kv, "Where the key-value store is", ".wws/kv in the project");
  add_cache(parser->app, options);
  add_operations(parser->app, options);
  add_security(parser->app, options);
  add_development(parser->app, options);
  begin_group(parser->app, "Help");
  parser->app.set_version_flag("-V,--version", kVersionText, "Print the version and exit");
  add_help(*parser);
  return parser;
}

std::unique_ptr<Parser> make_check() {
  auto parser = std::make_unique<Parser>(
      CheckOptions{},
      "List the routes of a project and every problem in it\n"
      "It is loaded as the server would. Exit status: 0 nothing to report, 1 problems,\n"
      "2 bad configuration or arguments.",
      "wws check");
  auto& options = std::get<CheckOptions>(parser->command);
  add_path(parser->app, options);
  add_project_options(parser->app, options);
  add_cache(parser->app, options);
  add_help(*parser);
  return parser;
}

std::unique_ptr<Parser> make_explain() {
  auto parser = std::make_unique<Parser>(
      ExplainOptions{},
      "Tell who answers a request, and why\n"
      "The worker or file, what it stands before, limits, variables, and what its module imports against\n"
      "what it was granted. Nothing is run. Exit status: 0 somebody answers, 1 nobody, 2 bad configuration\n"
      "or arguments.",
      "wws explain");
  auto& options = std::get<ExplainOptions>(parser->command);
  parser->app.add_option("METHOD", options.method, "Method of the request, such as GET")
      ->type_name("METHOD")
      ->required();
  parser->app.add_option("URL", options.url, "A URL, or its path such as /users/7")
      ->type_name("URL")
      ->required();
  add_path(parser->app, options);
  add_project_options(parser->app, options);
  parser->app.add_flag_function(
      "--json", [&options](std::int64_t) { options.format = ExplainOptions::Format::kJson; },
      "As JSON, for programs");
  add_help(*parser);
  return parser;
}

std::unique_ptr<Parser> make_top() {
  auto parser = std::make_unique<Parser>(TopOptions{},
                                         "Show what a running server does, once a second\n"
                                         "PLACE is where its admin interface is, as for --admin. q quits.",
                                         "wws top");
  auto& options = std::get<TopOptions>(parser->command);
  add_parsed(parser->app, "PLACE", options.place, supervisor::parse_admin_place,
             "Of the admin interface: HOST:PORT or unix:PATH", "HOST:PORT|unix:PATH")
      ->required();
  parser->app
      .add_option("--admin-token-file", options.token_file, "File whose first line is the interface's token")
      ->type_name("FILE");
  parser->app.add_flag_function(
      "--once", [&options](std::int64_t) { options.times = TopOptions::Times::kOnce; },
      "Print one table of all since the start, and exit");
  add_help(*parser);
  return parser;
}

std::unique_ptr<Parser> make_new() {
  auto parser =
      std::make_unique<Parser>(NewOptions{},
                               "Make a project: a worker that answers, and the kit it is built with\n"
                               "It is a folder NAME in the current one.",
                               "wws new");
  auto& options = std::get<NewOptions>(parser->command);
  std::string languages;
  for (const scaffold::Language& language : scaffold::languages())
    languages += fmt::format("{}{}", languages.empty() ? "" : "|", language.id);
  parser->app.add_option("NAME", options.name, "Name of the project: letters, digits, - and _")
      ->type_name("NAME")
      ->required();
  parser->app
      .add_option(
          "--lang", options.language,
          "Language of the worker\nIn any case; also `c++`, `golang`, `javascript`, `rs`, `typescript`.")
      ->type_name(languages)
      ->required();
  parser->app.add_flag_function(
      "--package-json", [&options](std::int64_t) { options.package = scaffold::PackageFile::kWritten; },
      "With a package.json, for packages and npm's commands\nFor js and ts. Without it no package manager is "
      "needed.");
  add_help(*parser);
  return parser;
}

std::unique_ptr<Parser> make_types() {
  auto parser = std::make_unique<Parser>(
      TypesOptions{},
      "Write wws.d.ts: what workers in JavaScript are given, for editors\n"
      "Variables and bindings are those of the workers' TOML files. Run it again when they change; while\n"
      "`wws --dev` runs, it keeps a file that is there up to date.",
      "wws types");
  auto& options = std::get<TypesOptions>(parser->command);
  add_path(parser->app, options);
  parser->app
      .add_option("--ignore", options.ignore, "Leave out files that match this glob, relative to PATH")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  parser->app.add_option("--config", options.config, "The project's file")
      ->type_name("FILE")
      ->default_str("wws.toml in PATH");
  add_help(*parser);
  return parser;
}

std::unique_ptr<Parser> make_health() {
  auto parser = std::make_unique<Parser>(
      HealthOptions{},
      "Ask a running server whether it answers\n"
      "For health checks of containers and service managers. Without a path in URL no worker is run.\n"
      "Exit status: 0 a status of 2xx or 3xx, 1 another or none.",
      "wws health");
  auto& options = std::get<HealthOptions>(parser->command);
  parser->app.add_option("URL", options.url, "Of the server: http://HOST[:PORT][/PATH]")
      ->type_name("URL")
      ->capture_default_str();
  add_parsed(parser->app, "--timeout", options.timeout, base::parse_duration,
             "How long to wait, such as 500ms", "DURATION")
      ->default_str("5s");
  add_help(*parser);
  return parser;
}

std::unique_ptr<Parser> make_version() {
  auto parser = std::make_unique<Parser>(VersionOptions{}, "Print the version", "wws version");
  auto& options = std::get<VersionOptions>(parser->command);
  parser->app.add_flag_function(
      "--verbose", [&options](std::int64_t) { options.detail = VersionOptions::Detail::kVerbose; },
      "How it was built, and what this system gives it: for bug reports");
  add_help(*parser);
  return parser;
}

std::unique_ptr<Parser> make_manual() {
  using Name = ManualOptions::Page;
  auto parser = std::make_unique<Parser>(ManualOptions{},
                                         "Print a page of the manual, for man(1)\n"
                                         "To read one: wws manual wws | man -l -",
                                         "wws manual");
  auto& options = std::get<ManualOptions>(parser->command);
  add_parsed(
      parser->app, "PAGE", options.page,
      [](const std::string& text) -> Result<Name> {
        if (text == "wws") return Name::kWws;
        if (text == "wws.toml") return Name::kKeys;
        return fail(ErrorCode::kBadUsage, "\"" + text + "\" is not one of wws, wws.toml");
      },
      "The program, or its configuration", "wws|wws.toml")
      ->required();
  parser->app.add_flag_function(
      "--markdown", [&options](std::int64_t) { options.format = ManualOptions::Format::kMarkdown; },
      "As Markdown, for the documentation");
  add_help(*parser);
  return parser;
}

std::unique_ptr<Parser> make_completions() {
  auto parser = std::make_unique<Parser>(
      CompletionsOptions{},
      "Print a script with which a shell completes command lines\n"
      "bash:  wws completions bash > ~/.local/share/bash-completion/completions/wws\n"
      "zsh:   wws completions zsh > _wws, in a folder of $fpath\n"
      "fish:  wws completions fish > ~/.config/fish/completions/wws.fish",
      "wws completions");
  auto& options = std::get<CompletionsOptions>(parser->command);
  add_parsed(
      parser->app, "SHELL", options.shell,
      [](const std::string& text) -> Result<reference::Shell> {
        if (const auto shell = reference::parse_shell(text)) return *shell;
        return fail(ErrorCode::kBadUsage, "\"" + text + "\" is not one of bash, zsh, fish");
      },
      "The shell", "bash|zsh|fish")
      ->required();
  add_help(*parser);
  return parser;
}

std::unique_ptr<Parser> make_schema() {
  auto parser = std::make_unique<Parser>(SchemaOptions{}, "Print the JSON Schema of a TOML file, for editors",
                                         "wws schema");
  auto& options = std::get<SchemaOptions>(parser->command);
  add_parsed(
      parser->app, "FILE", options.file,
      [](const std::string& text) -> Result<config::ConfigFile> {
        if (text == "worker") return config::ConfigFile::kWorker;
        if (text == "project") return config::ConfigFile::kProject;
        return fail(ErrorCode::kBadUsage, "\"" + text + "\" is not one of worker, project");
      },
      "A worker's file, or wws.toml of a project", "worker|project")
      ->required();
  add_help(*parser);
  return parser;
}

}  // namespace

AskedForLater::AskedForLater(std::string_view what, const config::Later& later)
    : ParseError("NotYet", fmt::format("{}: {}", what, config::to_string(later)),
                 base::exit_code(ErrorCode::kBadUsage)) {}

Parser::Parser(Command empty, std::string description, std::string name)
    : command(std::move(empty)), app(std::move(description), std::move(name)) {
  set_formatter(app);
  app.set_help_flag();  // comes last: add_help()
  app.allow_extras();
}

void add_help(Parser& parser) { parser.app.set_help_flag("-h,--help", "Print this help and exit"); }

CLI::Option* add_place(CLI::App& app, std::optional<config::KvPlace>& place, const std::string& help,
                       const std::string& fallback) {
  return add_parsed(
             app, "--kv", place,
             [](const std::string& text) -> Result<std::optional<config::KvPlace>> {
               auto parsed = config::parse_kv_place(text);
               if (!parsed) return fail(ErrorCode::kBadUsage, parsed.error().message);
               return *parsed;
             },
             help, "memory|file:FOLDER|redis://HOST")
      ->default_str(fallback);
}

std::string list_of_commands() {
  std::string text = "Commands:\n";
  for (const CommandRow& row : command_rows()) {
    if (row.usage.empty()) continue;
    const std::string help = row.make()->app.get_description();
    text += fmt::format("  wws {:30}{}\n", row.usage, help.substr(0, help.find('\n')));
  }
  return text +
         "\nExamples:\n"
         "  wws                                        Serve the current folder at http://127.0.0.1:8080\n"
         "  wws --dev --log-level debug site           While working on the project in site/\n"
         "  wws --host 0.0.0.0 --max-body 1MiB --kv redis://10.0.0.7 /srv/site\n"
         "\nA command has its own options: wws check --help";
}

std::vector<CommandRow> command_rows() {
  std::vector<CommandRow> rows = {
      {"", "", &make_serve},
      {"check", "check [PATH]", &make_check},
      {"explain", "explain METHOD URL [PATH]", &make_explain},
      {"top", "top PLACE", &make_top},
      {"new", "new NAME --lang LANGUAGE", &make_new},
      {"types", "types [PATH]", &make_types},
  };
  for (CommandRow& row : kv_rows()) rows.push_back(std::move(row));
  rows.push_back({"health", "health [URL]", &make_health});
  rows.push_back({"version", "version [--verbose]", &make_version});
  rows.push_back({"manual", "manual wws|wws.toml", &make_manual});
  rows.push_back({"completions", "completions bash|zsh|fish", &make_completions});
  rows.push_back({"schema", "schema worker|project", &make_schema});
  return rows;
}

}  // namespace wws::cli
