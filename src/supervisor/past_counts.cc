#include "supervisor/past_counts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "supervisor/counted_message.h"

namespace wws::supervisor {
namespace {

/// Of what has no place here; more say no more.
constexpr std::size_t kMostUnknownNamed = 5;

}  // namespace

Result<PastCounts> PastCounts::create() {
  auto block = metrics::Block::create();
  if (!block) return fail(block);
  return PastCounts(std::move(*block));
}

bool PastCounts::take(std::string_view text, RouteSlots& slots) {
  is_told_ = true;
  auto message = parse_counted(text);
  if (!message) {
    lose(message.error().message);
    return false;
  }
  const std::size_t before = slots.names().size();
  std::vector<metrics::RouteSlot> places = {metrics::kFilesSlot, metrics::kOtherSlot};
  for (const std::string& route : message->routes) places.push_back(slots.place(route));
  auto unknown = past_.describe(message->layout, places);
  if (!unknown) {
    lose(unknown.error().message);
    return slots.names().size() > before;
  }
  counts_ = std::move(message->counts);
  if (!unknown->empty() && !std::exchange(has_named_unknown_, true)) {
    const std::size_t more = unknown->size() - std::min(unknown->size(), kMostUnknownNamed);
    unknown->resize(unknown->size() - more);
    log::info("restart: the server before this one counts what this one does not: {}{}",
              log::escaped(fmt::format("{}", fmt::join(*unknown, ", "))),
              more > 0 ? fmt::format(", and {} more", more) : "");
  }
  return slots.names().size() > before;
}

void PastCounts::add(base::File memory) {
  if (is_lost_) return;
  if (auto added = past_.add(std::move(memory)); !added) lose(added.error().message);
}

void PastCounts::end() {
  past_.end();
  refresh();
}

void PastCounts::lose(std::string_view why) {
  if (std::exchange(is_lost_, true)) return;
  log::warn("restart: what the server before this one counted is not taken over: {}", log::escaped(why));
}

}  // namespace wws::supervisor
