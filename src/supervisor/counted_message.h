// What a server tells the one that takes its place of what it counted (docs/formats/channel.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/layout.h"
#include "metrics/own_counts.h"

namespace wws::supervisor {

/// A MessageType::kCounted. Two servers of different versions may be at its ends.
struct CountedMessage {
  metrics::Layout layout;                 ///< of its blocks
  std::vector<std::string> routes;        ///< the patterns of slots, from metrics::kFirstSlot on
  std::vector<metrics::OwnCount> counts;  ///< of the supervisor itself
};

[[nodiscard]] std::string to_json(const CountedMessage& message);
/// kInternal: it is none, or one of another form.
[[nodiscard]] Result<CountedMessage> parse_counted(std::string_view text);

}  // namespace wws::supervisor
