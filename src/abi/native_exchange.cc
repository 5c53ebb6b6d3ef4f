#include "abi/native_exchange.h"

#include <algorithm>
#include <utility>

#include "abi/answer_fields.h"
#include "abi/native_bytes.h"
#include "abi/request_fields.h"
#include "http/characters.h"

namespace wws::abi {
namespace {

/// Operations that are always there: the request's body, and room for the answer's.
constexpr std::uint32_t kRequestBody = 0;
constexpr std::uint32_t kResponseBody = 1;
/// Header fields that most answers do with.
constexpr std::size_t kUsualFields = 4;

}  // namespace

NativeExchange::NativeExchange(Input input)
    : input_(std::move(input)),
      body_(input_.request.body),
      body_is_open_(input_.request.body_follows),
      output_left_(input_.output_bytes) {
  input_.operations.set_stream(kRequestBody, request_body_);
  input_.operations.set_stream(kResponseBody, response_body_);
}

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
      return request.has_query ? std::optional<std::string_view>(request.query) : std::nullopt;
    case RequestField::kPeer:
      return request.peer;
    case RequestField::kId:
      return input_.request.id;
    case RequestField::kSentPath:
      return sent_target(request).path;
  }
  return std::nullopt;
}

std::string_view NativeExchange::headers() {
  if (in_scratch_ == List::kHeaders) return scratch_;
  in_scratch_ = List::kHeaders;
  scratch_.clear();
  for (const http::FieldView& field : input_.request.fields)
    append_entry(scratch_, http::lower_case(field.name), field.value);
  return scratch_;
}

std::string_view NativeExchange::list(List which, Names entries) {
  if (in_scratch_ == which) return scratch_;
  in_scratch_ = which;
  scratch_.clear();
  for (const auto& [name, value] : entries) append_entry(scratch_, name, value);
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

std::expected<std::string_view, NativeError> NativeExchange::read_body(std::size_t most) {
  if (!body_.empty()) {
    const std::string_view taken = body_.substr(0, most);
    body_.remove_prefix(taken.size());
    return taken;
  }
  if (arrived_read_ == arrived_.size()) {
    if (!body_is_open_ || most == 0) return std::string_view();
    return std::unexpected(is_closed() ? NativeError::kClosed : NativeError::kAgain);
  }
  const std::string_view taken = std::string_view(arrived_).substr(arrived_read_, most);
  arrived_read_ += taken.size();
  return taken;
}

bool NativeExchange::wants_body() const noexcept {
  return body_is_open_ && !is_closed() && arrived_.size() - arrived_read_ < kWindow / 2;
}

void NativeExchange::give_body(std::string_view bytes) {
  arrived_.erase(0, std::exchange(arrived_read_, 0));
  arrived_ += bytes;
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
  std::string lower = http::lower_case(name);
  if (is_framing(lower)) return std::nullopt;
  if (answer_.fields.size() >= kMostFields || fields_size_ + name.size() + value.size() > kLargestFields) {
    return NativeError::kLimit;
  }
  fields_size_ += name.size() + value.size();
  if (answer_.fields.empty()) answer_.fields.reserve(kUsualFields);
  answer_.fields.push_back({std::move(lower), std::string(value)});
  return std::nullopt;
}

std::expected<std::size_t, NativeError> NativeExchange::write_body(std::string_view bytes) {
  if (finished_) return std::unexpected(NativeError::kState);
  if (is_closed()) return std::unexpected(NativeError::kClosed);
  if (bytes.empty()) return 0;
  if (bytes.size() > output_left_) return std::unexpected(NativeError::kLimit);
  if (output_.size() >= kWindow) return std::unexpected(NativeError::kAgain);
  bytes = bytes.substr(0, kWindow - output_.size());
  head_sent_ = true;
  output_ += bytes;
  output_left_ -= bytes.size();
  return bytes.size();
}

std::optional<NativeError> NativeExchange::finish() noexcept {
  if (finished_) return NativeError::kState;
  finished_ = true;
  return std::nullopt;
}

http::Response NativeExchange::take_rest() {
  http::Response rest = take_head();
  rest.body = std::move(output_);
  return rest;
}

bool NativeExchange::can_read() const noexcept {
  return !body_.empty() || arrived_read_ < arrived_.size() || !body_is_open_;
}

}  // namespace wws::abi
