// The kit's own logic, on the host: tests/run. The server is that of the tests of the C kit.
#include <algorithm>
#include <cassert>
#include <chrono>
#include <iterator>
#include <random>
#include <ranges>
#include <string>
#include <vector>

#include "../../c/tests/host.h"
#include "wws_fetch.hpp"
#include "wws_kv.hpp"
#include "wws_task.hpp"

static_assert(std::ranges::input_range<wws::Body>);
static_assert(std::uniform_random_bit_generator<wws::RandomBits>);

using namespace std::chrono_literals;
using wws::Error;
using wws::Request;
using wws::Response;

namespace {

std::string answer() { return {host_answer.body, host_answer.body_length}; }

void give_query(const char* query) {
  host_reset();
  host_request.fields[WWS_V1_QUERY] = query;
}

void give_body(const std::string& body, const char* type = nullptr) {
  host_reset();
  if (type != nullptr) host_request.headers[0] = "content-type", host_request.headers[1] = type;
  host_request.body = body.data();
  host_request.body_length = body.size();
}

void test_texts() {
  host_reset();
  const std::string path(3000, 'p');
  host_request.fields[WWS_V1_PATH] = path.c_str();
  const Request request;
  assert(request.method() == "GET");
  assert(!request.query());
  assert(request.path() == path);  // more than is guessed, more than the first room
  const int calls = host_answer.calls;
  assert(request.path().data() == request.path().data() && request.method() == "GET");
  assert(host_answer.calls == calls);
  assert(request.sent_path() == path);  // as an old server answers
  host_request.fields[WWS_V1_SENT_PATH] = "/a//b/";
  assert(request.sent_path() == "/a//b/");
  for (std::size_t size = 500; size < 520; ++size) {  // around the guess
    const std::string url(size, 'u');
    host_request.fields[WWS_V1_URL] = url.c_str();
    assert(Request().url() == url);
  }
}

void test_lists() {
  host_reset();
  const Request without;
  assert(without.params().empty() && !without.param("id"));
  int calls = host_answer.calls;
  assert(!without.param("id") && host_answer.calls == calls);

  host_reset();
  const char* const params[] = {"id", "7", "", "no name", "none", "", "name", "a\"b"};
  std::ranges::copy(params, host_request.params);
  const Request request;
  assert(request.param("id") == "7" && request.param("") == "no name" && request.param("none") == "");
  assert(request.param("name") == "a\"b" && !request.param("Name") && !request.param("nam"));
  assert(request.params().size() == 4);
  assert(host_answer.calls == 1);

  for (std::size_t size = 450; size < 520; ++size) {
    host_reset();
    const std::string value(size, 'v');
    const char* const headers[] = {"x-a", value.c_str(), "x-b", "second", "x-b", "third"};
    std::ranges::copy(headers, host_request.headers);
    const Request long_one;
    const wws::Fields fields = long_one.headers();
    assert(fields.size() == 3 && fields[0].value == value && fields[1].value == "second" &&
           fields[2].value == "third");
  }
}

void test_header() {
  host_reset();
  host_request.headers[0] = "accept", host_request.headers[1] = "text/html";
  const Request request;
  std::string name = "accept";
  assert(request.header(name) == "text/html");
  name[0] = '-';  // the kit has its own copy
  assert(!request.header("x-none") && !request.header(""));
  const int calls = host_answer.calls;
  assert(request.header("accept") == "text/html" && !request.header("x-none") && !request.header(""));
  assert(host_answer.calls == calls);
}

void test_decoding() {
  assert(wws::percent_decode("a+b%41%7a%C3%a9") == "a+bAz\xc3\xa9");
  assert(wws::form_decode("a+b%2B") == "a b+");
  for (const char* text : {"", "%", "%4", "%4g%g4"}) assert(wws::percent_decode(text) == text);
  assert(wws::percent_decode("%%41") == "%A");
  assert(wws::percent_decode("a%00b") == std::string("a\0b", 3));
}

void test_query() {
  give_query(nullptr);
  assert(Request().query_values().empty());
  give_query("a=1&b=x%26y+z&&c&=d&%65=f=g&a=2&z=");
  const Request request;
  assert(request.query_values().size() == 7);
  assert(request.query_value("a") == "1" && request.query_value("b") == "x&y z" &&
         request.query_value("c") == "");
  assert(request.query_value("") == "d" && request.query_value("e") == "f=g" &&
         request.query_value("z") == "");
  assert(!request.query_value("y"));
  for (const char* query : {"", "&", "&&"}) {
    give_query(query);
    assert(Request().query_values().empty());
  }
  // Its time grows with its length, not with the square of that.
  const std::string many(2'000'000, '&');
  give_query(many.c_str());
  assert(Request().query_values().empty());
  std::string names;
  for (int i = 0; i < 300'000; ++i) names += "n&";
  give_query(names.c_str());
  assert(Request().query_values().size() == 300'000);
}

void test_body() {
  std::string bytes(200'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
  for (std::size_t size = 0; size <= bytes.size(); size = size * 3 + 1) {
    for (const std::size_t piece : {std::size_t{0}, std::size_t{999}}) {
      for (const bool is_told : {false, true}) {
        const std::string body = bytes.substr(0, size), told = std::to_string(size);
        const auto give = [&] {
          give_body(body);
          host_request.body_piece = piece;
          host_request.body_again = piece != 0;
          if (is_told) host_request.headers[0] = "content-length", host_request.headers[1] = told.c_str();
        };
        give();
        const Request whole;
        assert(whole.body().whole() == body && whole.body().is_complete());
        assert(whole.body().whole()->data() == whole.body().whole()->data());
        give();
        const Request pieces;
        std::string read;
        for (const std::string_view part : pieces.body()) read += part;
        assert(read == body && pieces.body().is_complete());
        give();
        const Request in_a_task;
        read.clear();
        wws::run([](wws::Body& from, std::string& to) -> wws::Task<> {
          char buffer[100];
          while (const wws::Result count = co_await wws::read(from, buffer)) {
            if (*count == 0) break;
            to.append(buffer, *count);
          }
        }(in_a_task.body(), read));
        assert(read == body);
      }
    }
  }

  const std::string cut = "abcdef";
  give_body(cut);
  host_request.body_piece = 2;
  host_request.body_cut = 4;
  const Request request;
  std::string read;
  for (const std::string_view piece : request.body()) read += piece;
  assert(read == "abcd" && !request.body().is_complete());
  char buffer[1];
  assert(!request.body().whole() && request.body().read(buffer) == Error::closed);
}

void test_form() {
  const std::string form = "name=A+%26+B&empty=";
  give_body(form, "Application/X-WWW-Form-Urlencoded; charset=utf-8");
  const Request request;
  assert(request.form_value("name") == "A & B" && request.form_value("empty") == "" &&
         !request.form_value("other"));
  assert(request.body().whole() == form);
  give_body(form, "text/plain");
  assert(Request().form().empty());
  give_body(form, "application");
  assert(Request().form().empty());
}

void test_write() {
  host_reset();
  host_request.room = 2;
  Response response;
  assert(response.write("abcde") && answer() == "abcde" && host_answer.waits == 3);
  assert(response.write(""));
  assert(response.status(404) == Error::state && response.header("a", "b") == Error::state);
  assert(!response.client_left());
  assert(wws::run(wws::write(response, "fgh")) && answer() == "abcdefgh");
  assert(response.finish() && response.finish() == Error::state && response.print("f") == Error::state);

  host_reset();
  host_request.leaves = host_request.room = 3;
  assert(response.write("abcde") == Error::closed && response.client_left());
  assert(wws::run(wws::write(response, "f")) == Error::closed);

  host_reset();
  assert(response.header("x-bad", "a\r\nb: c") == Error::invalid);
  assert(response.reply(404, "text/plain", "nothing here"));
  assert(host_answer.status == 404 && answer() == "nothing here");
  assert(std::string_view(host_answer.headers) == "content-type: text/plain\n");
  assert(wws::message(Error::closed) == "the client left");
}

void test_print() {
  host_reset();
  Response response;
  char text[] = "text";
  const std::string string = "string";
  response.print(text, ' ', string, ' ', std::string_view("view"), ' ', 7, ' ', -8L, ' ', INT64_MIN, ' ',
                 UINT64_MAX, ' ', true, ' ', std::uint8_t{200}, "");
  assert(answer() == "text string view 7 -8 -9223372036854775808 18446744073709551615 true 200");
  assert(host_answer.calls == 1);
  for (std::size_t size = 505; size < 515; ++size) {
    host_reset();
    const std::string part(size, 'p');
    response.print(part, 7, "!");
    assert(answer() == part + "7!");
    host_answer.log[0] = '\0';
    wws::log::warning(part, 7, "!");
    assert(host_answer.log == "1 " + part + "7!\n");
  }
}

void test_timers() {
  host_reset();
  const auto pending = [] { return std::ranges::count(host_answer.timers, 1); };
  {
    wws::Timer a(10ms), b(1h);
    assert(pending() == 2);
    assert(*wws::wait_any({a, b}) == 0);
    assert(pending() == 1);
    wws::Timer other(1s);  // may have the number of the one that ended
    assert(a.wait() && pending() == 2);
    assert(*wws::wait_any({wws::can_read, b}) == 0);
    wws::Timer moved = std::move(b);
    assert(pending() == 2 && moved.wait() && pending() == 1);
  }
  assert(pending() == 0);
  assert(!wws::wait_any({}) && wws::Timer(-1s).wait() == Error::invalid);
  {
    std::vector<wws::Timer> timers;
    for (int i = 0; i < 1024; ++i) timers.emplace_back(1ms);
    assert(wws::Timer(1ms).wait() == Error::limit);
    assert(wws::run(wws::sleep(1ms)) == Error::limit);
    assert(wws::wait_all(timers) && pending() == 0);
  }
  assert(wws::sleep_for(3ms) && host_answer.slept == 3'000'000);
  assert(wws::sleep_for(-1ms) == Error::invalid);
  assert(wws::detail::nanoseconds(std::chrono::hours::max()) == INT64_MAX);
  assert(wws::detail::nanoseconds(1.5us) == 1500);
  assert(wws::now().time_since_epoch() == 1'700'000'000'123ms && wws::steady_now() == 5ms);
  assert(wws::RandomBits()() == 0xa5a5a5a5);
}

wws::Task<int> after(std::chrono::milliseconds time, int value) {
  co_await wws::sleep(time);
  co_return value;
}

wws::Task<> append(std::string& text, char c, int times) {
  while (times-- > 0) {
    co_await wws::sleep(1ms);
    text += c;
  }
}

wws::Task<> all_kinds() {
  std::string text;
  co_await wws::when_all(append(text, 'a', 3), append(text, 'b', 3), append(text, 'c', 2));
  assert(text == "abcabcab");  // the server of the tests: all is ready, the first goes on
  const auto [one, two] = co_await wws::when_all(after(2ms, 1), after(1ms, 2));
  assert(one == 1 && two == 2);
  std::vector<wws::Task<int>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(after(1ms, i));
  const std::vector<int> results = co_await wws::when_all(std::move(tasks));
  assert(std::ranges::equal(results, std::views::iota(0, 5)));
  co_await wws::when_all(std::vector<wws::Task<>>());
  const std::size_t first = co_await wws::when_any(after(1ms, 1), append(text, 'd', 9), wws::sleep(1s));
  assert(first == 0 && text == "abcabcab");
}

wws::Task<int> at_once() { co_return 1; }
wws::Task<int> many_at_once() {
  int sum = 0;
  for (int i = 0; i < 1'000'000; ++i) sum += co_await at_once();
  co_return sum;
}

void test_tasks() {
  host_reset();
  wws::run(all_kinds());
  assert(std::ranges::count(host_answer.timers, 1) == 0);
  assert(wws::run(many_at_once()) == 1'000'000);
  {
    auto never_run = after(1ms, 1);
    auto begun = after(1ms, 1);
    begun.begin();
    assert(!begun.is_done() && std::ranges::count(host_answer.timers, 1) == 1);
  }
  assert(std::ranges::count(host_answer.timers, 1) == 0);
  wws::run(wws::sleep(1ms));  // nothing of it is waited for
}

namespace kv = wws::kv;

std::string value_of(std::string_view key) {
  const auto found = kv::get(key).wait();
  return found && *found ? (*found)->value : "none";
}

void test_kv_of_one_key() {
  using namespace std::string_literals;
  const std::string key = "a\0\xff"s;
  assert(kv::get(key).wait() && !*kv::get(key).wait());
  const auto first = kv::put(key, "\0\xff"s).wait();
  assert(first && *first > 0);
  const auto found = kv::get(key).wait();
  assert((*found)->value == "\0\xff"s && (*found)->version == *first);
  assert(kv::put(key, "x", {.condition = kv::Condition::if_absent}).wait() == Error::conflict);
  assert(kv::put("a", "x", {.condition = kv::Condition::if_present}).wait() == Error::conflict);
  const auto second = kv::put(key, "", {7s, kv::Condition::if_present}).wait();
  assert(*second > *first && host_kv.entries[0].time_to_live == 7000);
  assert(kv::compare_and_swap(key, *first, "y").wait() == Error::conflict);
  assert(*kv::compare_and_swap(key, *second, "y").wait() > *second);
  assert(value_of(key) == "y");
  assert(kv::increment(key, 1).wait() == Error::not_a_number);
  assert(*kv::erase(key).wait() && !*kv::erase(key).wait());
  const auto number = kv::increment(key, std::numeric_limits<std::int64_t>::max()).wait();
  assert(number->number == std::numeric_limits<std::int64_t>::max() && number->version > *second);
  assert(kv::increment(key, 1).wait() == Error::overflow);
  assert(kv::get("").wait() == Error::key_size);
  assert(kv::put("k", std::string((1 << 20) + 1, 'v')).wait() == Error::value_size);
  for (const std::size_t size : {247, 248, 249, 250, 1 << 20}) {
    assert(kv::put("k", std::string(size, 'v')).wait());
    assert(value_of("k") == std::string(size, 'v'));
  }
}

void test_kv_of_several_keys() {
  std::vector<std::string> keys;
  for (int i = 0; i < 7; ++i) {
    keys.push_back("u/" + std::to_string(i));
    assert(kv::put(keys.back(), "of " + keys.back()).wait());
  }
  assert(kv::put("v", "other").wait());
  const auto many = kv::get_many({"u/2", "none", "u/1"}).wait();
  assert(many->size() == 3 && (*many)[0]->value == "of u/2" && !(*many)[1] && (*many)[2]->value == "of u/1");
  for (std::uint32_t limit = 1; limit < 9; ++limit) {
    std::vector<std::string> listed;
    kv::List list({.prefix = "u/", .limit = limit, .values = true});
    for (const kv::Item& item : list) {
      listed.push_back(item.key);
      assert(item.value == "of " + item.key && item.version > 0);
    }
    assert(listed == keys && list.is_complete());
  }
  const auto page = kv::page({.after = "u/5", .limit = 1}).wait();
  assert(page->items.size() == 1 && page->items[0].key == "u/6" && page->next == "u/6");
  assert(page->items[0].value.empty());
  assert(kv::page({.after = page->next, .limit = 1}).wait()->next.empty());
  kv::List bad({.limit = 1001});
  assert(bad.next() == nullptr && !bad.is_complete() && bad.error() == Error::too_much);
}

void test_kv_transaction() {
  const auto before = kv::put("from", "v").wait();
  kv::Transaction changes;
  changes.check("from", *before).check_all(*before).put("to", "v", {.time_to_live = 5ms}).erase("from");
  const auto after = changes.commit().wait();
  assert(*after > *before && value_of("from") == "none" && value_of("to") == "v");
  assert(host_kv.entries[0].time_to_live == 5);
  assert(changes.commit().wait() == Error::conflict);
}

void test_kv_metadata() {
  const auto version = kv::put("a", "one", {.time_to_live = 7s, .metadata = "[1]"}).wait();
  assert(kv::put("b", "two").wait());
  const kv::Moment later{7s};
  const auto found = kv::get_with_metadata("a").wait();
  assert((*found)->value == "one" && (*found)->version == *version && (*found)->metadata == "[1]");
  assert((*found)->expires == later);
  assert(kv::get_with_metadata("none").wait() && !*kv::get_with_metadata("none").wait());
  const std::string_view keys[] = {"b", "none", "a"};
  const auto many = kv::get_many_with_metadata(keys).wait();
  assert(many->size() == 3 && (*many)[0]->value == "two" && !(*many)[0]->expires && !(*many)[1]);
  assert((*many)[2]->metadata == "[1]" && (*many)[2]->expires == later && (*many)[2]->value == "one");
  for (const bool values : {false, true}) {
    const auto page = kv::page({.values = values, .metadata = true}).wait();
    assert(page->items.size() == 2 && page->items[0].metadata == "[1]" && page->items[0].expires == later);
    assert(page->items[0].value == (values ? "one" : "") && page->items[1].key == "b");
    assert(page->items[1].metadata.empty() && !page->items[1].expires);
  }
  assert(kv::put("a", "", {.metadata = std::string(1025, 'm')}).wait() == Error::value_size);
  assert(kv::Transaction().put("b", "three", {.metadata = "[3]"}).put("a", "").commit().wait());
  assert((*kv::get_with_metadata("b").wait())->metadata == "[3]" && value_of("b") == "three");
  assert((*kv::get_with_metadata("a").wait())->metadata.empty());
  assert(kv::select("CARTS") && host_kv.selected.length == 5 && !kv::select("none"));
}

wws::Task<std::int64_t> add_up() {
  std::vector<wws::Task<kv::Expected<kv::Incremented>>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(kv::increment("n", 1).task());
  std::int64_t sum = 0;
  for (const auto& one : co_await wws::when_all(std::move(tasks))) sum += one->number;
  sum += (co_await kv::increment("n", 1))->number;
  co_return sum;
}

void test_kv() {
  for (const int again : {0, 1}) {
    for (const auto test :
         {test_kv_of_one_key, test_kv_of_several_keys, test_kv_transaction, test_kv_metadata}) {
      host_reset();
      host_kv.again = again;
      test();
      for (const auto& operation : host_kv.operations) assert(!operation.pending);
    }
    host_reset();
    host_kv.again = again;
    assert(wws::run(add_up()) == 5151);
  }
  {
    [[maybe_unused]] const auto left = kv::get("n");
  }  // which nobody waits for
  for (const auto& operation : host_kv.operations) assert(!operation.pending);
  host_kv.fails = WWS_V1_UNAVAILABLE;
  assert(kv::get("n").wait() == Error::unavailable);
  host_reset();
  host_kv.absent = 1;
  assert(kv::get("n").wait() == Error::absent && kv::put("n", "").wait() == Error::absent);
  assert(wws::message(Error::absent) == "no namespace");
}

void test_fetch_whole() {
  const std::vector<wws::Field> headers{{"x-one", "1"}, {"x-two", ""}};
  wws::Fetch answer =
      wws::fetch({.method = "PUT", .url = "http://upstream/a", .headers = headers, .body = "the body"})
          .wait();
  assert(answer && answer.status() == 201 && answer.url() == "http://upstream/a");
  const wws::Fetch moved = std::move(answer);
  assert(moved.headers().size() == 2 && moved.header("x-a") == "1" && moved.header("x-b") == "" &&
         !moved.header("x"));
  assert(!answer && answer.error() == Error::invalid);
  answer = wws::fetch({.url = "http://upstream/"});
  assert(!answer && answer.wait() && answer.text() == "");
  assert(std::string(host_fetch.fetches[0].headers) == "x-one=1;x-two=;");
}

void test_fetch_streams() {
  wws::Fetch answer =
      wws::fetch({.method = "POST", .url = "http://upstream/", .upload = wws::Upload::stream});
  assert(answer.try_status() == Error::again);
  for (int i = 0; i < 10; ++i) assert(answer.write(std::string(10000, 'p')));
  assert(answer.end() && host_fetch.rooms == 0 && answer.write("more") == Error::state);
  assert(answer.wait());
  char three[3];
  assert(*answer.read(three) == 3);
  assert(answer.text() == std::string(99997, 'p') && *answer.read(three) == 0);
}

/// The size of the answer, which is what was sent.
wws::Task<std::size_t> upload(std::string_view url, std::string_view piece) {
  wws::Fetch answer = wws::fetch({.method = "POST", .url = url, .upload = wws::Upload::stream});
  for (int i = 0; i < 3; ++i) assert(co_await wws::write(answer, piece));
  assert(answer.end());
  answer = co_await std::move(answer);
  assert(answer && answer.url() == url);
  const std::optional<std::string> text = co_await wws::text(answer);
  co_return text.value_or("broken").size();
}

wws::Task<> fetch_side_by_side() {
  std::vector<wws::Task<wws::Fetch>> fetches;
  for (char digit = '0'; digit <= '9'; ++digit) {
    fetches.push_back(wws::fetch({.url = std::string("http://upstream/") + digit}).task());
  }
  const std::vector<wws::Fetch> answers = co_await wws::when_all(std::move(fetches));
  for (std::size_t i = 0; i < 10; ++i) assert(answers[i].url() == "http://upstream/" + std::to_string(i));
  const std::string piece(1500, '1');
  const auto sizes = co_await wws::when_all(upload("http://one", piece), upload("http://two", "2"));
  assert(sizes == std::tuple(4500, 3));
}

void test_fetch() {
  for (const int again : {0, 1}) {
    for (void (*const test)() :
         {test_fetch_whole, test_fetch_streams, +[] { wws::run(fetch_side_by_side()); }}) {
      host_reset();
      host_fetch.again = again;
      test();
      for (const auto& fetch : host_fetch.fetches) assert(!fetch.pending);
      assert(host_fetch.rooms == 0);
    }
  }
  host_reset();
  host_fetch.fails = WWS_V1_TLS;
  host_fetch.error = "the certificate is of yesterday";
  wws::Fetch answer = wws::fetch({.url = "https://upstream/"}).wait();
  assert(!answer && answer.error() == Error::tls && answer.error_text() == "the certificate is of yesterday");
  assert(!answer.text());
  host_fetch.absent = 1;
  answer = wws::fetch({.url = "https://upstream/"}).wait();
  assert(answer.error() == Error::not_allowed && answer.error_text() == "may not be sent");
  assert(!answer.text() && !answer.write("x") && !answer.end());
}

// What a worker writes.
int resumed = 0;

}  // namespace

WWS_INIT { resumed = 1; }
WWS_RESUME { ++resumed; }
WWS_HANDLER(request, response) { response.print(resumed, ' ', request.var("greeting").value_or("none")); }

int main() {
  test_texts();
  test_lists();
  test_header();
  test_decoding();
  test_query();
  test_body();
  test_form();
  test_write();
  test_print();
  test_timers();
  test_tasks();
  test_kv();
  test_fetch();
  host_reset();
  host_request.vars[0] = "greeting", host_request.vars[1] = "good day";
  wws_init();
  wws_resume();
  wws_handle();
  assert(answer() == "2 good day");
  std::puts("wws.hpp: all passed");
}
