#include "link/frame.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wws::link {
namespace {

enum class Kind : std::uint16_t { kFirst = 1, kSecond = 2, kThird = 3 };

std::string frames() {
  std::string bytes;
  append_frame(bytes, Kind::kFirst, 1, 2, [](std::string& payload) { payload += "first"; });
  append_frame(bytes, Kind::kSecond, 3, 4, [](std::string&) {});
  append_frame(bytes, Kind::kThird, 5, 6, [](std::string& payload) { payload.append(100'000, 'x'); });
  return bytes;
}

TEST(FrameReader, CutsAStreamWhereverItArrives) {
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{7}, std::size_t{12}, std::size_t{65'536}, frames().size()}) {
    FrameReader reader;
    std::vector<std::string> read;
    const std::string bytes = frames();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const auto progress = reader.read(std::string_view(bytes).substr(at, piece), [&](const Frame& frame) {
        read.push_back(std::to_string(static_cast<int>(frame.kind)) + ":" + std::to_string(frame.id) + ":" +
                       std::to_string(frame.subject) + ":" + std::to_string(frame.payload.size()));
        return true;
      });
      ASSERT_EQ(progress, FrameReader::Progress::kGood);
    }
    EXPECT_EQ(read, (std::vector<std::string>{"1:1:2:5", "2:3:4:0", "3:5:6:100000"})) << piece;
  }
}

TEST(FrameReader, EndsAtAFrameThatIsTooLarge) {
  FrameHeader header;
  header.size = static_cast<std::uint32_t>(kLargestFrame) + 1;
  FrameReader reader;
  EXPECT_EQ(
      reader.read({reinterpret_cast<const char*>(&header), sizeof header}, [](const Frame&) { return true; }),
      FrameReader::Progress::kBroken);
}

TEST(FrameReader, EndsWhenItsFramesAreNotTaken) {
  FrameReader reader;
  int seen = 0;
  EXPECT_EQ(reader.read(frames(), [&](const Frame&) { return ++seen < 2; }), FrameReader::Progress::kBroken);
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace wws::link
