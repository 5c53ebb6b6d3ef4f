#include "link/frame.h"

#include <cstring>
#include <optional>

namespace wws::link {
namespace {

/// The first frame of `bytes`, taken off; std::nullopt: it is not whole.
std::optional<Frame> take_frame(std::string_view& bytes) {
  FrameHeader header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (bytes.size() - sizeof header < header.size) return std::nullopt;
  const Frame frame{header.kind, header.id, header.subject, bytes.substr(sizeof header, header.size)};
  bytes.remove_prefix(sizeof header + header.size);
  return frame;
}

/// Whether what has begun can become a frame.
bool is_possible(std::string_view bytes) {
  FrameHeader header;
  if (bytes.size() < sizeof header) return true;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header.size <= kLargestFrame;
}

}  // namespace

FrameReader::Progress FrameReader::read(std::string_view bytes,
                                        const std::function<bool(const Frame&)>& take) {
  if (!begun_.empty()) {
    begun_ += bytes;
    bytes = begun_;
  }
  std::string_view rest = bytes;
  while (is_possible(rest)) {
    const auto frame = take_frame(rest);
    if (!frame) {
      begun_ = std::string(rest);
      return Progress::kGood;
    }
    if (!take(*frame)) return Progress::kBroken;
  }
  return Progress::kBroken;
}

}  // namespace wws::link
