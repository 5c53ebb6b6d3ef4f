// What stands before each message of a channel (docs/formats/channel.md).
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/file.h"

namespace wws::supervisor {

/// Both ends are the same program on the same machine: host byte order.
struct ChannelHeader {
  static constexpr std::uint16_t kVersion = 2;
  static constexpr std::size_t kMaxDescriptors = 64;

  std::uint32_t size = 0;  ///< of the payload
  std::uint16_t version = kVersion;
  std::uint16_t type = 0;
  std::uint32_t id = 0;
  std::uint32_t answers = 0;
};
static_assert(sizeof(ChannelHeader) == 16);

/// Room for the descriptors beside one header.
class DescriptorBuffer {
 public:
  /// For receiving.
  void offer(msghdr& message) noexcept;
  /// For sending; none: nothing is offered.
  void put(msghdr& message, const std::vector<int>& descriptors) noexcept;
  /// What came with a received message is added to `files`.
  static void take(msghdr& message, std::vector<base::File>& files);

 private:
  union {
    cmsghdr alignment_;
    std::array<char, CMSG_SPACE(ChannelHeader::kMaxDescriptors * sizeof(int))> bytes_;
  };
};

}  // namespace wws::supervisor
