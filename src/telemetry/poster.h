// Who sends a request to the collector.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"

namespace wws::telemetry {

enum class Signal { kTraces, kMetrics };

/// What came of one request.
struct Reply {
  int status = 0;                               ///< 0: there was no answer
  std::string reason{};                         ///< then: why
  std::optional<base::Duration> retry_after{};  ///< as the collector wants it
  std::string body{};                           ///< its beginning
};

/// Sends a body at a time for each signal. One thread.
class Poster {
 public:
  using Taker = std::function<void(Reply)>;

  virtual ~Poster() = default;
  /// `taker` is called once, maybe within this call, and not after the poster is gone.
  virtual void post(Signal signal, const std::string& body, Taker taker) = 0;
};

}  // namespace wws::telemetry
