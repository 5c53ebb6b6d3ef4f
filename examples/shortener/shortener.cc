// A URL shortener: POST a URL to /s, and the path in the answer leads there until its time is over.
//
//     curl -d https://example.org/a/long/way 'localhost:8080/s?seconds=3600'
//
// The same module answers at two routes: s.wasm makes links, s/[id].wasm follows them. All is in the key-value store:
// links and their visits, which go by themselves, and two numbers for the statistics.
#include <random>

#include "wws_kv.hpp"

namespace {

namespace kv = wws::kv;
using std::chrono::seconds;

constexpr seconds kLife = std::chrono::days(1);
constexpr seconds kLongestLife = std::chrono::days(30);
constexpr std::size_t kLongestUrl = 2000;
constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kForm = R"(<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Short links</title>
<form method="post" action="s">
<label>A long URL <input name="url" type="url" required></label> <button>Shorten it</button>
</form>
<p>)";

/// One of 62^7, so that links are not found by guessing.
std::string new_id() {
  constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  wws::RandomBits bits;
  std::uniform_int_distribution<std::size_t> place(0, kLetters.size() - 1);
  std::string id;
  while (id.size() < 7) id += kLetters[place(bits)];
  return id;
}

/// Of a place that a browser may be sent to. A header takes its characters as they are.
bool is_url(std::string_view text) {
  if (!text.starts_with("http://") && !text.starts_with("https://")) return false;
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return text.size() <= kLongestUrl;
}

std::optional<seconds> life_of(const wws::Request& request) {
  const auto text = request.query_value("seconds");
  if (!text) return kLife;
  long life = 0;
  for (const char c : *text) {
    if (c < '0' || c > '9' || life > kLongestLife.count()) return std::nullopt;
    life = 10 * life + (c - '0');
  }
  if (life < 1 || life > kLongestLife.count()) return std::nullopt;
  return seconds(life);
}

void unavailable(wws::Response& response) { response.reply(503, kText, "the store is not available\n"); }

/// Link and visits come together and go together. An id that is taken already is as good as none: another one.
kv::Expected<std::string> make_link(std::string_view url, seconds life) {
  for (int attempts = 5;; --attempts) {
    const std::string id = new_id();
    const auto made = kv::Transaction()
                          .check("link/" + id, 0)
                          .put("link/" + id, url, {.time_to_live = life})
                          .put("visits/" + id, "0", {.time_to_live = life})
                          .commit()
                          .wait();
    if (made) return id;
    if (made.error() != wws::Error::conflict || attempts == 0) return made.error();
  }
}

void shorten(const wws::Request& request, wws::Response& response) {
  const auto field = request.form_value("url");  // of the page; curl sends the URL alone
  const std::string_view url = field ? *field : request.body().whole().value_or("");
  if (!is_url(url)) {
    response.reply(400, kText, "the body is no URL of http or https, of up to 2,000 characters\n");
    return;
  }
  const auto life = life_of(request);
  if (!life) {
    response.reply(400, kText, "seconds is a number from 1 to 2592000, which is 30 days\n");
    return;
  }
  const auto id = make_link(url, *life);
  if (!id) return unavailable(response);
  (void)kv::increment("links", 1).wait();
  response.status(201);
  response.header("location", "/s/" + *id);
  response.header("content-type", kText);
  response.print("/s/", *id, '\n');
}

void follow(std::string_view id, bool only_counts, wws::Response& response) {
  const std::string link = "link/" + std::string(id), visits = "visits/" + std::string(id);
  const auto found = kv::get_many({link, visits}).wait();  // of one moment
  if (!found) return unavailable(response);
  const auto& [url, count] = std::pair((*found)[0], (*found)[1]);
  if (!url) {
    response.reply(404, kText, "there is no such link, or its time is over\n");
    return;
  }
  if (only_counts) {
    response.header("content-type", kText);
    response.print(url->value, '\n', count ? count->value : "0", " visits\n");
    return;
  }
  // Both have begun before one is waited for. A link that ends at this moment leaves no number for ever.
  auto visit = kv::increment(visits, 1, {.time_to_live = kLife});
  auto redirect = kv::increment("redirects", 1);
  if (!visit.wait() || !redirect.wait()) return unavailable(response);
  response.status(302);
  response.header("location", url->value);
  response.header("cache-control", "no-store");  // or the next visit would not be counted
}

void show_statistics(wws::Response& response) {
  const auto found = kv::get_many({"links", "redirects"}).wait();
  if (!found) return unavailable(response);
  const auto number = [&](std::size_t place) {
    const auto& entry = (*found)[place];
    return entry ? entry->value : "0";
  };
  response.header("content-type", "text/html; charset=utf-8");
  response.print(kForm, number(0), " links made, ", number(1), " visits\n");
}

}  // namespace

WWS_HANDLER(request, response) {
  const auto id = request.param("id");
  const bool is_read = request.method() == "GET" || request.method() == "HEAD";
  if (id && is_read) {
    follow(*id, request.query_value("visits").has_value(), response);
  } else if (!id && request.method() == "POST") {
    shorten(request, response);
  } else if (!id && is_read) {
    show_statistics(response);
  } else {
    response.header("allow", id ? "GET, HEAD" : "GET, HEAD, POST");
    response.reply(405, kText, "not here\n");
  }
}
