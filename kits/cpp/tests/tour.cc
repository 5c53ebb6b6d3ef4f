// The code of kits/cpp/README.md, which scripts/fill takes from here. It only has to compile.
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "wws.hpp"
#include "wws_fetch.hpp"
#include "wws_kv.hpp"
#include "wws_task.hpp"

using namespace std::chrono_literals;

struct Table {};

void consume(std::string_view piece);
void use(std::span<char> piece, std::size_t count);
bool next_line(std::string& line);
std::string_view changed(std::string_view value);
Table build_table();

void request_of(const wws::Request& request) {
  // [request
  auto id = request.param("id");             // of the route: a worker `item/[id].wasm`
  auto page = request.query_value("page");   // of ?page=2, decoded
  auto agent = request.header("user-agent"); // repeated ones joined
  auto greeting = request.var("greeting");   // of [vars] in the worker's TOML file
  // request]
}

void headers(const wws::Request& request, wws::Response& response) {
  // [headers
  for (const auto& [name, value] : request.headers()) response.print(name, ": ", value, '\n');
  // headers]
}

void body_of(const wws::Request& request) {
  // [body
  const std::optional<std::string_view> body = request.body().whole(); // none: the client left in the middle
  // body]
}

void pieces(const wws::Request& request) {
  // [pieces
  for (std::string_view piece : request.body()) consume(piece);
  if (!request.body().is_complete()) return; // the client left
  // pieces]
}

void answer(wws::Response& response, int i, int n, std::string_view bytes) {
  // [answer
  response.status(201);
  response.header("set-cookie", "a=1");
  response.header("set-cookie", "b=2"); // another one of that name
  response.print(i, " of ", n, '\n');   // text, characters, truth values, whole numbers
  response.write(bytes);                // a view, a string, a span of bytes
  // answer]
}

void timers() {
  // [timers
  wws::Timer one(300ms), two(200ms);
  one.wait();
  two.wait(); // 300 ms for both
  // timers]
}

void first_of(const wws::Request& request, wws::Response& response, std::span<char> buffer) {
  // [first
  wws::Timer limit(500ms);
  if (*wws::wait_any({wws::can_read, limit}) == 1) {
    response.reply(408, "text/plain", "too slow");
    return;
  }
  const wws::Result count = request.body().try_read(buffer); // does not wait
  // first]
}

namespace tasks {
// [tasks
wws::Task<int> slow(int value) {
  co_await wws::sleep(100ms);
  co_return value;
}

wws::Task<> answer(wws::Response& response) {
  const auto [a, b] = co_await wws::when_all(slow(1), slow(2)); // 100 ms
  response.print(a + b, '\n');
}

WWS_HANDLER(request, response) { wws::run(answer(response)); }
// tasks]
}

void keys(wws::Response& response, std::string_view me) {
  // [keys
  namespace kv = wws::kv;

  const auto greeting = kv::get("greeting").wait();    // false with an error(); an optional entry
  if (greeting && *greeting) response.write((*greeting)->value);
  kv::put("greeting", "good day").wait();
  kv::put("lock", me, {.time_to_live = 60s, .condition = kv::Condition::if_absent}).wait();
  kv::erase("greeting").wait();
  const auto visits = kv::increment("visits", 1).wait(); // exact, however many do it at once
  const auto entries = kv::get_many({"a", "b"}).wait();  // of one moment

  kv::List users({.prefix = "user/", .values = true});   // page by page
  for (const kv::Item& user : users) response.print(user.key, ": ", user.value, '\n');
  // keys]
}

void swap(std::string_view key, std::string_view from, std::string_view to, const wws::kv::Entry& entry) {
  namespace kv = wws::kv;
  // [swap
  kv::compare_and_swap(key, entry.version, changed(entry.value)).wait();
  kv::Transaction().check(from, entry.version).put(to, entry.value).erase(from).commit().wait();
  // swap]
}

void fetch(wws::Response& response) {
  // [fetch
  wws::Fetch answer = wws::fetch({.url = "https://api.example.com/today"}).wait();
  if (!answer) {
    response.reply(502, "text/plain", answer.error_text()); // the server's words; answer.error() is the code
    return;
  }
  const auto type = answer.header("content-type");
  const std::optional<std::string> body = answer.text(); // nothing: it broke off
  // fetch]
}

wws::Task<> upload_of(std::string_view url, std::string& line, std::span<char> piece) {
  // [upload
  wws::Fetch upload = wws::fetch({.method = "PUT", .url = url, .upload = wws::Upload::stream});
  while (next_line(line)) co_await wws::write(upload, line);
  upload.end();
  wws::Fetch answer = co_await std::move(upload);
  for (auto count = co_await wws::read(answer, piece); count && *count > 0; count = co_await wws::read(answer, piece)) {
    use(piece, *count);
  }
  // upload]
}

void log_and_time(std::chrono::milliseconds begin) {
  // [log
  wws::log::warning("water rises");
  wws::log::info("took ", (wws::steady_now() - begin).count(), " ms");
  auto now = wws::now(); // UTC, as std::chrono tells it
  std::array<std::byte, 32> key;
  wws::random(key);      // fit for keys
  wws::RandomBits bits;  // for std::uniform_int_distribution, std::ranges::shuffle
  // log]
}

// [preparation
const Table table = build_table(); // a global object
std::mt19937 generator;

WWS_INIT { /* what is not a constructor's work */ }
WWS_RESUME { generator.seed(wws::RandomBits()()); }
// preparation]
