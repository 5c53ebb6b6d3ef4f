// Messages between the supervisor and a serving process (docs/formats/channel.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace wws::supervisor {

enum class MessageType : std::uint16_t {
  kListeners = 1,  ///< to the child: listening sockets, as descriptors
  kModules = 2,    ///< to the child: news of modules; compiled code as descriptors; may come at any time
  kRunning = 7,    ///< to the child: shared memory in which it notes whose guest runs, as a descriptor
  kSite = 3,       ///< to the child: routes, configuration, limits; it serves from now on
  kStop = 4,       ///< to the child: finish what is in flight and leave
  kReady = 5,      ///< to the supervisor: serving
  kFailed = 6,     ///< to the supervisor: cannot serve; the text says why
};

struct Message {
  MessageType type{};
  std::string payload;  ///< JSON or plain text, by type
  std::vector<base::File> descriptors;
};

/// Both ends of one connection: the supervisor's and the child's.
struct ChannelPair;

/// One end. Length-prefixed messages with a version; up to kMaxDescriptors descriptors beside each.
/// Sending and receiving block; one thread.
class Channel {
 public:
  static constexpr std::size_t kMaxDescriptors = 64;

  explicit Channel(base::File socket) : socket_(std::move(socket)) {}

  /// Two connected ends, close-on-exec.
  [[nodiscard]] static Result<ChannelPair> make();

  [[nodiscard]] Result<void> send(MessageType type, std::string_view payload,
                                  const std::vector<int>& descriptors = {}) const;

  /// The next message; std::nullopt when the other end is gone. kInternal for a message that no version
  /// of this program sends.
  [[nodiscard]] Result<std::optional<Message>> receive() const;

  [[nodiscard]] int fd() const noexcept { return socket_.fd(); }

 private:
  base::File socket_;
};

struct ChannelPair {
  Channel ours;
  Channel theirs;
};

}  // namespace wws::supervisor
