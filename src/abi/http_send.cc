#include "abi/http_send.h"

#include <fmt/format.h>

#include <algorithm>
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

constexpr std::array<std::string_view, 7> kMethods = {"GET",    "POST",    "PUT", "PATCH",
                                                      "DELETE", "OPTIONS", "HEAD"};
constexpr std::uint32_t kListEntry = 16;
/// Of an answer's body, read at once and in all.
constexpr std::size_t kLargestPiece = std::size_t{64} << 10;
constexpr std::size_t kMostBody = std::size_t{1} << 30;

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

struct SendArguments {
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

/// A body in the guest's memory, which grows as it comes: what the guest is given counts against its own
/// memory.
struct Body {
  std::uint32_t address = 0;
  std::uint32_t capacity = 0;
  std::uint32_t length = 0;
  bool has_place = false;  ///< an empty one needs an address too
};

/// The result area, and the pieces that it points at. Built before they are allocated, and written when all
/// are.
class ResultArea {
 public:
  ResultArea(const fetch::Head& head, const Body& body) : body_(body) {
    for (const auto& [name, value] : head.fields) {
      const std::size_t name_at = add(name);
      fields_.emplace_back(name_at, add(value));
    }
    list_ = pieces_.size();
    pieces_.push_back({std::string(head.fields.size() * kListEntry, '\0'), 4});
    status_ = static_cast<std::uint16_t>(head.status);
  }
  explicit ResultArea(const fetch::Refusal& refusal) : kind_(kind_of(refusal.failure)) {
    add(refusal.message);
  }

  /// The next piece that has no place in the guest's memory; null: all have.
  [[nodiscard]] const Piece* next() const noexcept {
    return placed_ < pieces_.size() ? &pieces_[placed_] : nullptr;
  }
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
  template <class Bytes, class Number>
  static void put(Bytes& bytes, std::size_t at, Number number) noexcept {
    std::memcpy(bytes.data() + at, &number, sizeof number);
  }
  /// Address and length of a piece.
  template <class Bytes>
  void put_piece(Bytes& bytes, std::size_t at, std::size_t piece) const noexcept {
    put(bytes, at, pieces_[piece].address);
    put(bytes, at + 4, static_cast<std::uint32_t>(pieces_[piece].bytes.size()));
  }
  void fill_list() noexcept {
    std::size_t at = 0;
    for (const auto& [name, value] : fields_) {
      for (const std::size_t piece : {name, value}) {
        put_piece(pieces_[*list_].bytes, at, piece);
        at += 8;
      }
    }
  }
  void fill_area() noexcept {
    if (!list_) {
      area_[0] = 1;  // an error
      area_[4] = static_cast<char>(kind_);
      put_piece(area_, 8, 0);
      return;
    }
    area_[4] = 1;  // there is a body
    put(area_, 8, body_.address);
    put(area_, 12, body_.length);
    put(area_, 16, pieces_[*list_].address);
    put(area_, 20, static_cast<std::uint32_t>(fields_.size()));
    put(area_, 24, status_);
  }

  std::array<char, kResultSize> area_{};
  std::vector<Piece> pieces_;  ///< of an error: its message alone
  std::size_t placed_ = 0;
  Body body_;
  std::vector<std::pair<std::size_t, std::size_t>> fields_;  ///< names and values, as pieces
  std::optional<std::size_t> list_;                          ///< the piece; none: an error
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
    if (wanted_ != Wanted::kNothing && !take_memory(guest))
      return trap(guest, "the module exports no canonical_abi_realloc of four i32 parameters");
    while (!result_) {
      const CallStatus status = receive(guest, memory);
      if (status != CallStatus::kDone) return status;
    }
    if (const Piece* piece = result_->next()) {
      const auto size = static_cast<std::uint32_t>(piece->bytes.size());
      return allocate(guest, Wanted::kPiece, 0, 0, piece->alignment, size);
    }
    if (!result_->write(memory, area)) return trap(guest, "its result lies outside of the guest's memory");
    return CallStatus::kDone;
  }

 private:
  enum class Wanted { kNothing, kBody, kPiece };

  CallStatus allocate(Guest& guest, Wanted wanted, std::uint32_t old, std::uint32_t old_size,
                      std::uint32_t alignment, std::uint32_t size) {
    wanted_ = wanted;
    wanted_size_ = size;
    return guest.call_export({"canonical_abi_realloc",
                              4,
                              {static_cast<std::int32_t>(old), static_cast<std::int32_t>(old_size),
                               static_cast<std::int32_t>(alignment), static_cast<std::int32_t>(size)}});
  }

