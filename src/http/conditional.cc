#include "http/conditional.h"

#include <optional>

#include "http/date.h"

namespace wws::http {
namespace {

enum class Comparison { kStrong, kWeak };  // RFC 9110, 8.8.3.2

struct EntityTag {
  std::string_view opaque;  // with its quotes
  bool weak = false;
};

bool is_etag_char(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7f);
}

/// Takes one entity tag off the front of `text`.
std::optional<EntityTag> take_entity_tag(std::string_view& text) noexcept {
  EntityTag tag;
  if (text.starts_with("W/")) {
    tag.weak = true;
    text.remove_prefix(2);
  }
  if (!text.starts_with('"')) return std::nullopt;
  std::size_t end = 1;
  while (end < text.size() && is_etag_char(text[end])) ++end;
  if (end == text.size() || text[end] != '"') return std::nullopt;
  tag.opaque = text.substr(0, end + 1);
  text.remove_prefix(end + 1);
  return tag;
}

bool same(const EntityTag& a, const EntityTag& b, Comparison comparison) noexcept {
  if (comparison == Comparison::kStrong && (a.weak || b.weak)) return false;
  return a.opaque == b.opaque;
}

void skip(std::string_view& text, std::string_view characters) noexcept {
  const auto first = text.find_first_not_of(characters);
  text.remove_prefix(first == std::string_view::npos ? text.size() : first);
}

/// True when the list holds "*" or a tag equal to `etag`. Ends at the first malformed tag.
bool list_matches(std::string_view list, std::string_view etag, Comparison comparison) noexcept {
  if (list == "*") return true;
  const auto current = take_entity_tag(etag);
  if (!current) return false;
  for (skip(list, " \t,"); !list.empty(); skip(list, " \t,")) {
    const auto tag = take_entity_tag(list);
    if (!tag) return false;
    if (same(*tag, *current, comparison)) return true;
    skip(list, " \t");
    if (!list.empty() && list.front() != ',') return false;
  }
  return false;
}

/// std::nullopt: no such field. A list may be spread over several field lines.
std::optional<bool> any_matches(const std::vector<FieldView>& fields, std::string_view name,
                                std::string_view etag, Comparison comparison) noexcept {
  std::optional<bool> result;
  for (const auto& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    result = result.value_or(false) || list_matches(field.value, etag, comparison);
  }
  return result;
}

std::optional<std::int64_t> find_date(const std::vector<FieldView>& fields, std::string_view name) noexcept {
  const auto value = find(fields, name);
  return value ? parse_date(*value) : std::nullopt;
}

}  // namespace

Precondition evaluate(const std::vector<FieldView>& fields, std::string_view method,
                      const Validators& validators) noexcept {
  if (const auto match = any_matches(fields, "If-Match", validators.etag, Comparison::kStrong)) {
    if (!*match) return Precondition::kFailed;
  } else if (const auto date = find_date(fields, "If-Unmodified-Since")) {
    if (validators.last_modified > *date) return Precondition::kFailed;
  }

  const bool reads = method == "GET" || method == "HEAD";
  if (const auto match = any_matches(fields, "If-None-Match", validators.etag, Comparison::kWeak)) {
    if (*match) return reads ? Precondition::kNotModified : Precondition::kFailed;
  } else if (const auto date = find_date(fields, "If-Modified-Since"); date && reads) {
    if (validators.last_modified <= *date) return Precondition::kNotModified;
  }
  return Precondition::kProceed;
}

bool if_range_holds(const std::vector<FieldView>& fields, const Validators& validators) noexcept {
  const auto value = find(fields, "If-Range");
  if (!value) return true;
  if (const auto date = parse_date(*value)) return *date == validators.last_modified;
  auto sent_text = *value;
  auto current_text = validators.etag;
  const auto sent = take_entity_tag(sent_text);
  const auto current = take_entity_tag(current_text);
  return sent && current && sent_text.empty() && same(*sent, *current, Comparison::kStrong);
}

}  // namespace wws::http
