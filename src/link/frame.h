// A stream of frames between two children of the supervisor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace wws::link {

/// Before each payload. In the machine's own byte order: both ends are the same executable.
struct FrameHeader {
  std::uint32_t size = 0;     ///< of the payload
  std::uint32_t id = 0;       ///< the client's own; what answers has it too
  std::uint16_t kind = 0;     ///< each service has its own
  std::uint16_t subject = 0;  ///< what it is about; each service has its own
};

/// Of one payload. Above all that the limits of the services allow to be asked or answered.
inline constexpr std::size_t kLargestFrame = std::size_t{32} << 20;

struct Frame {
  std::uint16_t kind = 0;
  std::uint32_t id = 0;
  std::uint16_t subject = 0;
  std::string_view payload;

  /// `kind` as the service has it, which may be none of those that it knows.
  template <class Kind>
  [[nodiscard]] Kind kind_as() const noexcept {
    return static_cast<Kind>(kind);
  }
};

/// Appends a frame, whose payload `write` appends. `kind` is of the service's own enumeration.
template <class Kind, class Write>
void append_frame(std::string& bytes, Kind kind, std::uint32_t id, std::uint16_t subject, Write&& write) {
  const std::size_t start = bytes.size();
  FrameHeader header{0, id, static_cast<std::uint16_t>(kind), subject};
  bytes.append(reinterpret_cast<const char*>(&header), sizeof header);
  std::forward<Write>(write)(bytes);
  header.size = static_cast<std::uint32_t>(bytes.size() - start - sizeof header);
  bytes.replace(start, sizeof header.size, reinterpret_cast<const char*>(&header.size), sizeof header.size);
}

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

}  // namespace wws::link
