// The command line (docs/cli.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "cli/health.h"
#include "cli/kv_options.h"
#include "config/keys.h"
#include "config/kv_place.h"
#include "hardening/policy.h"
#include "reference/completions.h"
#include "scaffold/new_project.h"
#include "server/dispatcher.h"
#include "supervisor/admin_socket.h"
#include "watch/watcher.h"

namespace wws::cli {

/// `wws [OPTIONS] [PATH]`
struct ServeOptions {
  std::string path = ".";
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  bool names_address = false;  ///< by --host or --port
  std::string prefix;
  std::vector<std::string> ignore;
  std::string config;      ///< the project's file; empty: that in its root
  unsigned processes = 0;  ///< 0: usable CPUs
  log::Level log_level = log::Level::kInfo;
  std::string log_format = "auto";  ///< --log-format
  std::string access_log = "-";     ///< --access-log: `-`, `off`, or a file
  server::ErrorDetail detail = server::ErrorDetail::kHidden;
  bool is_dev = false;                 ///< --dev
  std::string watch_words{};           ///< of --watch
  std::optional<watch::Method> watch;  ///< how changes are noticed; none: SIGHUP tells of them
  std::uint64_t body_bytes = std::uint64_t{16} << 20;
  std::uint32_t stop_seconds = 30;
  std::uint32_t instances = 1000;
  std::uint32_t connections_per_address = 0;  ///< in one process; 0: half of all
  std::string cache;                          ///< empty: the default folder
  std::optional<config::KvPlace> kv;          ///< of the key-value store; none: as the project says
  hardening::Mode hardening = hardening::Mode::kOn;
  std::optional<supervisor::AdminPlace> admin{};  ///< none: as the project says
  std::string admin_token_file{};
  bool has_panel = false;  ///< --enable-panel
  std::string otlp{};      ///< --otlp; empty: as the project or the environment says
  std::string user;        ///< whom the children become; empty: they stay who started the server
};

/// `wws check [OPTIONS] [PATH]`
struct CheckOptions {
  std::string path = ".";
  std::string prefix;
  std::vector<std::string> ignore;
  std::string config;
  std::string cache;
};

/// `wws explain METHOD URL [PATH]`
struct ExplainOptions {
  std::string method;
  std::string url;  ///< or a path
  std::string path = ".";
  std::string prefix;
  std::vector<std::string> ignore;
  std::string config;
  enum class Format { kText, kJson } format = Format::kText;
};

/// `wws top PLACE`
struct TopOptions {
  supervisor::AdminPlace place;
  std::string token_file;
  enum class Times { kAgain, kOnce } times = Times::kAgain;
};

/// `wws new NAME --lang LANGUAGE`
struct NewOptions {
  std::string name;
  std::string language;
  scaffold::PackageFile package = scaffold::PackageFile::kNone;
};

/// `wws types [OPTIONS] [PATH]`
struct TypesOptions {
  std::string path = ".";
  std::vector<std::string> ignore;
  std::string config;
};

/// `wws version [--verbose]`
struct VersionOptions {
  enum class Detail { kNumber, kVerbose } detail = Detail::kNumber;
};

/// `wws manual PAGE [--markdown]`
struct ManualOptions {
  enum class Page { kWws, kKeys } page = Page::kWws;
  enum class Format { kRoff, kMarkdown } format = Format::kRoff;
};

/// `wws completions SHELL`
struct CompletionsOptions {
  reference::Shell shell = reference::Shell::kBash;
};

/// `wws schema FILE`
struct SchemaOptions {
  config::ConfigFile file = config::ConfigFile::kWorker;
};

/// Print this text and leave with success: --help, --version.
struct PrintText {
  std::string text;
};

using Command =
    std::variant<ServeOptions, CheckOptions, ExplainOptions, TopOptions, NewOptions, TypesOptions, KvOptions,
                 HealthOptions, VersionOptions, ManualOptions, CompletionsOptions, SchemaOptions, PrintText>;

/// Reads the arguments after the program's name. kBadUsage says what is wrong and how to get help.
[[nodiscard]] Result<Command> parse_command_line(const std::vector<std::string>& arguments);

/// The line below a mistake in the arguments of "wws check".
[[nodiscard]] std::string help_hint(std::string_view command);

/// The command that a word was probably meant to be; empty: it may well be a folder.
[[nodiscard]] std::string command_like(std::string_view word);

}  // namespace wws::cli
