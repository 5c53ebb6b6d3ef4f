#include "egress/frame_kind.h"

#include <cstring>
#include <utility>

namespace wws::egress {
namespace {

template <class Number>
void append_number(std::string& bytes, Number value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_text(std::string& bytes, std::string_view text) {
  append_number(bytes, static_cast<std::uint32_t>(text.size()));
  bytes += text;
}

void append_fields(std::string& bytes, const fetch::Fields& fields) {
  append_number(bytes, static_cast<std::uint32_t>(fields.size()));
  for (const auto& [name, value] : fields) {
    append_text(bytes, name);
    append_text(bytes, value);
  }
}

/// Takes numbers and texts off a payload; after the first that is not there everything is empty, and
/// is_complete() false.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  template <class Number>
  Number number() {
    Number value{};
    if (bytes_.size() < sizeof value) {
      is_good_ = false;
      return value;
    }
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const auto size = number<std::uint32_t>();
    if (bytes_.size() < size) {
      is_good_ = false;
      return {};
    }
    std::string value(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return value;
  }
  fetch::Fields fields() {
    const auto count = number<std::uint32_t>();
    if (count > kMostFields) is_good_ = false;
    fetch::Fields fields;
    for (std::uint32_t i = 0; i < count && is_good_; ++i) {
      std::string name = text();
      fields.emplace_back(std::move(name), text());
    }
    return fields;
  }
  /// One of an enumeration whose numbers are `first` to `last`.
  template <class Enumeration>
  Enumeration one_of(Enumeration first, Enumeration last) {
    const auto value = number<std::uint32_t>();
    if (value < static_cast<std::uint32_t>(first) || value > static_cast<std::uint32_t>(last))
      is_good_ = false;
    return is_good_ ? static_cast<Enumeration>(value) : first;
  }
  [[nodiscard]] bool is_complete() const noexcept { return is_good_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool is_good_ = true;
};

}  // namespace

void encode(const fetch::Request& request, std::string& bytes) {
  append_text(bytes, request.method);
  append_text(bytes, request.url);
  append_fields(bytes, request.fields);
  append_number(bytes, static_cast<std::uint32_t>(request.body));
  append_number(bytes, static_cast<std::uint32_t>(request.length.has_value()));
  append_number(bytes, request.length.value_or(0));
  append_number(bytes, static_cast<std::uint32_t>(request.redirect));
  append_text(bytes, request.loop);
}

void encode(const fetch::Head& head, std::string& bytes) {
  append_number(bytes, static_cast<std::int32_t>(head.status));
  append_text(bytes, head.url);
  append_fields(bytes, head.fields);
}

void encode(const fetch::Refusal& refusal, std::string& bytes) {
  append_number(bytes, static_cast<std::uint32_t>(refusal.failure));
  append_text(bytes, refusal.message);
}

void encode_count(std::uint32_t count, std::string& bytes) { append_number(bytes, count); }

std::optional<fetch::Request> decode_request(std::string_view payload) {
  Decoder decoder(payload);
  fetch::Request request;
  request.method = decoder.text();
  request.url = decoder.text();
  request.fields = decoder.fields();
  request.body = decoder.one_of(fetch::BodyForm::kNone, fetch::BodyForm::kStream);
  const auto has_length = decoder.number<std::uint32_t>();
  const auto length = decoder.number<std::uint64_t>();
  if (has_length != 0) request.length = length;
  request.redirect = decoder.one_of(fetch::RedirectMode::kFollow, fetch::RedirectMode::kError);
  request.loop = decoder.text();
  return decoder.is_complete() ? std::optional(std::move(request)) : std::nullopt;
}

std::optional<fetch::Head> decode_head(std::string_view payload) {
  Decoder decoder(payload);
  fetch::Head head;
  head.status = decoder.number<std::int32_t>();
  head.url = decoder.text();
  head.fields = decoder.fields();
  return decoder.is_complete() ? std::optional(std::move(head)) : std::nullopt;
}

std::optional<fetch::Refusal> decode_refusal(std::string_view payload) {
  Decoder decoder(payload);
  fetch::Refusal refusal;
  refusal.failure = decoder.one_of(fetch::Failure::kInvalid, fetch::Failure::kUnavailable);
  refusal.message = decoder.text();
  return decoder.is_complete() ? std::optional(std::move(refusal)) : std::nullopt;
}

std::optional<std::uint32_t> decode_count(std::string_view payload) noexcept {
  Decoder decoder(payload);
  const auto count = decoder.number<std::uint32_t>();
  return decoder.is_complete() ? std::optional(count) : std::nullopt;
}

}  // namespace wws::egress
