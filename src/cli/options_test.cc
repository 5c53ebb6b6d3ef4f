#include "cli/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "base/quantity.h"
#include "cli/help.h"
#include "cli/start_lines.h"
#include "cli/version.h"
#include "kv/limits.h"
#include "kv/redis_options.h"

namespace wws::cli {
namespace {

namespace fs = std::filesystem;

ServeOptions serve(const std::vector<std::string>& arguments) {
  auto command = parse_command_line(arguments);
  EXPECT_TRUE(command) << command.error().message;
  return std::get<ServeOptions>(*command);
}

/// At spaces.
std::vector<std::string> split(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// Compares with tests/golden/cli/NAME; WWS_UPDATE_GOLDEN=1 writes it anew.
void expect_golden(const std::string& name, const std::string& text) {
  const fs::path path = fs::path(WWS_SOURCE_DIR) / "tests/golden/cli" / name;
  if (std::getenv("WWS_UPDATE_GOLDEN") != nullptr) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::ostringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(text, expected.str()) << name;
}

TEST(CommandLine, HasTheOriginalsDefaults) {
  const ServeOptions options = serve({});
  EXPECT_EQ(options.path, ".");
  EXPECT_EQ(options.host, "127.0.0.1");
  EXPECT_EQ(options.port, 8080);
  EXPECT_EQ(options.prefix, "");
  EXPECT_EQ(options.processes, 0U);
  EXPECT_FALSE(options.names_address);
}

TEST(CommandLine, ReadsEveryOption) {
  const ServeOptions options = serve({"--host",      "::1",      "-p",          "0",        "--prefix",
                                      "/x",          "--ignore", "a",           "--ignore", "b",
                                      "--processes", "3",        "--log-level", "warn",     "--dev",
                                      "--max-body",  "64KiB",    "--stop-time", "5",        "--max-instances",
                                      "9",           "--cache",  "/c",          "--user",   "nobody",
                                      "--hardening", "required", "--config",    "/etc/x",   "folder"});
  EXPECT_EQ(options.host, "::1");
  EXPECT_EQ(options.port, 0);
  EXPECT_EQ(options.prefix, "/x");
  EXPECT_EQ(options.ignore, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options.processes, 3U);
  EXPECT_EQ(options.log_level, log::Level::kWarn);
  EXPECT_EQ(options.detail, server::ErrorDetail::kShown);
  EXPECT_EQ(options.body_bytes, 65536U);
  EXPECT_EQ(options.stop_seconds, 5U);
  EXPECT_EQ(options.instances, 9U);
  EXPECT_EQ(options.cache, "/c");
  EXPECT_EQ(options.config, "/etc/x");
  EXPECT_TRUE(options.names_address);
  EXPECT_EQ(options.user, "nobody");
  EXPECT_EQ(options.hardening, hardening::Mode::kRequired);
  EXPECT_EQ(options.path, "folder");
}

TEST(CommandLine, PathMayStandBeforeTheOptions) {
  const ServeOptions options = serve({"folder", "--ignore", "a", "--port", "1"});
  EXPECT_EQ(options.path, "folder");
  EXPECT_EQ(options.port, 1);
}

TEST(CommandLine, KnowsCheck) {
  const auto command = parse_command_line({"check", "folder", "--prefix", "x"});
  ASSERT_TRUE(command);
  EXPECT_EQ(std::get<CheckOptions>(*command).path, "folder");
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--nope"},
                                             {"a", "b"},
                                             {"--port", "x"},
                                             {"--port", "70000"},
                                             {"--processes", "0"},
                                             {"--max-body", "1K"},
                                             {"--log-level", "loud"},
                                             {"--hardening", "much"},
                                             {"--port"},
                                             {"a", "--nope"}}) {
    const auto command = parse_command_line(arguments);
    ASSERT_FALSE(command) << arguments.front();
    EXPECT_EQ(command.error().code, ErrorCode::kBadUsage);
    EXPECT_NE(command.error().message.find("wws --help"), std::string::npos);
  }
}

/// The fault: a mistake behind `check` or `new` pointed to the help of `wws`, which lists other options.
TEST(CommandLine, PointsToTheHelpOfTheCommand) {
  const auto check = parse_command_line({"check", "--port", "1"});
  ASSERT_FALSE(check);
  EXPECT_NE(check.error().message.find("Run \"wws check --help\""), std::string::npos)
      << check.error().message;
  const auto list = parse_command_line({"kv", "list", "--nope"});
  ASSERT_FALSE(list);
  EXPECT_NE(list.error().message.find("Run \"wws kv list --help\""), std::string::npos)
      << list.error().message;
  const auto made = parse_command_line({"new"});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("Run \"wws new --help\""), std::string::npos) << made.error().message;
}

