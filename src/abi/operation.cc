#include "abi/operation.h"

#include <algorithm>
#include <utility>

namespace wws::abi {

Operations::~Operations() {
  // The last one first: what waits for the end of another goes before that.
  for (std::size_t i = places_.size(); i > 0; --i) cancel(kFirst + static_cast<std::uint32_t>(i - 1));
}

bool Operations::has_room() const noexcept {
  return places_.size() < kMost ||
         std::ranges::any_of(places_, [](const Place& place) { return !place.is_used; });
}

std::expected<std::uint32_t, NativeError> Operations::take_place() {
  auto place =
      std::find_if(places_.begin(), places_.end(), [](const Place& taken) { return !taken.is_used; });
  if (place == places_.end()) {
    if (places_.size() == kMost) return std::unexpected(NativeError::kLimit);
    place = places_.insert(places_.end(), Place());
  }
  place->is_used = true;
  ++place->use;
  return kFirst + static_cast<std::uint32_t>(place - places_.begin());
}

void Operations::free(Place& place) noexcept {
  place.is_used = false;
  place.when = base::Instant::max();
  place.service = nullptr;
  place.result.reset();
  place.operation.reset();
}

const Operations::Place* Operations::find(std::uint32_t number) const noexcept {
  const std::size_t index = number - kFirst;
  return number >= kFirst && index < places_.size() && places_[index].is_used ? &places_[index] : nullptr;
}

Operations::Place* Operations::find(std::uint32_t number) noexcept {
  return const_cast<Place*>(std::as_const(*this).find(number));
}

std::expected<std::uint32_t, NativeError> Operations::add_timer(base::Instant when) {
  const auto number = take_place();
  if (number) find(*number)->when = when;
  return number;
}

std::expected<Ticket, NativeError> Operations::begin(Service& service) {
  const auto number = take_place();
  if (!number) return std::unexpected(number.error());
  Place& place = *find(*number);
  place.service = &service;
  return ticket(*number, place);
}

std::expected<std::uint32_t, NativeError> Operations::add(Service& service,
                                                          std::unique_ptr<Operation> operation) {
  const auto number = take_place();
  if (!number) return number;
  Place& place = *find(*number);
  place.service = &service;
  place.operation = std::move(operation);
  return number;
}

Operation* Operations::find_added(std::uint32_t number, const Service& service) noexcept {
  const Place* place = find(number);
  return place != nullptr && place->service == &service ? place->operation.get() : nullptr;
}

bool Operations::complete(const Ticket& completed, std::unique_ptr<OperationResult> result) {
  Place* place = find(completed.number);
  if (place == nullptr || place->service == nullptr || place->operation || place->result) return false;
  if (ticket(completed.number, *place) != completed) return false;
  place->result = std::move(result);
  return true;
}

std::optional<base::Instant> Operations::ready_at(std::uint32_t number) const noexcept {
  const Place* place = find(number);
  const Operation* stream = number < kStreams ? streams_[number] : nullptr;
  if (place == nullptr && stream == nullptr) return std::nullopt;
  if (is_closed_) return base::Instant::min();
  if (stream != nullptr) return stream->ready_at();
  if (place->operation) return place->operation->ready_at();
  return place->result ? base::Instant::min() : place->when;
}

void Operations::told(std::uint32_t number) noexcept {
  Place* place = find(number);
  if (place != nullptr && place->service == nullptr) free(*place);
}

std::expected<const OperationResult*, NativeError> Operations::look_at_result(std::uint32_t number,
                                                                              const Service& service) const {
  const Place* place = find(number);
  if (place == nullptr || place->service != &service || place->operation)
    return std::unexpected(NativeError::kInvalid);
  if (!place->result) return std::unexpected(is_closed_ ? NativeError::kClosed : NativeError::kAgain);
  return place->result.get();
}

std::expected<std::unique_ptr<OperationResult>, NativeError> Operations::take_result(std::uint32_t number,
                                                                                     const Service& service) {
  if (const auto there = look_at_result(number, service); !there) return std::unexpected(there.error());
  Place& place = *find(number);
  auto result = std::move(place.result);
  free(place);
  return result;
}

bool Operations::cancel(std::uint32_t number) noexcept {
  Place* place = find(number);
  if (place == nullptr) return false;
  // It is not there any more when the service is told.
  const Ticket cancelled = ticket(number, *place);
  Service* const pending_at = place->result || place->operation ? nullptr : place->service;
  free(*place);
  if (pending_at != nullptr) pending_at->cancel(cancelled);
  return true;
}

}  // namespace wws::abi
