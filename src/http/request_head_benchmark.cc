// Cost of parsing one request head. Goal: below 0.45 microseconds for a browser's head at -O2.
#include <benchmark/benchmark.h>

#include <string_view>

#include "http/request_head.h"

namespace wws::http {
namespace {

constexpr std::string_view kLoadGenerator = "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

constexpr std::string_view kBrowser =
    "GET /shop/items?page=2&sort=price HTTP/1.1\r\n"
    "Host: shop.example.org\r\n"
    "Connection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"130\", \"Not?A_Brand\";v=\"99\"\r\n"
    "sec-ch-ua-mobile: ?0\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
    "Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Referer: https://shop.example.org/shop/items?page=1\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
    "\r\n";

void parse(benchmark::State& state, std::string_view text) {
  RequestHead head;
  for (auto _ : state) {
    std::size_t scanned = 0;
    benchmark::DoNotOptimize(parse_request_head(text, HeadLimits(), scanned, head));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(parse, load_generator, kLoadGenerator);
BENCHMARK_CAPTURE(parse, browser, kBrowser);

}  // namespace
}  // namespace wws::http
