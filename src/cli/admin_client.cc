#include "cli/admin_client.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <istream>
#include <iterator>
#include <string_view>
#include <variant>

#include "base/log.h"

namespace wws::cli {
namespace {

namespace asio = boost::asio;
constexpr std::chrono::seconds kPatience{10};

std::string name_of(const supervisor::AdminPlace& place) {
  if (const auto* file = std::get_if<supervisor::AdminPath>(&place)) return "unix:" + file->path.string();
  const auto& address = std::get<supervisor::AdminAddress>(place);
  return fmt::format("{}:{}", address.host, address.port);
}

/// Writes the request and reads all that comes; empty where nothing did, and `problem` tells why. A stream
/// that is not connected would forget it while it is read.
template <class Stream>
std::string exchange(Stream& stream, const std::string& request, std::string& problem) {
  std::string answer;
  if (stream && stream << request << std::flush) answer = {std::istreambuf_iterator<char>(stream), {}};
  const auto error = stream.error();
  problem = error == asio::error::eof         ? "closed without an answer"
            : error == asio::error::timed_out ? fmt::format("no answer within {} s", kPatience.count())
                                              : error.message();
  return answer;
}

std::string talk(const supervisor::AdminPlace& place, const std::string& request, std::string& problem) {
  if (const auto* file = std::get_if<supervisor::AdminPath>(&place)) {
    asio::local::stream_protocol::iostream stream;
    stream.expires_after(kPatience);
    stream.connect(asio::local::stream_protocol::endpoint(file->path.string()));
    return exchange(stream, request, problem);
  }
  const auto& address = std::get<supervisor::AdminAddress>(place);
  std::string host = address.host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  asio::ip::tcp::iostream stream;
  stream.expires_after(kPatience);
  stream.connect(host, std::to_string(address.port));
  return exchange(stream, request, problem);
}

}  // namespace

Result<std::string> ask_admin(const supervisor::AdminPlace& place, const std::string& token,
                              const std::string& path) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  std::string request = fmt::format("GET {} HTTP/1.1\r\nhost: wws\r\nuser-agent: wws-top\r\n", path);
  if (!token.empty()) request += fmt::format("authorization: Bearer {}\r\n", token);
  std::string problem;
  const std::string answer = talk(place, request + "\r\n", problem);
  const std::size_t head = answer.find("\r\n\r\n");
  if (!answer.starts_with(kVersion) || head == std::string::npos) {
    return fail(ErrorCode::kIo, fmt::format("{}: {}", name_of(place),
                                            answer.empty() ? problem : "what answers is no admin interface"));
  }
  const std::string status = answer.substr(kVersion.size(), 3);
  if (status == "401")
    return fail(ErrorCode::kBadUsage, fmt::format("{}: it wants {} token: --admin-token-file FILE",
                                                  name_of(place), token.empty() ? "a" : "another"));
  if (status != "200")
    return fail(ErrorCode::kIo, fmt::format("{}: {} answers {}", name_of(place), path, log::escaped(status)));
  return answer.substr(head + 4);
}

}  // namespace wws::cli
