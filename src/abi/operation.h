// What takes time, as guests wait for it (docs/abi.md, "Waiting").
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace wws::abi {

/// What the functions of `wws_v1` answer besides counts and ids (docs/abi.md, "Numbers, addresses, errors").
enum class NativeError : std::int32_t {
  kAgain = -1,
  kClosed = -2,
  kInvalid = -3,
  kState = -4,
  kAbsent = -5,
  kLimit = -6,
  // Of the key-value store.
  kConflict = -7,
  kQuota = -8,
  kUnavailable = -9,
  kUnknown = -10,
  kNotANumber = -11,
  kKeySize = -12,
  kValueSize = -13,
  kTooMuch = -14,
  kFull = -15,
  kOverflow = -16,
  kIo = -17,
  // Of outgoing requests.
  kNotAllowed = -18,
  kUnreachable = -19,
  kTls = -20,
  kTimeout = -21,
  kRedirect = -22,
  kLoop = -23,
  kTooLarge = -24,
  kBroken = -25,
  kTooMany = -26,
  // Of cryptography.
  kKey = -27,
  kFailed = -28,
};

/// Names one operation for good. The number that a guest knows is given again, to another operation.
struct Ticket {
  std::uint64_t invocation = 0;
  std::uint32_t number = 0;
  std::uint32_t use = 0;  ///< of that number
  friend bool operator==(const Ticket&, const Ticket&) = default;
};

/// What an operation of a service came to. A service gets back what it gave, and so knows the class.
class OperationResult {
 public:
  virtual ~OperationResult() = default;
};

/// Whatever a guest can wait for: bytes of a stream, a timer, the answer of a service.
class Operation {
 public:
  virtual ~Operation() = default;
  /// base::Instant::min(): it is ready; max(): that depends on others.
  [[nodiscard]] virtual base::Instant ready_at() const noexcept = 0;
};

/// Something outside of guests that answers them later. One thread.
class Service {
 public:
  virtual ~Service() = default;
  /// Nobody wants what comes of it any more. What completes it nevertheless is dropped.
  virtual void cancel(const Ticket& ticket) noexcept = 0;
};

/// Where services give what they have done.
class Completions {
 public:
  virtual ~Completions() = default;
  /// A ticket that is not pending any more is ignored. Not from within the guest's call that began the
  /// operation: what is known at once goes to Operations::complete().
  virtual void complete(const Ticket& ticket, std::unique_ptr<OperationResult> result) = 0;
  /// An operation of this invocation (Operations::add) is ready, or may be: its guest looks again if it
  /// waits.
  virtual void wake(std::uint64_t invocation) = 0;
};

/// The operations of one invocation: its streams, timers, and what services do for it, in one table.
///
/// Numbers below kFirst are always there and belong to others; those from kFirst on are given here, the
/// lowest free one first. What is pending when the table goes is cancelled. One thread.
class Operations {
 public:
  static constexpr std::uint32_t kStreams = 2;
  /// Numbers between are for streams to come.
  static constexpr std::uint32_t kFirst = 16;
  static constexpr std::size_t kMost = 1024;

  /// `invocation`: its id, for tickets.
  explicit Operations(std::uint64_t invocation) noexcept : invocation_(invocation) {}
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  /// An operation that is always there. It outlives its use here.
  void set_stream(std::uint32_t number, const Operation& operation) noexcept {
    streams_.at(number) = &operation;
  }
  /// False: the next one would be kLimit.
  [[nodiscard]] bool has_room() const noexcept;
  /// A new timer's number. kLimit.
  [[nodiscard]] std::expected<std::uint32_t, NativeError> add_timer(base::Instant when);
  /// A new operation of a service, which outlives the table. kLimit.
  [[nodiscard]] std::expected<Ticket, NativeError> begin(Service& service);

  /// Takes an operation in, whose number is known to the service's functions alone. It ends with cancel(), or
  /// with the table. kLimit.
  [[nodiscard]] std::expected<std::uint32_t, NativeError> add(Service& service,
                                                              std::unique_ptr<Operation> operation);
  /// What was added under this number for this service; null: nothing.
  [[nodiscard]] Operation* find_added(std::uint32_t number, const Service& service) noexcept;
  /// Names the invocation to services.
  [[nodiscard]] std::uint64_t invocation() const noexcept { return invocation_; }

  /// True: the operation was pending, and is ready now.
  bool complete(const Ticket& ticket, std::unique_ptr<OperationResult> result);
  /// Everything is ready: the client is gone.
  void close() noexcept { is_closed_ = true; }
  [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }

  /// As Operation::ready_at(); std::nullopt: it does not exist.
  [[nodiscard]] std::optional<base::Instant> ready_at(std::uint32_t number) const noexcept;
  /// The guest was told that it is ready. That ends a timer.
  void told(std::uint32_t number) noexcept;
  /// What this service's operation came to, and its end. kInvalid: the service has none of that number;
  /// kAgain: it is pending; kClosed: it will not be done.
  [[nodiscard]] std::expected<std::unique_ptr<OperationResult>, NativeError> take_result(
      std::uint32_t number, const Service& service);
  /// The same without its end: what it came to is there until take_result() or cancel().
  [[nodiscard]] std::expected<const OperationResult*, NativeError> look_at_result(
      std::uint32_t number, const Service& service) const;
  /// Ends an operation that is not always there. False: there is none of that number.
  bool cancel(std::uint32_t number) noexcept;

 private:
  /// A timer has a time, an operation of a service the service, and the operation if it was added.
  struct Place {
    bool is_used = false;
    std::uint32_t use = 0;
    base::Instant when = base::Instant::max();
    Service* service = nullptr;
    std::unique_ptr<OperationResult> result;
    std::unique_ptr<Operation> operation;  ///< of a service, if it keeps one here
  };
  [[nodiscard]] std::expected<std::uint32_t, NativeError> take_place();
  [[nodiscard]] Place* find(std::uint32_t number) noexcept;
  [[nodiscard]] const Place* find(std::uint32_t number) const noexcept;
  [[nodiscard]] Ticket ticket(std::uint32_t number, const Place& place) const noexcept {
    return {invocation_, number, place.use};
  }
  static void free(Place& place) noexcept;

  std::uint64_t invocation_;
  bool is_closed_ = false;
  std::array<const Operation*, kStreams> streams_{};
  std::vector<Place> places_;
};

}  // namespace wws::abi
