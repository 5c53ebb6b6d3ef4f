// A share of what a process has.
#pragma once

#include <cstddef>
#include <utility>

namespace wws::server {

/// Bytes that all holders in a process may have together. One thread.
class Budget {
 public:
  explicit Budget(std::size_t limit) noexcept : limit_(limit) {}

  /// Whether more than seven eighths are taken: what is new had better wait.
  [[nodiscard]] bool is_nearly_spent() const noexcept { return used_ > limit_ - limit_ / 8; }
  /// Whether more than half is taken: who holds some has to hurry.
  [[nodiscard]] bool is_half_spent() const noexcept { return used_ > limit_ / 2; }

  /// What one holder has of it; gives it back when it goes. The budget outlives it.
  class Share {
   public:
    explicit Share(Budget& budget) noexcept : budget_(budget) {}
    ~Share() { set(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// Makes the share `bytes` large. False: there is not so much left, and it stays as it was.
    [[nodiscard]] bool resize(std::size_t bytes) noexcept {
      if (bytes > bytes_ && budget_.used_ + (bytes - bytes_) > budget_.limit_) return false;
      set(bytes);
      return true;
    }
    /// The same for bytes that are held already, whether there is room for them or not.
    void set(std::size_t bytes) noexcept {
      budget_.used_ = budget_.used_ - bytes_ + bytes;
      bytes_ = bytes;
    }
    void clear() noexcept { set(0); }

   private:
    Budget& budget_;
    std::size_t bytes_ = 0;
  };

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
};

}  // namespace wws::server
