// Handlers that wait for the next poll().
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "kv/store.h"

namespace wws::kv {

/// Outcomes in the order in which they are to be told. One thread.
class Deliveries {
 public:
  using Handler = Handlers::Handler;

  void add(Handler handler, std::shared_ptr<const Outcome> outcome) {
    if (handler) ready_.push_back({std::move(handler), std::move(outcome)});
  }
  /// Both at once: of what needs no disk.
  void add(Handlers handlers, Outcome outcome) {
    const auto shared = std::make_shared<const Outcome>(std::move(outcome));
    add(std::move(handlers.ordered), shared);
    add(std::move(handlers.durable), shared);
  }

  /// Calls what was there at the start; what handlers add meanwhile stays.
  void deliver() {
    std::vector<Ready> now;
    now.swap(ready_);
    for (Ready& ready : now) {
      ready.handler(*ready.outcome);
      ready.handler = nullptr;  // what it holds goes now, not behind the others
    }
  }

  [[nodiscard]] bool empty() const noexcept { return ready_.empty(); }

 private:
  struct Ready {
    Handler handler;
    std::shared_ptr<const Outcome> outcome;
  };
  std::vector<Ready> ready_;
};

}  // namespace wws::kv
