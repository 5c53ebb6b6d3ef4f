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

#include "wws_fetch.hpp"
#include "wws_kv.hpp"
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

// --- The key-value store ---

namespace kv = wws::kv;

std::string from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += {kDigits[value / 16], kDigits[value % 16]};
  }
  return text;
}

std::string key_of(const Request& request, std::string_view name) {
  return from_hex(request.query_value(name).value_or(""));
}

template <class Number>
Number number_of(const Request& request, std::string_view name) {
  const std::string_view text = request.query_value(name).value_or("");
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view body_of(const Request& request) { return request.body().whole().value_or(""); }

std::string_view name_of(wws::Error error) {
  switch (error) {
    case wws::Error::absent:
      return "NoNamespace";
    case wws::Error::limit:
      return "Limit";
    case wws::Error::conflict:
      return "Conflict";
    case wws::Error::quota:
      return "Quota";
    case wws::Error::unavailable:
      return "Unavailable";
    case wws::Error::not_a_number:
      return "NotANumber";
    case wws::Error::key_size:
      return "KeySize";
    case wws::Error::value_size:
      return "ValueSize";
    case wws::Error::too_much:
      return "TooMuch";
    case wws::Error::full:
      return "Full";
    case wws::Error::overflow:
      return "Overflow";
    case wws::Error::io:
      return "Io";
    case wws::Error::invalid:
      return "Invalid";
    case wws::Error::closed:
      return "Closed";
    default:
      return "Unknown";
  }
}

/// Whether it was done; else it is answered.
template <class T>
bool is_done(const kv::Expected<T>& result, Response& response) {
  if (!result) response.reply(409, "text/plain", name_of(result.error()));
  return static_cast<bool>(result);
}

void answer_version(const kv::Expected<kv::Version>& version, Response& response) {
  if (!is_done(version, response)) return;
  text_plain(response);
  response.print(*version);
}

void kv_get(const Request& request, Response& response) {
  const auto found = kv::get(key_of(request, "key")).wait();
  if (!is_done(found, response)) return;
  const std::optional<kv::Entry>& entry = *found;
  if (!entry) {
    response.reply(404, "text/plain", "none");
    return;
  }
  text_plain(response);
  response.header("x-version", std::to_string(entry->version));
  response.write(entry->value);
}

std::vector<std::string> keys_of(const Request& request) {
  std::vector<std::string> keys;
  for (std::string_view rest = request.query_value("keys").value_or("");;) {
    const std::size_t comma = rest.find(',');
    keys.push_back(from_hex(rest.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return keys;
}

/// Milliseconds since 1970; 0: never.
std::int64_t since_1970(const std::optional<kv::Moment>& expires) {
  return expires ? std::int64_t{expires->time_since_epoch().count()} : 0;
}

void kv_get_with_metadata(const Request& request, Response& response) {
  const auto found = kv::get_with_metadata(key_of(request, "key")).wait();
  if (!is_done(found, response)) return;
  const std::optional<kv::Record>& record = *found;
  if (!record) {
    response.reply(404, "text/plain", "none");
    return;
  }
  text_plain(response);
  response.header("x-version", std::to_string(record->version));
  response.header("x-expires", std::to_string(since_1970(record->expires)));
  response.header("x-metadata", to_hex(record->metadata));
  response.write(record->value);
}

void kv_get_many_with_metadata(const Request& request, Response& response) {
  const std::vector<std::string> keys = keys_of(request);
  const auto records =
      kv::get_many_with_metadata(std::vector<std::string_view>(keys.begin(), keys.end())).wait();
  if (!is_done(records, response)) return;
  text_plain(response);
  for (const auto& found : *records) {
    const kv::Record record = found.value_or(kv::Record());
    response.print(record.version, ' ', since_1970(record.expires), ' ', to_hex(record.metadata), ' ',
                   to_hex(record.value), '\n');
  }
}

void kv_list_with_metadata(const Request& request, Response& response) {
  const std::string prefix = key_of(request, "prefix");
  const auto page = kv::page({.prefix = prefix,
                              .limit = number_of<std::uint32_t>(request, "limit"),
                              .values = request.query_value("values").has_value(),
                              .metadata = true})
                        .wait();
  if (!is_done(page, response)) return;
  text_plain(response);
  for (const kv::Item& item : page->items) {
    response.print(item.version, ' ', since_1970(item.expires), ' ', to_hex(item.key), ' ',
                   to_hex(item.metadata), ' ', to_hex(item.value), '\n');
  }
}

void kv_get_many(const Request& request, Response& response) {
  const std::vector<std::string> keys = keys_of(request);
  const auto entries = kv::get_many(std::vector<std::string_view>(keys.begin(), keys.end())).wait();
  if (!is_done(entries, response)) return;
  text_plain(response);
  for (const auto& entry : *entries) {
    response.print(entry ? entry->version : 0, ' ', entry ? to_hex(entry->value) : "", '\n');
  }
}

void kv_list(const Request& request, Response& response) {
  const std::string prefix = key_of(request, "prefix"), after = key_of(request, "after");
  const auto page = kv::page({.prefix = prefix,
                              .after = after,
                              .limit = number_of<std::uint32_t>(request, "limit"),
                              .values = request.query_value("values").has_value()})
                        .wait();
  if (!is_done(page, response)) return;
  text_plain(response);
  for (const kv::Item& item : page->items) {
    response.print(item.version, ' ', to_hex(item.key), ' ', to_hex(item.value), '\n');
  }
  response.print("after ", to_hex(page->next));
}

void kv_list_all(const Request& request, Response& response) {
  const std::string prefix = key_of(request, "prefix");
  kv::List list({.prefix = prefix, .limit = number_of<std::uint32_t>(request, "limit")});
  text_plain(response);
  for (const kv::Item& item : list) response.print(to_hex(item.key), '\n');
  if (!list.is_complete()) response.reply(409, "text/plain", name_of(list.error()));
}

void kv_put(const Request& request, Response& response) {
  kv::Options options{.time_to_live = std::chrono::milliseconds(number_of<std::int64_t>(request, "ttl"))};
  if (const auto condition = request.query_value("if")) {
    options.condition = *condition == "absent" ? kv::Condition::if_absent : kv::Condition::if_present;
  }
  const std::string metadata = key_of(request, "metadata");
  options.metadata = metadata;
  answer_version(kv::put(key_of(request, "key"), body_of(request), options).wait(), response);
}

void kv_delete(const Request& request, Response& response) {
  const auto deleted = kv::erase(key_of(request, "key")).wait();
  if (is_done(deleted, response)) response.reply(200, "text/plain", *deleted ? "deleted" : "none");
}

void kv_increment(const Request& request, Response& response) {
  const auto sum = kv::increment(key_of(request, "key"), number_of<std::int64_t>(request, "by")).wait();
  if (!is_done(sum, response)) return;
  text_plain(response);
  response.print(sum->number, ' ', sum->version);
}

void kv_swap(const Request& request, Response& response) {
  const auto version = number_of<kv::Version>(request, "version");
  answer_version(kv::compare_and_swap(key_of(request, "key"), version, body_of(request)).wait(), response);
}

void kv_transaction(const Request& request, Response& response) {
  kv::Transaction changes;
  if (request.query_value("check")) {
    changes.check(key_of(request, "check"), number_of<kv::Version>(request, "version"));
  }
  if (request.query_value("since")) changes.check_all(number_of<kv::Version>(request, "since"));
  const std::string metadata = key_of(request, "metadata");
  if (request.query_value("put"))
    changes.put(key_of(request, "put"), body_of(request), {.metadata = metadata});
  if (request.query_value("delete")) changes.erase(key_of(request, "delete"));
  answer_version(changes.commit().wait(), response);
}

wws::Task<> kv_overlap_task(const Request& request, Response& response) {
  std::vector<wws::Task<kv::Expected<kv::Incremented>>> tasks;
  for (int left = number_of<int>(request, "count"); left > 0; --left) {
    tasks.push_back(kv::increment(key_of(request, "key"), 1).task());
  }
  std::int64_t sum = 0;
  for (const auto& one : co_await wws::when_all(std::move(tasks))) {
    if (!is_done(one, response)) co_return;
    sum += one->number;
  }
  text_plain(response);
  response.print(sum);
}

void kv_overlap(const Request& request, Response& response) { wws::run(kv_overlap_task(request, response)); }

void fetch_failed(const wws::Fetch& answer, Response& response) {
  static constexpr std::pair<wws::Error, std::string_view> kNames[] = {
      {wws::Error::invalid, "Invalid"},
      {wws::Error::not_allowed, "NotAllowed"},
      {wws::Error::unreachable, "Unreachable"},
      {wws::Error::tls, "Tls"},
      {wws::Error::timeout, "Timeout"},
      {wws::Error::redirect, "Redirect"},
      {wws::Error::loop, "Loop"},
      {wws::Error::too_large, "TooLarge"},
      {wws::Error::broken, "Broken"},
      {wws::Error::too_many, "TooMany"},
      {wws::Error::closed, "Closed"},
      {wws::Error::unavailable, "Unavailable"},
  };
  for (const auto& [error, name] : kNames) {
    if (error == answer.error())
      response.reply(502, "text/plain", std::string(name) + "\n" + answer.error_text());
  }
}

/// What the query says of a request.
wws::Fetch fetch_begin(const Request& request, wws::FetchRequest outgoing) {
  std::vector<wws::Field> headers;
  if (const auto sent = request.query_value("x")) headers.push_back({"x-sent", *sent});
  if (const auto redirect = request.query_value("redirect")) {
    outgoing.redirect = *redirect == "manual" ? wws::Redirect::manual : wws::Redirect::fail;
  }
  outgoing.headers = headers;
  outgoing.url = request.query_value("url").value_or("");
  return wws::fetch(outgoing);
}

/// Passes the answer on as it arrives.
wws::Task<> fetch_answer(wws::Fetch answer, Response& response) {
  static char piece[64 * 1024];
  if (!answer) co_return fetch_failed(answer, response);
  std::string values;
  for (const wws::Field& field : answer.headers()) {
    if (field.name == "x-a") (values += values.empty() ? "" : ", ") += field.value;
  }
  response.status(answer.status());
  response.header("x-upstream", values);
  response.header("x-url", answer.url());
  if (const auto type = answer.header("content-type")) response.header("content-type", *type);
  for (;;) {
    const wws::Result count = co_await wws::read(answer, piece);
    if (!count) std::abort();  // so that the client can tell
    if (*count == 0 || !co_await wws::write(response, {piece, *count})) co_return;
  }
}

wws::Task<> fetch_send_task(const Request& request, Response& response) {
  const wws::FetchRequest outgoing{.method = request.method(), .body = body_of(request)};
  co_await fetch_answer(co_await fetch_begin(request, outgoing), response);
}

void fetch_send(const Request& request, Response& response) { wws::run(fetch_send_task(request, response)); }

wws::Task<> fetch_pass_task(const Request& request, Response& response) {
  static char piece[64 * 1024];
  wws::Fetch fetch = fetch_begin(request, {.method = request.method(), .upload = wws::Upload::stream});
  for (;;) {
    const wws::Result count = co_await wws::read(request.body(), piece);
    if (!count) co_return;
    if (*count == 0 || !co_await wws::write(fetch, {piece, *count})) break;  // the answer says why
  }
  fetch.end();
  co_await fetch_answer(co_await std::move(fetch), response);
}

void fetch_pass(const Request& request, Response& response) { wws::run(fetch_pass_task(request, response)); }

void fetch_made(const Request& request, Response& response) {
  wws::Fetch fetch = fetch_begin(request, {.method = "POST", .upload = wws::Upload::stream});
  const std::string piece(50000, 'x');
  for (auto left = number_of<std::size_t>(request, "bytes"); left > 0;) {
    const std::size_t now = std::min(left, piece.size());
    if (!fetch.write(std::string_view(piece).substr(0, now))) break;
    left -= now;
  }
  fetch.end();
  fetch.wait();
  wws::run(fetch_answer(std::move(fetch), response));
}

wws::Task<> fetch_overlap_task(const Request& request, Response& response) {
  std::vector<wws::Task<wws::Fetch>> tasks;
  for (int i = 0; i < number_of<int>(request, "count"); ++i) {
    const std::string url = std::string(request.query_value("url").value_or("")) + std::to_string(i);
    tasks.push_back(wws::fetch({.url = url}).task());
  }
  std::string texts;
  for (wws::Fetch& answer : co_await wws::when_all(std::move(tasks))) {
    if (!answer) co_return fetch_failed(answer, response);
    (texts += texts.empty() ? "" : "\n") += (co_await wws::text(answer)).value_or("broken");
  }
  response.reply(200, "text/plain", texts);
}

void fetch_overlap(const Request& request, Response& response) {
  wws::run(fetch_overlap_task(request, response));
}

void fetch_drop(const Request& request, Response& response) {
  char piece[100];
  wws::Result count(0);
  {
    wws::Fetch answer = fetch_begin(request, {}).wait();
    if (!answer) return fetch_failed(answer, response);
    count = answer.read(piece);
  }
  response.reply(200, "text/plain", count && *count > 0 ? "dropped" : "ended");
}

wws::Task<> fetch_late_task(const Request& request, Response& response) {
  // What comes of it is needed only if it was in time.
  std::optional<wws::Fetch> answer;
  const auto get = [&]() -> wws::Task<> { answer = co_await fetch_begin(request, {}); };
  const std::chrono::milliseconds time(number_of<std::int64_t>(request, "ms"));
  if (co_await wws::when_any(get(), wws::sleep(time)) == 1) {
    response.reply(200, "text/plain", "late");
  } else if (!*answer) {
    fetch_failed(*answer, response);
  } else {
    response.reply(200, "text/plain", answer->status() == 200 ? "in time" : "not found");
  }
}

void fetch_late(const Request& request, Response& response) { wws::run(fetch_late_task(request, response)); }

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
    {"kv/get", kv_get},
    {"kv/get-many", kv_get_many},
    {"kv/get-with-metadata", kv_get_with_metadata},
    {"kv/get-many-with-metadata", kv_get_many_with_metadata},
    {"kv/list", kv_list},
    {"kv/list-with-metadata", kv_list_with_metadata},
    {"kv/list-all", kv_list_all},
    {"kv/put", kv_put},
    {"kv/delete", kv_delete},
    {"kv/increment", kv_increment},
    {"kv/swap", kv_swap},
    {"kv/transaction", kv_transaction},
    {"kv/overlap", kv_overlap},
    {"fetch/send", fetch_send},
    {"fetch/pass", fetch_pass},
    {"fetch/made", fetch_made},
    {"fetch/overlap", fetch_overlap},
    {"fetch/drop", fetch_drop},
    {"fetch/late", fetch_late},
};

}  // namespace

WWS_HANDLER(request, response) {
  if (const auto id = request.param("id")) {
    text_plain(response);
    response.print("item ", *id);
    return;
  }
  if (const auto binding = request.query_value("binding"); binding && !kv::select(*binding)) {
    response.reply(409, "text/plain", "NoNamespace");
    return;
  }
  for (const auto& page : kPages) {
    if (page.path == request.param("path")) return page.answer(request, response);
  }
  response.reply(404, "text/plain", "nothing here");
}
