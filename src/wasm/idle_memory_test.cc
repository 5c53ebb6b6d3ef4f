// What instances that are gone leave in RAM.
#include <gtest/gtest.h>

#include <charconv>
#include <memory>
#include <string>
#include <vector>

#include "wasm/test_engine.h"

namespace wws::wasm {
namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

/// Anonymous memory of this process in RAM, in bytes.
std::int64_t resident() {
  const auto status = base::read_file("/proc/self/status");
  if (!status) return -1;
  constexpr std::string_view kName = "RssAnon:";
  std::size_t at = status->find(kName) + kName.size();
  at = status->find_first_not_of(" \t", at);
  std::int64_t kibibytes = -1;
  std::from_chars(status->data() + at, status->data() + status->size(), kibibytes);
  return kibibytes * 1024;
}

class IdleMemoryTest : public testing::EngineTest {
 protected:
  static constexpr std::uint32_t kInstances = 1000;

  static EngineSettings settings(std::uint64_t idle_resident) {
    EngineSettings result = *serving_settings(kInstances);
    result.idle_resident = idle_resident;
    return result;
  }
  explicit IdleMemoryTest(std::uint64_t idle_resident = EngineSettings{}.idle_resident)
      : EngineTest(settings(idle_resident)) {}

  void SetUp() override {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizer keeps memory of its own";
#endif
  }

  /// The same guest in `count` modules of their own.
  std::vector<Module> load_many(std::string_view name, int count) {
    const auto code = engine_.compile(testing::guest_bytes(name));
    std::vector<Module> modules;
    for (int i = 0; i < count; ++i) modules.push_back(*engine_.map(testing::memory_file(*code)));
    return modules;
  }
  void run_once(const Module& module, std::string_view input = "") {
    Guest host = guest(input);
    const auto result = run(module, host);
    ASSERT_TRUE(result) << result.error().message;
  }
};

/// A worker that filled its memory now and then, among others, left 4 MiB in a slot after the other, to
/// 400 MiB in the end: there was a limit for each slot, and none for all, and what was beyond the memory of
/// the next guest in that slot did not count.
TEST_F(IdleMemoryTest, WhatAFillerLeavesInSlotsStaysWithinTheBudget) {
  const auto filler = load("fills");
  const std::vector<Module> others = load_many("copies", 120);  // more than there are warm slots
  for (const Module& other : others) run_once(other);
  const std::int64_t before = resident();
  for (int round = 0; round < 150; ++round) {
    run_once(*filler);
    for (const Module& other : others) run_once(other);
  }
  EXPECT_LT(resident() - before, 64 * kMiB + 8 * kMiB);
}

TEST_F(IdleMemoryTest, ManyFillersStayWithinTheBudget) {
  const std::vector<Module> fillers = load_many("fills", 60);
  const std::int64_t before = resident();
  for (int round = 0; round < 3; ++round) {
    for (const Module& filler : fillers) run_once(filler);
  }
  EXPECT_LT(resident() - before, 64 * kMiB + 8 * kMiB);
}

TEST_F(IdleMemoryTest, AModuleThatIsGoneLeavesNothing) {
  const std::int64_t before = resident();
  for (int round = 0; round < 20; ++round) {
    const std::vector<Module> fillers = load_many("fills", 4);
    for (const Module& filler : fillers) run_once(filler);
  }
  EXPECT_LT(resident() - before, 8 * kMiB);
}

class NoIdleMemoryTest : public IdleMemoryTest {
 protected:
  NoIdleMemoryTest() : IdleMemoryTest(0) {}
};

TEST_F(NoIdleMemoryTest, WithoutABudgetAllIsGivenBack) {
  const std::vector<Module> fillers = load_many("fills", 10);
  const std::int64_t before = resident();
  for (const Module& filler : fillers) run_once(filler);
  EXPECT_LT(resident() - before, 4 * kMiB);
}

/// Stacks were taken in turn: after a time with many guests, each deep one left its pages in another of them.
TEST_F(IdleMemoryTest, DeepGuestsOneAfterAnotherUseTheSameStack) {
  const auto sleeper = load("sleeps");
  const auto deep = load("recurses_to_depth");
  const std::int64_t nanoseconds = 1;
  const std::string sleep(reinterpret_cast<const char*>(&nanoseconds), sizeof nanoseconds);
  {
    std::vector<std::unique_ptr<Guest>> hosts;
    std::vector<Instance> instances;
    for (std::uint32_t i = 0; i < 200; ++i) {
      hosts.push_back(std::make_unique<Guest>(guest(sleep)));
      instances.push_back(*start(*sleeper, *hosts.back(), i));
      ASSERT_EQ(instances.back().poll(), Instance::State::kWaiting);
    }
  }
  const std::int64_t before = resident();
  const std::uint32_t depth = 8000;
  const std::string input(reinterpret_cast<const char*>(&depth), sizeof depth);
  for (int round = 0; round < 200; ++round) run_once(*deep, input);
  EXPECT_LT(resident() - before, 4 * kMiB);
}

}  // namespace
}  // namespace wws::wasm
