// Cost of a line of the access log, without writing it. Goals at -O2: 250 ns for a request of a program, in
// the combined format, and 500 ns for one of a browser in JSON.
#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <vector>

#include "server/access_format.h"

namespace wws::server {
namespace {

http::Request of_program() {
  http::Request request;
  request.method = "GET";
  request.target = "/hello";
  request.host = "127.0.0.1:8080";
  request.peer = "127.0.0.1";
  request.id = "0123456789abcdef-12345";
  request.fields = {{"host", request.host}, {"x-request-id", request.id}};
  return request;
}

http::Request of_browser() {
  http::Request request = of_program();
  request.target = "/shop/articles?category=garden&sort=price&page=3";
  request.fields = {{"host", request.host},
                    {"user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
                    {"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
                    {"accept-language", "en-US,en;q=0.5"},
                    {"accept-encoding", "gzip, deflate, br, zstd"},
                    {"referer", "https://shop.example.com/articles?category=garden&page=2"},
                    {"connection", "keep-alive"},
                    {"cookie", "session=0123456789abcdef0123456789abcdef"},
                    {"sec-fetch-dest", "document"},
                    {"x-request-id", request.id}};
  return request;
}

void write(benchmark::State& state, const AccessFormat& format, const http::Request& request) {
  std::vector<char> line;
  base::WallTime time{std::chrono::seconds(1'700'000'000)};
  for (auto _ : state) {
    time += std::chrono::microseconds(30);
    const AccessEntry entry{request.peer, request,         200, 1234, std::chrono::microseconds(321),
                            time,         "/shop/articles"};
    line.resize(format.most_bytes(entry));
    benchmark::DoNotOptimize(format.write(line.data(), entry));
    benchmark::ClobberMemory();
  }
}

BENCHMARK_CAPTURE(write, combined_of_program, AccessFormat(), of_program());
BENCHMARK_CAPTURE(write, combined_of_browser, AccessFormat(), of_browser());
BENCHMARK_CAPTURE(write, json_of_program, AccessFormat::json(), of_program());
BENCHMARK_CAPTURE(write, json_of_browser, AccessFormat::json(), of_browser());

}  // namespace
}  // namespace wws::server
