#include "admin/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "admin/query.h"
#include "base/log.h"
#include "base/quantity.h"
#include "http/fields.h"
#include "http/url.h"

namespace wws::admin {
namespace {

namespace json = boost::json;

/// Of one page.
constexpr std::uint64_t kMostKeys = 1000;
constexpr std::uint64_t kUsualKeys = 100;

std::unexpected<Error> cannot_read(std::string_view what) {
  return fail(ErrorCode::kBadUsage, fmt::format("{} cannot be read", what));
}

Result<void> take_list(std::string_view query, KeysRequest& wanted) {
  wanted.key = parameter(query, "prefix").value_or("");
  // A page's `next`, which is encoded in itself: keys are any bytes, and JSON has text alone.
  const auto after = decoded(parameter(query, "cursor").value_or(""));
  if (!after) return cannot_read("cursor");
  wanted.after = *after;
  const auto limit = number_parameter(query, "limit", kUsualKeys, kMostKeys);
  if (!limit) return std::unexpected(limit.error());
  wanted.limit = std::max<std::uint64_t>(1, *limit);
  return {};
}

/// If-Match: "12", which is the ETag of a value (RFC 9110, 13.1.1).
Result<void> take_condition(const http::Request& request, KeysRequest& wanted) {
  const auto field = http::find(request.fields, "if-match");
  if (!field) return {};
  std::string_view text = http::trim(*field);
  if (text.size() < 3 || !text.starts_with('"') || !text.ends_with('"')) return cannot_read("If-Match");
  text = text.substr(1, text.size() - 2);
  std::uint64_t version = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || stop != text.data() + text.size()) return cannot_read("If-Match");
  wanted.version = version;
  return {};
}

Result<void> take_value(const http::Request& request, KeysRequest& wanted) {
  wanted.value = request.body;
  const auto text = parameter(request.query, "ttl");
  if (!text) return {};
  const auto time = base::parse_duration(*text);
  if (!time) return cannot_read("ttl");
  wanted.time_to_live = std::chrono::ceil<std::chrono::milliseconds>(*time);
  return {};
}

http::Response json_answer(int status, const json::value& body) {
  return {
      status, {{"content-type", "application/json"}, {"cache-control", "no-store"}}, json::serialize(body)};
}

json::object page_json(const KeysReply& reply) {
  json::array keys;
  for (const std::string& key : reply.keys)
    keys.push_back(json::object{{"key", log::escaped(key)}, {"path", http::escape_segment(key)}});
  json::object page = {{"keys", std::move(keys)}};
  if (!reply.next.empty()) page["next"] = http::escape_segment(reply.next);
  return page;
}

http::Response value_response(const KeysReply& reply) {
  http::Response response{200,
                          {{"content-type", "application/octet-stream"},
                           {"content-disposition", "attachment"},
                           {"x-content-type-options", "nosniff"},
                           {"cache-control", "no-store"},
                           {"etag", fmt::format("\"{}\"", reply.version)}},
                          reply.value};
  if (reply.expires) response.fields.push_back({"wws-expires", std::to_string(*reply.expires)});
  return response;
}

}  // namespace

std::string_view keys_endpoint(std::string_view path) noexcept {
  if (!path.starts_with(kKeysPath)) return {};
  path.remove_prefix(kKeysPath.size());
  if (path.empty() || path == "/") return kKeysPath;
  if (path.front() != '/') return {};
  const std::size_t slash = path.find('/', 1);
  return slash == std::string_view::npos || slash + 1 == path.size() ? kKeysSpacePath : kKeysKeyPath;
}

Result<KeysRequest> keys_request(std::string_view endpoint, const http::Request& request) {
  using Action = KeysRequest::Action;
  KeysRequest wanted;
  if (endpoint == kKeysPath) return wanted;
  std::string_view below = request.target.substr(0, request.target.find('?')).substr(kKeysPath.size() + 1);
  const std::size_t slash = std::min(below.find('/'), below.size());
  const auto space = decoded(below.substr(0, slash));
  if (!space) return cannot_read("the namespace");
  wanted.space = *space;
  if (endpoint == kKeysSpacePath) {
    wanted.action = Action::kList;
    if (auto taken = take_list(request.query, wanted); !taken) return fail(taken);
    return wanted;
  }
  const auto key = decoded(below.substr(slash + 1));
  if (!key) return cannot_read("the key");
  wanted.key = *key;
  wanted.action = request.method == "PUT"      ? Action::kPut
                  : request.method == "DELETE" ? Action::kDelete
                                               : Action::kGet;
  if (wanted.action == Action::kGet) return wanted;
  if (auto taken = take_condition(request, wanted); !taken) return fail(taken);
  if (wanted.action == Action::kPut) {
    if (auto taken = take_value(request, wanted); !taken) return fail(taken);
  }
  return wanted;
}

http::Response keys_response(KeysRequest::Action action, const KeysReply& reply) {
  if (reply.status != 200) return json_answer(reply.status, json::object{{"error", reply.error}});
  switch (action) {
    case KeysRequest::Action::kSpaces: {
      json::array spaces;
      for (const auto& [name, bytes] : reply.spaces)
        spaces.push_back(json::object{
            {"name", log::escaped(name)}, {"path", http::escape_segment(name)}, {"bytes", bytes}});
      return json_answer(200, json::object{{"namespaces", std::move(spaces)}});
    }
    case KeysRequest::Action::kList:
      return json_answer(200, page_json(reply));
    case KeysRequest::Action::kGet:
      return value_response(reply);
    case KeysRequest::Action::kPut:
    case KeysRequest::Action::kDelete:
      break;
  }
  return json_answer(200, json::object{{"version", reply.version}});
}

}  // namespace wws::admin
