#include "runtime/source.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "runtime/module_loader.h"

namespace wws::runtime {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

class SourceTest : public ::testing::Test {
 protected:
  SourceTest() {
    base::log::set_level(base::log::Level::kOff);
    std::string name = (fs::temp_directory_path() / "wws-source-XXXXXX").string();
    root_ = mkdtemp(name.data());
    fs::copy(std::string(WWS_WAT_GUESTS_DIR) + "/keeps_its_files.wasm", root_ / "engine.wasm");
    put("a.js", "first");
    put("b.js", "second");
  }
  ~SourceTest() override { fs::remove_all(root_); }

  void put(const std::string& file, std::string_view content) const {
    std::ofstream(root_ / file) << content;
  }
  static Source script(std::vector<std::string> user_files) {
    return {user_files.front(), "engine.wasm", std::move(user_files), SnapshotUse::kWithoutVariables};
  }
  [[nodiscard]] std::string key(const Source& source, CompileStep first = CompileStep::kSnapshot) const {
    const auto bytes = read_source(root_, source);
    EXPECT_TRUE(bytes) << bytes.error().message;
    return bytes ? source_key(*bytes, first) : "";
  }
  [[nodiscard]] ModuleLoader load(const std::vector<Source>& sources) const {
    return {root_, sources, root_ / "cache"};
  }
  /// As if its code had been compiled.
  static void compile(ModuleLoader& loader, std::uint32_t module) {
    const auto job = loader.prepare(module);
    ASSERT_TRUE(job && *job);
    EXPECT_EQ((*job)->step, CompileStep::kCode);
    EXPECT_FALSE((*job)->user_files) << "for machine code they are nothing to look at";
    ASSERT_EQ(write((*job)->output.fd(), "code", 4), 4);
    ASSERT_TRUE(loader.finish(module, ""));
  }
  static std::string error_of(const ModuleLoader& loader, std::uint32_t module) {
    const auto& files = loader.files(module);
    return files && !*files ? files->error().message : "";
  }

  fs::path root_;
};

/// Another key would leave what is in everybody's cache to be compiled again.
TEST_F(SourceTest, OfAModuleAloneKeepsItsKey) {
  const SourceBytes module{SourceEngine::kFile,
                           std::make_shared<const EngineModule>(std::string("\0asm\1\0\0\0", 8)), ""};
  EXPECT_EQ(source_key(module, CompileStep::kCode),
            "93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476");
  EXPECT_EQ(source_key(module, CompileStep::kSnapshot),
            "e307614ede053543094202efabfa0ae460c2e9a30edcb97c6983a7982beaceda");
  EXPECT_EQ(source_key(module, CompileStep::kSnapshotUnlessEnvironmentIsRead),
            "9a2549f117f3a7057a419db32d3778e20a1a5a3c6aa7d582b4536adb10bdbcfa");
}

TEST_F(SourceTest, OfAWasmFileIsThatFile) {
  const Source source = wasm_source("engine.wasm", SnapshotUse::kNo);
  EXPECT_EQ(source.file, source.engine_module);
  const auto bytes = read_source(root_, source);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->engine_module->bytes(), *base::read_file(root_ / "engine.wasm"));
  EXPECT_EQ(bytes->user_files, "");
}

TEST_F(SourceTest, GivesUsersFilesAsAListByName) {
  const auto bytes = read_source(root_, script({"b.js", "a.js", "b.js"}));
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->user_files, "\0\0\0\0\4\0\0\0b.js\4\0\0\0\5\0\0\0a.jsfirst\4\0\0\0\6\0\0\0b.jssecond"sv);
}

TEST_F(SourceTest, HasAKeyOfNamesAndContentsInAnyOrder) {
  const std::string both = key(script({"a.js", "b.js"}));
  Source other_order = script({"b.js", "a.js"});
  EXPECT_NE(key(other_order), both) << "another file is the worker's own";
  other_order.file = "a.js";
  EXPECT_EQ(key(other_order), both);
  EXPECT_NE(key(wasm_source("engine.wasm")), both);
  EXPECT_NE(key(script({"a.js"})), both);
  EXPECT_NE(key(script({"a.js", "b.js"}), CompileStep::kSnapshotUnlessEnvironmentIsRead), both);
  put("c.js", "second");
  EXPECT_NE(key(script({"a.js", "c.js"})), both) << "another name";
  put("b.js", "other");
  EXPECT_NE(key(script({"a.js", "b.js"})), both) << "another content";
}

