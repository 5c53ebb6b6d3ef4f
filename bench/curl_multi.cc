// Fetches one URL many times, several at a time, by libcurl's multi interface: what bench/fetch compares a
// worker with.
//
// usage: curl_multi URL TIMES AT_A_TIME
// Prints the seconds that it took. Exit status 1 when an answer was not 200.
#include <curl/curl.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <vector>

namespace {

std::size_t discard(char* /*bytes*/, std::size_t size, std::size_t count, void* /*unused*/) {
  return size * count;
}

/// All answers were 200.
bool fetch(CURLM* multi, const std::vector<CURL*>& handles, int times) {
  int started = 0;
  int ended = 0;
  for (; started < times && started < static_cast<int>(handles.size()); ++started)
    curl_multi_add_handle(multi, handles[started]);
  while (ended < times) {
    int running = 0;
    curl_multi_perform(multi, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      CURL* easy = message->easy_handle;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      if (message->data.result != CURLE_OK || status != 200) return false;
      curl_multi_remove_handle(multi, easy);
      ++ended;
      if (started < times) {
        curl_multi_add_handle(multi, easy);
        ++started;
      }
    }
    if (running > 0) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    fmt::print(stderr, "usage: curl_multi URL TIMES AT_A_TIME\n");
    return 2;
  }
  const int times = std::atoi(arguments[2]);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = curl_multi_init();
  std::vector<CURL*> handles;
  for (int i = std::atoi(arguments[3]); i > 0; --i) {
    CURL* easy = handles.emplace_back(curl_easy_init());
    curl_easy_setopt(easy, CURLOPT_URL, arguments[1]);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
  }
  const auto began = std::chrono::steady_clock::now();
  const bool good = fetch(multi, handles, times);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  for (CURL* easy : handles) {
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
  }
  curl_multi_cleanup(multi);
  curl_global_cleanup();
  fmt::print("{:.6f}\n", took.count());
  return good ? 0 : 1;
}
