#include "http/request.h"

#include <cstring>
#include <utility>

#include "http/request_head.h"
#include "http/url.h"

namespace wws::http {

std::string_view version_text(Version version) noexcept {
  return version == Version::kHttp10 ? "HTTP/1.0" : "HTTP/1.1";
}

std::string_view HeldText::assign(std::string_view bytes) {
  if (bytes.size() > capacity_) {
    bytes_ = std::make_unique_for_overwrite<char[]>(bytes.size());
    capacity_ = bytes.size();
  }
  if (!bytes.empty()) std::memcpy(bytes_.get(), bytes.data(), bytes.size());
  return {bytes_.get(), bytes.size()};
}

void HeldText::shrink(std::size_t bytes) noexcept {
  if (capacity_ <= bytes) return;
  bytes_.reset();
  capacity_ = 0;
}

void take_head(std::string_view bytes, RequestHead& head, Request& request) {
  const std::string_view held = request.text.assign(bytes);
  const auto moved = [&](std::string_view view) {
    return view.empty() ? std::string_view()
                        : held.substr(static_cast<std::size_t>(view.data() - bytes.data()), view.size());
  };
  request.version = head.minor_version == 0 ? Version::kHttp10 : Version::kHttp11;
  request.method = moved(head.method);
  request.host = moved(head.host);
  request.fields.swap(head.fields);
  for (FieldView& field : request.fields) field = {moved(field.name), moved(field.value)};
  take_target(moved(head.target), request);
}

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
