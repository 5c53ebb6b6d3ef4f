// The functions `fetch_*` of `wws_v1`. docs/abi.md says what each does.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "abi/fetch.h"
#include "abi/native_bytes.h"
#include "abi/native_call.h"
#include "abi/native_exchange.h"
#include "http/fields.h"

namespace wws::abi {
namespace {

using wasm::Guest;
using wasm::GuestAddress;
using wasm::GuestMemory;

/// Of `flags`.
constexpr std::uint32_t kBodyStreams = 1;
constexpr std::uint32_t kRedirectManual = 2;
constexpr std::uint32_t kRedirectError = 4;

NativeError to_native(fetch::Failure failure) noexcept {
  using enum fetch::Failure;
  switch (failure) {
    case kInvalid:
      return NativeError::kInvalid;
    case kNotAllowed:
      return NativeError::kNotAllowed;
    case kUnreachable:
      return NativeError::kUnreachable;
    case kTls:
      return NativeError::kTls;
    case kTimeout:
      return NativeError::kTimeout;
    case kRedirect:
      return NativeError::kRedirect;
    case kLoop:
      return NativeError::kLoop;
    case kTooLarge:
      return NativeError::kTooLarge;
    case kBroken:
      return NativeError::kBroken;
    case kTooMany:
      return NativeError::kTooMany;
    case kUnavailable:
      return NativeError::kUnavailable;
  }
  return NativeError::kBroken;
}

/// A list of fields, as the ABI has lists, into the request. False: it is none.
bool take_fields(Decoder& list, fetch::Request& request) {
  while (!list.is_at_end()) {
    const auto name_length = list.number<std::uint32_t>();
    const auto value_length = list.number<std::uint32_t>();
    auto name = name_length && value_length ? list.text(*name_length) : std::nullopt;
    auto value = name ? list.text(*value_length) : std::nullopt;
    if (!value) return false;
    if (!http::equals_ignoring_case(*name, "content-length")) {
      request.fields.emplace_back(std::move(*name), std::move(*value));
      continue;
    }
    std::uint64_t length = 0;
    const auto [end, failed] = std::from_chars(value->data(), value->data() + value->size(), length);
    if (failed != std::errc() || end != value->data() + value->size()) return false;
    request.length = length;
  }
  return true;
}

std::optional<fetch::Request> decode_head(std::string_view bytes) {
  Decoder head(bytes);
  fetch::Request request;
  const auto method_length = head.number<std::uint32_t>();
  const auto url_length = head.number<std::uint32_t>();
  auto method = method_length && url_length ? head.text(*method_length) : std::nullopt;
  auto url = method ? head.text(*url_length) : std::nullopt;
  if (!url || !take_fields(head, request)) return std::nullopt;
  request.method = std::move(*method);
  request.url = std::move(*url);
  return request;
}

/// Reads `flags` into the request. False: there is one that is not known, or two that exclude each other.
bool take_flags(std::uint32_t flags, bool has_body, fetch::Request& request) noexcept {
  if ((flags & ~(kBodyStreams | kRedirectManual | kRedirectError)) != 0) return false;
  if ((flags & kRedirectManual) != 0 && (flags & kRedirectError) != 0) return false;
  if ((flags & kBodyStreams) != 0 && has_body) return false;
  if ((flags & kRedirectManual) != 0) request.redirect = fetch::RedirectMode::kManual;
  if ((flags & kRedirectError) != 0) request.redirect = fetch::RedirectMode::kError;
  if ((flags & kBodyStreams) != 0) request.body = fetch::BodyForm::kStream;
  if (has_body) request.body = fetch::BodyForm::kWhole;
  return true;
}

Outgoing* find(GuestContext& context, std::uint32_t number) noexcept {
  const Fetch* service = context.services().find<Fetch>();
  if (service == nullptr) return nullptr;
  // fetch_room() adds others, which are none of these.
  return dynamic_cast<Outgoing*>(context.operations().find_added(number, *service));
}

/// Why there is nothing to be told of it now.
NativeError not_now(const GuestContext& context, const Outgoing& outgoing) noexcept {
  if (outgoing.refusal() != nullptr) return to_native(outgoing.refusal()->failure);
  return context.operations().is_closed() ? NativeError::kClosed : NativeError::kAgain;
}

/// Calls `function` with the context of a guest that handles a request, and the request of this number.
template <class Function>
Int with_outgoing(Guest& guest, std::string_view name, std::uint32_t number, Function&& function) {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, name);
  Outgoing* outgoing = find(*context, number);
  if (outgoing == nullptr) return error(NativeError::kInvalid);
  return function(*context, *outgoing);
}

/// Calls `function` with the head of the answer to the request of this number.
template <class Function>
Int with_head(Guest& guest, std::string_view name, std::uint32_t number, Function&& function) {
  return with_outgoing(guest, name, number, [&](const GuestContext& context, const Outgoing& outgoing) {
    const fetch::Head* head = outgoing.head();
    return head == nullptr ? error(not_now(context, outgoing)) : function(*head);
  });
}

/// A worker that says where its request belongs knows better. Else it belongs to a span of its own, or to the
/// request that the worker answers.
void add_trace(const GuestContext& context, fetch::Request& request) {
  const trace::RequestTrace* trace = context.request_trace();
  if (trace != nullptr) request.span = trace->tracer->begin_fetch(*trace);
  const bool is_told = std::ranges::any_of(request.fields, [](const auto& field) {
    return http::equals_ignoring_case(field.first, "traceparent");
  });
  if (is_told) return;
  for (const auto& [name, value] : context.trace()) {
    if (request.span.tracer != nullptr && name == trace::kTraceparentField) {
      std::array<char, trace::kTraceparentSize> own{};
      trace::write_traceparent(request.span.context, own);
      request.fields.emplace_back(name, std::string(own.data(), own.size()));
    } else {
      request.fields.emplace_back(name, value);
    }
  }
}

// --- the functions ---

Int fetch_start(Guest& guest, GuestMemory memory, GuestAddress head, std::uint32_t head_length,
                GuestAddress body, std::uint32_t body_length, std::uint32_t flags) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "fetch_start");
  const auto head_bytes = memory.text(head, head_length);
  if (!head_bytes) return outside(guest, "fetch_start", head, head_length);
  const auto body_bytes = memory.text(body, body_length);
  if (!body_bytes) return outside(guest, "fetch_start", body, body_length);
  Fetch* service = context->services().find<Fetch>();
  if (service == nullptr || !context->fetch()) return error(NativeError::kAbsent);
  auto request = decode_head(*head_bytes);
  if (!request || !take_flags(flags, body_length > 0, *request)) return error(NativeError::kInvalid);
  if (request->body != fetch::BodyForm::kStream) request->length.reset();
  request->loop = context->loop();
  add_trace(*context, *request);
  if (!context->operations().has_room()) return error(NativeError::kLimit);  // before it counts, and goes out
  if (!context->take_fetch()) return error(NativeError::kTooMany);
  auto outgoing =
      service->start(*context->fetch(), context->operations().invocation(), std::move(*request), *body_bytes);
  const auto number = context->operations().add(*service, std::move(outgoing));
  return number ? Int(static_cast<std::int32_t>(*number)) : error(number.error());
}

