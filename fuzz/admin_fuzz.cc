// Fuzz target: what the admin interface is asked, and logs as a process that was taken over may leave them.
#include <sys/mman.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "admin/keys.h"
#include "admin/query.h"
#include "admin/recent.h"
#include "base/clock.h"
#include "base/log_ring.h"
#include "http/request.h"

namespace {

namespace admin = wws::admin;
using wws::base::LogRing;

/// assert() that stays in every build type.
void require(bool holds) {
  if (!holds) std::abort();
}

/// Whatever a client writes behind the path, it is read or refused.
void check_question(std::string_view text) {
  (void)admin::recent_query(text);
  wws::http::Request request;
  const std::string target = std::string(admin::kKeysPath) + "/" + std::string(text);
  request.target = target;
  request.query = target.substr(std::min(target.find('?'), target.size()));
  for (const std::string_view method : {"GET", "PUT", "DELETE"}) {
    request.method = method;
    const std::string_view path = request.target.substr(0, request.target.find('?'));
    const std::string_view endpoint = admin::keys_endpoint(path);
    require(!endpoint.empty());
    if (const auto wanted = admin::keys_request(endpoint, request))
      (void)admin::keys_response(wanted->action, {.keys = {wanted->space}, .next = wanted->key});
  }
}

/// Whatever is in the memory of a log, operators get JSON.
void check_log(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSize = std::size_t{16} + LogRing::kLines * 1024 + LogRing::kReports * 8192;
  constexpr std::uint64_t kOne = 1;
  constexpr std::size_t kFirstLine = 16;
  constexpr std::size_t kFirstReport = kFirstLine + LogRing::kLines * 1024;
  auto ring = LogRing::create();
  require(ring.has_value());
  auto* memory =
      static_cast<std::uint8_t*>(mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, (*ring)->fd(), 0));
  require(memory != MAP_FAILED);
  // One line and one report whose numbers are right, and the bytes as the rest of them.
  std::memcpy(memory, &kOne, sizeof kOne);
  std::memcpy(memory + 8, &kOne, sizeof kOne);
  for (const std::size_t place : {kFirstLine, kFirstReport}) {
    std::memcpy(memory + place, &kOne, sizeof kOne);
    std::copy_n(data, std::min<std::size_t>(size, 1016), memory + place + sizeof kOne);
  }
  munmap(memory, kSize);
  const wws::base::ManualClock clock;
  admin::Recent recent(clock);
  recent.add({"serving", 1, 2}, std::move(*ring));
  for (const std::string& text : {recent.lines_json({}), recent.errors_json({})}) {
    const auto answer = boost::json::parse(text).as_object();
    require(answer.at(answer.contains("lines") ? "lines" : "errors").as_array().size() == 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_question({reinterpret_cast<const char*>(data), size});
  check_log(data, size);
  return 0;
}
