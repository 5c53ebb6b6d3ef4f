// What the guests of a server can use besides their request.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/operation.h"

namespace wws::abi {

/// Services by their names, which are `kName` of their classes. Filled at start and then shared by all
/// invocations.
class Services {
 public:
  /// The service outlives this.
  template <class S>
  void add(S& service) {
    services_.emplace_back(S::kName, &service);
  }
  /// Null: there is none of that class.
  template <class S>
  [[nodiscard]] S* find() const noexcept {
    const auto found = std::find_if(services_.begin(), services_.end(),
                                    [](const auto& entry) { return entry.first == S::kName; });
    return found == services_.end() ? nullptr : static_cast<S*>(found->second);
  }

 private:
  std::vector<std::pair<std::string_view, Service*>> services_;
};

}  // namespace wws::abi
