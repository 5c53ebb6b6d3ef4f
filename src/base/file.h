// Descriptors and whole-file reads and writes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace wws::base {

/// Owns one file descriptor; closes it when it goes. Empty: fd() is -1.
class File {
 public:
  File() noexcept = default;
  explicit File(int fd) noexcept : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  /// Gives the descriptor away; the caller closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void close() noexcept;
  /// A second descriptor for the same open file, close-on-exec.
  [[nodiscard]] Result<File> duplicate() const;

 private:
  int fd_ = -1;
};

/// Opens for reading, close-on-exec. Errors: kNotFound when it is not there, else kIo.
[[nodiscard]] Result<File> open_read(const std::filesystem::path& path);

/// The whole content. `limit` bytes at most: a longer file is an error, not a cut.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t limit = std::size_t{1} << 30);
/// The same from an open descriptor, from its start, without moving its offset.
[[nodiscard]] Result<std::string> read_file(const File& file, std::string_view name,
                                            std::size_t limit = std::size_t{1} << 30);

/// Writes all of `bytes`, however many calls that takes. kIo: what the system says, and nothing else.
[[nodiscard]] Result<void> write_all(int fd, std::string_view bytes);

/// Text for errno values, such as "No such file or directory". Thread-safe.
[[nodiscard]] std::string errno_text(int error_number);

}  // namespace wws::base
