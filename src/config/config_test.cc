#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/project_config.h"
#include "config/worker_config.h"

namespace wws::config {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> environment(const std::string& name) {
  if (name == "SET") return "from outside";
  if (name == "BYTES") return "a\xff";
  return std::nullopt;
}

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

TEST(WorkerConfig, ReadsEveryKey) {
  Diagnostics diagnostics;
  const auto config = parse_worker_config(R"(
name = "hello"
version = "1"
abi = "cgi"
url_form = "path"
[vars]
PLAIN = "a b"
INJECTED = "$SET"
DOLLARS = "$not a name"
LITERAL = "$$SET"
TWO = "$$"
MIDDLE = "x$SET"
)",
                                          "hello.toml", &environment, {}, diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << to_string(diagnostics.list().front());
  EXPECT_EQ(config.name, "hello");
  EXPECT_EQ(config.abi, WorkerAbi::kCgi);
  EXPECT_EQ(config.url_form, UrlForm::kPath);
  EXPECT_EQ(config.vars, (std::map<std::string, std::string>{{"PLAIN", "a b"},
                                                             {"INJECTED", "from outside"},
                                                             {"DOLLARS", "$not a name"},
                                                             {"LITERAL", "$SET"},
                                                             {"TWO", "$"},
                                                             {"MIDDLE", "x$SET"}}));
}

/// The fault: a table of a feature that is not there was accepted without a word.
TEST(WorkerConfig, SaysWhatIsNotThereYet) {
  Diagnostics diagnostics;
  (void)parse_worker_config("[features.http_requests]\nallow_http = true\n", "x.toml", &environment, {},
                            diagnostics);
  ASSERT_EQ(diagnostics.list().size(), 1U);
  EXPECT_EQ(to_string(diagnostics.list().front()),
            "x.toml:1:1: warning: this release has no outgoing HTTP yet; the worker runs without");
}

TEST(WorkerConfig, NamesItsNamespace) {
  Diagnostics diagnostics;
  const auto config =
      parse_worker_config("[data.kv]\nnamespace = \"ns\"\n", "x.toml", &environment, {}, diagnostics);
  EXPECT_EQ(config.kv_namespace, "ns");
  EXPECT_TRUE(diagnostics.list().empty());
}

TEST(WorkerConfig, ANamespaceIsAName) {
  for (const std::string& name : {std::string(), std::string(129, 'x'), std::string("a\\u0001")}) {
    Diagnostics diagnostics;
    (void)parse_worker_config("[data.kv]\nnamespace = \"" + name + "\"\n", "x.toml", &environment, {},
                              diagnostics);
    ASSERT_EQ(diagnostics.list().size(), 1U) << name;
    EXPECT_EQ(to_string(diagnostics.list()[0]),
              "x.toml:2:13: error: \"namespace\" is a name of 1 to 128 printable bytes");
  }
}

TEST(WorkerConfig, ACgiProgramHasNoWayToTheStore) {
  const auto problems = [](const std::string& abi) {
    Diagnostics diagnostics;
    (void)parse_worker_config(abi + "[data.kv]\nnamespace = \"ns\"\n", "x.toml", &environment, {},
                              diagnostics);
    return diagnostics.list();
  };
  EXPECT_TRUE(problems("").empty());
  const auto found = problems("abi = \"cgi\"\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Severity::kWarning);
}

TEST(ProjectConfig, SaysWhereTheStoreIs) {
  Diagnostics diagnostics;
  const auto config =
      parse_project_config("[kv]\nplace = \"file:../state\"\nnamespace_quota = \"64MiB\"\nquota = \"1GB\"\n",
                           "wws.toml", diagnostics);
  EXPECT_TRUE(diagnostics.list().empty());
  ASSERT_TRUE(config.kv.place);
  EXPECT_EQ(config.kv.place->kind, KvPlace::Kind::kFile);
  EXPECT_EQ(config.kv.place->folder, "../state");
  EXPECT_EQ(config.kv.namespace_quota, std::uint64_t{64} << 20);
  EXPECT_EQ(config.kv.quota, 1'000'000'000U);
  EXPECT_EQ(parse_project_config("[kv]\nplace = \"memory\"\n", "wws.toml", diagnostics).kv.place->kind,
            KvPlace::Kind::kMemory);
  for (const char* place : {"", "file:", "sqlite://localhost", "/state"}) {
    Diagnostics problems;
    EXPECT_FALSE(parse_project_config("[kv]\nplace = \"" + std::string(place) + "\"\n", "wws.toml", problems)
                     .kv.place);
    ASSERT_EQ(problems.list().size(), 1U) << place;
    EXPECT_NE(to_string(problems.list()[0]).find("wws.toml:2:9: error: the key-value store is in \"memory\""),
              std::string::npos);
  }
}

TEST(ProjectConfig, SaysHowToSpeakToRedis) {
  Diagnostics diagnostics;
  const KvConfig kv = parse_project_config(
                          "[kv]\nplace = \"rediss://u:p@host/3\"\ntime_limit = \"1s\"\nca_file = "
                          "\"ca.pem\"\npassword_file = \"secret\"\n",
                          "wws.toml", diagnostics)
                          .kv;
  EXPECT_TRUE(diagnostics.list().empty());
  ASSERT_EQ(kv.place->kind, KvPlace::Kind::kRedis);
  EXPECT_EQ(kv.place->redis.hosts.front().name, "host");
  EXPECT_EQ(kv.time_limit, std::chrono::seconds(1));
  EXPECT_EQ(kv.ca_file, "ca.pem");
  EXPECT_EQ(kv.password_file, "secret");
  for (const char* line :
       {"time_limit = \"0ms\"", "time_limit = \"2m\"", "ca_file = \"\"", "place = \"redis://:x@\""}) {
    Diagnostics problems;
    (void)parse_project_config("[kv]\n" + std::string(line) + "\n", "wws.toml", problems);
    ASSERT_EQ(problems.list().size(), 1U) << line;
    EXPECT_TRUE(to_string(problems.list()[0]).starts_with("wws.toml:2:")) << to_string(problems.list()[0]);
  }
}

TEST(RedisUrl, NamesHostsAndMore) {
  const auto url = parse_redis_url("rediss://al%40ice:p%3A%2F@[::1]:7000/12?prefix=shop.1");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->tls, RedisUrl::Tls::kOn);
  EXPECT_EQ(url->user, "al@ice");
  EXPECT_EQ(url->password, "p:/");
  EXPECT_EQ(url->hosts.front().name, "::1");
  EXPECT_EQ(url->hosts.front().port, 7000);
  EXPECT_EQ(url->database, 12U);
  EXPECT_EQ(url->prefix, "shop.1");
  EXPECT_EQ(parse_redis_url("redis://:secret@h")->password, "secret");
  EXPECT_EQ(parse_redis_url("redis://[::1]")->hosts.front().port, 6379);

  const auto sentinel = parse_redis_url("redis+sentinel://a,b:1,c/main/2");
  ASSERT_TRUE(sentinel) << sentinel.error().message;
  EXPECT_EQ(sentinel->topology, RedisUrl::Topology::kSentinel);
  EXPECT_EQ(sentinel->hosts.size(), 3U);
  EXPECT_EQ(sentinel->hosts[0].port, 26379);
  EXPECT_EQ(sentinel->hosts[1].port, 1);
  EXPECT_EQ(sentinel->primary, "main");
  EXPECT_EQ(sentinel->database, 2U);
  EXPECT_EQ(parse_redis_url("rediss+cluster://a,b")->topology, RedisUrl::Topology::kCluster);
}

TEST(RedisUrl, ThatCannotBeIsRefusedWithoutItsPassword) {
  for (const char* text : {"redis:",
                           "redis:/h",
                           "redisx://h",
                           "redis://",
                           "redis://:secret@",
                           "redis://:secret@h:0",
                           "redis://h:65536",
                           "redis://h:",
                           "redis://:secret@h:x",
                           "redis://h/x",
                           "redis://h/-1",
                           "redis://a,b",
                           "redis://:secr%et@h",
                           "redis://:secret@h o",
                           "redis://[::1",
                           "redis://[::1]x",
                           "redis://h?prefix=",
                           "redis://h?prefix=a:b",
                           "redis://h?other=1",
                           "redis+sentinel://h",
                           "redis+sentinel://h/",
                           "redis+cluster://h/1"}) {
    const auto url = parse_redis_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_TRUE(url.error().message.starts_with("the Redis URL ")) << url.error().message;
    EXPECT_EQ(url.error().message.find("secr"), std::string::npos) << url.error().message;
  }
}

// It was the text "$"; the original takes it for a variable without a name.
TEST(WorkerConfig, ADollarAloneIsAnEmptyString) {
  Diagnostics diagnostics;
  const auto config = parse_worker_config("[vars]\nA = \"$\"\n", "x.toml", &environment, {}, diagnostics);
  EXPECT_EQ(config.vars.at("A"), "");
  EXPECT_FALSE(diagnostics.has_errors());
  ASSERT_EQ(diagnostics.list().size(), 1U);
}

TEST(ProjectConfig, NamesTheFolderOfFiles) {
  Diagnostics diagnostics;
  const auto config = parse_project_config("[public]\nfolder = \"../dist\"\n", "wws.toml", diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(config.files.folder, "../dist");
  EXPECT_TRUE(config.files.is_named);
  const auto silent = parse_project_config("", "wws.toml", diagnostics);
  EXPECT_EQ(silent.files.folder, "public");
  EXPECT_FALSE(silent.files.is_named);
}

TEST(WorkerConfig, AnEmptyFileIsTheDefaults) {
  Diagnostics diagnostics;
  const auto config = parse_worker_config("", "x.toml", &environment, {}, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(config.name, "default");
  EXPECT_EQ(config.abi, WorkerAbi::kInspected);
  EXPECT_EQ(config.url_form, std::nullopt);
}

TEST(Limits, OfAWorkerGoOverThoseOfTheProject) {
  Diagnostics diagnostics;
  const auto project = parse_project_config(
      "memory_reset = \"madvise\"\n[limits]\nmemory = \"1MiB\"\ntime = \"2s\"\n", "wws.toml", diagnostics);
  EXPECT_EQ(project.memory_reset, MemoryReset::kMadvise);
  const auto worker =
      parse_worker_config("[limits]\ncpu_time = \"250ms\"\nmemory = \"64KiB\"\nconcurrency = 3\n", "w.toml",
                          &environment, project.limits, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  Limits expected;
  expected.memory = 65536;
  expected.cpu_time = std::chrono::milliseconds(250);
  expected.time = std::chrono::seconds(2);
  expected.concurrency = 3;
  EXPECT_EQ(worker.limits, expected);
}

TEST(Limits, KeepTheirDefaultWhereAValueIsBad) {
  Diagnostics diagnostics;
  const auto worker =
      parse_worker_config("[limits]\nmemory = \"lots\"\n", "w.toml", &environment, {}, diagnostics);
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_EQ(worker.limits, Limits{});
}

TEST(ProjectConfig, KnowsTheKeysOfTheOriginal) {
  Diagnostics diagnostics;
  const auto config = parse_project_config(
      "version = 1\nurl_form = \"path\"\n[[repositories]]\nname = \"wasmlabs\"\n", ".wws.toml", diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(config.url_form, UrlForm::kPath);
  EXPECT_EQ(parse_project_config("", "wws.toml", diagnostics).url_form, UrlForm::kFull);
}

TEST(Diagnostics, AreWrittenWithThePlaceThatIsKnown) {
  EXPECT_EQ(to_string({Severity::kError, "a.toml", 3, 7, "bad"}), "a.toml:3:7: error: bad");
  EXPECT_EQ(to_string({Severity::kWarning, "a.wasm", 0, 0, "odd"}), "a.wasm: warning: odd");
}

/// tests/golden/diagnostics/NAME.toml gives NAME.expected. Names that begin with "project" are project files.
TEST(Diagnostics, AreTheGoldenOnes) {
  const fs::path folder = fs::path(WWS_SOURCE_DIR) / "tests/golden/diagnostics";
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  ASSERT_GE(files.size(), 25U);
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    Diagnostics diagnostics;
    if (name.starts_with("project")) {
      (void)parse_project_config(read(file), name, diagnostics);
    } else {
      (void)parse_worker_config(read(file), name, &environment, {}, diagnostics);
    }
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics.list()) text += to_string(diagnostic) + "\n";
    fs::path expected = file;
    expected.replace_extension(".expected");
    if (std::getenv("WWS_UPDATE_GOLDEN") != nullptr) std::ofstream(expected, std::ios::binary) << text;
    EXPECT_EQ(text, read(expected)) << name;
  }
}

}  // namespace
}  // namespace wws::config