TEST_F(SourceTest, HasAKeyOfItsEnvironment) {
  const auto with = [this](std::map<std::string, std::string> vars) {
    config::WorkerConfig config;
    config.vars = std::move(vars);
    return key(javascript_source("a.js", {.files = {"a.js"}, .imports = "", .problem = ""},
                                 script_environment(config)));
  };
  const std::string one = with({{"A", "1"}});
  EXPECT_EQ(with({{"A", "1"}}), one);
  EXPECT_NE(with({{"A", "2"}}), one);
  EXPECT_NE(with({{"B", "1"}}), one);
  EXPECT_NE(with({}), one);
}

TEST_F(SourceTest, GivesTheEnvironmentBehindTheImports) {
  Source source = script({"a.js"});
  source.environment.variables = "list";
  EXPECT_EQ(read_source(root_, source)->user_files,
            "\0\0\0\0\4\0\0\0a.js\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0list\4\0\0\0\5\0\0\0a.jsfirst"sv);
  source.environment = {.bindings = "names"};
  EXPECT_EQ(read_source(root_, source)->user_files,
            "\0\0\0\0\4\0\0\0a.js\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0names"
            "\4\0\0\0\5\0\0\0a.jsfirst"sv);
}

TEST_F(SourceTest, KeepsNoSnapshotWithVariablesOfTheServersEnvironment) {
  Source secret = script({"a.js"});
  secret.environment = {.variables = "list", .place = SnapshotPlace::kMemory};
  Source open = script({"a.js"});
  open.environment.variables = "list";
  const auto files_in_cache = [this] {
    return std::ranges::count_if(fs::directory_iterator(root_ / "cache"),
                                 [](const auto& file) { return file.path().extension() == ".cwasm"; });
  };
  const auto take_snapshot = [](ModuleLoader& loader) {
    const auto job = loader.prepare(0);
    ASSERT_TRUE(job && *job);
    ASSERT_EQ(write((*job)->output.fd(), "image", 5), 5);
    ASSERT_TRUE(loader.finish(0, ""));
    ASSERT_TRUE(loader.files(0) && *loader.files(0));
    const base::File& snapshot = (*loader.files(0))->snapshot;
    EXPECT_EQ(*base::read_file(snapshot, ""), "image");
    EXPECT_EQ(write(snapshot.fd(), "x", 1), -1) << "it is final";
  };
  auto loader = load({secret});
  compile(loader, 0);
  const auto before = files_in_cache();
  take_snapshot(loader);
  EXPECT_EQ(files_in_cache(), before);
  EXPECT_EQ(load({secret}).pending(), std::vector<std::uint32_t>{0}) << "each start takes it anew";
  auto kept = load({open});
  take_snapshot(kept);
  EXPECT_EQ(files_in_cache(), before + 1);
  EXPECT_TRUE(load({open}).pending().empty());
}

TEST_F(SourceTest, DoesNotMistakeANameForAContent) {
  put("ab", "c");
  put("a", "bc");
  EXPECT_NE(key(script({"ab"})), key(script({"a"})));
}

TEST_F(SourceTest, NamesTheFileThatCannotBeRead) {
  const auto missing = read_source(root_, script({"a.js", "missing.js"}));
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("missing.js"), std::string::npos) << missing.error().message;
  Source source = script({"a.js"});
  source.engine_module = "none.wasm";
  EXPECT_NE(read_source(root_, source).error().message.find("none.wasm"), std::string::npos);
  fs::create_directory(root_ / "folder");
  EXPECT_EQ(read_source(root_, script({"folder"})).error().message, "folder is not a regular file");
}

