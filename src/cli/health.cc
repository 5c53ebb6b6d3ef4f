#include "cli/health.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <charconv>
#include <string_view>

#include "base/log.h"
#include "base/quantity.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "http/url.h"

namespace wws::cli {
namespace {

struct Place {
  std::string authority;
  std::string host;  ///< an IPv6 address has no brackets
  std::string port = "80";
  std::string target = "*";
};

std::unexpected<Error> not_a_url(const std::string& text) {
  return fail(ErrorCode::kBadUsage,
              fmt::format("\"{}\" is not an address such as http://127.0.0.1:8080/", log::escaped(text)));
}

Result<Place> parse_url(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return not_a_url(url);
  const std::string_view rest = std::string_view(url).substr(kScheme.size());
  const std::size_t path = rest.find_first_of("/?#");
  Place place;
  place.authority = rest.substr(0, path);
  if (place.authority.empty() || !http::is_authority(place.authority)) return not_a_url(url);
  // A colon within brackets belongs to the address.
  const std::size_t colon = place.authority.find(':', place.authority.rfind(']') + 1);
  place.host = place.authority.substr(0, colon);
  if (colon < place.authority.size() - 1) place.port = place.authority.substr(colon + 1);
  if (place.host.starts_with('[')) place.host = place.host.substr(1, place.host.size() - 2);
  if (place.host.empty()) return not_a_url(url);
  if (path == std::string_view::npos) return place;
  place.target = rest[path] == '/' ? rest.substr(path) : "/" + std::string(rest.substr(path));
  if (!http::split_target(place.target)) return not_a_url(url);
  return place;
}

/// "HTTP/1.1 204 No Content" or the beginning of it.
Result<int> parse_status(std::string_view line) {
  constexpr std::size_t kStatus = std::string_view("HTTP/1.1 ").size();
  int status = 0;
  if (!line.starts_with("HTTP/1.") || line.size() < kStatus + 3)
    return fail(ErrorCode::kIo, "what answers is no HTTP/1 server");
  const char* const end = line.data() + kStatus + 3;
  const auto [last, error] = std::from_chars(line.data() + kStatus, end, status);
  if (error != std::errc() || last != end) return fail(ErrorCode::kIo, "what answers is no HTTP/1 server");
  return status;
}

}  // namespace

Result<int> ask_server(const HealthOptions& options) {
  const auto place = parse_url(options.url);
  if (!place) return std::unexpected(place.error());
  boost::asio::ip::tcp::iostream stream;
  stream.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(options.timeout));
  stream.connect(place->host, place->port);
  stream << (place->target == "*" ? "OPTIONS " : "GET ") << place->target
         << " HTTP/1.1\r\nHost: " << place->authority
         << "\r\nUser-Agent: wws-health\r\nConnection: close\r\n\r\n"
         << std::flush;
  std::array<char, 64> line{};
  stream.getline(line.data(), line.size());
  if (stream.error() == boost::asio::error::timed_out) {
    return fail(ErrorCode::kIo,
                fmt::format("{}: no answer within {}", options.url, base::format_duration(options.timeout)));
  }
  if (line.front() == '\0') {
    const bool is_end = stream.error() == boost::asio::error::eof;
    return fail(ErrorCode::kIo, fmt::format("{}: {}", options.url,
                                            is_end ? "closed without an answer" : stream.error().message()));
  }
  auto status = parse_status(line.data());
  if (!status) return fail(ErrorCode::kIo, fmt::format("{}: {}", options.url, status.error().message));
  return status;
}

int run_health(const HealthOptions& options) {
  const auto status = ask_server(options);
  if (!status) {
    complain("wws: " + log::escaped(status.error().message));
    return base::exit_code(status.error().code);
  }
  const std::string text = fmt::format("{}: {}", log::escaped(options.url), *status);
  const bool is_well = *status >= 200 && *status < 400;
  if (is_well) {
    say(text);
  } else {
    complain("wws: " + text);
  }
  return is_well ? 0 : base::exit_code(ErrorCode::kIo);
}

}  // namespace wws::cli
