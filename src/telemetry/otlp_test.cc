#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

#include "base/random.h"
#include "metrics/text.h"
#include "telemetry/otlp_json.h"
#include "telemetry/otlp_metrics.h"
#include "telemetry/otlp_traces.h"
#include "trace/tracer.h"

namespace wws::telemetry {
namespace {

using trace::SpanKind;
using trace::SpanRecord;
using trace::Text;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

SpanRecord make_record(SpanKind kind) {
  SpanRecord record;
  record.begin_as(kind, {0x4b, 0xf9}, {0x00, 0xf0}, {0x01});
  record.set_times(kNow, std::chrono::milliseconds(2));
  return record;
}

std::string json_of(const SpanRecord& record) {
  std::string json;
  append_span(json, record);
  return json;
}

std::string written(std::string_view text) {
  std::string json;
  append_text(json, text);
  return json;
}

TEST(OtlpJson, TextsAreUtf8WhateverIsInThem) {
  EXPECT_EQ(written("a\"b\\c\n\x01"), R"("a\"b\\c\u000a\u0001")");
  EXPECT_EQ(written("gr\xC3\xBC\xC3\x9F"), "\"gr\xC3\xBC\xC3\x9F\"");
  EXPECT_EQ(written("a\xFFz\xC3"), "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\"");
}

TEST(OtlpTraces, ARequest) {
  SpanRecord record = make_record(SpanKind::kRequest);
  record.status = 200;
  record.cpu_time = 1'500'000;
  record.put(Text::kMethod, "GET");
  record.put(Text::kRoute, "/users/[id]");
  record.put(Text::kPath, "/users/7");
  record.put(Text::kScheme, "http");
  record.put(Text::kVersion, "1.1");
  record.put(Text::kHost, "example.com:8080");
  record.put(Text::kClient, "192.0.2.1");
  record.put(Text::kAgent, "curl/8");
  record.put(Text::kWorker, "users/[id].wasm");
  record.put(Text::kRequestId, "abc-1");
  EXPECT_EQ(json_of(record),
            R"({"traceId":"4bf90000000000000000000000000000","spanId":"00f0000000000000",)"
            R"("parentSpanId":"0100000000000000","name":"GET /users/[id]","flags":1,"kind":2,)"
            R"("startTimeUnixNano":"1699999999998000000","endTimeUnixNano":"1700000000000000000",)"
            R"("attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},)"
            R"({"key":"server.address","value":{"stringValue":"example.com"}},)"
            R"({"key":"server.port","value":{"intValue":"8080"}},)"
            R"({"key":"http.response.status_code","value":{"intValue":"200"}},)"
            R"({"key":"http.route","value":{"stringValue":"/users/[id]"}},)"
            R"({"key":"url.path","value":{"stringValue":"/users/7"}},)"
            R"({"key":"url.scheme","value":{"stringValue":"http"}},)"
            R"({"key":"network.protocol.version","value":{"stringValue":"1.1"}},)"
            R"({"key":"client.address","value":{"stringValue":"192.0.2.1"}},)"
            R"({"key":"user_agent.original","value":{"stringValue":"curl/8"}},)"
            R"({"key":"wws.worker","value":{"stringValue":"users/[id].wasm"}},)"
            R"({"key":"wws.request_id","value":{"stringValue":"abc-1"}},)"
            R"({"key":"wws.guest.cpu_time","value":{"doubleValue":0.0015}}]})");
}

TEST(OtlpTraces, AGuestThatFailed) {
  SpanRecord record = make_record(SpanKind::kGuest);
  record.parent = trace::kNoSpan;
  record.put(Text::kWorker, "trap.wasm");
  record.set_error("guest_trap", "unreachable");
  EXPECT_EQ(json_of(record),
            R"({"traceId":"4bf90000000000000000000000000000","spanId":"00f0000000000000",)"
            R"("name":"run trap.wasm","flags":1,"kind":1,)"
            R"("startTimeUnixNano":"1699999999998000000","endTimeUnixNano":"1700000000000000000",)"
            R"("attributes":[{"key":"error.type","value":{"stringValue":"guest_trap"}},)"
            R"({"key":"wws.worker","value":{"stringValue":"trap.wasm"}}],)"
            R"("events":[{"timeUnixNano":"1700000000000000000","name":"exception","attributes":[)"
            R"({"key":"exception.type","value":{"stringValue":"guest_trap"}},)"
            R"({"key":"exception.message","value":{"stringValue":"unreachable"}}]}],)"
            R"("status":{"code":2,"message":"unreachable"}})");
}

