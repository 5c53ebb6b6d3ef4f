// The page scan that cleans a memory between two guests (docs/adr/0003-patched-wasmtime.md): the bridge's
// wrapper calls the very function that the pool calls.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/file.h"
#include "wasm/test_compaction.h"
#include "wws_bridge.h"

namespace wws::wasm {
namespace {

constexpr std::size_t kPage = 4096;

// linux/fs.h of Debian 12 is older than the ioctl (Linux 6.7).
struct PageRegion {
  std::uint64_t start, end, categories;
};
struct ScanArguments {
  std::uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
  std::uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
constexpr std::uint64_t kWritten = 1U << 1;
constexpr std::uint64_t kFile = 1U << 2;
constexpr std::uint64_t kPresent = 1U << 3;
constexpr std::uint64_t kZeroPage = 1U << 5;

/// Private anonymous memory.
class Memory {
 public:
  explicit Memory(std::size_t pages)
      : size_(pages * kPage),
        data_(static_cast<std::uint8_t*>(
            mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    madvise(data_, size_, MADV_NOHUGEPAGE);
  }
  ~Memory() { munmap(data_, size_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  [[nodiscard]] std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  void dirty(std::size_t first, std::size_t step) {
    for (std::size_t page = first; page < size_ / kPage; page += step)
      data_[page * kPage + page % kPage] = 0x5a;
  }
  [[nodiscard]] std::size_t dirty_pages() const {
    std::size_t count = 0;
    for (std::size_t page = 0; page < size_ / kPage; ++page) {
      count += data_[page * kPage + page % kPage] != 0 ? 1 : 0;
    }
    return count;
  }

 private:
  std::size_t size_;
  std::uint8_t* data_;
};

class PageScan : public ::testing::Test {
 protected:
  void SetUp() override {
    if (wwsb_scan_available() == 0) GTEST_SKIP() << "this kernel has no page scan (Linux 6.7)";
  }
};

TEST_F(PageScan, ResetsMoreRegionsThanOneScanReports) {
  Memory memory(2000);
  for (const std::size_t step : {1U, 2U, 3U, 7U, 40U}) {
    memory.dirty(0, step);
    ASSERT_GT(memory.dirty_pages(), 0U);
    ASSERT_GE(wwsb_test_reset_memory(memory.data(), memory.size(), memory.size()), 0);
    EXPECT_EQ(memory.dirty_pages(), 0U) << "every page " << step;
  }
}

TEST_F(PageScan, KeepsNoMoreThanItsBudget) {
  Memory memory(2000);
  for (const std::size_t budget : {std::size_t{0}, std::size_t{1}, std::size_t{33}, std::size_t{500}}) {
    memory.dirty(0, 2);
    const std::int64_t kept = wwsb_test_reset_memory(memory.data(), memory.size(), budget * kPage);
    EXPECT_GE(kept, 0);
    EXPECT_LE(kept, static_cast<std::int64_t>(budget * kPage));
    EXPECT_EQ(memory.dirty_pages(), 0U) << budget;
  }
}

/// Most tables, and the memories of small guests.
TEST_F(PageScan, WritesFewPagesWithoutAskingForThem) {
  for (const std::size_t pages : {2U, 4U, 5U}) {
    Memory memory(pages);
    memory.data()[kPage] = 0x5a;
    const std::int64_t all = wwsb_test_reset_memory(memory.data(), memory.size(), memory.size());
    EXPECT_EQ(all, static_cast<std::int64_t>((pages <= 4 ? pages : 1) * kPage)) << pages;
    EXPECT_EQ(memory.data()[kPage], 0);
  }
}

TEST_F(PageScan, LeavesUntouchedMemoryAlone) {
  Memory memory(2000);
  volatile std::uint8_t sum = 0;
  for (std::size_t page = 0; page < 2000; ++page)
    sum = static_cast<std::uint8_t>(sum + memory.data()[page * kPage]);
  EXPECT_EQ(wwsb_test_reset_memory(memory.data(), memory.size(), memory.size()), 0);
}

/// Pages that a scan with Wasmtime's original mask reports.
std::size_t pages_by_original_mask(int pagemap, const Memory& memory) {
  static std::vector<PageRegion> regions(70'000);
  ScanArguments arguments{};
  arguments.size = sizeof arguments;
  arguments.start = reinterpret_cast<std::uint64_t>(memory.data());
  arguments.end = arguments.start + memory.size();
  arguments.vec = reinterpret_cast<std::uint64_t>(regions.data());
  arguments.vec_len = regions.size();
  arguments.category_inverted = kZeroPage | kFile;
  arguments.category_mask = kWritten | kPresent | kZeroPage | kFile;
  const int count = ioctl(pagemap, _IOWR('f', 16, ScanArguments), &arguments);
  std::size_t pages = 0;
  for (int i = 0; i < count; ++i)
    pages += (regions[static_cast<std::size_t>(i)].end - regions[static_cast<std::size_t>(i)].start) / kPage;
  return pages;
}

/// Rounds of dirtying and resetting while the kernel compacts memory. Returns how many rounds the original
/// mask would have left pages behind in.
int stress(std::chrono::seconds time, int enough) {
  const testing::Compaction compaction;
  if (!compaction.is_possible()) return -1;
  const base::File pagemap(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  Memory memory(16'384);  // 64 MiB
  int missed = 0;
  const auto end = std::chrono::steady_clock::now() + time;
  for (int round = 0; std::chrono::steady_clock::now() < end && missed < enough; ++round) {
    memory.dirty(0, 1);
    missed += pages_by_original_mask(pagemap.fd(), memory) < memory.size() / kPage ? 1 : 0;
    EXPECT_GE(wwsb_test_reset_memory(memory.data(), memory.size(), memory.size()), 0);
    const std::size_t left = memory.dirty_pages();
    EXPECT_EQ(left, 0U) << "round " << round;
    if (left != 0) break;
  }
  return missed;
}

TEST_F(PageScan, ResetsEverythingWhileTheKernelCompactsMemory) {
  const int missed = stress(std::chrono::seconds(2), 1'000'000);
  if (missed < 0) GTEST_SKIP() << "only root may ask the kernel to compact memory";
  RecordProperty("rounds_missed_by_the_original_mask", missed);
}

/// The long form shows that the stress is one: the original mask fails under it.
TEST_F(PageScan, LongTheOriginalMaskLeavesPagesBehindUnderCompaction) {
  const int missed = stress(std::chrono::seconds(300), 3);
  if (missed < 0) GTEST_SKIP() << "only root may ask the kernel to compact memory";
  EXPECT_GT(missed, 0) << "no page was being moved during any scan: the stress proves nothing here";
}

}  // namespace
}  // namespace wws::wasm
