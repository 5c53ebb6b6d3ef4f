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

TEST(WorkerConfig, KnowsWhetherVariablesComeFromOutside) {
  const auto is_injected = [](const std::string& value) {
    Diagnostics diagnostics;
    return parse_worker_config("[vars]\nA = \"" + value + "\"\n", "x.toml", &environment, {}, diagnostics)
        .has_injected_vars;
  };
  EXPECT_TRUE(is_injected("$SET"));
  for (const char* own : {"text", "$$SET", "x$SET", "$SET x", "$UNSET"})
    EXPECT_FALSE(is_injected(own)) << own;
}

/// The fault: a table of a feature that is not there was accepted without a word.
TEST(WorkerConfig, SaysWhatIsNotThereYet) {
  Diagnostics diagnostics;
  (void)parse_worker_config("[features.wasi_nn]\nallowed_backends = []\n", "x.toml", &environment, {},
                            diagnostics);
  ASSERT_EQ(diagnostics.list().size(), 1U);
  EXPECT_EQ(
      to_string(diagnostics.list().front()),
      "x.toml:1:1: warning: this release has no neural networks (wasi-nn) yet; the worker runs without");
}

TEST(WorkerConfig, SaysWhomItMayReach) {
  Diagnostics diagnostics;
  const auto config = parse_worker_config(R"([features.http_requests]
allowed_hosts = ["example.com", "*.example.org:8443", "127.0.0.1:8080"]
allowed_methods = ["get", "PURGE"]
allow_http = true
connect_timeout = "1s"
first_byte_timeout = "2s"
timeout = "3s"
max_request_body = "1KiB"
max_response_body = "2KiB"
at_a_time = 2
per_request = 3
)",
                                          "x.toml", &environment, {}, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  ASSERT_TRUE(config.fetch);
  EXPECT_EQ(config.fetch->hosts,
            (std::vector<std::string>{"example.com", "*.example.org:8443", "127.0.0.1:8080"}));
  EXPECT_EQ(config.fetch->methods, (std::vector<std::string>{"GET", "PURGE"}));
  EXPECT_TRUE(config.fetch->allow_http);
  EXPECT_EQ(config.fetch->limits, (fetch::Limits{std::chrono::seconds(1), std::chrono::seconds(2),
                                                 std::chrono::seconds(3), 1024, 2048}));
  EXPECT_EQ(config.fetch->at_a_time, 2U);
  EXPECT_EQ(config.fetch->per_request, 3U);
  EXPECT_FALSE(parse_worker_config("[features.http_requests]\nallow_http = true\n", "x.toml", &environment,
                                   {}, diagnostics)
                   .fetch)
      << "no host, nobody";
}

TEST(WorkerConfig, SaysWhatIsWrongWithAHost) {
  Diagnostics diagnostics;
  (void)parse_worker_config(R"([features.http_requests]
allowed_hosts = ["https://example.com", 7,
                 "0x7f.1"]
allowed_methods = ["G T"]
timeout = "soon"
at_a_time = 0
allowed_host = []
)",
                            "x.toml", &environment, {}, diagnostics);
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : diagnostics.list())
    found.push_back(to_string(diagnostic).substr(0, 40));
  EXPECT_EQ(found,
            (std::vector<std::string>{
                "x.toml:7:1: warning: unknown key \"allowe", "x.toml:2:18: error: \"https://example.com",
                "x.toml:2:41: error: \"allowed_hosts\" has ", "x.toml:3:18: error: \"0x7f.1\" of \"allowed",
                "x.toml:4:20: error: \"G T\" of \"allowed_me", "x.toml:5:11: error: \"soon\" is not a dura",
                "x.toml:6:13: error: \"at_a_time\" is from "}));
}

