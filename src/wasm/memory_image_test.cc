// Modules that begin with a memory image, on the code of another module.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wasm/test_engine.h"

namespace wws::wasm {
namespace {

class MemoryImageTest : public testing::EngineTest {
 protected:
  static constexpr std::string_view kPrepare = "prepare";

  /// What `prepare` of the module leaves when it reads `input`.
  Result<std::string> take_image(const Module& module, std::string_view input) {
    const auto calls = module.find_calls(std::array{kPrepare});
    if (!calls) return std::unexpected(calls.error());
    Guest host = guest(input);
    return testing::image_of(module, *calls, host);
  }
  /// Of an instance as it is made.
  Result<std::string> take_image(const Module& module) {
    Guest host = guest();
    return testing::image_of(module, *module.find_calls({}), host);
  }
  Result<Module> begin_with(const Module& module, std::string_view image) const {
    return engine_.begin_with(module, testing::memory_file(image));
  }
  /// What `_start` answers, or how it ended.
  std::string answer(const Module& module) {
    Guest host = guest();
    const auto result = run(module, host);
    return result ? std::string(host.wasi().stdout_bytes()) : result.error().message;
  }
  static std::string error(const Result<Module>& module) { return module ? "" : module.error().message; }
};

TEST_F(MemoryImageTest, InstancesBeginWithWhatWasLeft) {
  const auto module = load("remembers");
  ASSERT_TRUE(module) << module.error().message;
  const auto image = take_image(*module, "one");
  ASSERT_TRUE(image) << image.error().message;
  const auto beginning = begin_with(*module, *image);
  ASSERT_TRUE(beginning) << beginning.error().message;
  for (int i = 0; i < 100; ++i) ASSERT_EQ(answer(*beginning), "one") << i;
  EXPECT_EQ(answer(*module), "nothing") << "the module itself begins as before";
}

TEST_F(MemoryImageTest, ManyOfOneCodeDoNotSeeEachOther) {
  std::vector<Module> modules;
  auto code = load("remembers");
  ASSERT_TRUE(code);
  constexpr std::size_t kModules = 20;  // more than slots
  for (std::size_t i = 0; i < kModules; ++i) {
    auto beginning = begin_with(*code, *take_image(*code, "number " + std::to_string(i)));
    ASSERT_TRUE(beginning) << beginning.error().message;
    modules.push_back(std::move(*beginning));
  }
  modules.push_back(std::move(*code));
  for (std::size_t i = 0; i < 4'000; ++i) {
    const std::size_t which = i * 7 / 3 % modules.size();
    ASSERT_EQ(answer(modules[which]), which < kModules ? "number " + std::to_string(which) : "nothing") << i;
  }
}

TEST_F(MemoryImageTest, OutlivesTheModuleThatItWasMadeOf) {
  auto code = load("remembers");
  ASSERT_TRUE(code);
  const auto image = take_image(*code, "one");
  auto beginning = begin_with(*code, *image);
  ASSERT_TRUE(beginning);
  code = fail(ErrorCode::kNotFound, "gone");
  EXPECT_EQ(answer(*beginning), "one");
}

TEST_F(MemoryImageTest, TrapsAreToldAsThoseOfTheModuleItself) {
  const auto code = load("remembers");
  ASSERT_TRUE(code);
  const auto one = begin_with(*code, *take_image(*code, "one"));
  const auto two = begin_with(*code, *take_image(*code, "two"));
  const auto backtrace = [&](const Module& module) -> std::string {
    Guest host = guest();
    auto instance =
        Instance::create(module, *module.find_calls(std::array{std::string_view("fall")}), host, 1);
    while (instance->poll() != Instance::State::kDone) {
    }
    const auto result = instance->result();
    return result ? "" : result.error().detail;
  };
  const std::string told = backtrace(*code);
  EXPECT_NE(told.find("function 6"), std::string::npos) << told;
  EXPECT_EQ(backtrace(*one), told);
  EXPECT_EQ(backtrace(*two), told);
}

TEST_F(MemoryImageTest, PagesThatAreAllZeroTakeNoRoom) {
  const auto module = load("remembers");
  ASSERT_TRUE(module);
  Guest host = guest("one");
  const base::File image = testing::memory_file("");
  ASSERT_TRUE(Engine::take_image(*module, *module->find_calls(std::array{kPrepare}), host, image));
  struct stat status{};
  ASSERT_EQ(fstat(image.fd(), &status), 0);
  // The head, what stands at 64, and what it was given, at 131,072.
  EXPECT_EQ(status.st_size, 4096 + 131'072 + 4096);
  EXPECT_EQ(status.st_blocks * 512, 3 * 4096);
}

TEST_F(MemoryImageTest, CannotBeWrittenToWhatIsNotOpenForThat) {
  const auto module = load("remembers");
  ASSERT_TRUE(module);
  Guest host = guest("one");
  const base::File full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  const auto taken = Engine::take_image(*module, *module->find_calls(std::array{kPrepare}), host, full);
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find("No space left"), std::string::npos) << taken.error().message;
}

TEST_F(MemoryImageTest, HoldsNoMoreThanMemoryAndNumbers) {
  EXPECT_TRUE(check_image(testing::guest_bytes("remembers")));
  const auto checked = check_image(testing::guest_bytes("changes_its_table"));
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("table.set"), std::string::npos) << checked.error().message;
  const auto starting = load("starts");
  ASSERT_TRUE(starting) << starting.error().message;
  const auto image = take_image(*starting);
  ASSERT_FALSE(image);
  EXPECT_NE(image.error().message.find("start with more"), std::string::npos) << image.error().message;
}

TEST_F(MemoryImageTest, OfAnotherModuleIsRefused) {
  const auto module = load("remembers");
  const auto other = load("marks_small");
  ASSERT_TRUE(module && other);
  const auto image = take_image(*other);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(error(begin_with(*module, *image)), "the image has other globals");
  EXPECT_EQ(error(begin_with(*module, "")), "failed to fill whole buffer");
  EXPECT_EQ(error(begin_with(*module, std::string(8192, 'x'))), "it is no memory image");
}

/// Its numbers, each a field of eight bytes behind the first eight.
enum Field : std::uint8_t { kPageSize = 1, kPages, kOffset, kLength, kGlobals };

std::string with(std::string image, Field field, std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i) image[field * 8U + i] = static_cast<char>(value >> (8 * i));
  return image;
}

