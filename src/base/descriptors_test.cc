#include "base/descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace wws::base {
namespace {

TEST(Descriptors, ComeAsCopiesOfTheSameFiles) {
  const auto pair = descriptor_pair();
  ASSERT_TRUE(pair) << pair.error().message;
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  {
    const File reading(ends[0]);
    const File writing(ends[1]);
    ASSERT_TRUE(send_descriptors(pair->ours, std::array{reading.fd(), writing.fd()}));
  }
  const auto received = receive_descriptors(pair->theirs, Waits::kYes);
  ASSERT_TRUE(received && *received);
  ASSERT_EQ((*received)->size(), 2U);
  EXPECT_EQ(fcntl((**received)[0].fd(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(write((**received)[1].fd(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read((**received)[0].fd(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
}

TEST(Descriptors, TellNothingFromTheEnd) {
  auto pair = descriptor_pair();
  ASSERT_TRUE(pair);
  const auto nothing = receive_descriptors(pair->ours, Waits::kNo);
  EXPECT_TRUE(nothing && !*nothing) << "nothing was sent yet";
  ASSERT_TRUE(send_descriptors(pair->theirs, {}));
  const auto none = receive_descriptors(pair->ours, Waits::kNo);
  ASSERT_TRUE(none && *none);
  EXPECT_TRUE((*none)->empty());
  pair->theirs.close();
  EXPECT_FALSE(receive_descriptors(pair->ours, Waits::kNo));
  const auto end = receive_descriptors(pair->ours, Waits::kYes);
  EXPECT_TRUE(end && !*end);
  EXPECT_FALSE(send_descriptors(pair->ours, {}));
}

}  // namespace
}  // namespace wws::base