/// The fault: what was written wrong was "not expected", with no word on what it may have been meant to be.
TEST(CommandLine, TellsWhatWasMeant) {
  for (const auto& [arguments, message] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--prot", "80"}, "there is no option --prot; did you mean --port?"},
           {{"--prot=80"}, "there is no option --prot; did you mean --port?"},
           {{"--frobnicate"}, "there is no option --frobnicate\n"},
           {{"chekc", "."}, "there is no command chekc; did you mean check?"},
           {{"verison", "--verbose"}, "there is no option --verbose"},
           {{"site", "other"}, "one argument too many: other"},
           {{"check", "--port", "1"}, "there is no option --port\n"},
           {{"check", "chekc", "b"}, "one argument too many: b"},
           {{"--port", "abc"}, "--port: Value abc not in range 0 to 65535"},
           {{"--port", "65536"}, "--port: Value 65536 not in range 0 to 65535"}}) {
    const auto command = parse_command_line(arguments);
    ASSERT_FALSE(command) << message;
    EXPECT_TRUE(command.error().message.starts_with(message)) << command.error().message;
  }
  EXPECT_EQ(command_like("verison"), "version");
  EXPECT_EQ(command_like("./check"), "");
  EXPECT_EQ(command_like("site"), "");
  EXPECT_EQ(command_like("web"), "");
}

/// The fault: options and verbs of the original were "not expected", with no word on the feature they ask
/// for.
TEST(CommandLine, NamesTheFeatureThatIsNotThereYet) {
  const std::string runtimes = "runtimes: this release has no runtimes of other languages yet";
  const std::string git = ": this release has no projects from Git repositories yet";
  for (const auto& [arguments, message] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--cors", "*"}, "--cors: this release has no CORS headers yet"},
           {{"--cors=https://a.test", "."}, "--cors: this release has no CORS headers yet"},
           {{".", "--cors"}, "--cors: this release has no CORS headers yet"},
           {{"-i"}, "-i: this release has no runtimes of other languages yet"},
           {{"--install-runtimes", "."}, "--install-" + runtimes},
           {{"--git-commit", "abc"}, "--git-commit" + git},
           {{"--git-tag", "v1"}, "--git-tag" + git},
           {{"--git-branch", "main", "https://a.test/b.git"}, "--git-branch" + git},
           {{"--git-folder", "x"}, "--git-folder" + git},
           {{"https://a.test/b.git"}, "https://a.test/b.git" + git},
           {{"--port", "0", "http://a.test/b.git"}, "http://a.test/b.git" + git},
           {{"check", "https://a.test/b.git"}, "https://a.test/b.git" + git},
           {{"runtimes"}, runtimes},
           {{"runtimes", "install", "ruby", "3.2.0"}, runtimes},
           {{"folder", "runtimes", "list"}, runtimes},
           {{"--prefix", "/x", "folder", "runtimes", "--repo-name", "a", "check"}, runtimes}}) {
    const auto command = parse_command_line(arguments);
    ASSERT_FALSE(command) << message;
    EXPECT_EQ(command.error().code, ErrorCode::kBadUsage);
    EXPECT_EQ(command.error().message, message);
  }
  EXPECT_EQ(serve({"--prefix", "runtimes"}).prefix, "runtimes");
  EXPECT_EQ(serve({"./runtimes"}).path, "./runtimes");
}

TEST(CommandLine, ReadsHealth) {
  const auto standard = parse_command_line({"health"});
  ASSERT_TRUE(standard);
  EXPECT_EQ(std::get<HealthOptions>(*standard).url, "http://127.0.0.1:8080");
  const auto command = parse_command_line({"health", "http://[::1]:9/x", "--timeout", "250ms"});
  ASSERT_TRUE(command);
  EXPECT_EQ(std::get<HealthOptions>(*command).url, "http://[::1]:9/x");
  EXPECT_EQ(std::get<HealthOptions>(*command).timeout, std::chrono::milliseconds(250));
  for (const auto& arguments : {std::vector<std::string>{"health", "--timeout", "soon"},
                                std::vector<std::string>{"health", "a", "b"}}) {
    const auto refused = parse_command_line(arguments);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("wws health --help"), std::string::npos);
  }
}

TEST(CommandLine, PrintsHelpAndVersion) {
  const auto version = parse_command_line({"--version"});
  ASSERT_TRUE(version);
  EXPECT_EQ(std::get<PrintText>(*version).text, "wasm-workers-server " WWS_VERSION "\n");
  for (const reference::Command& command : describe_commands()) {
    std::string name(words_of(command));
    const auto help = parse_command_line(split(name + " --help"));
    ASSERT_TRUE(help) << name;
    std::ranges::replace(name, ' ', '_');
    expect_golden(name + (name.empty() ? "help.txt" : "_help.txt"), std::get<PrintText>(*help).text);
  }
}

