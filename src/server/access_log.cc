#include "server/access_log.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <string>

#include "base/log.h"
#include "base/standard_streams.h"

namespace wws::server {
namespace {

/// What stands around the client's texts, with room to spare.
constexpr std::size_t kRest = 160;

/// ` - - [31/Jan/2026:12:00:00 +0000] "`, made anew once a second.
std::string_view time_text(base::WallTime time) {
  thread_local std::time_t known = -1;
  thread_local std::string text;
  const std::time_t second = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
  if (second != known) {
    text = fmt::format(" - - [{:%d/%b/%Y:%H:%M:%S} +0000] \"", fmt::gmtime(second));
    known = second;
  }
  return text;
}

char* put(char* out, std::string_view text) noexcept { return std::copy(text.begin(), text.end(), out); }

/// Text of the client: it cannot end the quotation marks around it, nor the line.
char* put_quotable(char* out, std::string_view text) noexcept {
  return text.empty() ? put(out, "-") : log::escape(out, text, log::Quoting::kQuoted);
}

char* put(char* out, std::uint64_t number) noexcept { return std::to_chars(out, out + 20, number).ptr; }

/// Seconds with six digits behind the point.
char* put_seconds(char* out, base::Duration duration) noexcept {
  constexpr std::uint64_t kMicro = 1'000'000;
  const auto micros = static_cast<std::uint64_t>(
      std::max<std::int64_t>(std::chrono::round<std::chrono::microseconds>(duration).count(), 0));
  out = put(out, micros / kMicro);
  char* const digits = put(out, kMicro + micros % kMicro);  // its leading 1 makes room for the point
  *out = '.';
  return digits;
}

}  // namespace

void log_access(const AccessEntry& entry) {
  if (!log::enabled(log::Level::kInfo)) return;
  const http::Request& request = entry.request;
  const std::string_view referer = http::find(request.fields, "referer").value_or("");
  const std::string_view agent = http::find(request.fields, "user-agent").value_or("");
  base::LineSink& sink = base::standard_error();
  char* const line = sink.room(
      entry.peer.size() + kRest +
      log::kEscapeGrowth * (request.method.size() + request.target.size() + referer.size() + agent.size()));
  if (line == nullptr) return;
  char* out = put(put(line, entry.peer), time_text(entry.time));
  out = put(put_quotable(out, request.method), " ");
  out = put(put_quotable(out, request.target), " ");
  out = put(put(out, http::version_text(request.version)), "\" ");
  out = put(put(out, static_cast<std::uint64_t>(entry.status)), " ");
  out = put(put(out, entry.body_bytes), " \"");
  out = put(put_quotable(out, referer), "\" \"");
  out = put(put_quotable(out, agent), "\" ");
  out = put(put_seconds(out, entry.duration), "\n");
  sink.take(static_cast<std::size_t>(out - line));
}

}  // namespace wws::server
