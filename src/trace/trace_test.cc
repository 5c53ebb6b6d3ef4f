#include <gtest/gtest.h>

#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "metrics/block.h"
#include "metrics/totals.h"
#include "trace/ring.h"
#include "trace/tracer.h"

namespace wws::trace {
namespace {

constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string text_of(const Context& context) {
  std::array<char, kTraceparentSize> text{};
  write_traceparent(context, text);
  return {text.data(), text.size()};
}

TEST(Traceparent, IsReadAndWritten) {
  const auto context = parse_traceparent(kParent);
  ASSERT_TRUE(context);
  EXPECT_TRUE(context->is_sampled);
  EXPECT_EQ(context->trace[0], 0x4b);
  EXPECT_EQ(context->span[7], 0xb7);
  EXPECT_EQ(text_of(*context), kParent);
}

TEST(Traceparent, FlagsAreBits) {
  const std::string base(kParent.substr(0, 53));
  EXPECT_FALSE(parse_traceparent(base + "00")->is_sampled);
  EXPECT_FALSE(parse_traceparent(base + "02")->is_sampled);
  EXPECT_TRUE(parse_traceparent(base + "03")->is_sampled);
}

TEST(Traceparent, ALaterVersionMayBeLonger) {
  const std::string later = "cc" + std::string(kParent.substr(2));
  EXPECT_TRUE(parse_traceparent(later));
  EXPECT_TRUE(parse_traceparent(later + "-what-the-future-brings"));
  EXPECT_FALSE(parse_traceparent(later + ".what"));
  EXPECT_FALSE(parse_traceparent(std::string(kParent) + "-more"));
}

TEST(Traceparent, WhatIsNoneIsNone) {
  for (const std::string_view text :
       {"", "00", "00-own", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"})
    EXPECT_FALSE(parse_traceparent(text)) << text;
}

TEST(SpanRecord, TextsFindTheirPlaceOrAreCut) {
  SpanRecord record;
  record.begin_as(SpanKind::kRequest, {1}, {2}, {3});
  record.put(Text::kMethod, "GET");
  record.put(Text::kPath, std::string(2000, 'p'), 600);
  record.put(Text::kAgent, std::string(2000, 'a'), 2000);
  record.put(Text::kWorker, "there is no room");
  EXPECT_EQ(record.text(Text::kMethod), "GET");
  EXPECT_EQ(record.text(Text::kPath), std::string(600, 'p'));
  EXPECT_EQ(record.text(Text::kAgent), std::string(record.bytes.size() - 603, 'a'));
  EXPECT_EQ(record.text(Text::kWorker), "");
  EXPECT_EQ(record.text(Text::kRoute), "");
}

TEST(SpanRecord, WhatAStrangerWroteIsHeldToItsBounds) {
  SpanRecord record;
  std::memset(static_cast<void*>(&record), 0xFF, sizeof record);
  EXPECT_EQ(record.kind(), SpanKind::kGuest);
  EXPECT_FALSE(record.is_error());
  EXPECT_EQ(record.text(Text::kPath), "");
  record.texts[static_cast<std::size_t>(Text::kPath)] = {10, 0xFFFF};
  EXPECT_EQ(record.text(Text::kPath).size(), record.bytes.size() - 10);
}

TEST(Ring, IsFullAtItsEndAndGoesRound) {
  auto ring = Ring::create();
  ASSERT_TRUE(ring) << ring.error().message;
  SpanRecord record;
  EXPECT_FALSE(ring->take(record));
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < Ring::kRecords; ++i) {
      SpanRecord* room = ring->room();
      ASSERT_NE(room, nullptr);
      room->begin_as(SpanKind::kGuest, {}, {}, {});
      room->end = round * 10'000 + i;
      ring->publish();
    }
    EXPECT_EQ(ring->room(), nullptr);
    EXPECT_EQ(ring->size(), Ring::kRecords);
    for (std::uint64_t i = 0; i < Ring::kRecords; ++i) {
      ASSERT_TRUE(ring->take(record));
      EXPECT_EQ(record.end, round * 10'000 + i);
    }
    EXPECT_FALSE(ring->take(record));
  }
}

TEST(Ring, IsSharedByItsDescriptor) {
  auto ring = Ring::create();
  ASSERT_TRUE(ring);
  auto copy = base::File(dup(ring->fd()));
  auto other = Ring::open(std::move(copy));
  ASSERT_TRUE(other) << other.error().message;
  ring->room()->begin_as(SpanKind::kFetch, {7}, {}, {});
  EXPECT_EQ(other->size(), 0U);  // not published
  ring->publish();
  SpanRecord record;
  ASSERT_TRUE(other->take(record));
  EXPECT_EQ(record.trace[0], 7);
  EXPECT_FALSE(Ring::open(base::File(dup(0))));
}

TEST(RingPool, GivesAgainWhatNobodyHolds) {
  RingPool pool;
  int made = 0;
  pool.set_on_new([&](const Ring&) { ++made; });
  auto first = pool.take();
  auto second = pool.take();
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  const Ring* freed = first->get();
  first->reset();
  auto third = pool.take();
  ASSERT_TRUE(third);
  EXPECT_EQ(third->get(), freed);
  EXPECT_EQ(made, 2);
}

class TracerTest : public testing::Test {
 protected:
  Tracer make(double ratio) { return {*ring_, ratio, clock_, random_, block_->recorder()}; }

  Result<Ring> ring_ = Ring::create();
  Result<metrics::Block> block_ = metrics::Block::create();
  base::ManualClock clock_;
  base::Random random_;
};

TEST_F(TracerTest, TheCallerDecides) {
  Tracer none = make(0);
  const RequestTrace sampled = none.begin(kParent);
  EXPECT_TRUE(sampled.has_spans());
  const auto parent = parse_traceparent(kParent);
  EXPECT_EQ(sampled.context.trace, parent->trace);
  EXPECT_EQ(sampled.parent, parent->span);
  EXPECT_NE(sampled.context.span, parent->span);
  EXPECT_NE(sampled.context.span, kNoSpan);
  EXPECT_NE(sampled.guest, sampled.context.span);
  Tracer all = make(1);
  const RequestTrace other = all.begin(std::string(kParent.substr(0, 53)) + "00");
  EXPECT_FALSE(other.has_spans());
  EXPECT_EQ(other.context.span, kNoSpan);
}

TEST_F(TracerTest, WithoutACallerTheRatioDoes) {
  constexpr int kTries = 4000;
  Tracer all = make(1);
  Tracer none = make(0);
  Tracer quarter = make(0.25);
  int chosen = 0;
  for (int i = 0; i < kTries; ++i) {
    const RequestTrace one = all.begin({});
    EXPECT_TRUE(one.has_spans());
    EXPECT_EQ(one.parent, kNoSpan);
    const RequestTrace not_one = none.begin("no traceparent");
    EXPECT_FALSE(not_one.has_spans());
    // Those who are asked are told that there is a trace, and that it is not sampled.
    EXPECT_NE(not_one.context.span, kNoSpan);
    EXPECT_FALSE(not_one.context.is_sampled);
    chosen += quarter.begin({}).has_spans() ? 1 : 0;
  }
  EXPECT_NEAR(chosen, kTries / 4, kTries / 20);
}

TEST_F(TracerTest, RecordsWithTimesAndCountsWhatHasNoRoom) {
  Tracer tracer = make(1);
  const RequestTrace trace = tracer.begin({});
  const auto record = [&] {
    tracer.record(SpanKind::kRequest, trace.context.trace, trace.context.span, trace.parent,
                  std::chrono::milliseconds(5), [](SpanRecord& span) { span.put(Text::kPath, "/a"); });
  };
  for (std::uint64_t i = 0; i < Ring::kRecords + 3; ++i) record();
  metrics::Totals totals;
  block_->add_to(totals);
  EXPECT_EQ(totals.of(metrics::Counter::kSpansDropped), 3U);
  SpanRecord span;
  ASSERT_TRUE(ring_->take(span));
  EXPECT_EQ(span.text(Text::kPath), "/a");
  EXPECT_EQ(span.end - span.begin, 5'000'000U);
  EXPECT_EQ(span.end, static_cast<std::uint64_t>(clock_.wall().time_since_epoch().count()));
}

TEST_F(TracerTest, AFetchIsBelowTheGuest) {
  Tracer tracer = make(1);
  const RequestTrace trace = tracer.begin(kParent);
  const ClientSpan span = tracer.begin_fetch(trace);
  EXPECT_EQ(span.tracer, &tracer);
  EXPECT_EQ(span.context.trace, trace.context.trace);
  EXPECT_EQ(span.parent, trace.guest);
  EXPECT_NE(span.context.span, trace.guest);
}

}  // namespace
}  // namespace wws::trace