/// What completions offer and manuals name is taken.
TEST(CommandLine, TakesTheValuesThatItNames) {
  std::size_t count = 0;
  for (const reference::Command& command : describe_commands()) {
    std::vector<std::string> begin = split(std::string(words_of(command)));
    const auto sample = [](const reference::Option& option) {
      const auto choices = reference::choices_of(option.value);
      return choices.empty() ? std::string("1") : choices.front();
    };
    std::vector<std::string> arguments = begin;
    for (const reference::Option& argument : command.arguments) {
      if (command.name != "wws kv") arguments.push_back(sample(argument));
    }
    for (const reference::Option& option : command.options) {
      if (option.count == reference::Count::kRequired)
        arguments.insert(arguments.end(), {option.names.front(), sample(option)});
    }
    for (const reference::Option& option : command.options) {
      if (option.names.front() == "-h" || option.names.front() == "-V" || command.name == "wws kv") continue;
      for (const std::string& part : reference::parts_of(option.value)) {
        std::vector<std::string> line = arguments;
        std::string value(reference::typed_part(part));
        if (option.count == reference::Count::kRequired) line.resize(line.size() - 2);
        if (value.empty()) continue;
        if (value.ends_with(':') || value.ends_with('/')) value += "x";
        line.insert(line.end(), {option.names.front(), value});
        const auto parsed = parse_command_line(line);
        EXPECT_TRUE(parsed) << command.name << " " << option.names.front() << " " << value << ": "
                            << parsed.error().message;
        ++count;
      }
    }
    for (const reference::Option& argument : command.arguments) {
      for (const std::string& choice : reference::choices_of(argument.value)) {
        std::vector<std::string> line = begin;
        line.push_back(choice);
        EXPECT_TRUE(parse_command_line(line)) << command.name << " " << choice;
        ++count;
      }
    }
  }
  EXPECT_GT(count, 20U);
}

TEST(CommandLine, KnowsWhatDescribesTheProgram) {
  EXPECT_EQ(std::get<SchemaOptions>(*parse_command_line({"schema", "project"})).file,
            config::ConfigFile::kProject);
  EXPECT_EQ(std::get<CompletionsOptions>(*parse_command_line({"completions", "fish"})).shell,
            reference::Shell::kFish);
  const auto manual = std::get<ManualOptions>(*parse_command_line({"manual", "wws.toml", "--markdown"}));
  EXPECT_EQ(manual.page, ManualOptions::Page::kKeys);
  EXPECT_EQ(manual.format, ManualOptions::Format::kMarkdown);
  EXPECT_EQ(std::get<VersionOptions>(*parse_command_line({"version", "--verbose"})).detail,
            VersionOptions::Detail::kVerbose);
  EXPECT_EQ(std::get<VersionOptions>(*parse_command_line({"version"})).detail,
            VersionOptions::Detail::kNumber);
  EXPECT_EQ(serve({"./version"}).path, "./version");
}

/// Defaults that are the store's own, and so not in config.
TEST(Keys, OfTheStoreHaveTheDefaultsThatAreDescribed) {
  std::map<std::string_view, std::string_view> described;
  for (const config::KeyTable* table : config::key_tables(config::ConfigFile::kProject)) {
    if (table->path != "kv") continue;
    for (const config::Key& key : table->keys) described[key.name] = key.fallback;
  }
  EXPECT_EQ(base::parse_size(described["namespace_quota"]), kv::Quotas{}.per_namespace);
  EXPECT_EQ(base::parse_size(described["quota"]), kv::Quotas{}.total);
  EXPECT_EQ(base::parse_duration(described["time_limit"]), kv::RedisOptions{}.limit);
}

TEST(Version, ReportSaysHowItWasBuilt) {
  const std::string report = build_report();
  for (const char* name :
       {"version        " WWS_VERSION, "commit ", "build ", "engine         Wasmtime ", "libcurl/", "c-ares/",
        "OpenSSL/", "SQLite/", "libseccomp/", "system         Linux ", "CPUs ", "memory limit ", "page scan ",
        "openat2 ", "seccomp ", "Landlock "})
    EXPECT_NE(report.find(name), std::string::npos) << name << "\n" << report;
  EXPECT_EQ(report.find("  \n"), std::string::npos) << report;
}

TEST(StartLines, AreTheOriginals) {
  config::Diagnostics diagnostics;
  const auto routes = router::RouteTable::build(
      {router::make_route("index.wasm", ""), router::make_route("api/[id].wasm", "")}, diagnostics);
  std::string text = preparing_line(".") + "\n" + loading_routes_line(".") + "\n" + loading_workers_line(2) +
                     "\n" + workers_loaded_line(std::chrono::microseconds(1250)) + "\n";
  for (const std::string& line : route_lines(routes, "http://127.0.0.1:8080")) text += line + "\n";
  expect_golden("start_lines.txt", text + serving_line("http://127.0.0.1:8080") + "\n");
}

}  // namespace
}  // namespace wws::cli
