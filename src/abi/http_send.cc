#include "abi/http_send.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/fetch.h"
#include "abi/guest_context.h"
#include "base/utf8.h"

namespace wws::abi {
namespace {

using wasm::CallStatus;
using wasm::Guest;
using wasm::GuestAddress;
using wasm::GuestMemory;

constexpr std::array<std::string_view, 7> kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"};
constexpr std::uint32_t kListEntry = 16;
/// An answer is held whole, outside of the guest.
constexpr std::size_t kMostAnswer = std::size_t{64} << 20;

/// Of the result area.
constexpr std::uint32_t kResultSize = 28;
enum class ErrorKind : std::uint8_t {
  kInvalidRequest = 0,
  kInvalidRequestBody = 1,
  kInvalidResponseBody = 2,
  kNotAllowed = 3,
  kInternal = 4,
  kTimeout = 5,
  kRedirectLoop = 6,
};

ErrorKind kind_of(fetch::Failure failure) noexcept {
  using enum fetch::Failure;
  switch (failure) {
    case kInvalid:
      return ErrorKind::kInvalidRequest;
    case kNotAllowed:
    case kTooMany:
      return ErrorKind::kNotAllowed;
    case kTimeout:
      return ErrorKind::kTimeout;
    case kRedirect:
    case kLoop:
      return ErrorKind::kRedirectLoop;
    case kTooLarge:
    case kBroken:
      return ErrorKind::kInvalidResponseBody;
    case kUnreachable:
    case kTls:
    case kUnavailable:
      return ErrorKind::kInternal;
  }
  return ErrorKind::kInternal;
}

CallStatus trap(Guest& guest, std::string_view what) {
  return guest.stop(ErrorCode::kGuestTrap, fmt::format("http.send-http-request: {}", what));
}

// --- what the guest gives ---

struct Arguments {
  std::uint32_t has_body;
  GuestAddress body;
  std::uint32_t body_length;
  GuestAddress headers;
  std::uint32_t headers_count;
  std::uint32_t method;
  GuestAddress url;
  std::uint32_t url_length;
};

std::optional<std::string> read_text(GuestMemory memory, GuestAddress address, std::uint32_t length) {
  const auto text = memory.text(address, length);
  if (!text || !base::is_utf8(*text)) return std::nullopt;
  return std::string(*text);
}

/// A list of names and values, each with its length.
std::optional<fetch::Fields> read_fields(GuestMemory memory, GuestAddress list, std::uint32_t count) {
  fetch::Fields fields;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto entry = memory.load<std::array<std::uint32_t, 4>>(list + i * kListEntry);
    if (!entry) return std::nullopt;
    auto name = read_text(memory, GuestAddress{(*entry)[0]}, (*entry)[1]);
    auto value = read_text(memory, GuestAddress{(*entry)[2]}, (*entry)[3]);
    if (!name || !value) return std::nullopt;
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

// --- what the guest gets ---

/// One piece of an answer in the guest's memory: bytes of its own, and where its address is written.
struct Piece {
  std::string bytes;
  std::uint32_t alignment = 1;
  std::uint32_t address = 0;
};

/// The result area, and the pieces that it points at. Built before anything is allocated, and written when all is.
class Result {
 public:
  Result(const fetch::Head& head, std::string body) {
    area_[0] = 0;
    body_ = add(std::move(body));
    for (const auto& [name, value] : head.fields) {
      fields_.emplace_back(add(name), add(value));
    }
    list_ = pieces_.size();
    pieces_.push_back({std::string(head.fields.size() * kListEntry, '\0'), 4});
    status_ = static_cast<std::uint16_t>(head.status);
  }
  explicit Result(const fetch::Refusal& refusal) : kind_(kind_of(refusal.failure)) { body_ = add(refusal.message); }

  /// The next piece that has no place in the guest's memory; null: all have.
  [[nodiscard]] Piece* next() noexcept { return placed_ < pieces_.size() ? &pieces_[placed_] : nullptr; }
  void place(std::uint32_t address) noexcept { pieces_[placed_++].address = address; }

  /// Writes all of it. False: a place is outside of the memory.
  [[nodiscard]] bool write(GuestMemory memory, GuestAddress area) {
    fill_list();
    for (const Piece& piece : pieces_) {
      if (!memory.write(GuestAddress{piece.address}, piece.bytes)) return false;
    }
    fill_area();
    return memory.write(area, {area_.data(), area_.size()});
  }

 private:
  std::size_t add(std::string bytes) {
    pieces_.push_back({std::move(bytes), 1});
    return pieces_.size() - 1;
  }
  [[nodiscard]] std::uint32_t address(std::size_t piece) const noexcept { return pieces_[piece].address; }
  [[nodiscard]] std::uint32_t size(std::size_t piece) const noexcept {
    return static_cast<std::uint32_t>(pieces_[piece].bytes.size());
  }
  template <class Bytes, class Number>
  static void put(Bytes& bytes, std::size_t at, Number number) noexcept {
    std::memcpy(bytes.data() + at, &number, sizeof number);
  }
  void fill_list() noexcept {
    if (!list_) return;
    std::size_t at = 0;
    for (const auto& [name, value] : fields_) {
      for (const std::size_t piece : {name, value}) {
        put(pieces_[*list_].bytes, at, address(piece));
        put(pieces_[*list_].bytes, at + 4, size(piece));
        at += 8;
      }
    }
  }
  void fill_area() noexcept {
    if (!list_) {
      area_[0] = 1;
      area_[4] = static_cast<char>(kind_);
      put(area_, 8, address(body_));
      put(area_, 12, size(body_));
      return;
    }
    area_[4] = 1;  // some
    put(area_, 8, address(body_));
    put(area_, 12, size(body_));
    put(area_, 16, address(*list_));
    put(area_, 20, static_cast<std::uint32_t>(fields_.size()));
    put(area_, 24, status_);
  }

  std::array<char, kResultSize> area_{};
  std::vector<Piece> pieces_;
  std::size_t placed_ = 0;
  std::size_t body_ = 0;  ///< or the message
  std::vector<std::pair<std::size_t, std::size_t>> fields_;
  std::optional<std::size_t> list_;  ///< none: an error
  std::uint16_t status_ = 0;
  ErrorKind kind_ = ErrorKind::kInternal;
};

/// One call, from its first entry to its return.
class Sending final : public SuspendedCall {
 public:
  explicit Sending(std::unique_ptr<Outgoing> outgoing) : outgoing_(std::move(outgoing)) {}
  explicit Sending(const fetch::Refusal& refusal) : result_(refusal) {}

  /// Goes on with it, as far as it gets.
  CallStatus go_on(Guest& guest, GuestMemory memory, GuestAddress area) {
    if (!result_ && !receive()) return guest.wait_until(base::Instant::max());
    if (std::exchange(is_allocating_, false)) {
      const auto address = guest.take_call_result();
      if (!address) return trap(guest, "the module exports no canonical_abi_realloc of four i32 parameters");
      result_->place(static_cast<std::uint32_t>(*address));
    }
    if (const Piece* piece = result_->next()) {
      is_allocating_ = true;
      return guest.call_export({"canonical_abi_realloc",
                                4,
                                {0, 0, static_cast<std::int32_t>(piece->alignment),
                                 static_cast<std::int32_t>(piece->bytes.size())}});
    }
    if (!result_->write(memory, area)) return trap(guest, "its result lies outside of the guest's memory");
    return CallStatus::kDone;
  }

 private:
  /// True: there is a result.
  bool receive() {
    while (true) {
      const auto bytes = outgoing_->read(kMostAnswer);
      if (!bytes && bytes.error() == NativeError::kAgain) return false;
      if (!bytes) {
        result_.emplace(*outgoing_->refusal());
        break;
      }
      if (bytes->empty()) {
        result_.emplace(*outgoing_->head(), std::move(body_));
        break;
      }
      body_ += *bytes;
      if (body_.size() <= kMostAnswer) continue;
      result_.emplace(fetch::Refusal{fetch::Failure::kTooLarge, "the answer is larger than 64 MiB"});
      break;
    }
    outgoing_.reset();
    return true;
  }

  std::unique_ptr<Outgoing> outgoing_;
  std::string body_;
  std::optional<Result> result_;
  bool is_allocating_ = false;
};

/// Begins a call. Null: the guest was ended.
std::unique_ptr<Sending> begin(Guest& guest, GuestContext& context, GuestMemory memory, const Arguments& arguments) {
  if (arguments.has_body > 1) return trap(guest, "the body's tag is neither none nor some"), nullptr;
  if (arguments.method >= kMethods.size()) return trap(guest, "no such method"), nullptr;
  const auto body = arguments.has_body == 1 ? memory.text(arguments.body, arguments.body_length) : std::string_view();
  if (!body) return trap(guest, "the body lies outside of the guest's memory"), nullptr;
  auto url = read_text(memory, arguments.url, arguments.url_length);
  if (!url) return trap(guest, "the URI is not UTF-8 within the guest's memory"), nullptr;
  auto fields = read_fields(memory, arguments.headers, arguments.headers_count);
  if (!fields) return trap(guest, "the headers are not UTF-8 within the guest's memory"), nullptr;
  Fetch* service = context.services().find<Fetch>();
  if (service == nullptr || !context.fetch()) {
    return std::make_unique<Sending>(
        fetch::Refusal{fetch::Failure::kNotAllowed,
                       "the worker may send no requests: its TOML has no [features.http_requests] allowed_hosts"});
  }
  if (!context.take_fetch()) {
    return std::make_unique<Sending>(fetch::Refusal{
        fetch::Failure::kTooMany,
        fmt::format("the worker has sent {} requests: [features.http_requests] per_request allows more",
                    context.fetch()->per_request)});
  }
  fetch::Request request;
  request.method = kMethods.at(arguments.method);
  request.url = std::move(*url);
  request.fields = std::move(*fields);
  request.body = body->empty() ? fetch::BodyForm::kNone : fetch::BodyForm::kWhole;
  request.loop = context.loop();
  return std::make_unique<Sending>(
      service->start(*context.fetch(), context.operations().invocation(), std::move(request), *body));
}

CallStatus send_http_request(Guest& guest, GuestMemory memory, std::uint32_t has_body, GuestAddress body,
                             std::uint32_t body_length, GuestAddress headers, std::uint32_t headers_count,
                             std::uint32_t method, GuestAddress, std::uint32_t, GuestAddress url,
                             std::uint32_t url_length, GuestAddress area) noexcept {
  GuestContext* context = context_of(guest);
  if (context == nullptr) return trap(guest, "there is no request yet");
  if (!context->suspended_call) {
    context->suspended_call = begin(
        guest, *context, memory, {has_body, body, body_length, headers, headers_count, method, url, url_length});
    if (!context->suspended_call) return CallStatus::kStop;
  }
  const CallStatus status = static_cast<Sending&>(*context->suspended_call).go_on(guest, memory, area);
  if (status == CallStatus::kDone || status == CallStatus::kStop) context->suspended_call.reset();
  return status;
}

constexpr std::array kFunctions = {
    wasm::host_function<&send_http_request>(kHttpModule, "send-http-request", wasm::Suspends::kMay),
};

}  // namespace

std::span<const wasm::HostFunction> http_functions() noexcept { return kFunctions; }

}  // namespace wws::abi
