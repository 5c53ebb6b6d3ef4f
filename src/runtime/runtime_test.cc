#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "abi/host_functions.h"
#include "base/file_state.h"
#include "runtime/invocation.h"
#include "runtime/module_cache.h"
#include "runtime/project.h"
#include "runtime/self_process.h"
#include "runtime/verified_files.h"

namespace wws::runtime {
namespace {

namespace fs = std::filesystem;

class InFolder : public ::testing::Test {
 protected:
  InFolder() {
    std::string name = (fs::temp_directory_path() / "wws-runtime-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~InFolder() override { fs::remove_all(folder_); }
  void put(const fs::path& path, const std::string& text) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }
  fs::path folder_;
};

// --- the cache ---

/// A variable of the environment, set or (null) not there, for as long as it lives.
class ScopedEnvironment {
 public:
  ScopedEnvironment(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~ScopedEnvironment() { set(before_ ? before_->c_str() : nullptr); }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;

 private:
  void set(const char* value) const {
    if (value != nullptr) {
      setenv(name_, value, 1);
    } else {
      unsetenv(name_);
    }
  }
  const char* name_;
  std::optional<std::string> before_;
};

class ModuleCacheTest : public InFolder {
 protected:
  Result<ModuleCache> open(const std::string& fingerprint = "1.0-aa") {
    return ModuleCache::open(folder_ / "cache", fingerprint);
  }
  static void store(ModuleCache& cache, const std::string& hash, std::string_view content) {
    const auto file = cache.keep(hash, in_memory(content));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(base::read_file(*file, "code"), content);
  }
  static base::File in_memory(std::string_view content) {
    base::File file(memfd_create("code", MFD_CLOEXEC));
    EXPECT_EQ(write(file.fd(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
    return file;
  }
  const std::string hash_ = module_hash("a module");
};

TEST_F(ModuleCacheTest, NamesAModuleByItsContent) {
  EXPECT_EQ(module_hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_F(ModuleCacheTest, FindsWhatAnEarlierRunStored) {
  auto first = open();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_FALSE(first->find(hash_));
  store(*first, hash_, "code");
  auto second = open();
  const auto file = second->find(hash_);
  ASSERT_TRUE(file);
  EXPECT_EQ(base::read_file(*file, "code"), "code");
  EXPECT_FALSE(second->find(module_hash("another")));
}

/// Memory images are holes for a good part.
TEST_F(ModuleCacheTest, KeepsHolesAsHoles) {
  constexpr std::size_t kLength = std::size_t{1} << 20;
  const base::File file = in_memory("begin");
  ASSERT_EQ(pwrite(file.fd(), "middle", 6, kLength / 2), 6);
  ASSERT_EQ(ftruncate(file.fd(), kLength), 0);
  std::string content(kLength, '\0');
  content.replace(0, 5, "begin").replace(kLength / 2, 6, "middle");
  auto first = open();
  ASSERT_TRUE(first->keep(hash_, file));
  const auto found = open()->find(hash_);
  ASSERT_TRUE(found) << "its checksum is that of its bytes";
  EXPECT_EQ(base::read_file(*found, "image"), content);
  struct stat status{};
  ASSERT_EQ(fstat(found->fd(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, 100'000);
  // The same bytes without holes are the same file.
  store(*first, hash_, content);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "cache"), fs::directory_iterator()), 1);
}

/// A checksum that passes over zeros knows where they are.
TEST_F(ModuleCacheTest, TellsFilesApartThatDifferInTheirZeros) {
  constexpr std::size_t kBlock = 4096;
  const auto zeros = [](std::size_t blocks) { return std::string(blocks * kBlock, '\0'); };
  const std::string one(kBlock, 'a');
  const std::string two(kBlock, 'b');
  const std::vector<std::string> contents = {one + two,
                                             one + zeros(1) + two,
                                             one + zeros(2) + two,
                                             zeros(1) + one + two,
                                             one + two + zeros(1),
                                             one + two + '\0',
                                             two + one,
                                             one + zeros(20) + two,
                                             zeros(20) + one + two,
                                             zeros(2)};
  auto cache = open();
  for (const std::string& content : contents) store(*cache, hash_, content);
  EXPECT_EQ(static_cast<std::size_t>(
                std::distance(fs::directory_iterator(folder_ / "cache"), fs::directory_iterator())),
            contents.size());
}

TEST_F(ModuleCacheTest, DoesNotFindCodeOfAnotherEngine) {
  auto first = open();
  store(*first, hash_, "code");
  EXPECT_FALSE(open("1.0-bb")->find(hash_));
  EXPECT_FALSE(open("2.0-aa")->find(hash_));
}

TEST_F(ModuleCacheTest, RemovesAFileThatWasChanged) {
  auto cache = open();
  store(*cache, hash_, "code");
  const fs::path file = fs::directory_iterator(folder_ / "cache")->path();
  std::ofstream(file) << "evil";
  EXPECT_FALSE(open()->find(hash_));
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(ModuleCacheTest, LooksOnceAtAFileThatStaysAsItIs) {
  auto first = open();
  store(*first, hash_, "code");
  const fs::path file = fs::directory_iterator(folder_ / "cache")->path();
  std::ofstream(file) << "evil";
  const auto note = [&](const std::string& boot) {
    struct stat status{};
    ASSERT_EQ(stat(file.c_str(), &status), 0);
    put("cache/verified",
        "wws-verified 1 " + boot + "\n" + file.filename().string() + " " + base::file_state(status) + "\n");
  };
  note(boot_id());
  EXPECT_TRUE(open()->find(hash_)) << "it was verified, and has not changed since";
  fs::permissions(file, fs::perms::owner_read);
  EXPECT_FALSE(open()->find(hash_)) << "it has changed since";
  EXPECT_FALSE(fs::exists(file));
  store(*first, hash_, "code");
  std::ofstream(file) << "evil";
  note("another start of the machine");
  EXPECT_FALSE(open()->find(hash_));
}

TEST_F(ModuleCacheTest, NotesWhatItHasVerified) {
  auto first = open();
  store(*first, hash_, "code");
  first->tidy();
  EXPECT_TRUE(fs::exists(folder_ / "cache/verified"));
  fs::permissions(folder_ / "cache", fs::perms::owner_read | fs::perms::owner_exec);
  auto second = open();
  EXPECT_TRUE(second->find(hash_));
  second->tidy();  // nobody is told that it cannot be noted
  fs::permissions(folder_ / "cache", fs::perms::owner_all);
}

TEST_F(ModuleCacheTest, IsPrivate) {
  ASSERT_TRUE(open());
  EXPECT_EQ(fs::status(folder_ / "cache").permissions(), fs::perms::owner_all);
  fs::permissions(folder_ / "cache", fs::perms::all);
  const auto cache = open();
  ASSERT_FALSE(cache);
  EXPECT_NE(cache.error().message.find("chmod 700"), std::string::npos);
}

TEST_F(ModuleCacheTest, DoesNotFollowALinkInItsPlace) {
  fs::create_directory(folder_ / "elsewhere");
  fs::create_directory_symlink("elsewhere", folder_ / "cache");
  EXPECT_FALSE(open());
}

TEST_F(ModuleCacheTest, SurvivesFilesThatAreNotItsOwn) {
  put("cache/README", "x");
  put("cache/" + hash_ + "-1.0-aa-z0000000000000000.cwasm", "not what the checksum says");
  fs::permissions(folder_ / "cache", fs::perms::owner_all);
  EXPECT_FALSE(open()->find(hash_));
}

TEST_F(ModuleCacheTest, RemovesWhatWasNotUsedForTheLongestTimeWhenItIsFull) {
  auto cache = ModuleCache::open(folder_ / "cache", "1.0-aa", 100);
  ASSERT_TRUE(cache);
  const std::string content(40, 'x');
  std::vector<std::string> hashes;
  for (const char* module : {"oldest", "old", "new"}) {
    hashes.push_back(module_hash(module));
    store(*cache, hashes.back(), content);
  }
  const auto age = [&](const std::string& hash, int hours) {
    for (const auto& entry : fs::directory_iterator(folder_ / "cache")) {
      if (entry.path().filename().string().starts_with(hash))
        fs::last_write_time(entry.path(), fs::file_time_type::clock::now() - std::chrono::hours(hours));
    }
  };
  age(hashes[0], 72);
  age(hashes[1], 48);
  cache->tidy();  // all three are this start's own: they stay
  EXPECT_TRUE(cache->find(hashes[0]));
  age(hashes[0], 72);
  auto next = ModuleCache::open(folder_ / "cache", "2.0-bb", 100);  // a newer program
  next->tidy();
  auto again = open();
  EXPECT_FALSE(again->find(hashes[0]));
  EXPECT_TRUE(again->find(hashes[1]));
  EXPECT_TRUE(again->find(hashes[2]));
}

TEST_F(ModuleCacheTest, RemovesWhatAKilledServerLeftUnfinished) {
  auto cache = open();
  put("cache/unfinished-fresh", "x");
  put("cache/unfinished-abandoned", "x");
  const fs::path abandoned = folder_ / "cache/unfinished-abandoned";
  fs::last_write_time(abandoned, fs::file_time_type::clock::now() - std::chrono::hours(2));
  cache->tidy();
  EXPECT_TRUE(fs::exists(folder_ / "cache/unfinished-fresh"));
  EXPECT_FALSE(fs::exists(abandoned));
}

// Each step went by the folder's name: who could rename it had code of theirs run.
TEST_F(ModuleCacheTest, StaysWhereItWasOpened) {
  auto cache = open();
  store(*cache, hash_, "code");
  const std::string name = fs::directory_iterator(folder_ / "cache")->path().filename().string();
  fs::rename(folder_ / "cache", folder_ / "moved");
  put("cache/" + name, "evil");
  put("cache/unfinished-1", "not ours");
  fs::last_write_time(folder_ / "cache/unfinished-1",
                      fs::file_time_type::clock::now() - std::chrono::hours(2));
  const auto found = cache->find(hash_);
  ASSERT_TRUE(found);
  EXPECT_EQ(base::read_file(*found, "code"), "code");
  store(*cache, module_hash("another"), "more");
  cache->tidy();
  const auto count = [&](const char* folder) {
    return std::distance(fs::directory_iterator(folder_ / folder), fs::directory_iterator());
  };
  EXPECT_EQ(count("moved"), 3) << "two modules, and that they were verified";
  EXPECT_EQ(count("cache"), 2);
}

TEST_F(ModuleCacheTest, DoesNotTakeALinkOrAFileThatOthersMayWriteTo) {
  auto cache = open();
  store(*cache, hash_, "code");
  const fs::path file = fs::directory_iterator(folder_ / "cache")->path();
  chmod(file.c_str(), 0622);
  EXPECT_FALSE(open()->find(hash_));
  EXPECT_FALSE(fs::exists(file));
  put("elsewhere", "code");
  fs::create_symlink(folder_ / "elsewhere", file);
  EXPECT_FALSE(open()->find(hash_));
  EXPECT_FALSE(fs::is_symlink(file));
  EXPECT_TRUE(fs::exists(folder_ / "elsewhere"));
}

// When no descriptor was left, a file that could not be opened or mapped passed for a rotten one.
TEST_F(ModuleCacheTest, KeepsAFileThatItCannotOpenNow) {
  auto cache = open();
  store(*cache, hash_, "code");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none = {0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  EXPECT_FALSE(cache->find(hash_));
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(open()->find(hash_));
}

TEST_F(ModuleCacheTest, GivesDescriptorsForReadingOnly) {
  auto cache = open();
  const auto kept = cache->keep(hash_, in_memory("code"));
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(fcntl(kept->fd(), F_GETFL) & O_ACCMODE, O_RDONLY);
  EXPECT_EQ(fcntl(cache->find(hash_)->fd(), F_GETFL) & O_ACCMODE, O_RDONLY);
}

TEST_F(ModuleCacheTest, IsNoPlaceThatAllUsersShare) {
  const ScopedEnvironment no_cache("XDG_CACHE_HOME", nullptr);
  {
    const ScopedEnvironment home("HOME", "/home/me");
    EXPECT_EQ(ModuleCache::default_folder(), "/home/me/.cache/wws/modules");
  }
  const ScopedEnvironment no_home("HOME", nullptr);
  EXPECT_EQ(ModuleCache::default_folder(), "");
  const auto cache = ModuleCache::open("", "1.0-aa");
  ASSERT_FALSE(cache);
  EXPECT_NE(cache.error().message.find("--cache"), std::string::npos);
}

TEST_F(ModuleCacheTest, NotesThatAFileIsUsed) {
  auto cache = open();
  store(*cache, hash_, "code");
  const fs::path file = fs::directory_iterator(folder_ / "cache")->path();
  fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(48));
  EXPECT_TRUE(open()->find(hash_));
  EXPECT_GT(fs::last_write_time(file), fs::file_time_type::clock::now() - std::chrono::hours(1));
}

// --- projects ---

class ProjectTest : public InFolder {
 protected:
  Result<Project> load(const std::string& prefix = "", const fs::path& config = {}) {
    return load_project(
        {folder_, prefix, {}, config}, [](const std::string&) { return std::nullopt; }, diagnostics_);
  }
  config::Diagnostics diagnostics_;
};

TEST_F(ProjectTest, ReadsRoutesAndTheConfigurationOfEach) {
  put("b.wasm", "");
  put("b.toml", "name = \"bee\"");
  put("a/[id].wasm", "");
  put(".wws.toml", "url_form = \"path\"");
  const auto project = load("x");
  ASSERT_TRUE(project) << project.error().message;
  ASSERT_EQ(project->configs.size(), 2U);
  EXPECT_EQ(project->routes.routes()[0].pattern, "/x/b");
  EXPECT_EQ(project->configs[0].name, "bee");
  EXPECT_EQ(project->configs[1].name, "default");
  EXPECT_EQ(project->config.url_form, config::UrlForm::kPath);
  EXPECT_TRUE(diagnostics_.empty());
}

TEST_F(ProjectTest, ReadsTheFileThatIsNamedInPlaceOfItsOwn) {
  put("a.wasm", "");
  put("wws.toml", "url_form = 1");
  put("conf/production.toml", "url_form = \"path\"");
  const auto project = load("", folder_ / "conf/production.toml");
  ASSERT_TRUE(project) << project.error().message;
  EXPECT_EQ(project->config.url_form, config::UrlForm::kPath);
  ASSERT_EQ(diagnostics_.list().size(), 1U);  // not that production.toml belongs to no worker
  EXPECT_TRUE(config::to_string(diagnostics_.list()[0])
                  .starts_with("wws.toml: warning: is not read: --config names"));
}

TEST_F(ProjectTest, ReadsItsOwnFileWhenThatIsNamed) {
  put("wws.toml", "url_form = \"path\"");
  const auto project = load("", folder_ / "." / "wws.toml");
  ASSERT_TRUE(project) << project.error().message;
  EXPECT_EQ(project->config.url_form, config::UrlForm::kPath);
  EXPECT_TRUE(diagnostics_.empty());
}

TEST_F(ProjectTest, ReportsANamedFileThatIsNotThere) {
  ASSERT_TRUE(load("", folder_ / "no.toml"));
  ASSERT_TRUE(diagnostics_.has_errors());
  EXPECT_NE(config::to_string(diagnostics_.list()[0]).find("no.toml: error: cannot be read"),
            std::string::npos);
}

TEST_F(ProjectTest, CollectsTheProblemsOfAllFiles) {
  put("a.wasm", "");
  put("a.toml", "name = 1");
  put("b.wasm", "");
  put("b.toml", "= ");
  ASSERT_TRUE(load());
  EXPECT_EQ(diagnostics_.list().size(), 2U);
}

TEST_F(ProjectTest, ReportsATomlThatIsNoFile) {
  put("a.wasm", "");
  fs::create_directory(folder_ / "a.toml");
  ASSERT_TRUE(load());
  EXPECT_TRUE(diagnostics_.has_errors());
}

TEST_F(ProjectTest, RefusesWhatIsNoFolder) {
  put("file", "");
  EXPECT_EQ(load_project({folder_ / "file", "", {}}, &process_environment, diagnostics_).error().code,
            ErrorCode::kBadProject);
}

// --- invocations ---

class InvocationTest : public ::testing::Test {
 protected:
  InvocationTest() : engine_(*wasm::Engine::create(*wasm::serving_settings(4), abi::host_functions())) {}

  Worker worker(const std::string& guest) {
    const auto wasm = base::read_file(std::string(WWS_WAT_GUESTS_DIR) + "/" + guest + ".wasm");
    auto code = engine_.compile(*wasm);
    return make_worker(guest + ".wasm", "/" + guest, {}, std::make_shared<LazyModule>(memory_file(*code)));
  }

  static base::File memory_file(const std::string& content) {
    std::string name = (fs::temp_directory_path() / "wws-code-XXXXXX").string();
    base::File file(mkstemp(name.data()));
    EXPECT_EQ(write(file.fd(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
    unlink(name.c_str());
    return file;
  }

  Result<http::Response> run(Worker& worker) {
    http::Request request;
    request.method = "GET";
    request.path = "/";
    auto invocation = Invocation::create(clock_, random_, {std::shared_ptr<void>(), &worker},
                                         {request, {}, config::UrlForm::kPath, 1, {}});
    if (!invocation) return fail(invocation);
    while ((*invocation)->step(engine_) != wasm::Instance::State::kDone) {
    }
    return (*invocation)->finish();
  }

  wasm::Engine engine_;
  base::ManualClock clock_;
  base::Random random_;
};

TEST_F(InvocationTest, FailsForAModuleWithoutEntryAndSaysHowToBuildOne) {
  Worker bad = worker("no_entry");
  const auto response = run(bad);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kBadModule);
  EXPECT_NE(response.error().message.find("WASI command"), std::string::npos);
}

/// Modules with _initialize and an entry ran the entry only, and those with _initialize alone were refused.
TEST_F(InvocationTest, RunsInitializeAndThenTheEntryOfAWorkerOnStandardStreams) {
  for (const char* guest : {"initialize_then_nameless", "initialize_then_start"}) {
    Worker reactor = worker(guest);
    const auto response = run(reactor);
    ASSERT_TRUE(response) << guest << ": " << response.error().message;
    EXPECT_EQ(std::get<std::string>(response->body), "ab") << guest;
  }
}

TEST_F(InvocationTest, FailsForAWorkerWithoutAnswer) {
  Worker silent = worker("returns");
  const auto response = run(silent);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kBadOutput);
}

TEST_F(InvocationTest, RunsACommandByTheAbiThatItsTomlNames) {
  Worker silent = worker("returns");
  silent.config.abi = config::WorkerAbi::kCgi;
  const auto response = run(silent);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kBadOutput);
  EXPECT_NE(response.error().message.find("print headers"), std::string::npos) << response.error().message;
}

TEST_F(InvocationTest, FailsForAModuleOfAnotherAbiThanItsTomlNames) {
  Worker native = worker("handles");
  EXPECT_TRUE(run(native));
  native.config.abi = config::WorkerAbi::kCgi;
  const auto response = run(native);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kBadModule);
  EXPECT_NE(response.error().message.find("exports wws_handle"), std::string::npos);
}

// A body of 16 MiB was encoded in one go, for 0.8 seconds, and everybody waited for it.
TEST_F(InvocationTest, PreparesALargeBodyInSlices) {
  Worker silent = worker("returns");
  const std::string body(3 * abi::JsonInput::kSlice + 1, 'x');
  http::Request request;
  request.method = "POST";
  request.path = "/";
  request.body = body;
  auto invocation = Invocation::create(clock_, random_, {std::shared_ptr<void>(), &silent},
                                       {request, {}, config::UrlForm::kPath, 1, {}});
  ASSERT_TRUE(invocation);
  for (int i = 0; i < 3; ++i) EXPECT_EQ((*invocation)->step(engine_), wasm::Instance::State::kYielded);
  EXPECT_EQ((*invocation)->step(engine_), wasm::Instance::State::kDone) << "the guest has run";
  EXPECT_EQ((*invocation)->finish().error().code, ErrorCode::kBadOutput);
}

TEST_F(InvocationTest, MapsAModuleOnceForAllItsRequests) {
  Worker silent = worker("traps");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(silent).error().code, ErrorCode::kGuestTrap);
}

TEST(DescribeExit, NamesStatusesAndSignals) {
  EXPECT_EQ(describe_exit(3 << 8), "exit status 3");
  EXPECT_EQ(describe_exit(9), "signal 9 (Killed)");
}

}  // namespace
}  // namespace wws::runtime
