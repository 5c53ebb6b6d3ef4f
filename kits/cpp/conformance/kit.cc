// The worker of the conformance suite (../../conformance/README.md).
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "wws_task.hpp"

namespace {

using std::chrono::milliseconds;
using wws::Request;
using wws::Response;

// Counts when it is made: as a constructor of a global object, before the request.
struct Prepared {
  int times = 0;
  Prepared() { ++times; }
} prepared;

template <class T = long>
T number(const Request& request, std::string_view name) {
  const std::string_view text = request.query_value(name).value_or("");
  T value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void text_plain(Response& response) { response.header("content-type", "text/plain"); }

void hello(const Request&, Response& response) {
  text_plain(response);
  response.print("hello");
}

void inspect(const Request& request, Response& response) {
  text_plain(response);
  response.print("method ", request.method(), "\npath ", request.path(), "\nquery ",
                 request.query().value_or(""), '\n');
  for (const auto& [name, value] : request.headers()) {
    if (name.starts_with("x-")) response.print("header ", name, ": ", value, '\n');
  }
  std::vector<wws::Field> params(request.params().begin(), request.params().end());
  std::ranges::sort(params, {}, &wws::Field::name);
  for (const auto& [name, value] : params) response.print("param ", name, '=', value, '\n');
  if (const auto greeting = request.var("greeting")) response.print("var greeting=", *greeting, '\n');
  if (const auto body = request.body().whole()) response.print("body ", body->size(), '\n');
}

void sent(const Request& request, Response& response) {
  text_plain(response);
  response.print(request.sent_path());
}

void echo(const Request& request, Response& response) {
  if (const auto type = request.header("content-type")) response.header("content-type", *type);
  for (const std::string_view piece : request.body()) {
    if (!response.write(piece)) return;
  }
}

void reverse(const Request& request, Response& response) {
  const auto body = request.body().whole();
  if (!body) return;
  text_plain(response);
  response.write(std::string(body->rbegin(), body->rend()));
}

void status(const Request& request, Response& response) {
  if (!response.status(number<int>(request, "code"))) response.reply(400, "text/plain", "no such status");
}

void headers(const Request&, Response& response) {
  text_plain(response);
  response.header("set-cookie", "a=1");
  response.header("set-cookie", "b=2");
  response.header("x-kit", "yes");
  response.print("ok");
}

void bad_header(const Request&, Response& response) {
  text_plain(response);
  const bool is_refused = response.header("x-bad", "a\r\nx-injected: b") == wws::Error::invalid;
  response.print(is_refused ? "refused" : "accepted");
}

void large(const Request& request, Response& response) {
  text_plain(response);
  const std::string piece(64 * 1024, 'x');
  for (auto left = number<std::size_t>(request, "bytes"); left > 0;) {
    const std::size_t size = std::min(left, piece.size());
    if (!response.write(std::string_view(piece).substr(0, size))) return;
    left -= size;
  }
}

wws::Task<> sleep_all(const Request& request, Response& response) {
  std::vector<wws::Task<wws::Result>> sleeps;
  for (long i = number(request, "count"); i > 0; --i)
    sleeps.push_back(wws::sleep(milliseconds(number(request, "ms"))));
  const auto slept = co_await wws::when_all(std::move(sleeps));
  text_plain(response);
  response.print("slept ", std::ranges::count_if(slept, [](wws::Result result) { return bool(result); }));
}

void sleep(const Request& request, Response& response) { wws::run(sleep_all(request, response)); }

void events(const Request&, Response& response) {
  response.header("content-type", "text/event-stream");
  for (int i = 1; i <= 3; ++i) {
    if (i > 1) wws::sleep_for(milliseconds(100));
    if (!response.print("data: ", i, "\n\n")) return;
  }
}

void forever(const Request&, Response& response) {
  text_plain(response);
  while (response.print("tick\n")) wws::sleep_for(milliseconds(10));
  wws::log::info("the client left");
}

void random_bytes(const Request&, Response& response) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::byte, 16> bytes;
  text_plain(response);
  if (!wws::random(bytes)) return;
  for (const std::byte byte : bytes) {
    response.print(kDigits[std::to_integer<unsigned>(byte) / 16],
                   kDigits[std::to_integer<unsigned>(byte) % 16]);
  }
}

void seed(const Request&, Response& response) {
  text_plain(response);
  response.print(std::random_device()());
}

void init(const Request& request, Response& response) {
  text_plain(response);
  response.print(prepared.times, ' ', request.var("greeting").value_or(""));
}

void time(const Request&, Response& response) {
  text_plain(response);
  response.print(wws::now().time_since_epoch().count());
}

void log(const Request& request, Response& response) {
  const std::string_view level = request.query_value("level").value_or("");
  const std::string_view text = request.query_value("text").value_or("");
  if (level == "error") wws::log::error(text);
  if (level == "warning") wws::log::warning(text);
  if (level == "info") wws::log::info(text);
  if (level == "debug") wws::log::debug(text);
  text_plain(response);
  response.print("logged");
}

void print(const Request& request, Response& response) {
  std::cout << request.query_value("text").value_or("") << '\n';
  text_plain(response);
  response.print("printed");
}

void trap(const Request&, Response&) { std::abort(); }

constexpr struct {
  std::string_view path;
  void (*answer)(const Request&, Response&);
} kPages[] = {
    {"hello", hello},
    {"inspect", inspect},
    {"sent", sent},
    {"echo", echo},
    {"reverse", reverse},
    {"status", status},
    {"headers", headers},
    {"bad-header", bad_header},
    {"large", large},
    {"sleep", sleep},
    {"events", events},
    {"forever", forever},
    {"random", random_bytes},
    {"seed", seed},
    {"init", init},
    {"time", time},
    {"log", log},
    {"print", print},
    {"trap", trap},
};

}  // namespace

WWS_HANDLER(request, response) {
  if (const auto id = request.param("id")) {
    text_plain(response);
    response.print("item ", *id);
    return;
  }
  for (const auto& page : kPages) {
    if (page.path == request.param("path")) return page.answer(request, response);
  }
  response.reply(404, "text/plain", "nothing here");
}
