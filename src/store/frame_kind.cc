#include "store/frame_kind.h"

#include <cstring>

namespace wws::store {

void encode(const TurnRequest& turn, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&turn), sizeof turn);
}

std::optional<TurnRequest> take_turn_request(std::string_view& payload) noexcept {
  TurnRequest turn;
  if (payload.size() < sizeof turn) return std::nullopt;
  std::memcpy(&turn, payload.data(), sizeof turn);
  payload.remove_prefix(sizeof turn);
  if (turn.mode != TurnRequest::Mode::kMayRunAgain && turn.mode != TurnRequest::Mode::kOnlyInTurn)
    return std::nullopt;
  return turn;
}

}  // namespace wws::store
