// What serving processes and the store child say to each other (docs/formats/store-channel.md), in frames
// whose subject is a namespace: its place among those of the project.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kv/operation.h"
#include "link/frame.h"

namespace wws::store {
using link::append_frame;
using link::Frame;
using link::FrameReader;

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
  kOutcome = 5,  ///< a kv::Outcome: the last word
  kMap = 6,      ///< a kv::Outcome with a kv::Map, or why there is none
  kFollow =
      11,       ///< the id (4 bytes) of a change whose map comes next, or that is itself in its row: this one
                ///< has its turn right behind it, and goes on from the map that it has made
  kOpened = 9,  ///< the frame's subject is the namespace; or the payload is an Outcome that says why not
  kNamesAre = 10,  ///< what encode() makes of them
  kEpoch = 12      ///< of the store child at the other end (8 bytes), before all else to a serving process
};

/// Who wants to change a namespace as a whole.
struct TurnRequest {
  /// May its work be done again, or does it wait for its turn at once?
  enum class Mode : std::uint32_t { kMayRunAgain = 0, kOnlyInTurn = 1 };
  Mode mode = Mode::kMayRunAgain;
  std::uint32_t milliseconds = 0;  ///< for which it may have the turn
};

/// Instead of a version, in a transaction of a change that goes on from what the one before it in a row has
/// made: the version that this will have.
inline constexpr kv::Version kVersionOfRow = ~kv::Version{0};

void encode(const TurnRequest& turn, std::string& bytes);
/// Takes it off the front of `payload`; std::nullopt: it is not there.
[[nodiscard]] std::optional<TurnRequest> take_turn_request(std::string_view& payload) noexcept;

}  // namespace wws::store