TEST_F(SourceTest, SharesAModuleWithThoseOfTheSameContent) {
  const auto loader = load({script({"a.js"}), script({"b.js"}), script({"a.js"}), wasm_source("engine.wasm"),
                            script({"missing.js"})});
  EXPECT_EQ(loader.size(), 4U);
  EXPECT_EQ(loader.of_source(0), loader.of_source(2));
  EXPECT_NE(loader.of_source(0), loader.of_source(1));
  EXPECT_NE(loader.of_source(0), loader.of_source(3));
  EXPECT_EQ(loader.file(loader.of_source(1)), "b.js");
  EXPECT_NE(error_of(loader, loader.of_source(4)).find("missing.js"), std::string::npos);
}

TEST_F(SourceTest, GivesTheSnapshotItsFilesAndNobodyCanChangeThem) {
  auto loader = load({script({"a.js"})});
  compile(loader, 0);
  const auto job = loader.prepare(0);
  ASSERT_TRUE(job && *job);
  EXPECT_EQ((*job)->step, CompileStep::kSnapshot);
  EXPECT_TRUE((*job)->code);
  ASSERT_TRUE((*job)->user_files);
  EXPECT_EQ(*base::read_file((*job)->user_files, ""), read_source(root_, script({"a.js"}))->user_files);
  EXPECT_EQ(write((*job)->user_files.fd(), "x", 1), -1);
  EXPECT_EQ(errno, EPERM);
  auto alone = load({wasm_source("engine.wasm")});
  EXPECT_EQ(alone.pending(), std::vector<std::uint32_t>{0});
  const auto snapshot = alone.prepare(0);
  ASSERT_TRUE(snapshot && *snapshot);
  EXPECT_EQ((*snapshot)->step, CompileStep::kSnapshot) << "its code is in the cache";
  EXPECT_FALSE((*snapshot)->user_files);
}

TEST_F(SourceTest, NoticesThatAFileChangedAfterItWasLookedUp) {
  const auto expect_noticed = [](const auto& job) {
    ASSERT_FALSE(job);
    EXPECT_EQ(job.error().code, ErrorCode::kBadModule);
    EXPECT_NE(job.error().message.find("changed while it was loaded"), std::string::npos);
  };
  auto loader = load({script({"a.js", "b.js"})});
  compile(loader, 0);
  std::ofstream(root_ / "b.js", std::ios::app) << '\0';
  expect_noticed(loader.prepare(0));
  std::ofstream(root_ / "engine.wasm", std::ios::app) << '\0';
  auto other = load({script({"a.js", "b.js"})});
  std::ofstream(root_ / "engine.wasm", std::ios::app) << '\0';
  expect_noticed(other.prepare(0));
}

