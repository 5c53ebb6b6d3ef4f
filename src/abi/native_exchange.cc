#include "abi/native_exchange.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "abi/answer_fields.h"

namespace wws::abi {
namespace {

/// Operations that are always there: the request's body, and room for the answer's.
constexpr std::uint32_t kStreams = 2;
/// The first timer's number. Those between are for streams to come.
constexpr std::uint32_t kFirstTimer = 16;
constexpr std::size_t kMostTimers = 1024;

void append_length(std::string& list, std::size_t length) {
  static_assert(std::endian::native == std::endian::little);
  const auto number = static_cast<std::uint32_t>(length);
  std::array<char, sizeof number> bytes;
  std::memcpy(bytes.data(), &number, sizeof number);
  list.append(bytes.data(), bytes.size());
}

}  // namespace

std::optional<std::string_view> NativeExchange::field(RequestField field) const noexcept {
  const http::Request& request = input_.request;
  switch (field) {
    case RequestField::kMethod:
      return request.method;
    case RequestField::kUrl:
      return input_.url;
    case RequestField::kPath:
      return request.path;
    case RequestField::kQuery:
      return request.has_query ? std::optional(request.query) : std::nullopt;
    case RequestField::kPeer:
      return request.peer;
    case RequestField::kId:
      return input_.id;
  }
  return std::nullopt;
}

void NativeExchange::append_entry(std::string_view name, std::string_view value) {
  append_length(scratch_, name.size());
  append_length(scratch_, value.size());
  scratch_ += name;
  scratch_ += value;
}

std::string_view NativeExchange::headers() {
  if (in_scratch_ == List::kHeaders) return scratch_;
  in_scratch_ = List::kHeaders;
  scratch_.clear();
  for (const http::FieldView& field : input_.request.fields)
    append_entry(lower_case(field.name), field.value);
  return scratch_;
}

std::string_view NativeExchange::list(List which, Names entries) {
  if (in_scratch_ == which) return scratch_;
  in_scratch_ = which;
  scratch_.clear();
  for (const auto& [name, value] : entries) append_entry(name, value);
  return scratch_;
}

std::optional<std::string_view> NativeExchange::header(std::string_view name) {
  std::optional<std::string_view> first;
  bool is_joined = false;
  for (const http::FieldView& field : input_.request.fields) {
    if (!http::equals_ignoring_case(field.name, name)) continue;
    if (!first) {
      first = field.value;
      continue;
    }
    if (!is_joined) scratch_ = *first;
    is_joined = true;
    in_scratch_ = List::kNone;
    scratch_ += http::equals_ignoring_case(name, "cookie") ? "; " : ", ";
    scratch_ += field.value;
  }
  return is_joined ? std::optional<std::string_view>(scratch_) : first;
}

std::string_view NativeExchange::read_body(std::size_t most) noexcept {
  const std::string_view taken = input_.request.body.substr(body_read_, most);
  body_read_ += taken.size();
  return taken;
}

std::optional<NativeError> NativeExchange::set_status(std::int32_t status) noexcept {
  if (status < kLowestStatus || status > kHighestStatus) return NativeError::kInvalid;
  if (head_sent_ || finished_) return NativeError::kState;
  answer_.status = status;
  return std::nullopt;
}

std::optional<NativeError> NativeExchange::add_header(std::string_view name, std::string_view value) {
  value = trimmed(value);
  if (!http::is_token(name) || !http::is_field_value(value)) return NativeError::kInvalid;
  if (head_sent_ || finished_) return NativeError::kState;
  std::string lower = lower_case(name);
  if (is_framing(lower)) return std::nullopt;
  if (answer_.fields.size() >= kMostFields || fields_size_ + name.size() + value.size() > kLargestFields) {
    return NativeError::kLimit;
  }
  fields_size_ += name.size() + value.size();
  answer_.fields.push_back({std::move(lower), std::string(value)});
  return std::nullopt;
}

NativeExchange::Written NativeExchange::write_body(std::string_view bytes) {
  if (finished_) return Written::kFinished;
  if (bytes.size() > input_.output_bytes - body_.size()) return Written::kTooMuch;
  head_sent_ = head_sent_ || !bytes.empty();
  body_ += bytes;
  return Written::kAll;
}

std::optional<NativeError> NativeExchange::finish() noexcept {
  if (finished_) return NativeError::kState;
  finished_ = true;
  return std::nullopt;
}

http::Response NativeExchange::take_answer() {
  answer_.body = std::move(body_);
  return std::move(answer_);
}

std::int32_t NativeExchange::add_timer(base::Instant when) {
  auto place = std::find(timers_.begin(), timers_.end(), std::nullopt);
  if (place == timers_.end()) {
    if (timers_.size() == kMostTimers) return static_cast<std::int32_t>(NativeError::kLimit);
    place = timers_.insert(timers_.end(), std::nullopt);
  }
  *place = when;
  return static_cast<std::int32_t>(kFirstTimer + (place - timers_.begin()));
}

std::optional<base::Instant> NativeExchange::ready_at(std::uint32_t operation) const noexcept {
  if (operation < kStreams) return base::Instant::min();  // bodies are there, whole
  const std::size_t index = operation - kFirstTimer;
  return operation >= kFirstTimer && index < timers_.size() ? timers_[index] : std::nullopt;
}

bool NativeExchange::remove_timer(std::uint32_t operation) noexcept {
  if (operation < kFirstTimer || !ready_at(operation)) return false;
  timers_[operation - kFirstTimer].reset();
  return true;
}

}  // namespace wws::abi
