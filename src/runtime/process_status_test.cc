#include "runtime/process_status.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace wws::runtime {
namespace {

/// Both ends of a page: the supervisor's, and a serving process's.
class ProcessStatusTest : public ::testing::Test {
 protected:
  ProcessStatusTest()
      : read_(std::move(*ProcessStatus::create())),
        written_(std::move(*ProcessStatus::open(base::File(dup(read_.fd()))))) {}

  ProcessStatus read_;
  ProcessStatus written_;
};

TEST_F(ProcessStatusTest, ShowsTurnsAndWork) {
  EXPECT_EQ(read_.turns(), 0U);
  EXPECT_EQ(read_.work(), ProcessStatus::Work::kNone);
  written_.turn();
  written_.turn();
  written_.set_work(ProcessStatus::Work::kSome);
  EXPECT_EQ(read_.turns(), 2U);
  EXPECT_EQ(read_.work(), ProcessStatus::Work::kSome);
}

TEST_F(ProcessStatusTest, ShowsWhoseGuestRunsAndCountsOneSliceForMarksThatNest) {
  EXPECT_EQ(read_.running_module(8), std::nullopt);
  {
    const ProcessStatus::Mark outer(&written_, 7);
    const ProcessStatus::Mark inner(&written_, 7);
    EXPECT_EQ(read_.running_module(8), 7U);
  }
  EXPECT_EQ(read_.running_module(8), std::nullopt);
  EXPECT_EQ(read_.slices(), 1U);
  const ProcessStatus::Mark nowhere(nullptr, 7);
}

/// A process that wrote a number of no module ended the supervisor by an exception.
TEST_F(ProcessStatusTest, NamesNoModuleThatThereIsNot) {
  const ProcessStatus::Mark mark(&written_, 7);
  EXPECT_EQ(read_.running_module(7), std::nullopt);
  EXPECT_EQ(read_.running_module(0), std::nullopt);
  const ProcessStatus::Mark last(&written_, 0xFFFF'FFFE);
  EXPECT_EQ(read_.running_module(8), std::nullopt);
  const ProcessStatus::Mark wrapped(&written_, 0xFFFF'FFFF);
  EXPECT_EQ(read_.running_module(8), std::nullopt);
}

/// A process could cut the memory short, and the supervisor died of SIGBUS when it looked.
TEST_F(ProcessStatusTest, CannotBeCutShort) {
  EXPECT_EQ(ftruncate(written_.fd(), 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ftruncate(written_.fd(), 1 << 20), -1);
  EXPECT_EQ(fcntl(written_.fd(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
  EXPECT_EQ(read_.turns(), 0U);
}

TEST(ProcessStatusOpen, RefusesWhatIsNoStatusPage) {
  EXPECT_FALSE(ProcessStatus::open(base::File()));
  EXPECT_FALSE(ProcessStatus::open(base::File(open("/dev/null", O_RDWR | O_CLOEXEC))));
  base::File unsealed(memfd_create("x", MFD_CLOEXEC));
  ASSERT_EQ(ftruncate(unsealed.fd(), 24), 0);
  EXPECT_FALSE(ProcessStatus::open(std::move(unsealed)));
}

}  // namespace
}  // namespace wws::runtime
