// What the server has counted, as the admin interface tells it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "metrics/block.h"
#include "metrics/text.h"

namespace wws::admin {

/// The blocks of all processes and the names of their routes. One thread.
class Figures {
 public:
  void add(metrics::Block block) { blocks_.push_back(std::move(block)); }
  /// By their slots, from metrics::kFirstSlot on.
  void set_routes(std::vector<std::string> routes) { routes_ = std::move(routes); }

  /// All of it in a format, without its end.
  [[nodiscard]] std::string text(metrics::Format format) const;
  /// The same for programs that compare two moments: docs/admin.md has the form.
  [[nodiscard]] std::string json() const;

 private:
  [[nodiscard]] metrics::Totals totals() const;

  std::vector<metrics::Block> blocks_;
  std::vector<std::string> routes_;
};

}  // namespace wws::admin