  /// False: there is none to be had.
  bool take_memory(Guest& guest) {
    const auto address = guest.take_call_result();
    if (!address) return false;
    if (std::exchange(wanted_, Wanted::kNothing) == Wanted::kPiece) {
      result_->place(static_cast<std::uint32_t>(*address));
    } else {
      body_.address = static_cast<std::uint32_t>(*address);
      body_.capacity = wanted_size_;
      body_.has_place = true;
    }
    return true;
  }

  CallStatus grow_body(Guest& guest, std::uint32_t size) {
    return allocate(guest, Wanted::kBody, body_.address, body_.capacity, 1, size);
  }

  /// One step of the answer. kDone: and the next may follow.
  CallStatus receive(Guest& guest, GuestMemory memory) {
    if (!piece_.empty()) {
      const auto size = static_cast<std::uint32_t>(piece_.size());
      if (size > body_.capacity - body_.length)
        return grow_body(guest, std::max(body_.capacity * 2, body_.length + size));
      if (!memory.write(GuestAddress{body_.address + body_.length}, piece_))
        return trap(guest, "its body lies outside of the guest's memory");
      body_.length += size;
      piece_.clear();
    }
    const auto bytes = outgoing_->read(kLargestPiece);
    if (!bytes && bytes.error() == NativeError::kAgain) return guest.wait_until(base::Instant::max());
    if (!bytes) {
      result_.emplace(*outgoing_->refusal());
    } else if (!bytes->empty()) {
      piece_ = *bytes;
      if (body_.length + piece_.size() > kMostBody)
        result_.emplace(fetch::Refusal{fetch::Failure::kTooLarge, "the answer is larger than 1 GiB"});
    } else if (body_.capacity != body_.length || !body_.has_place) {
      return grow_body(guest, body_.length);  // the guest gives back as much as it was given
    } else {
      result_.emplace(*outgoing_->head(), body_);
    }
    return CallStatus::kDone;
  }

  std::unique_ptr<Outgoing> outgoing_;
  std::string piece_;  ///< of the body, to be written
  Body body_;
  std::optional<ResultArea> result_;
  Wanted wanted_ = Wanted::kNothing;
  std::uint32_t wanted_size_ = 0;
};

/// Begins a call. Null: the guest was ended.
std::unique_ptr<Sending> begin(Guest& guest, GuestContext& context, GuestMemory memory,
                               const SendArguments& arguments) {
  if (arguments.has_body > 1) return trap(guest, "the body's tag is neither none nor some"), nullptr;
  if (arguments.method >= kMethods.size()) return trap(guest, "no such method"), nullptr;
  const auto body =
      arguments.has_body == 1 ? memory.text(arguments.body, arguments.body_length) : std::string_view();
  if (!body) return trap(guest, "the body lies outside of the guest's memory"), nullptr;
  auto url = read_text(memory, arguments.url, arguments.url_length);
  if (!url) return trap(guest, "the URI is not UTF-8 within the guest's memory"), nullptr;
  auto fields = read_fields(memory, arguments.headers, arguments.headers_count);
  if (!fields) return trap(guest, "the headers are not UTF-8 within the guest's memory"), nullptr;
  Fetch* service = context.services().find<Fetch>();
  if (service == nullptr || !context.fetch()) {
    return std::make_unique<Sending>(fetch::Refusal{
        fetch::Failure::kNotAllowed,
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
    context->suspended_call =
        begin(guest, *context, memory,
              {has_body, body, body_length, headers, headers_count, method, url, url_length});
    if (!context->suspended_call) return CallStatus::kStop;
  }
  const CallStatus status = static_cast<Sending&>(*context->suspended_call).go_on(guest, memory, area);
  if (status == CallStatus::kDone || status == CallStatus::kStop) context->suspended_call.reset();
  return status;
}

constexpr std::array kHttpFunctions = {
    wasm::host_function<&send_http_request>(kHttpModule, "send-http-request", wasm::Suspends::kMay),
};

}  // namespace

std::span<const wasm::HostFunction> http_functions() noexcept { return kHttpFunctions; }

}  // namespace wws::abi
