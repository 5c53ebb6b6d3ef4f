#include "telemetry/exporter.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/totals.h"
#include "telemetry/http_poster.h"
#include "trace/tracer.h"

namespace wws::telemetry {
namespace {

using metrics::Counter;

/// A collector that answers when it is told to.
class FakePoster final : public Poster {
 public:
  void post(Signal signal, const std::string& body, Taker taker) override {
    auto& own = signal == Signal::kTraces ? traces : numbers;
    own.bodies.push_back(body);
    own.taker = std::move(taker);
    if (at_once) answer(signal, *at_once);
  }
  void answer(Signal signal, Reply reply) {
    std::exchange((signal == Signal::kTraces ? traces : numbers).taker, nullptr)(std::move(reply));
  }

  struct OfSignal {
    std::vector<std::string> bodies;
    Taker taker;
  };
  OfSignal traces;
  OfSignal numbers;
  std::optional<Reply> at_once;
};

std::size_t spans_in(const std::string& body) {
  return boost::json::parse(body).at_pointer("/resourceSpans/0/scopeSpans/0/spans").as_array().size();
}

class ExporterTest : public testing::Test {
 protected:
  ExporterTest() {
    settings_.version = "2";
    settings_.resource = {{"service.name", "test"}};
    settings_.metrics_interval = std::chrono::minutes(10);
  }

  Exporter& make() {
    exporter_.emplace(settings_, "http://c:1",
                      Exporter::Parts{poster_, clock_, [this](Exporter::MetricsTaker taker) {
                                        ask_ = std::move(taker);
                                        return can_ask_;
                                      }});
    exporter_->set_recorder(own_->recorder());
    auto ring = trace::Ring::open(base::File(dup(ring_->fd())));
    exporter_->add(std::move(*ring));
    return *exporter_;
  }

  void write_spans(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      trace::SpanRecord* room = ring_->room();
      ASSERT_NE(room, nullptr);
      room->begin_as(trace::SpanKind::kGuest, {1}, {2}, {3});
      ring_->publish();
    }
  }

  /// Lets this time pass, asking as often as the exporter wants.
  void pass(base::Duration time) {
    const base::Instant end = clock_.now() + time;
    while (true) {
      const base::Instant next = std::max(exporter_->poll(), clock_.now());
      if (next > end) break;
      clock_.advance(std::max<base::Duration>(next - clock_.now(), std::chrono::milliseconds(1)));
    }
    if (clock_.now() < end) clock_.advance(end - clock_.now());
    exporter_->poll();
  }

  std::uint64_t count(Counter counter) {
    metrics::Totals totals;
    own_->add_to(totals);
    return totals.of(counter);
  }

