#include "wasm/wasi_time.h"

#include <algorithm>
#include <optional>

#include "wasm/wasi_stdio.h"

namespace wws::wasm {
namespace {

using wasi::ClockId;
using wasi::Errno;
using ErrnoResult = CallResult<Errno>;

constexpr std::uint32_t kMaxSubscriptions = 1024;
/// Guests see time in steps of a millisecond: a fine clock is what timing attacks are made of.
constexpr std::uint64_t kClockStep = 1'000'000;

/// Nanoseconds on one of the guest's clocks, in whole steps; nothing for a clock that is not there.
std::optional<std::uint64_t> read_clock(const Guest& guest, ClockId id) noexcept {
  const auto nanoseconds = [](auto since) {
    return static_cast<std::uint64_t>(since.count()) / kClockStep * kClockStep;
  };
  switch (id) {
    case ClockId::kRealtime:
      return nanoseconds(guest.clock().wall().time_since_epoch());
    case ClockId::kMonotonic:
      return nanoseconds(guest.clock().now().time_since_epoch());
    case ClockId::kProcessCpu:
    case ClockId::kThreadCpu:
      return nanoseconds(guest.cpu_time());
  }
  return std::nullopt;
}

/// One look at a subscription: its event if it is ready, else when it will be.
struct Readiness {
  std::optional<wasi::Event> event;
  base::Instant when = base::Instant::max();
};

/// The moment at which a clock subscription fires, seen from the first call of this poll_oneoff.
template <class Subscription>
base::Instant fire_time(const Guest& guest, const Subscription& subscription, base::Instant first) {
  const auto nanoseconds =
      static_cast<std::int64_t>(std::min<std::uint64_t>(subscription.clock.timeout, std::uint64_t{1} << 62));
  if ((subscription.clock.flags & wasi::kSubclockflagsAbstime) == 0) {
    const base::Duration longest = base::Instant::max() - first;
    return first + std::min(base::Duration(nanoseconds), longest);
  }
  const base::Duration now = ClockId{subscription.clock.id} == ClockId::kRealtime
                                 ? guest.clock().wall().time_since_epoch()
                                 : guest.clock().now().time_since_epoch();
  return guest.clock().now() + std::max(base::Duration(0), base::Duration(nanoseconds) - now);
}

template <class Subscription>
Readiness look(const Guest& guest, const Subscription& subscription, base::Instant first) {
  wasi::Event event{};
  event.userdata = subscription.userdata;
  event.type = subscription.type;
  switch (wasi::Eventtype{subscription.type}) {
    case wasi::Eventtype::kClock: {
      if (!read_clock(guest, ClockId{subscription.clock.id})) {
        event.error = static_cast<std::uint16_t>(Errno::kInval);
        return {event};
      }
      const base::Instant when = fire_time(guest, subscription, first);
      if (when > guest.clock().now()) return {std::nullopt, when};
      return {event};
    }
    case wasi::Eventtype::kFdRead:
    case wasi::Eventtype::kFdWrite:
      // Files are always ready.
      if (guest.wasi().stream(subscription.fd) == Stream::kClosed &&
          (guest.files() == nullptr || !guest.files()->is_open(subscription.fd))) {
        event.error = static_cast<std::uint16_t>(Errno::kBadf);
      }
      return {event};
  }
  event.error = static_cast<std::uint16_t>(Errno::kInval);
  return {event};
}

template <class Preview>
ErrnoResult poll_once(Guest& guest, GuestMemory memory, GuestAddress subscriptions, GuestAddress events,
                      std::uint32_t count, GuestAddress result) noexcept {
  using Subscription = typename Preview::Subscription;
  if (count == 0 || count > kMaxSubscriptions) return Errno::kInval;
  // Called again at every wake-up: the wait began at the first call.
  const base::Instant first = guest.wait_begins();
  base::Instant next = base::Instant::max();
  std::uint32_t ready = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto subscription =
        memory.load<Subscription>(subscriptions + i * std::uint32_t{sizeof(Subscription)});
    if (!subscription) return Errno::kFault;
    const Readiness readiness = look(guest, *subscription, first);
    next = std::min(next, readiness.when);
    if (!readiness.event) continue;
    if (!memory.store(events + ready * std::uint32_t{sizeof(wasi::Event)}, *readiness.event)) {
      return Errno::kFault;
    }
    ++ready;
  }
  if (ready == 0) return guest.wait_until(next);
  return memory.store(result, ready) ? Errno::kSuccess : Errno::kFault;
}

}  // namespace

ErrnoResult clock_res_get(Guest& guest, GuestMemory memory, ClockId id, GuestAddress result) noexcept {
  if (!read_clock(guest, id)) return Errno::kInval;
  return memory.store(result, kClockStep) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult clock_time_get(Guest& guest, GuestMemory memory, ClockId id, std::uint64_t,
                           GuestAddress result) noexcept {
  const auto time = read_clock(guest, id);
  if (!time) return Errno::kInval;
  return memory.store(result, *time) ? Errno::kSuccess : Errno::kFault;
}

template <class Preview>
ErrnoResult poll_oneoff(Guest& guest, GuestMemory memory, GuestAddress subscriptions, GuestAddress events,
                        std::uint32_t count, GuestAddress result) noexcept {
  const ErrnoResult end = poll_once<Preview>(guest, memory, subscriptions, events, count, result);
  if (end.status != CallStatus::kPending) guest.wait_ends();
  return end;
}

template ErrnoResult poll_oneoff<wasi::Preview1>(Guest&, GuestMemory, GuestAddress, GuestAddress,
                                                 std::uint32_t, GuestAddress) noexcept;
template ErrnoResult poll_oneoff<wasi::Preview0>(Guest&, GuestMemory, GuestAddress, GuestAddress,
                                                 std::uint32_t, GuestAddress) noexcept;

}  // namespace wws::wasm
