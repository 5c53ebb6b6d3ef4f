// A worker whose module reads its user's files, from its sources to its answer, with real compile children:
// this program is one too.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "abi/host_functions.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "runtime/compile_child.h"
#include "runtime/invocation.h"
#include "runtime/module_loader.h"
#include "runtime/role.h"
#include "runtime/source.h"
#include "runtime/worker.h"
#include "wasm/engine.h"

namespace wws {
namespace {

namespace fs = std::filesystem;
using namespace std::literals;

class UserFilesTest : public ::testing::Test {
 protected:
  UserFilesTest() : engine_(*wasm::Engine::create(*wasm::serving_settings(4), abi::host_functions())) {
    base::log::set_level(base::log::Level::kOff);
    std::string name = (fs::temp_directory_path() / "wws-user-files-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~UserFilesTest() override { fs::remove_all(root_); }

  void put(const std::string& file, std::string_view content) const {
    std::ofstream(root_ / file) << content;
  }
  static runtime::Source script(const std::string& file, std::vector<std::string> user_files) {
    return {file, WWS_WAT_GUESTS_DIR "/keeps_its_files.wasm", std::move(user_files),
            runtime::SnapshotUse::kWithoutVariables};
  }
  /// What a worker answers, or why it does not.
  std::string answer(const runtime::Source& source) {
    runtime::ModuleLoader loader(root_, {source}, root_ / "cache");
    was_compiled_ = !loader.pending().empty();
    runtime::compile_pending(loader, 1);
    const auto& files = *loader.files(0);
    if (!files) return files.error().message;
    auto code = files->code->file.duplicate();
    auto snapshot = files->snapshot.duplicate();
    const auto worker = std::make_shared<runtime::Worker>(runtime::make_worker(
        source.file, "/", {}, std::make_shared<runtime::LazyModule>(std::move(*code), std::move(*snapshot))));
    http::Request request;
    request.method = "GET";
    request.path = "/";
    auto invocation =
        runtime::Invocation::create(clock_, random_, worker, {request, {}, config::UrlForm::kPath, 1, {}});
    while ((*invocation)->step(engine_) != wasm::Instance::State::kDone) {
    }
    const auto response = (*invocation)->finish();
    return response ? std::get<std::string>(response->body) : response.error().message;
  }

  wasm::Engine engine_;
  base::ManualClock clock_;
  base::Random random_;
  fs::path root_;
  bool was_compiled_ = false;
};

TEST_F(UserFilesTest, AreReadWhileASnapshotIsTakenAndAnotherFileGivesAnotherAnswer) {
  const std::string hello = "\0\0\0\0\x8\0\0\0hello.js"s;
  put("hello.js", "one");
  EXPECT_EQ(answer(script("hello.js", {"hello.js"})), hello + "\x8\0\0\0\3\0\0\0hello.jsone"s);
  EXPECT_TRUE(was_compiled_);
  EXPECT_EQ(answer(script("hello.js", {"hello.js"})), hello + "\x8\0\0\0\3\0\0\0hello.jsone"s);
  EXPECT_FALSE(was_compiled_) << "it is in the cache";
  put("hello.js", "other");
  EXPECT_EQ(answer(script("hello.js", {"hello.js"})), hello + "\x8\0\0\0\5\0\0\0hello.jsother"s);
  EXPECT_TRUE(was_compiled_);
}

TEST_F(UserFilesTest, AreAllRead) {
  const std::string large(50'000, 'x');
  put("a", large);
  put("b", "");
  EXPECT_EQ(answer(script("a", {"b", "a"})),
            "\0\0\0\0\1\0\0\0a\1\0\0\0\x50\xc3\0\0a"s + large + "\1\0\0\0\0\0\0\0b"s);
}

TEST_F(UserFilesTest, FailTheirWorkerWhenTheyCannotBeTakenIn) {
  put("a", std::string(70'000, 'x'));  // more than the module has room for
  const std::string said = answer(script("a", {"a"}));
  EXPECT_NE(said.find("unreachable"), std::string::npos) << said;
}

}  // namespace
}  // namespace wws

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == wws::runtime::roles::kCompile.command)
    return wws::runtime::compile_main(std::span(arguments).subspan(1));
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
