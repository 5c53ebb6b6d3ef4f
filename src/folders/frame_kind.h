// What serving processes and the folders child say to each other (docs/formats/folders-channel.md), in frames
// whose subject is a worker's mounts: their place among those of the project.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wasm/file_call.h"

namespace wws::folders {

enum class FrameKind : std::uint16_t {
  // To the folders child.
  kCall = 1,  ///< a call of a guest; answered by kAnswer
  kEnd = 2,   ///< a guest is no more: its number
  // To a serving process.
  kAnswer = 3,
};

/// Names a guest among those of one serving process.
using GuestId = std::uint64_t;

struct GuestCall {
  GuestId guest = 0;
  wasm::FileCall call;
};

void encode(GuestId guest, const wasm::FileCall& call, std::string& bytes);
/// std::nullopt: no call, or one whose image is larger than any may be.
[[nodiscard]] std::optional<GuestCall> decode_call(std::string_view payload);

void encode(GuestId guest, std::string& bytes);
[[nodiscard]] std::optional<GuestId> decode_guest(std::string_view payload) noexcept;

void encode(const wasm::FileAnswer& answer, std::string& bytes);
[[nodiscard]] std::optional<wasm::FileAnswer> decode_answer(std::string_view payload);

}  // namespace wws::folders
