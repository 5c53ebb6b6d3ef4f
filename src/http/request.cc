#include "http/request.h"

#include <utility>

#include "http/url.h"

namespace wws::http {

void take_target(std::string_view text, Request& request) {
  request.target = text;
  request.resource = text == "*" ? Resource::kServer : Resource::kNothing;
  request.path.clear();
  request.query.clear();
  request.has_query = false;
  const auto target = split_target(text);
  if (!target) return;
  if (target->absolute) request.host = target->authority;
  escape_uri(target->query, request.query);
  request.has_query = target->has_query;
  if (auto path = normalise_path(target->path)) {
    request.path = std::move(*path);
    request.resource = Resource::kPath;
  }
}

}  // namespace wws::http