Int fetch_status(Guest& guest, GuestMemory, std::uint32_t number) noexcept {
  return with_head(guest, "fetch_status", number,
                   [](const fetch::Head& head) -> Int { return static_cast<std::int32_t>(head.status); });
}

Int fetch_headers(Guest& guest, GuestMemory memory, std::uint32_t number, GuestAddress buffer,
                  std::uint32_t capacity) noexcept {
  return with_head(guest, "fetch_headers", number, [&](const fetch::Head& head) {
    std::string list;
    for (const auto& [name, value] : head.fields) append_entry(list, name, value);
    return fill(guest, memory, "fetch_headers", list, buffer, capacity);
  });
}

Int fetch_url(Guest& guest, GuestMemory memory, std::uint32_t number, GuestAddress buffer,
              std::uint32_t capacity) noexcept {
  return with_head(guest, "fetch_url", number, [&](const fetch::Head& head) {
    return fill(guest, memory, "fetch_url", head.url, buffer, capacity);
  });
}

Int fetch_error(Guest& guest, GuestMemory memory, std::uint32_t number, GuestAddress buffer,
                std::uint32_t capacity) noexcept {
  return with_outgoing(guest, "fetch_error", number, [&](GuestContext&, const Outgoing& outgoing) {
    if (outgoing.refusal() == nullptr) return error(NativeError::kAbsent);
    return fill(guest, memory, "fetch_error", outgoing.refusal()->message, buffer, capacity);
  });
}

