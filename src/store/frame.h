// What serving processes and the store child say to each other (docs/formats/store-channel.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wws::store {

enum class FrameKind : std::uint16_t {
  // To the store.
  kRequest = 1,  ///< a kv::Request; answered by kOutcome
  kBegin = 2,    ///< a TurnRequest: the map of the namespace; answered by kMap
  kCommit =
      3,     ///< a TurnRequest and then a kv::Transaction, which `kBegin` of this id came before. Answered by
             ///< kOutcome; or, after a conflict, by kMap, and it is to be tried again
  kEnd = 4,  ///< nobody wants an answer of this id any more, or the turn that it has
  kOpen = 7,   ///< of a person: a namespace by its name; answered by kOpened
  kNames = 8,  ///< of a person: which namespaces there are; answered by kNamesAre
  // To a serving process, or a person.
  kOutcome = 5,   ///< a kv::Outcome: the last word
  kMap = 6,       ///< a kv::Outcome with a kv::Map, or why there is none
  kOpened = 9,    ///< the frame's space is the namespace; or the payload is an Outcome that says why not
  kNamesAre = 10  ///< what encode() makes of them
};

/// Who wants to change a namespace as a whole.
struct TurnRequest {
  /// May its work be done again, or does it wait for its turn at once?
  enum class Mode : std::uint32_t { kMayRunAgain = 0, kOnlyInTurn = 1 };
  Mode mode = Mode::kMayRunAgain;
  std::uint32_t milliseconds = 0;  ///< for which it may have the turn
};

/// Before each payload. In the machine's own byte order: both ends are the same executable.
struct FrameHeader {
  std::uint32_t size = 0;  ///< of the payload
  std::uint32_t id = 0;    ///< the client's own; what answers has it too
  std::uint16_t kind = 0;
  std::uint16_t space = 0;  ///< place among the namespaces of the project
};

/// Of one payload. Above all that the limits of the store allow to be asked or answered.
inline constexpr std::size_t kLargestFrame = std::size_t{32} << 20;

struct Frame {
  FrameKind kind{};
  std::uint32_t id = 0;
  std::uint16_t space = 0;
  std::string_view payload;
};

/// Appends a frame, whose payload `write` appends.
template <class Write>
void append_frame(std::string& bytes, FrameKind kind, std::uint32_t id, std::uint16_t space, Write&& write) {
  const std::size_t start = bytes.size();
  FrameHeader header{0, id, static_cast<std::uint16_t>(kind), space};
  bytes.append(reinterpret_cast<const char*>(&header), sizeof header);
  std::forward<Write>(write)(bytes);
  header.size = static_cast<std::uint32_t>(bytes.size() - start - sizeof header);
  bytes.replace(start, sizeof header.size, reinterpret_cast<const char*>(&header.size), sizeof header.size);
}

void encode(const TurnRequest& turn, std::string& bytes);
/// Takes it off the front of `payload`; std::nullopt: it is not there.
[[nodiscard]] std::optional<TurnRequest> take_turn_request(std::string_view& payload) noexcept;

/// Cuts a stream into frames. One thread.
class FrameReader {
 public:
  enum class Progress { kGood, kBroken };
  /// Gives each whole frame in `bytes`, and in what came before, to `take`, whose answer of false ends it.
  /// kBroken: the stream is none of frames, or was ended. A frame's payload is valid within the call alone.
  [[nodiscard]] Progress read(std::string_view bytes, const std::function<bool(const Frame&)>& take);

 private:
  std::string begun_;  ///< of a frame that is not whole
};

}  // namespace wws::store
