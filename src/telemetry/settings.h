// What is exported, and where to.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace wws::telemetry {

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// Plain data.
struct Settings {
  std::string endpoint;  ///< http or https; `/v1/traces` and `/v1/metrics` are put behind its path
  Attributes headers;    ///< of each request; their values are secret
  std::string ca_file;   ///< certificates to trust besides the system's; empty: none
  double ratio = 1;      ///< of traces that nobody else has decided about; below 0: there are none
  base::Duration metrics_interval = std::chrono::seconds(60);  ///< 0: none are sent
  Attributes resource;                                         ///< what the server is
  std::string version;                                         ///< of this program
  std::string commit;                                          ///< empty: it is not known
  base::WallTime began{};                                      ///< since when is counted

  [[nodiscard]] bool has_traces() const noexcept { return ratio >= 0; }
  [[nodiscard]] bool has_metrics() const noexcept { return metrics_interval.count() > 0; }
};

}  // namespace wws::telemetry