Int fetch_body_read(Guest& guest, GuestMemory memory, std::uint32_t number, GuestAddress buffer,
                    std::uint32_t capacity) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "fetch_body_read");
  const auto target = memory.bytes(buffer, capacity);
  if (!target) return outside(guest, "fetch_body_read", buffer, capacity);
  Outgoing* outgoing = find(*context, number);
  if (outgoing == nullptr) return error(NativeError::kInvalid);
  const auto bytes = outgoing->read(capacity);
  if (!bytes) return error(not_now(*context, *outgoing));
  std::copy(bytes->begin(), bytes->end(), target->begin());
  return static_cast<std::int32_t>(bytes->size());
}

Int fetch_body_write(Guest& guest, GuestMemory memory, std::uint32_t number, GuestAddress bytes,
                     std::uint32_t length) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "fetch_body_write");
  const auto text = memory.text(bytes, length);
  if (!text) return outside(guest, "fetch_body_write", bytes, length);
  Outgoing* outgoing = find(*context, number);
  if (outgoing == nullptr) return error(NativeError::kInvalid);
  const auto taken = outgoing->write(*text);
  if (taken) return static_cast<std::int32_t>(*taken);
  return error(taken.error() == NativeError::kState ? NativeError::kState : not_now(*context, *outgoing));
}

Int fetch_body_end(Guest& guest, GuestMemory, std::uint32_t number) noexcept {
  return with_outgoing(guest, "fetch_body_end", number, [](GuestContext&, Outgoing& outgoing) -> Int {
    outgoing.end_body();
    return 0;
  });
}

Int fetch_room(Guest& guest, GuestMemory, std::uint32_t number) noexcept {
  return with_outgoing(guest, "fetch_room", number, [](GuestContext& context, const Outgoing& outgoing) {
    const auto room = context.operations().add(*context.services().find<Fetch>(), outgoing.room());
    return room ? Int(static_cast<std::int32_t>(*room)) : error(room.error());
  });
}

constexpr std::array kFetchFunctions = {
    wasm::host_function<&fetch_start>(kNativeModule, "fetch_start"),
    wasm::host_function<&fetch_status>(kNativeModule, "fetch_status"),
    wasm::host_function<&fetch_headers>(kNativeModule, "fetch_headers"),
    wasm::host_function<&fetch_url>(kNativeModule, "fetch_url"),
    wasm::host_function<&fetch_error>(kNativeModule, "fetch_error"),
    wasm::host_function<&fetch_body_read>(kNativeModule, "fetch_body_read"),
    wasm::host_function<&fetch_body_write>(kNativeModule, "fetch_body_write"),
    wasm::host_function<&fetch_body_end>(kNativeModule, "fetch_body_end"),
    wasm::host_function<&fetch_room>(kNativeModule, "fetch_room"),
};

}  // namespace

std::span<const wasm::HostFunction> fetch_functions() noexcept { return kFetchFunctions; }

}  // namespace wws::abi
