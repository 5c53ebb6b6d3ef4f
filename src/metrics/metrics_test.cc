#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "metrics/block.h"
#include "metrics/pool.h"
#include "metrics/text.h"
#include "metrics/totals.h"

namespace wws::metrics {
namespace {

using namespace std::chrono_literals;

Totals sum_of(const Pool& pool) {
  Totals totals;
  for (const auto& block : pool.blocks()) block->add_to(totals);
  return totals;
}

std::string text_of(Format format, const Totals& totals, const std::vector<std::string>& routes) {
  TextWriter writer(format);
  write_totals(writer, totals, routes);
  return std::move(writer).take();
}

TEST(Recorder, WithoutABlockCountsNothing) {
  const Recorder recorder;
  EXPECT_FALSE(recorder.is_on());
  recorder.add(Counter::kConnections);
  recorder.request(kFilesSlot, 200, 1ms);
  recorder.guest(kFilesSlot, {});
}

TEST(Recorder, PutsATimeIntoTheFirstBucketThatHoldsIt) {
  Pool pool;
  const auto lease = pool.take();
  ASSERT_TRUE(lease);
  const Recorder recorder = (*lease)->block().recorder();
  for (const base::Duration time : {base::Duration(0), base::Duration(50us), base::Duration(50us) + 1ns,
                                    base::Duration(10s), base::Duration(10s) + 1ns})
    recorder.observe(Histogram::kKv, time);
  const Distribution times = sum_of(pool).of(Histogram::kKv);
  EXPECT_EQ(times.buckets[0], 2U);
  EXPECT_EQ(times.buckets[1], 1U);
  EXPECT_EQ(times.buckets[kBuckets - 2], 1U);
  EXPECT_EQ(times.buckets[kBuckets - 1], 1U);
  EXPECT_EQ(times.nanoseconds, 20'000'100'002U);
}

TEST(Recorder, HasFinerBucketsForTheStartOfInstances) {
  Pool pool;
  const auto lease = pool.take();
  ASSERT_TRUE(lease);
  const Recorder recorder = (*lease)->block().recorder();
  for (const base::Duration start :
       {base::Duration(1us), base::Duration(1us) + 1ns, base::Duration(200ms), base::Duration(200ms) + 1ns})
    recorder.guest(2, {1ms, 1ms, 0, start});
  recorder.guest(2, {1ms, 1ms, 0, {}});  // it did not come to its entry
  const Totals totals = sum_of(pool);
  const Distribution& times = totals.of(Histogram::kInstanceStart);
  EXPECT_EQ(times.buckets[0], 1U);
  EXPECT_EQ(times.buckets[1], 1U);
  EXPECT_EQ(times.buckets[kBuckets - 2], 1U);
  EXPECT_EQ(times.buckets[kBuckets - 1], 1U);
  const std::string text = text_of(Format::kPrometheus, totals, {"/"});
  EXPECT_NE(text.find("wws_instance_start_duration_seconds_bucket{le=\"1e-06\"} 1\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("wws_instance_start_duration_seconds_bucket{le=\"0.2\"} 3\n"), std::string::npos);
  EXPECT_NE(text.find("wws_queue_wait_duration_seconds_bucket{le=\"5e-05\"} 0\n"), std::string::npos);
}

TEST(Recorder, CountsWhatHasNoPlaceAsOther) {
  Pool pool;
  const auto lease = pool.take();
  ASSERT_TRUE(lease);
  const Recorder recorder = (*lease)->block().recorder();
  recorder.request(kSlots, 200, 1ms);
  recorder.request(60'000, 999, 1ms);  // a status that is of no class is the server's fault
  const Totals totals = sum_of(pool);
  EXPECT_EQ(totals.of(kOtherSlot).requests[1], 1U);
  EXPECT_EQ(totals.of(kOtherSlot).requests[4], 1U);
}

TEST(Recorder, CountsFailuresOfWorkersAndNotOfAServerWithTooMuchToDo) {
  Pool pool;
  const auto lease = pool.take();
  ASSERT_TRUE(lease);
  const Recorder recorder = (*lease)->block().recorder();
  for (const int status : {200, 404, 499, 500, 501, 502, 503, 504}) recorder.request(kFirstSlot, status, 1ms);
  const Totals totals = sum_of(pool);
  EXPECT_EQ(totals.of(kFirstSlot).failures, 3U);
  EXPECT_EQ(totals.of(kFirstSlot).requests[4], 5U);
}

TEST(Recorder, AddsUpWhatGuestsUseInAllProcesses) {
  Pool pool;
  const auto one = pool.take();
  const auto other = pool.take();
  ASSERT_TRUE(one && other);
  (*one)->block().recorder().guest(2, {1ms, 2ms, 128 << 10, {}});
  (*one)->block().recorder().guest(2, {0ms, 0ms, 64 << 10, {}});
  (*other)->block().recorder().guest(2, {1ms, 2ms, 64 << 10, {}});
  const Totals totals = sum_of(pool);
  EXPECT_EQ(totals.of(2).cpu_nanoseconds, 2'000'000U);
  EXPECT_EQ(totals.of(2).instance_nanoseconds, 4'000'000U);
  EXPECT_EQ(totals.of(2).memory_bytes, 128U << 10) << "the most, and no sum";
}

TEST(Pool, GivesABlockOnWithItsCountersAndWithoutItsGauges) {
  Pool pool;
  int made = 0;
  pool.set_on_new([&](const Block&) { ++made; });
  auto first = pool.take();
  auto second = pool.take();
  ASSERT_TRUE(first && second);
  for (const auto* lease : {&first, &second}) {
    (**lease)->block().recorder().add(Counter::kConnections, 5);
    (**lease)->block().recorder().set(Gauge::kConnections, 3);
  }
  first->reset();  // its process is gone
  EXPECT_EQ(sum_of(pool).of(Counter::kConnections), 10U);
  EXPECT_EQ(sum_of(pool).of(Gauge::kConnections), 3U);
  const auto third = pool.take();
  ASSERT_TRUE(third);
  EXPECT_EQ(made, 2);
  (*third)->block().recorder().add(Counter::kConnections);
  EXPECT_EQ(sum_of(pool).of(Counter::kConnections), 11U);
}

TEST(Block, IsSharedWithAProcessThatDies) {
  auto block = Block::create();
  ASSERT_TRUE(block);
  const pid_t child = fork();
  if (child == 0) {
    block->recorder().add(Counter::kFetches, 7);
    _exit(0);
  }
  ASSERT_GT(child, 0);
  waitpid(child, nullptr, 0);
  Totals totals;
  block->add_to(totals);
  EXPECT_EQ(totals.of(Counter::kFetches), 7U);
}

TEST(Block, CanBeReadAndNotWrittenByItsReaders) {
  auto block = Block::create();
  ASSERT_TRUE(block);
  auto file = block->open_for_reading();
  ASSERT_TRUE(file);
  auto copy = file->duplicate();
  ASSERT_TRUE(copy);
  EXPECT_FALSE(Block::open(std::move(*copy), Block::Access::kWrite));
  const auto reader = Block::open(std::move(*file), Block::Access::kRead);
  ASSERT_TRUE(reader);
  block->recorder().add(Counter::kFetches);
  Totals totals;
  reader->add_to(totals);
  EXPECT_EQ(totals.of(Counter::kFetches), 1U);
}

TEST(Block, IsNoOtherMemory) {
  base::File memory(memfd_create("short", MFD_CLOEXEC));
  ASSERT_TRUE(memory);
  EXPECT_FALSE(Block::open(std::move(memory), Block::Access::kRead));
}

TEST(Text, SaysWhatASampleIs) {
  Pool pool;
  const auto lease = pool.take();
  ASSERT_TRUE(lease);
  const Recorder recorder = (*lease)->block().recorder();
  recorder.request(kFirstSlot, 200, 300us);
  recorder.request(kFirstSlot, 404, 2s);
  const Totals totals = sum_of(pool);
  const std::string text = text_of(Format::kPrometheus, totals, {"/a\"b\\[c]"});
  EXPECT_NE(text.find("# TYPE wws_http_requests_total counter\n"), std::string::npos);
  EXPECT_NE(text.find(R"(wws_http_requests_total{route="/a\"b\\[c]",code="2xx"} 1)"), std::string::npos)
      << text;
  EXPECT_NE(text.find(R"(wws_http_requests_total{route="/a\"b\\[c]",code="4xx"} 1)"), std::string::npos);
  EXPECT_EQ(text.find(R"(wws_http_requests_total{route="files",code="4xx"})"), std::string::npos);
  EXPECT_NE(text.find(R"(_bucket{route="/a\"b\\[c]",le="0.00025"} 0)"), std::string::npos);
  EXPECT_NE(text.find(R"(_bucket{route="/a\"b\\[c]",le="0.0005"} 1)"), std::string::npos);
  EXPECT_NE(text.find(R"(_bucket{route="/a\"b\\[c]",le="+Inf"} 2)"), std::string::npos);
  EXPECT_NE(text.find(R"(_sum{route="/a\"b\\[c]"} 2.000300000)"), std::string::npos);
  EXPECT_NE(text.find(R"(_count{route="/a\"b\\[c]"} 2)"), std::string::npos);
  EXPECT_EQ(text.find(R"(route="other")"), std::string::npos);
  const std::string open = text_of(Format::kOpenMetrics, totals, {"/"});
  EXPECT_NE(open.find("# TYPE wws_http_requests counter\n"), std::string::npos);
  EXPECT_NE(open.find("# UNIT wws_guest_cpu_seconds seconds\n"), std::string::npos);
  EXPECT_NE(open.find("wws_http_requests_total{"), std::string::npos);
}

TEST(Text, HasARouteForThoseWithoutAPlace) {
  const std::vector<std::string> routes(kSlots - kFirstSlot, "/x");
  EXPECT_NE(text_of(Format::kPrometheus, {}, routes).find(R"(route="other")"), std::string::npos);
}

TEST(Text, BeginsEachFamilyOnce) {
  const std::string text = text_of(Format::kPrometheus, {}, {"/"});
  std::multiset<std::string> begun;
  for (std::size_t at = text.find("# TYPE "); at != std::string::npos; at = text.find("# TYPE ", at + 1))
    begun.insert(text.substr(at, text.find('\n', at) - at));
  for (const std::string& line : begun) EXPECT_EQ(begun.count(line), 1U) << line;
  // All that is before what the supervisor knows.
  EXPECT_EQ(begun.size(), static_cast<std::size_t>(Metric::kBuildInfo));
}

TEST(Documentation, HasTheTableOfTheRegistry) {
  const std::string path = WWS_SOURCE_DIR "/docs/metrics.md";
  std::ifstream file(path);
  std::string page(std::istreambuf_iterator<char>(file), {});
  const std::string begin = "<!-- table: written by wws_metrics_test -->\n";
  const std::string end = "<!-- end of table -->\n";
  const std::size_t from = page.find(begin);
  const std::size_t to = page.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos);
  const std::size_t first = from + begin.size();
  if (std::getenv("WWS_UPDATE_GOLDEN") != nullptr) {
    page.replace(first, to - first, markdown_table());
    std::ofstream(path) << page;
    return;
  }
  EXPECT_EQ(page.substr(first, to - first), markdown_table()) << "WWS_UPDATE_GOLDEN=1 writes it anew";
}

}  // namespace
}  // namespace wws::metrics
