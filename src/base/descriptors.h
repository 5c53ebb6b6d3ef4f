// Passing descriptors to another process.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace wws::base {

/// Two ends of a socket that keeps messages apart (AF_UNIX, SOCK_SEQPACKET), both close-on-exec. A message is
/// a byte and descriptors.
struct DescriptorPair {
  File ours;
  File theirs;
};
[[nodiscard]] Result<DescriptorPair> descriptor_pair();

inline constexpr std::size_t kMostDescriptors = 8;  ///< in one message

/// Sends copies of these, kMostDescriptors at the most. Does not wait: kIo where there is no room, or nobody
/// at the other end.
[[nodiscard]] Result<void> send_descriptors(const File& socket, std::span<const int> descriptors);

/// Whether receiving waits for a message.
enum class Waits { kNo, kYes };

/// The next message's descriptors, which are close-on-exec. std::nullopt: there is no message, or with kYes
/// there will be none, since the other end is gone; kIo says so with kNo.
[[nodiscard]] Result<std::optional<std::vector<File>>> receive_descriptors(const File& socket, Waits waits);

}  // namespace wws::base
