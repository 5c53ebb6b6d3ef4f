#include "metrics/past.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/sealed_memory.h"
#include "metrics/own_counts.h"
#include "metrics/pool.h"
#include "metrics/text.h"
#include "metrics/totals.h"

namespace wws::metrics {
namespace {

using namespace std::chrono_literals;

/// A server's past as a block, and its sums.
class PastTest : public testing::Test {
 protected:
  Totals totals() {
    past_.write_to(block_);
    Totals totals;
    block_.add_to(totals);
    return totals;
  }

  Past past_;
  Block block_ = std::move(*Block::create());
};

/// Memory as another version's, with these numbers.
base::File memory_of(const std::vector<std::uint64_t>& numbers) {
  auto memory = std::move(*base::make_sealed_memory("test", numbers.size() * sizeof(std::uint64_t)));
  EXPECT_EQ(pwrite(memory.fd(), numbers.data(), numbers.size() * sizeof(std::uint64_t), 0),
            static_cast<ssize_t>(numbers.size() * sizeof(std::uint64_t)));
  return memory;
}

TEST(Layout, NamesEachNumberOfAPageOnce) {
  const Layout& own = Layout::own();
  EXPECT_TRUE(own.is_sound());
  EXPECT_EQ(own.size(), kPageCells);
  for (std::vector<std::string> names : {own.cells, own.route, own.gauges}) {
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  }
  EXPECT_EQ(own.cells.front(), "wws_http_request_body_bytes_total{=}");
  EXPECT_EQ(own.route[1], "wws_http_requests_total{2xx}");
  EXPECT_EQ(own.route[kClasses], "wws_http_request_duration_seconds_bucket{50000}");
}

TEST(Layout, IsNotSoundWithoutEndOrWithNothing) {
  Layout layout = Layout::own();
  layout.slots = std::size_t{1} << 60;
  EXPECT_FALSE(layout.is_sound());
  layout.slots = (std::size_t{1} << 20) / layout.route.size() + 1;
  EXPECT_FALSE(layout.is_sound());
  layout.slots = 0;
  EXPECT_FALSE(layout.is_sound());
}

TEST_F(PastTest, HasWhatBlocksOfTheSameVersionCountWhenItIsAsked) {
  Pool pool;
  const auto one = std::move(*pool.take());
  const auto other = std::move(*pool.take());
  // Their slot 2 is ours 5, their 3 is ours 2.
  const auto unknown = past_.describe(Layout::own(), {kFilesSlot, kOtherSlot, 5, 2});
  ASSERT_TRUE(unknown);
  EXPECT_TRUE(unknown->empty());
  for (const auto& block : pool.blocks()) ASSERT_TRUE(past_.add(std::move(*block->open_for_reading())));
  EXPECT_EQ(totals().of(Counter::kConnections), 0U);
  const Recorder recorder = one->block().recorder();
  recorder.add(Counter::kConnections, 3);
  recorder.request(2, 200, 1ms);
  recorder.guest(2, {2ms, 3ms, 4096, 5ms});
  recorder.set(Gauge::kGuests, 4);
  other->block().recorder().request(2, 500, 1s);
  other->block().recorder().guest(2, {2ms, 3ms, 1024, {}});
  other->block().recorder().request(3, 404, 1ms);
  other->block().recorder().request(kFilesSlot, 200, 1ms);
  other->block().recorder().set(Gauge::kGuests, 1);
  const Totals sums = totals();
  EXPECT_EQ(sums.of(Counter::kConnections), 3U);
  EXPECT_EQ(sums.of(Gauge::kGuests), 5U);
  EXPECT_EQ(sums.of(Histogram::kInstanceStart).nanoseconds, 5'000'000U);
  EXPECT_EQ(sums.of(RouteSlot{5}).requests[1], 1U);
  EXPECT_EQ(sums.of(RouteSlot{5}).requests[4], 1U);
  EXPECT_EQ(sums.of(RouteSlot{5}).failures, 1U);
  EXPECT_EQ(sums.of(RouteSlot{5}).duration.nanoseconds, 1'001'000'000U);
  EXPECT_EQ(sums.of(RouteSlot{5}).cpu_nanoseconds, 4'000'000U);
  EXPECT_EQ(sums.of(RouteSlot{5}).memory_bytes, 4096U) << "the largest, not the sum";
  EXPECT_EQ(sums.of(RouteSlot{2}).requests[3], 1U);
  EXPECT_EQ(sums.of(kFilesSlot).requests[1], 1U);
  // Its last requests.
  recorder.request(2, 200, 1ms);
  EXPECT_EQ(totals().of(RouteSlot{5}).requests[1], 2U);
  past_.end();
  EXPECT_EQ(totals().of(Gauge::kGuests), 0U);
  EXPECT_EQ(totals().of(RouteSlot{5}).requests[1], 2U);
}

TEST_F(PastTest, PutsRoutesTogetherThatHaveNoPlaceOfTheirOwn) {
  const Layout& own = Layout::own();
  std::vector<std::uint64_t> numbers(own.size());
  for (std::size_t slot = 0; slot < own.slots; ++slot)
    numbers[own.cells.size() + slot * own.route.size()] = 1;
  ASSERT_TRUE(past_.describe(own, {kFilesSlot, kOtherSlot, kOtherSlot, kOtherSlot}));
  ASSERT_TRUE(past_.add(memory_of(numbers)));
  EXPECT_EQ(totals().of(kOtherSlot).requests[0], 3U);
  EXPECT_EQ(totals().of(RouteSlot{2}).requests[0], 0U) << "a slot of no route";
}

TEST_F(PastTest, TakesOfAnotherVersionWhatItKnows) {
  Layout theirs;
  theirs.cells = {"wws_of_tomorrow_total{=}", "wws_connections_accepted_total{=}", "wws_fetches_total{=}"};
  theirs.route = {"wws_http_requests_total{5xx}", "colour", kLargestMemory};
  theirs.slots = 3;
  theirs.gauges = {"moons", "wws_guests"};
  const auto unknown = past_.describe(theirs, {kFilesSlot, kOtherSlot, 9});
  ASSERT_TRUE(unknown);
  EXPECT_EQ(*unknown, (std::vector<std::string>{"wws_of_tomorrow_total{=}", "colour", "moons"}));
  ASSERT_TRUE(past_.add(memory_of({1, 2, 3, /* slot 0 */ 10, 11, 12, /* 1 */ 20, 21, 22, /* 2 */ 30, 31, 32,
                                   /* gauges */ 40, 41})));
  const Totals sums = totals();
  EXPECT_EQ(sums.of(Counter::kConnections), 2U);
  EXPECT_EQ(sums.of(Counter::kFetches), 3U);
  EXPECT_EQ(sums.of(kFilesSlot).requests[4], 10U);
  EXPECT_EQ(sums.of(RouteSlot{9}).requests[4], 30U);
  EXPECT_EQ(sums.of(RouteSlot{9}).memory_bytes, 32U);
  EXPECT_EQ(sums.of(Gauge::kGuests), 41U);
  EXPECT_EQ(sums.of(Gauge::kQueued), 0U);
}

TEST_F(PastTest, BelievesNoMemoryThatIsOfAnotherSize) {
  Layout theirs{{"wws_fetches_total{=}"}, {"x"}, 1, {"y"}};
  EXPECT_FALSE(past_.add(memory_of({1, 2, 3}))) << "nobody said what that is";
  ASSERT_TRUE(past_.describe(theirs, {kFilesSlot}));
  EXPECT_FALSE(past_.add(memory_of({1, 2})));
  EXPECT_FALSE(past_.add(memory_of({1, 2, 3, 4})));
  EXPECT_FALSE(past_.add(base::File(memfd_create("not sealed", MFD_CLOEXEC))));
  EXPECT_TRUE(past_.add(memory_of({1, 2, 3})));
  theirs.slots = 2;
  EXPECT_FALSE(past_.describe(theirs, {kFilesSlot})) << "what it has is of another size";
  EXPECT_EQ(totals().of(Counter::kFetches), 1U);
}

/// A supervisor of which these are the own counters.
void write_some(Writer& writer, std::uint64_t reloads) {
  writer.begin(Metric::kReady);
  writer.sample(1);
  writer.begin(Metric::kReloads);
  writer.sample(Writer::Label{"result", "ok"}, reloads);
  writer.begin(Metric::kCompileTime);
  writer.seconds({}, 2'000'000'000);
}

TEST(OwnCounts, AreAddedToThoseOfTheOneAfter) {
  OwnCountsNoter noter;
  write_some(noter, 3);
  std::vector<OwnCount> before = std::move(noter).take();
  ASSERT_EQ(before.size(), 2U) << "gauges are none";
  before.push_back({"wws_reloads", {{"result", "once_there"}}, 7});
  TextWriter text(Format::kOpenMetrics);
  {
    OwnCountsAdder adder(text, before);
    write_some(adder, 2);
  }
  const std::string written = std::move(text).take();
  for (const char* line :
       {"\nwws_ready 1\n", "\nwws_reloads_total{result=\"ok\"} 5\n",
        "\nwws_reloads_total{result=\"once_there\"} 7\n", "\nwws_compile_seconds_total 4.000000000\n"})
    EXPECT_NE(written.find(line), std::string::npos) << line << written;
}

}  // namespace
}  // namespace wws::metrics
