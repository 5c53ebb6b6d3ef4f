#include "server/access_log.h"

#include <fmt/format.h>

#include <string>

#include "base/log.h"

namespace wws::server {
namespace {

/// Text of the client between quotes: it cannot end them, nor the line.
std::string quotable(std::string_view text) {
  std::string result;
  for (const char c : log::escaped(text)) {
    if (c == '"') result += '\\';
    result += c;
  }
  return result.empty() ? "-" : result;
}

}  // namespace

void log_access(const AccessEntry& entry) {
  if (!log::enabled(log::Level::kInfo)) return;
  const http::Request& request = entry.request;
  log::access(fmt::format("{} \"{} {} HTTP/1.{}\" {} {} \"{}\" \"{}\" {:.6f}", entry.peer,
                          quotable(request.method), quotable(request.target), request.minor_version,
                          entry.status, entry.body_bytes,
                          quotable(http::find(request.fields, "referer").value_or("")),
                          quotable(http::find(request.fields, "user-agent").value_or("")),
                          std::chrono::duration<double>(entry.duration).count()));
}

}  // namespace wws::server