TEST(ProjectConfig, BoundsWhatWorkersMayReach) {
  Diagnostics diagnostics;
  const auto project = parse_project_config(R"([fetch]
max_timeout = "10s"
max_at_a_time = 3
ca_file = "own.pem"
proxy = "http://user:word@proxy.example:3128"
allow_own_listeners = true
http2 = false
)",
                                            "wws.toml", diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_TRUE(project.fetch.allow_own_listeners);
  EXPECT_FALSE(project.fetch.http2);
  EXPECT_EQ(project.fetch.ca_file, "own.pem");
  auto worker = *parse_worker_config(
                     "name = \"x\"\n[features.http_requests]\nallowed_hosts = [\"a.b\"]\nat_a_time = 4\n",
                     "x.toml", &environment, {}, diagnostics)
                     .fetch;
  bound(worker, project.fetch.bounds, "x.toml", diagnostics);
  EXPECT_EQ(worker.limits.time, std::chrono::seconds(10)) << "the default comes down";
  ASSERT_EQ(diagnostics.list().size(), 1U);
  EXPECT_EQ(to_string(diagnostics.list()[0]),
            "x.toml:2:1: error: \"at_a_time\" is more than \"max_at_a_time\" in [fetch] of wws.toml allows");
  for (const char* wrong :
       {"proxy = \"proxy:3128\"", "proxy = \"https://proxy:3128\"", "proxy = \"http://proxy\"",
        "proxy = \"http://a b:1\"", "client_key = \"x\"", "http2 = 1", "max_timeout = 5"}) {
    Diagnostics problems;
    (void)parse_project_config(std::string("[fetch]\n") + wrong + "\n", "wws.toml", problems);
    EXPECT_TRUE(problems.has_errors()) << wrong;
  }
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

TEST(WorkerConfig, NamesMoreNamespaces) {
  Diagnostics diagnostics;
  const auto config = parse_worker_config(
      "[data.kv]\nnamespace = \"ns\"\n[data.kv.bindings]\nSESSIONS = \"s\"\n_a1 = \"ns\"\n", "x.toml",
      &environment, {}, diagnostics);
  EXPECT_TRUE(diagnostics.list().empty());
  EXPECT_EQ(config.kv_namespace, "ns");
  EXPECT_EQ(config.kv_bindings, (std::map<std::string, std::string>{{"SESSIONS", "s"}, {"_a1", "ns"}}));
  const auto alone =
      parse_worker_config("[data.kv]\nbindings = { KV = \"s\" }\n", "x.toml", &environment, {}, diagnostics);
  EXPECT_TRUE(diagnostics.list().empty());
  EXPECT_EQ(alone.kv_namespace, std::nullopt);
  EXPECT_EQ(alone.kv_bindings.at("KV"), "s");
}

TEST(WorkerConfig, SaysWhatIsWrongWithABinding) {
  const auto problem = [](const std::string& text) {
    Diagnostics diagnostics;
    (void)parse_worker_config(text, "x.toml", &environment, {}, diagnostics);
    return diagnostics.list().size() == 1 ? to_string(diagnostics.list()[0]) : std::string();
  };
  const std::string table = "[data.kv.bindings]\n";
  EXPECT_EQ(problem("[vars]\nA = \"1\"\n" + table + "A = \"s\"\n"),
            "x.toml:4:1: error: \"A\" is in [vars] already, and env.A is one or the other: give the binding "
            "another name");
  EXPECT_EQ(problem("[data.kv]\nnamespace = \"ns\"\n" + table + "KV = \"s\"\n"),
            "x.toml:4:1: error: env.KV is the \"namespace\" of [data.kv] already: give the binding another "
            "name, or "
            "leave that out");
  for (const char* name : {"\"\"", "\"a-b\"", "1a", "\"\u00e4\"", "\"a b\""})
    EXPECT_NE(problem(table + name + " = \"s\"\n").find("x.toml:2:1: error: "), std::string::npos) << name;
  EXPECT_EQ(problem(table + std::string(65, 'a') + " = \"s\"\n").find("x.toml:2:1: error: "), 0U);
  EXPECT_EQ(
      problem(table + "A = 1\n"),
      "x.toml:2:5: error: the binding \"A\" has to be a string, the name of a namespace, and is an integer");
  EXPECT_EQ(problem(table + "A = \"\"\n"),
            "x.toml:2:5: error: the namespace of \"A\" is a name of 1 to 128 printable bytes");
  EXPECT_EQ(problem("[data.kv]\nbindings = 1\n"),
            "x.toml:2:12: error: \"bindings\" has to be a table, and is an integer");
  std::string many = table;
  for (int i = 0; i < 65; ++i) many += "A" + std::to_string(i) + " = \"s\"\n";
  EXPECT_EQ(problem(many), "x.toml:1:1: error: 65 bindings are more than the 64 that a worker may have");
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

TEST(ProjectConfig, OtlpIsANumberOrOffAndATimeOrOff) {
  const auto read = [](const std::string& keys) {
    Diagnostics diagnostics;
    const OtlpConfig config = parse_project_config("[otlp]\n" + keys, "wws.toml", diagnostics).otlp;
    EXPECT_TRUE(diagnostics.list().empty()) << keys;
    return config;
  };
  const OtlpConfig none = read("");
  EXPECT_FALSE(none.endpoint || none.ratio || none.metrics_interval);
  EXPECT_EQ(read("traces = 0.25").ratio, 0.25);
  EXPECT_EQ(read("traces = 1").ratio, 1.0);
  EXPECT_LT(*read("traces = \"off\"").ratio, 0);
  EXPECT_EQ(read("metrics = \"15s\"").metrics_interval, std::chrono::seconds(15));
  EXPECT_EQ(read("metrics = \"off\"").metrics_interval, base::Duration(0));
  EXPECT_EQ(read("headers = [\"a: b\"]").headers, std::vector<std::string>{"a: b"});
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

TEST(KeyPlaces, AreThoseOfKeysThatAreThereAndDescribed) {
  Diagnostics diagnostics;
  const ProjectConfig config = parse_project_config(
      "url_form = \"path\"\nunknown = 1\n[limits]\ntime = \"5s\"\n\n[kv]\nplace = \"memory\"\n", "wws.toml",
      diagnostics);
  EXPECT_EQ(
      config.places,
      (KeyPlaces{{"url_form", "wws.toml:1"}, {"limits.time", "wws.toml:4"}, {"kv.place", "wws.toml:7"}}));
  EXPECT_EQ(key_for_people("kv.place"), "[kv] place");
  EXPECT_EQ(key_for_people("features.http_requests.timeout"), "[features.http_requests] timeout");
  EXPECT_EQ(key_for_people("url_form"), "url_form");
}

}  // namespace
}  // namespace wws::config
