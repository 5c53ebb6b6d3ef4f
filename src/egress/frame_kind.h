// What serving processes and the egress child say to each other (docs/formats/egress-channel.md), in frames
// whose id is one outgoing request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fetch/message.h"
#include "link/frame.h"

namespace wws::egress {

enum class FrameKind : std::uint16_t {
  // To the egress child.
  kStart =
      1,  ///< a fetch::Request; the subject is the worker's grant, by its place among those of the project
  kBody = 2,     ///< the next bytes of its body
  kBodyEnd = 3,  ///< it had all of its body
  kRead = 4,     ///< so many bytes of the answer's body were read (encode_count), and as many more may come
  kCancel = 5,   ///< nobody wants it any more; nothing is answered
  // To a serving process.
  kHead = 6,    ///< a fetch::Head
  kData = 7,    ///< the next bytes of the answer's body
  kEnd = 8,     ///< that was all; the last word
  kFailed = 9,  ///< a fetch::Refusal; the last word, before or after kHead
  kTaken = 10,  ///< so many bytes of the request's body were sent (encode_count), and as many more may come
};

/// Bytes of a body, in each direction, that are on their way without having been read or sent. A whole body
/// (fetch::BodyForm::kWhole) may be larger.
inline constexpr std::size_t kWindow = std::size_t{128} << 10;
/// Of one kBody or kData.
inline constexpr std::size_t kLargestPiece = std::size_t{64} << 10;
/// Of a body that is sent whole.
inline constexpr std::size_t kLargestWholeBody = std::size_t{16} << 20;

void encode(const fetch::Request& request, std::string& bytes);
void encode(const fetch::Head& head, std::string& bytes);
void encode(const fetch::Refusal& refusal, std::string& bytes);
void encode_count(std::uint32_t count, std::string& bytes);

/// std::nullopt: not what encode() wrote, or more than kMostFields fields.
[[nodiscard]] std::optional<fetch::Request> decode_request(std::string_view payload);
[[nodiscard]] std::optional<fetch::Head> decode_head(std::string_view payload);
[[nodiscard]] std::optional<fetch::Refusal> decode_refusal(std::string_view payload);
[[nodiscard]] std::optional<std::uint32_t> decode_count(std::string_view payload) noexcept;

inline constexpr std::size_t kMostFields = 1000;

}  // namespace wws::egress