TEST(OtlpTraces, AMethodOfAClientsOwnIsNoName) {
  SpanRecord record = make_record(SpanKind::kRequest);
  record.put(Text::kMethod, "FROB");
  record.put(Text::kHost, "[::1]");
  const std::string json = json_of(record);
  EXPECT_NE(json.find(R"("name":"HTTP")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("_OTHER")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("server.address","value":{"stringValue":"::1"})"), std::string::npos) << json;
  EXPECT_EQ(json.find("server.port"), std::string::npos) << json;
}

TEST(OtlpTraces, WhatAStrangerWroteIsJsonAllTheSame) {
  SpanRecord record;
  base::Random random;
  std::string spans;
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(random.fill({reinterpret_cast<std::uint8_t*>(&record), sizeof record}));
    append_span(spans, record);
  }
  const std::string request =
      traces_request(resource_json({{"service.name", "wws"}}), scope_json("2"), spans);
  boost::system::error_code error;
  const auto value = boost::json::parse(request, error);
  ASSERT_FALSE(error) << error.message();
  EXPECT_EQ(value.at_pointer("/resourceSpans/0/scopeSpans/0/spans").as_array().size(), 300U);
}

TEST(OtlpMetrics, SumsGaugesAndHistograms) {
  OtlpWriter writer(kNow, kNow + std::chrono::seconds(1));
  writer.begin(metrics::Metric::kRequests);
  writer.sample(metrics::Writer::Label{"route", "/a"}, 3);
  writer.sample(metrics::Writer::Label{"route", "files"}, 4);
  writer.begin(metrics::Metric::kGuests);
  writer.sample(5);
  writer.begin(metrics::Metric::kGuestCpu);
  writer.seconds({}, 250'000'000);
  EXPECT_EQ(
      std::move(writer).take(),
      R"({"name":"wws_http_requests","description":"Requests that were answered, or whose client left before.",)"
      R"("unit":"1","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[)"
      R"({"attributes":[{"key":"route","value":{"stringValue":"/a"}}],)"
      R"("startTimeUnixNano":"1700000000000000000","timeUnixNano":"1700000001000000000","asInt":"3"},)"
      R"({"attributes":[{"key":"route","value":{"stringValue":"files"}}],)"
      R"("startTimeUnixNano":"1700000000000000000","timeUnixNano":"1700000001000000000","asInt":"4"}]}},)"
      R"({"name":"wws_guests","description":")" +
          std::string(metrics::family(metrics::Metric::kGuests).help) +
          R"(","unit":"1","gauge":{"dataPoints":[{"attributes":[],"timeUnixNano":"1700000001000000000","asInt":"5"}]}},)"
          R"({"name":"wws_guest_cpu_seconds","description":")" +
          std::string(metrics::family(metrics::Metric::kGuestCpu).help) +
          R"(","unit":"s","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"attributes":[],)"
          R"("startTimeUnixNano":"1700000000000000000","timeUnixNano":"1700000001000000000","asDouble":0.25}]}})");
}

TEST(OtlpMetrics, TheTimeOfRequestsIsNamedAsOthersNameIt) {
  OtlpWriter writer(kNow, kNow);
  metrics::Distribution times;
  times.buckets[0] = 2;
  times.buckets[metrics::kBuckets - 1] = 1;
  times.nanoseconds = 20'000'000'000;
  writer.begin(metrics::Metric::kRequestDuration);
  const metrics::Writer::Label route{"route", "/a"};
  writer.distribution({&route, 1}, times);
  const std::string text = "[" + std::move(writer).take() + "]";
  const auto metric = boost::json::parse(text).at(0);
  EXPECT_EQ(metric.at("name"), "http.server.request.duration");
  EXPECT_EQ(metric.at("unit"), "s");
  const auto& point = metric.at_pointer("/histogram/dataPoints/0");
  EXPECT_EQ(point.at("count"), "3");
  EXPECT_EQ(point.at("sum").to_number<double>(), 20.0);
  EXPECT_EQ(point.at("bucketCounts").as_array().size(), metrics::kBuckets);
  EXPECT_EQ(point.at("explicitBounds").as_array().size(), metrics::kBounds.size());
  EXPECT_EQ(point.at("explicitBounds").as_array()[0].to_number<double>(), 5e-05);
  EXPECT_EQ(point.at_pointer("/attributes/0/key"), "http.route");
}

TEST(OtlpMetrics, AllOfThemAreJson) {
  OtlpWriter writer(kNow, kNow);
  const std::vector<std::string> routes = {"/a", "/b\"\\"};
  metrics::write_totals(writer, metrics::Totals(), routes);
  const std::string request = metrics_request(resource_json({}), scope_json("2"), std::move(writer).take());
  const auto value = boost::json::parse(request);
  // Those before the first that only the supervisor knows.
  EXPECT_EQ(value.at_pointer("/resourceMetrics/0/scopeMetrics/0/metrics").as_array().size(),
            static_cast<std::size_t>(metrics::Metric::kBuildInfo));
}

}  // namespace
}  // namespace wws::telemetry
