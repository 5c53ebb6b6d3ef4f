// Room on the disk that is kept for bad times.
#pragma once

#include <filesystem>

#include "base/file.h"
#include "base/result.h"

namespace wws::kv {

/// A file that holds nothing but its size: given back when the disk is full, so that what is deleted can be
/// deleted. SQLite needs to write for that, too.
///
/// The descriptor is opened once. Used by one thread at a time, like the Database.
class Ballast {
 public:
  static constexpr std::string_view kFileName = "kv.ballast";
  static constexpr off_t kBytes = off_t{4} << 20;

  /// Opens or makes the file; it need not be whole afterwards (held()), since the disk may be full.
  [[nodiscard]] static Result<Ballast> open(const std::filesystem::path& folder);

  /// Takes the room, if the disk has as much again beside it: else it would be full at the next write.
  bool take() noexcept;
  /// Gives the room back to the disk.
  void release() noexcept;
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  explicit Ballast(base::File file) noexcept : file_(std::move(file)) {}

  base::File file_;
  bool held_ = false;
};

}  // namespace wws::kv
