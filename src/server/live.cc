#include "server/live.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "server/live_files.h"

namespace wws::server {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kLargestPage = std::uint64_t{4} << 20;

http::Response not_kept(std::string type, std::string_view body) {
  http::Response response;
  response.fields = {{"content-type", std::move(type)}, {"cache-control", "no-store"}};
  response.body = std::string(body);
  return response;
}

/// The page as text. False: it cannot be had.
bool read_into_memory(http::Response& response) {
  const auto* range = std::get_if<http::FileRange>(&response.body);
  if (range == nullptr) return true;
  if (range->length > kLargestPage) return false;
  std::string text(static_cast<std::size_t>(range->length), '\0');
  const auto offset = static_cast<off_t>(range->offset);
  const ssize_t count = pread(range->file->fd(), text.data(), text.size(), offset);
  if (count != static_cast<ssize_t>(text.size())) return false;
  response.body = std::move(text);
  return true;
}

json::object to_object(const Failure& failure) {
  json::object object = {{"file", failure.file}, {"message", failure.message}};
  if (!failure.place) return object;
  object["place"] = {
      {"file", failure.place->file}, {"line", failure.place->line}, {"column", failure.place->column}};
  json::array lines;
  for (const SourceLine& line : failure.lines)
    lines.push_back({{"number", line.number}, {"text", line.text}});
  object["lines"] = std::move(lines);
  return object;
}

void append_source(std::string& html, const Failure& failure) {
  if (failure.lines.empty()) return;
  html += "<pre class=\"source\">";
  for (const SourceLine& line : failure.lines) {
    const bool is_place = line.number == failure.place->line;
    html += fmt::format("<span class=\"{}\"><b>{:>4} </b>", is_place ? "place" : "line", line.number);
    append_escaped_html(html, line.text);
    html += "\n</span>";
    if (is_place && failure.place->column > 0)
      html += fmt::format("<span class=\"mark\"><b>     </b>{:>{}}\n</span>", '^', failure.place->column);
  }
  html += "</pre>\n";
}

}  // namespace

http::Response live_answer(const http::Request& request, std::string_view path) {
  if (request.method != "GET" && request.method != "HEAD") {
    auto response = http::text_response(405, "this can be read, and no more");
    response.fields.push_back({"allow", "GET, HEAD"});
    return response;
  }
  if (path == kEventsPath) return events_head();
  const std::string_view name = path.substr(kLiveFolder.size());
  if (name == "live.js") return not_kept("text/javascript; charset=utf-8", live_script());
  if (name == "live.css") return not_kept("text/css; charset=utf-8", live_styles());
  return http::text_response(404, "the server has nothing of this name");
}

http::Response events_head() { return not_kept("text/event-stream", ""); }

std::string event_text(const Live& live) {
  json::array failures;
  for (const Failure& failure : live.failures) failures.push_back(to_object(failure));
  const json::object state = {
      {"revision", live.revision}, {"styles", live.styles}, {"failures", std::move(failures)}};
  return fmt::format("retry: 500\ndata: {}\n\n", json::serialize(state));
}

bool wants_page(const http::Request& request) noexcept {
  if (request.method != "GET" && request.method != "HEAD") return false;
  // Sent where the connection is one that a browser trusts, as to localhost.
  if (const auto use = http::find(request.fields, "sec-fetch-dest"))
    return *use == "document" || *use == "iframe" || *use == "frame";
  const auto accept = http::find(request.fields, "accept");
  return accept && accept->find("text/html") != std::string_view::npos;
}

bool takes_script(const http::Response& head) noexcept {
  if (head.status == 206 || http::is_bodyless(head.status)) return false;
  const auto type = http::find(head.fields, "content-type");
  return type && http::equals_ignoring_case(type->substr(0, 9), "text/html") &&
         !http::find(head.fields, "content-encoding");
}

std::string script_element(const Live& live, std::string_view prefix) {
  return fmt::format("\n<script src=\"{}{}live.js?revision={}&amp;styles={}\"></script>\n", prefix,
                     kLiveFolder, live.revision, live.styles);
}

void forget_validators(http::Response& head) {
  std::erase_if(head.fields, [](const http::Field& field) {
    constexpr std::array<std::string_view, 7> kOfOtherBytes = {
        "etag",    "last-modified",  "accept-ranges", "cache-control",
        "expires", "content-digest", "repr-digest"};
    return std::ranges::any_of(
        kOfOtherBytes, [&](std::string_view name) { return http::equals_ignoring_case(field.name, name); });
  });
  head.fields.push_back({"cache-control", "no-store"});
}

void add_script(http::Response& response, const Live& live, std::string_view prefix) {
  if (!takes_script(response) || !read_into_memory(response)) return;
  std::get<std::string>(response.body) += script_element(live, prefix);
  forget_validators(response);
}

std::string failure_page(const Failure& failure, std::string_view title, std::string_view prefix) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\" data-wws>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>";
  append_escaped_html(html, failure.file);
  html +=
      fmt::format(" failed</title>\n<link rel=\"stylesheet\" href=\"{}{}live.css\">\n", prefix, kLiveFolder);
  html += "<main>\n<section class=\"failure\">\n<p class=\"where\">";
  const auto& place = failure.place;
  append_escaped_html(html, place ? fmt::format("{}:{}", place->file, place->line) : failure.file);
  html += "</p>\n<h1>";
  const std::size_t end = failure.message.find('\n');
  append_escaped_html(html, failure.message.substr(0, end));
  html += "</h1>\n";
  append_source(html, failure);
  if (end != std::string::npos) {
    html += "<pre class=\"trace\">";
    append_escaped_html(html, failure.message.substr(end + 1));
    html += "</pre>\n";
  }
  html += "</section>\n<p class=\"hint\">";
  append_escaped_html(html, title);
  return html + "<br>This page loads itself again when a file changes.</p>\n</main>\n";
}

void append_escaped_html(std::string& html, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
}

}  // namespace wws::server