TEST_F(SourceTest, CompilesTheCodeOfManyOnce) {
  auto loader = load({script({"a.js"}), script({"b.js"}), wasm_source("engine.wasm", SnapshotUse::kNo)});
  ASSERT_TRUE(*loader.prepare(1));
  for (const std::uint32_t other : {0U, 2U}) {
    const auto job = loader.prepare(other);
    EXPECT_TRUE(job && !*job) << "it waits for the code";
  }
  EXPECT_TRUE(*loader.prepare(1)) << "again, as after a child that could not be started";
  EXPECT_EQ(loader.finish(1, ""), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(loader.pending(), (std::vector<std::uint32_t>{0, 1}));
  const auto& files = loader.files(2);
  ASSERT_TRUE(files && *files);
  EXPECT_FALSE((*files)->snapshot);
  for (const std::uint32_t script : {0U, 1U}) {
    EXPECT_EQ((*loader.prepare(script))->step, CompileStep::kSnapshot);
    EXPECT_EQ(loader.finish(script, ""), std::vector{script});
    EXPECT_EQ((*loader.files(script))->code, (*files)->code);
    EXPECT_TRUE((*loader.files(script))->snapshot);
  }
}

TEST_F(SourceTest, BeginsAllScriptsOfAnEngineWithOneImageOfIt) {
  const std::vector<Source> sources = {
      javascript_source("a.js", {.files = {"a.js"}, .imports = "", .problem = ""}),
      javascript_source("b.js", {.files = {"b.js"}, .imports = "", .problem = ""})};
  auto loader = load(sources);
  compile(loader, 0);
  const auto beginning = loader.prepare(1);
  ASSERT_TRUE(beginning && *beginning);
  EXPECT_EQ((*beginning)->step, CompileStep::kBeginning);
  EXPECT_TRUE((*beginning)->code);
  EXPECT_FALSE((*beginning)->user_files) << "it is for others too";
  EXPECT_FALSE(*loader.prepare(0)) << "it waits for that";
  ASSERT_EQ(write((*beginning)->output.fd(), "image", 5), 5);
  EXPECT_EQ(loader.finish(1, ""), (std::vector<std::uint32_t>{0, 1}));
  const auto expect_snapshot_step = [](ModuleLoader& of, std::uint32_t script) {
    const auto job = of.prepare(script);
    ASSERT_TRUE(job && *job);
    EXPECT_EQ((*job)->step, CompileStep::kSnapshot);
    EXPECT_TRUE((*job)->user_files);
    EXPECT_EQ(*base::read_file((*job)->beginning, ""), "image");
  };
  expect_snapshot_step(loader, 0);
  expect_snapshot_step(loader, 1);
  auto again = load(sources);
  expect_snapshot_step(again, 0);
}

TEST_F(SourceTest, FailsAllThatAreMadeOfCodeThatCannotBeCompiled) {
  auto loader = load({script({"a.js"}), script({"b.js"})});
  ASSERT_TRUE(*loader.prepare(0));
  EXPECT_EQ(loader.finish(0, fail(ErrorCode::kBadModule, "no module")), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(error_of(loader, 0), "no module");
  EXPECT_EQ(error_of(loader, 1), "no module");
  const auto nothing = loader.prepare(1);
  EXPECT_TRUE(nothing && !*nothing) << "it has ended";
}

TEST_F(SourceTest, LetsOthersGoOnWhereOneIsGivenUp) {
  auto loader = load({script({"a.js"}), script({"b.js"})});
  ASSERT_TRUE(*loader.prepare(0));
  ASSERT_FALSE(*loader.prepare(1));
  EXPECT_EQ(loader.give_up(0, {ErrorCode::kIo, "no process"}), (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(loader.pending(), std::vector<std::uint32_t>{1});
  ASSERT_TRUE(*loader.prepare(1));
}

TEST_F(SourceTest, RemembersThatThereCanBeNoSnapshot) {
  auto loader = load({wasm_source("engine.wasm")});
  compile(loader, 0);
  ASSERT_TRUE(*loader.prepare(0));
  ASSERT_TRUE(loader.finish(0, fail(ErrorCode::kBadModule, "it trapped")));
  const auto again = load({wasm_source("engine.wasm")});
  EXPECT_TRUE(again.pending().empty());
  ASSERT_TRUE(*again.files(0));
  EXPECT_FALSE((*again.files(0))->snapshot);
}

/// Without a snapshot nobody would read its files.
TEST_F(SourceTest, NeedsASnapshotForItsFiles) {
  Source without = script({"a.js"});
  without.snapshot = SnapshotUse::kNo;
  auto loader = load({without, script({"b.js"})});
  EXPECT_NE(error_of(loader, 0).find("snapshot"), std::string::npos);
  compile(loader, 1);
  ASSERT_TRUE(*loader.prepare(1));
  EXPECT_TRUE(loader.finish(1, fail(ErrorCode::kBadModule, "a line of it\nit trapped")));
  EXPECT_EQ(error_of(loader, 1), "it trapped");
}

/// What the system lacked once made a module fail for good.
TEST_F(SourceTest, LeavesAModuleToBeTriedAgainWhenTheSystemHasNoMeans) {
  auto loader = load({wasm_source("engine.wasm")});
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none = {0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const auto job = loader.prepare(0);
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, ErrorCode::kIo);
  EXPECT_TRUE(loader.prepare(0));
  EXPECT_EQ(loader.finish(0, fail(ErrorCode::kIo, "no process")).error().code, ErrorCode::kIo);
  EXPECT_EQ(loader.pending(), std::vector<std::uint32_t>{0});
  EXPECT_EQ((*loader.prepare(0))->step, CompileStep::kCode) << "the same step";
  loader.give_up(0, {ErrorCode::kIo, "no process"});
  EXPECT_EQ(error_of(loader, 0), "no process");
}

}  // namespace
}  // namespace wws::runtime
