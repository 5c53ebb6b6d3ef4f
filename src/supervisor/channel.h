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
#include "supervisor/channel_header.h"

namespace wws::supervisor {

enum class MessageType : std::uint16_t {
  kModules = 2,  ///< to the child: news of modules; compiled code as descriptors; may come at any time
  kStatus = 7,   ///< to the child: its runtime::ProcessStatus, as a descriptor
  kSite = 3,     ///< to the child, a question: routes, configuration, limits; what it serves from now on
  kVersions =
      8,         ///< to the child: the versions of the namespaces, as a descriptor; the payload says how many
  kService = 9,  ///< to a service, a question: what it is to do, in its own form
  kLinkLost = 11,  ///< to the supervisor: the socket of the last kLink to the service of this name has broken
  kLink = 10,  ///< to the child: a socket to a service, whose name is the payload; or to a serving process
  kAccessLog =
      12,        ///< to the child: the file of the access log, as a descriptor; from now on, and at any time
  kStop = 4,     ///< to the child: finish what is in flight and leave; payload kStopForAnother: see there
  kListen = 13,  ///< to a child with listening sockets: accept connections from now on, or (payload kLater,
                 ///< to a serving process) at the next one
  kPrepared = 14,   ///< to a predecessor: all is there that it takes to serve
  kTakeOver = 15,   ///< to a successor, a question: it serves from now on; answered when it does
  kKnown = 18,      ///< to a successor: whoever watched the other server knows that it is this one now
  kStoreFree = 16,  ///< to a successor: nobody has the key-value store any more
  kBlock = 19,   ///< to a serving process: where it counts; to the admin child, and to a successor: what to
                 ///< sum; as a descriptor
  kRoutes = 20,  ///< to the admin child: JSON, whose numbers the slots of a block are
  kAsk = 21,     ///< to the supervisor, of the admin child, a question: what it wants
  kAnswer = 22,  ///< to the admin child, an answer: status and text
  kSpans = 23,  ///< to a serving process: where it notes spans, and the ratio; to the telemetry child: a ring
  kLog = 24,    ///< to the child: where its log is kept too, as a descriptor
  kLogOf = 25,  ///< to the admin child: JSON, a process; where its log is kept, or nothing: it is gone
  kConnection = 26,  ///< to a serving process: a connection to serve, as a descriptor
  kCounted = 27,  ///< to a successor that wants it: JSON, what was counted, and how blocks (kBlock) are read
  kAdminFree = 28,  ///< to a successor that got kCounted: the other admin child accepts no more
  kReady = 5,       ///< to the supervisor, an answer to kSite: serving
  kFailed = 6,      ///< to the supervisor: cannot serve, or not the site that it answers; the text says why
};

/// The payload of a kListen before kSite: the sockets are there, and are to be accepted on after another
/// kListen.
inline constexpr std::string_view kLater = "later";
/// The payload of a kListen, a question to the admin child: accept no more; answered when that is so.
inline constexpr std::string_view kNoMore = "no more";
/// A line in the text of a kPrepared, of which no file is the name: kCounted and kAdminFree are wanted.
inline constexpr std::string_view kWantsCounts = "/counts";
/// The payload of a kBlock for who counts there.
inline constexpr std::string_view kOwnBlock = "own";
/// The payload of a kStop for a server (docs/restart.md) or a process whose place another takes: clients that
/// have a connection are not shut out, and a service leaves when nobody uses it any more.
inline constexpr std::string_view kStopForAnother = "for another";
/// The payload of the answer to a kTakeOver, if the admin interface went along.
inline constexpr std::string_view kWithAdmin = "admin";
/// The text of kTakeOver from a server that was told to drain.
inline constexpr std::string_view kDraining = "draining";

struct Message {
  MessageType type{};
  std::uint32_t id = 0;       ///< not 0: a question; its answer bears this number
  std::uint32_t answers = 0;  ///< not 0: the question that this answers
  std::string payload;        ///< JSON or plain text, by type
  std::vector<base::File> descriptors;
};

/// Both ends of one connection: the supervisor's and the child's.
struct ChannelPair;

/// One end, for a child that has nothing else to do: sending and receiving block (AsyncChannel does not).
/// Length-prefixed messages with a version; up to kMaxDescriptors descriptors beside each. One thread.
class Channel {
 public:
  static constexpr std::size_t kMaxDescriptors = ChannelHeader::kMaxDescriptors;
  static constexpr std::uint32_t kLargestPayload = std::uint32_t{256} << 20;

  explicit Channel(base::File socket) : socket_(std::move(socket)) {}

  /// Two connected ends, close-on-exec.
  [[nodiscard]] static Result<ChannelPair> make();

  [[nodiscard]] Result<void> send(MessageType type, std::string_view payload,
                                  const std::vector<int>& descriptors = {}) const;

  /// The next message; std::nullopt when the other end is gone. kInternal for a message that no version
  /// of this program sends.
  [[nodiscard]] Result<std::optional<Message>> receive() const;

  [[nodiscard]] int fd() const noexcept { return socket_.fd(); }
  /// For an AsyncChannel that goes on where this is, while nothing is received here any more.
  [[nodiscard]] Result<base::File> duplicate() const { return socket_.duplicate(); }
  /// The same, at the end of this.
  [[nodiscard]] base::File take_socket() && noexcept { return std::move(socket_); }

 private:
  base::File socket_;
};

struct ChannelPair {
  Channel ours;
  Channel theirs;
};

}  // namespace wws::supervisor