  Settings settings_;
  base::ManualClock clock_;
  FakePoster poster_;
  bool can_ask_ = true;
  Exporter::MetricsTaker ask_;
  Result<metrics::Block> own_ = metrics::Block::create();
  Result<trace::Ring> ring_ = trace::Ring::create();
  std::optional<Exporter> exporter_;
};

TEST_F(ExporterTest, SpansAreSentAfterASecondOrAsABatch) {
  make();
  write_spans(3);
  pass(std::chrono::milliseconds(500));
  EXPECT_TRUE(poster_.traces.bodies.empty());
  pass(std::chrono::milliseconds(800));
  ASSERT_EQ(poster_.traces.bodies.size(), 1U);
  EXPECT_EQ(spans_in(poster_.traces.bodies[0]), 3U);
  poster_.answer(Signal::kTraces, {200});
  EXPECT_EQ(count(Counter::kSpansSent), 3U);
  write_spans(Exporter::kSpansOfBatch + 1);
  pass(std::chrono::milliseconds(300));
  ASSERT_EQ(poster_.traces.bodies.size(), 2U);
  EXPECT_EQ(spans_in(poster_.traces.bodies[1]), Exporter::kSpansOfBatch);
  poster_.answer(Signal::kTraces,
                 {200, {}, {}, R"({"partialSuccess":{"rejectedSpans":"12","errorMessage":"x"}})"});
  EXPECT_EQ(count(Counter::kSpansSent), 3 + Exporter::kSpansOfBatch - 12);
  EXPECT_EQ(count(Counter::kSpansDropped), 12U);
}

TEST_F(ExporterTest, ACollectorThatIsBusyIsAskedAgainWhenItSays) {
  make();
  write_spans(1);
  pass(std::chrono::milliseconds(1300));
  ASSERT_EQ(poster_.traces.bodies.size(), 1U);
  poster_.answer(Signal::kTraces, {503, {}, std::chrono::seconds(7)});
  pass(std::chrono::milliseconds(6900));
  EXPECT_EQ(poster_.traces.bodies.size(), 1U);
  pass(std::chrono::milliseconds(200));
  ASSERT_EQ(poster_.traces.bodies.size(), 2U);
  EXPECT_EQ(poster_.traces.bodies[0], poster_.traces.bodies[1]);
  poster_.answer(Signal::kTraces, {200});
  EXPECT_EQ(count(Counter::kTracesFailed), 1U);
  EXPECT_EQ(count(Counter::kSpansSent), 1U);
}

TEST_F(ExporterTest, OneThatIsAwayIsAskedLessOftenAndTheBatchIsLostInTheEnd) {
  make();
  poster_.at_once = Reply{0, "nobody listens"};
  write_spans(1);
  pass(std::chrono::seconds(60));
  // After 1, 2, 4, 8, 16 and 30 seconds.
  EXPECT_EQ(poster_.traces.bodies.size(), 6U);
  EXPECT_EQ(count(Counter::kSpansDropped), 0U);
  pass(Sender::kLongestTry);
  EXPECT_EQ(count(Counter::kSpansDropped), 1U);
}

TEST_F(ExporterTest, WhatTheCollectorDoesNotWantIsNotSentAgain) {
  make();
  poster_.at_once = Reply{400};
  write_spans(2);
  pass(std::chrono::seconds(30));
  EXPECT_EQ(poster_.traces.bodies.size(), 1U);
  EXPECT_EQ(count(Counter::kSpansDropped), 2U);
}

/// A collector that hangs: what waits for it is bounded, and rings are not read any more.
TEST_F(ExporterTest, MemoryIsBounded) {
  make();
  std::uint64_t written = 0;
  while (written < 1'000'000 && ring_->room() != nullptr) {
    write_spans(1024);
    written += 1024;
    pass(std::chrono::milliseconds(300));
    if (ring_->size() > trace::Ring::kRecords - 1024) break;
  }
  EXPECT_LT(written, 100'000U);
  EXPECT_GT(written, 10'000U);
  EXPECT_EQ(poster_.traces.bodies.size(), 1U);
  // And goes on when it answers.
  poster_.at_once = Reply{200};
  poster_.answer(Signal::kTraces, {200});
  pass(std::chrono::seconds(10));
  EXPECT_EQ(ring_->size(), 0U);
  EXPECT_EQ(count(Counter::kSpansSent), written);
}

TEST_F(ExporterTest, MetricsAreAskedForAndSentCumulatively) {
  settings_.metrics_interval = std::chrono::seconds(5);
  Exporter& exporter = make();
  auto block = metrics::Block::create();
  ASSERT_TRUE(block);
  block->recorder().add(Counter::kFetches, 7);
  exporter.add(std::move(*block));
  pass(std::chrono::milliseconds(5100));
  ASSERT_TRUE(ask_);
  EXPECT_TRUE(poster_.numbers.bodies.empty());
  std::exchange(ask_, nullptr)(R"({"name":"of_the_supervisor","gauge":{"dataPoints":[]}})");
  exporter.poll();
  ASSERT_EQ(poster_.numbers.bodies.size(), 1U);
  const std::string& body = poster_.numbers.bodies[0];
  EXPECT_NE(body.find("of_the_supervisor"), std::string::npos);
  EXPECT_NE(body.find(R"("asInt":"7")"), std::string::npos);
  (void)boost::json::parse(body);
}

/// Of sums the last is enough: what waits behind one that is on its way is replaced.
TEST_F(ExporterTest, OnlyTheNewestMetricsWait) {
  settings_.metrics_interval = std::chrono::seconds(1);
  can_ask_ = false;
  make();
  pass(std::chrono::seconds(20));
  EXPECT_EQ(poster_.numbers.bodies.size(), 1U);
  poster_.answer(Signal::kMetrics, {503});
  pass(std::chrono::milliseconds(1100));
  ASSERT_EQ(poster_.numbers.bodies.size(), 2U);
  EXPECT_NE(poster_.numbers.bodies[0], poster_.numbers.bodies[1]);
}

TEST_F(ExporterTest, AStopSendsWhatIsThereForAWhile) {
  Exporter& exporter = make();
  write_spans(5);
  EXPECT_FALSE(exporter.is_done());
  exporter.stop();
  exporter.poll();
  ASSERT_EQ(poster_.traces.bodies.size(), 1U);
  ASSERT_EQ(poster_.numbers.bodies.size(), 1U);
  EXPECT_FALSE(exporter.is_done());
  poster_.answer(Signal::kMetrics, {200});
  poster_.answer(Signal::kTraces, {200});
  EXPECT_TRUE(exporter.is_done());
}

TEST_F(ExporterTest, AStopDoesNotWaitForACollectorThatHangs) {
  Exporter& exporter = make();
  exporter.stop();
  exporter.poll();
  EXPECT_FALSE(exporter.is_done());
  clock_.advance(Exporter::kStopTime);
  EXPECT_TRUE(exporter.is_done());
}

TEST(CollectorName, HasNoSecretAndOnlyWhatCanBeReached) {
  EXPECT_EQ(*collector_name("http://127.0.0.1:4318"), "http://127.0.0.1:4318");
  EXPECT_EQ(*collector_name("https://collector.example.com/some/path"), "https://collector.example.com:443");
  for (const char* bad :
       {"", "127.0.0.1:4318", "ftp://a", "http://user:pw@a", "http://a?key=1", "http://a#b"})
    EXPECT_FALSE(collector_name(bad)) << bad;
}

}  // namespace
}  // namespace wws::telemetry
