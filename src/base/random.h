// Random numbers as a dependency.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace wws::base {

/// Cryptographic random bytes from the kernel (getrandom), fetched some hundred at a time: a guest asks for
/// sixteen at its start, and a system call for each would cost more than all else it asks for.
///
/// Each byte is given out once and wiped here. One thread.
class Random {
 public:
  Random() = default;
  ~Random();
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;

  /// Fills `target`. False: the kernel has none to give; what is in `target` must not be used.
  [[nodiscard]] bool fill(std::span<std::uint8_t> target) noexcept;

 private:
  std::array<std::uint8_t, 512> store_{};
  std::size_t left_ = 0;  ///< bytes at the end of store_ that were not given out
};

}  // namespace wws::base
