// An eventfd: one thread wakes another's event loop.
#pragma once

#include "base/file.h"
#include "base/result.h"

namespace wws::base {

/// notify() from any thread makes fd() readable until clear(). Neither waits.
class Wake {
 public:
  [[nodiscard]] static Result<Wake> make();

  void notify() const noexcept;
  void clear() const noexcept;
  [[nodiscard]] int fd() const noexcept { return event_.fd(); }

 private:
  explicit Wake(File event) noexcept : event_(std::move(event)) {}

  File event_;
};

}  // namespace wws::base
