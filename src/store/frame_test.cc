#include "store/frame.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wws::store {
namespace {

std::string frames() {
  std::string bytes;
  append_frame(bytes, FrameKind::kRequest, 1, 2, [](std::string& payload) { payload += "first"; });
  append_frame(bytes, FrameKind::kEnd, 3, 4, [](std::string&) {});
  append_frame(bytes, FrameKind::kMap, 5, 6, [](std::string& payload) { payload.append(100'000, 'x'); });
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
                       std::to_string(frame.space) + ":" + std::to_string(frame.payload.size()));
        return true;
      });
      ASSERT_EQ(progress, FrameReader::Progress::kGood);
    }
    EXPECT_EQ(read, (std::vector<std::string>{"1:1:2:5", "4:3:4:0", "6:5:6:100000"})) << piece;
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

TEST(TurnRequest, IsReadBack) {
  std::string bytes;
  encode(TurnRequest{TurnRequest::Mode::kOnlyInTurn, 1234}, bytes);
  bytes += "rest";
  std::string_view payload = bytes;
  const auto turn = take_turn_request(payload);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->mode, TurnRequest::Mode::kOnlyInTurn);
  EXPECT_EQ(turn->milliseconds, 1234U);
  EXPECT_EQ(payload, "rest");
  std::string_view cut = std::string_view(bytes).substr(0, 7);
  EXPECT_FALSE(take_turn_request(cut));
  bytes[0] = 7;
  std::string_view strange = bytes;
  EXPECT_FALSE(take_turn_request(strange));
}

}  // namespace
}  // namespace wws::store
