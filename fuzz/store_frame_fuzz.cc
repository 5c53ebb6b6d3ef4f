// Fuzz target: what a serving process sends to the store child.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/codec.h"
#include "store/frame_kind.h"

namespace {

/// assert() that stays in every build type.
void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  wws::store::FrameReader reader;
  (void)reader.read(bytes, [](const wws::store::Frame& frame) {
    std::string_view payload = frame.payload;
    if (frame.kind_as<wws::store::FrameKind>() == wws::store::FrameKind::kCommit)
      (void)wws::store::take_turn_request(payload);
    if (const auto request = wws::store::decode_request(payload)) {
      std::string again;
      wws::store::encode(*request, again);
      require(again.size() == payload.size());
    }
    (void)wws::store::decode_outcome(payload);
    return true;
  });
  return 0;
}
