// A proxy with an allow-list: GET /proxy?url=… answers with what is there, as it comes.
//
//     curl 'localhost:8080/proxy?url=https://example.com/'
//
// Where it may ask is in proxy.toml and nowhere else: the server sees to it, at each redirect too.
#include <array>
#include <string_view>

#include "wws_fetch.hpp"

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
/// Of the answer's header fields, those that a client may have.
constexpr std::array<std::string_view, 5> kPassedOn = {"content-type", "content-encoding", "content-language",
                                                       "last-modified", "etag"};

void refuse(const wws::Fetch& fetch, wws::Response& response) {
  const bool is_forbidden = fetch.error() == wws::Error::not_allowed || fetch.error() == wws::Error::invalid;
  response.reply(is_forbidden ? 403 : fetch.error() == wws::Error::timeout ? 504 : 502, kText,
                 fetch.error_text() + "\n");
}

void pass_on(wws::Fetch& fetch, wws::Response& response) {
  response.status(fetch.status());
  for (const std::string_view name : kPassedOn) {
    if (const auto value = fetch.header(name)) response.header(name, *value);
  }
  std::array<char, 16384> piece;
  while (const wws::Result count = fetch.read(piece)) {
    if (*count == 0 || !response.write({piece.data(), *count})) return;
  }
  // The client has some of it already: it has to see that the rest is missing.
  wws::log::error(fetch.error_text());
  __builtin_trap();
}

}  // namespace

WWS_HANDLER(request, response) {
  const auto url = request.query_value("url");
  if (!url) {
    response.header("content-type", kText);
    response.print("Which page? /proxy?url=https://example.com/ shows that one.\n");
    return;
  }
  const std::array<wws::Field, 1> headers = {{{"accept-language", request.header("accept-language").value_or("*")}}};
  wws::Fetch fetch = wws::fetch({.url = *url, .headers = headers}).wait();
  if (!fetch) return refuse(fetch, response);
  pass_on(fetch, response);
}
