// Nothing of one run is seen by the next: by the same module or another, in every way of reset.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <string_view>
#include <thread>
#include <vector>

#include "wasm/test_compaction.h"
#include "wasm/test_engine.h"
#include "wws_bridge.h"

namespace wws::wasm {
namespace {

/// Takes and gives back much memory, again and again, in huge pages where the kernel has them to give: other
/// pages have to move for them.
class MemoryPressure {
 public:
  MemoryPressure() : thread_([this] { run(); }) {}
  ~MemoryPressure() {
    stop_ = true;
    thread_.join();
  }

 private:
  void run() const {
    constexpr std::size_t kSize = std::size_t{1} << 30;
    while (!stop_) {
      void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory == MAP_FAILED) return;
      madvise(memory, kSize, MADV_HUGEPAGE);
      for (std::size_t at = 0; at < kSize && !stop_; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
      munmap(memory, kSize);
    }
  }
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// A way of resetting memory, and how much of it stays with slots that nobody uses.
struct Way {
  const char* name;
  MemoryReset reset;
  std::uint64_t idle_resident;
};

class FreshnessTest : public testing::EngineTest, public ::testing::WithParamInterface<Way> {
 protected:
  static constexpr std::uint32_t kInstances = 8;
  static constexpr std::uint32_t kWarmSlots = 4;
  static constexpr int kModules = 10;  // more than warm slots

  static EngineSettings settings(const Way& way) {
    EngineSettings result = *serving_settings(kInstances, way.reset);
    result.warm_slots = kWarmSlots;
    result.idle_resident = way.idle_resident;
    return result;
  }
  FreshnessTest() : EngineTest(settings(GetParam())) {
    for (int i = 0; i < kModules; ++i) {
      // The same guest in a module of its own: another image, other slots.
      const std::string custom_section = {'\0', 3, 1, 'n', static_cast<char>(i)};
      auto code = engine_.compile(testing::guest_bytes("marks_small") + custom_section);
      auto module = engine_.map(testing::memory_file(*code));
      EXPECT_TRUE(module) << module.error().message;
      modules_.push_back(std::move(*module));
    }
    // And others on the code of one.
    for (int i = 0; i < 2; ++i) {
      Guest host = guest();
      const auto image = testing::image_of(modules_.front(), *modules_.front().find_calls({}), host);
      EXPECT_TRUE(image) << image.error().message;
      auto module = engine_.begin_with(modules_.front(), testing::memory_file(*image));
      EXPECT_TRUE(module) << module.error().message;
      modules_.push_back(std::move(*module));
    }
    modules_.push_back(std::move(*load("marks")));
  }

  /// Runs the modules in turn; the large one now and then, since it takes as long as a hundred small ones.
  void expect_fresh(int runs) {
    for (int i = 0; i < runs; ++i) {
      const std::size_t large = modules_.size() - 1;
      const std::size_t which = i % 200 == 199 ? large : static_cast<std::size_t>(i * 7 / 3) % large;
      Guest host = guest();
      const auto result = run(modules_[which], host);
      ASSERT_TRUE(result) << result.error().message;
      ASSERT_EQ(host.wasi().stdout_bytes(), "fresh") << "run " << i << " of module " << which;
    }
  }

  std::vector<Module> modules_;
};

TEST_P(FreshnessTest, NothingIsSeenByTheNextRun) { expect_fresh(40'000); }

TEST_P(FreshnessTest, NothingIsSeenWhileTheKernelCompactsMemory) {
  const testing::Compaction compaction;
  expect_fresh(10'000);
}

/// A slot that was cleaned before keeps a list of its pages, for as long as there was no page fault: a guest
/// that writes to another page, or to one that it has to grow to, has one.
TEST_P(FreshnessTest, NothingIsSeenOfPagesThatAreNew) {
  const auto module = load("writes_a_page");
  for (std::uint32_t i = 0; i < 6000; ++i) {
    const std::uint32_t page = i % 3 == 0 ? 5 : 2 + i * 7919 % 1000;
    Guest host = guest(std::string_view(reinterpret_cast<const char*>(&page), sizeof page));
    const auto result = run(*module, host);
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_EQ(host.wasi().stdout_bytes(), "fresh") << "run " << i << ", page " << page;
  }
}

/// The kernel is not asked for pages that cannot be there.
TEST_P(FreshnessTest, SamePagesAreNotLookedFor) {
  if (std::string_view(GetParam().name) != "Scan") GTEST_SKIP() << "nothing is looked for, or nothing stays";
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's memory has page faults of its own";
#endif
  const auto module = load("writes_a_page");
  const auto run_often = [&] {
    const std::uint64_t before = wwsb_test_page_scans();
    const std::uint32_t page = 9;
    for (int i = 0; i < 1000; ++i) {
      Guest host = guest(std::string_view(reinterpret_cast<const char*>(&page), sizeof page));
      EXPECT_TRUE(run(*module, host));
    }
    return wwsb_test_page_scans() - before;
  };
  run_often();
  EXPECT_LT(run_often(), 100U);
}

TEST_P(FreshnessTest, LongNothingIsSeenWhileTheKernelCompactsMemory) {
  const testing::Compaction compaction;
  expect_fresh(300'000);
}

TEST_P(FreshnessTest, LongNothingIsSeenUnderMemoryPressure) {
  const testing::Compaction compaction;
  const MemoryPressure pressure;
  expect_fresh(200'000);
}

constexpr std::uint64_t kUsual = EngineSettings{}.idle_resident;
/// The memory of two of the small guests: it is given back at nearly every run.
constexpr std::uint64_t kLittle = std::uint64_t{512} << 10;

INSTANTIATE_TEST_SUITE_P(Resets, FreshnessTest,
                         ::testing::Values(Way{"Madvise", MemoryReset::kMadvise, kUsual},
                                           Way{"Scan", MemoryReset::kScan, kUsual},
                                           Way{"ScanAndGiveBack", MemoryReset::kScan, kLittle}),
                         [](const auto& way) { return way.param.name; });

}  // namespace
}  // namespace wws::wasm
