// The content of a file of the cache, or of one that is to go there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace wws::runtime {

/// A whole file, mapped. It stays open as long, and must not become shorter. Memory images have holes, where
/// all is zero: these are neither read nor written, so that an image costs what is in it and not what it is
/// long. Errors are kIo, with what the system says. One thread.
class FileContent {
 public:
  /// `protection` as of mmap: with PROT_EXEC it fails where code may not be executed. Moves the file's
  /// offset.
  [[nodiscard]] static Result<FileContent> of(const base::File& file, int protection);

  FileContent(FileContent&& other) noexcept
      : fd_(other.fd_),
        data_(std::exchange(other.data_, nullptr)),
        size_(other.size_),
        pieces_(std::move(other.pieces_)) {}
  FileContent& operator=(FileContent&&) = delete;
  ~FileContent();

  [[nodiscard]] std::string_view bytes() const noexcept { return {static_cast<const char*>(data_), size_}; }
  /// Of all bytes: zeros count by where they are, so that it is the same with and without holes
  /// (docs/formats/module-cache.md). It guards against a torn or rotten file, not against an attacker: those
  /// are kept out of the folder.
  [[nodiscard]] Result<std::string> checksum() const;
  static constexpr std::size_t kChecksumDigits = 17;
  /// Writes it, with its holes, to a file that is empty.
  [[nodiscard]] Result<void> write_to(const base::File& file) const;

 private:
  /// Data between holes. Where a file system knows no holes a file is one such piece.
  struct Piece {
    std::size_t data;
    std::size_t end;
  };

  FileContent(int fd, void* data, std::size_t size, std::vector<Piece> pieces) noexcept
      : fd_(fd), data_(data), size_(size), pieces_(std::move(pieces)) {}
  [[nodiscard]] static std::vector<Piece> find_pieces(const base::File& file, std::size_t size);

  int fd_;  ///< not ours
  void* data_;
  std::size_t size_;
  std::vector<Piece> pieces_;
};

}  // namespace wws::runtime
