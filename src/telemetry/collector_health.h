// Whether the collector takes what it is sent, for the log.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace wws::telemetry {

/// One line when it begins to fail, and one when that is over, however often it is asked meanwhile. One
/// thread.
class CollectorHealth {
 public:
  /// `name`: of the collector, for people, without a secret.
  explicit CollectorHealth(std::string name) : name_(std::move(name)) {}

  void took();
  void failed(std::string_view why);

  [[nodiscard]] bool is_failing() const noexcept { return is_failing_; }

 private:
  std::string name_;
  bool is_failing_ = false;
};

}  // namespace wws::telemetry