TEST_F(MemoryImageTest, WhatItSaysOfItselfIsNotBelieved) {
  const auto module = load("remembers");
  ASSERT_TRUE(module);
  const std::string image = *take_image(*module, "one");
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  for (const auto& [field, value] :
       std::vector<std::pair<Field, std::uint64_t>>{{kPageSize, 0},     {kPageSize, 1},
                                                    {kPageSize, 65536}, {kPageSize, kHuge},
                                                    {kPages, 0},        {kPages, 2},
                                                    {kPages, 9},        {kPages, 65537},
                                                    {kPages, kHuge},    {kPages, kHuge / 65536 + 1},
                                                    {kOffset, 1},       {kOffset, 3 * 65536},
                                                    {kOffset, kHuge},   {kOffset, kHuge - 4095},
                                                    {kLength, 1},       {kLength, image.size()},
                                                    {kLength, kHuge},   {kLength, kHuge - 4095},
                                                    {kGlobals, 0},      {kGlobals, 4},
                                                    {kGlobals, 6},      {kGlobals, 10'001},
                                                    {kGlobals, kHuge}}) {
    EXPECT_FALSE(begin_with(*module, with(image, field, value))) << static_cast<int>(field) << " " << value;
  }
  EXPECT_FALSE(begin_with(*module, image.substr(0, image.size() - 4096)));
}

/// Whatever it is made of: an error, or a guest that ends in its sandbox.
TEST_F(MemoryImageTest, AtRandomHarmsNobody) {
  const auto module = load("remembers");
  ASSERT_TRUE(module);
  const std::string image = *take_image(*module, "one");
  std::minstd_rand random(17);  // NOLINT(*-msc51-cpp): the same each time
  int accepted = 0;
  for (int i = 0; i < 3'000; ++i) {
    std::string changed = image;
    for (int byte = 0; byte < 4; ++byte) changed[random() % 200] = static_cast<char>(random());
    const auto beginning = begin_with(*module, changed);
    if (!beginning) continue;
    ++accepted;
    (void)answer(*beginning);
  }
  EXPECT_GT(accepted, 100);
  EXPECT_EQ(answer(*begin_with(*module, image)), "one");
}

class SmallPoolTest : public testing::EngineTest {
 protected:
  SmallPoolTest() : EngineTest(settings()) {}
  static EngineSettings settings() {
    EngineSettings result = *serving_settings(4);
    result.memory_bytes = std::uint64_t{2} << 16;
    return result;
  }
};

TEST_F(SmallPoolTest, RefusesMoreThanThePoolHasRoomFor) {
  const auto large = Engine::create(compiling_settings(), wasi_stdio_functions());
  ASSERT_TRUE(large);
  const auto code = large->compile(testing::guest_bytes("remembers"));
  ASSERT_TRUE(code);
  const auto there = large->map(testing::memory_file(*code));
  ASSERT_TRUE(there);
  Guest host = guest("one");
  const auto image =
      testing::image_of(*there, *there->find_calls(std::array{std::string_view("prepare")}), host);
  ASSERT_TRUE(image) << image.error().message;
  const auto module = load("remembers");
  ASSERT_TRUE(module) << module.error().message;
  const auto beginning = engine_.begin_with(*module, testing::memory_file(*image));
  ASSERT_FALSE(beginning);
  EXPECT_EQ(beginning.error().code, ErrorCode::kBadModule) << beginning.error().message;
}

}  // namespace
}  // namespace wws::wasm
