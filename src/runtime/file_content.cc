#include "runtime/file_content.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace wws::runtime {
namespace {

std::unexpected<Error> content_error() { return fail(ErrorCode::kIo, base::errno_text(errno)); }

/// Where data is next from `at` on; the end of the file: nowhere.
std::size_t next_data(const base::File& file, std::size_t at, std::size_t size) {
  const off_t found = lseek(file.fd(), static_cast<off_t>(at), SEEK_DATA);
  if (found >= 0) return std::min(static_cast<std::size_t>(found), size);
  return errno == ENXIO ? size : at;
}

std::size_t next_hole(const base::File& file, std::size_t at, std::size_t size) {
  const off_t found = lseek(file.fd(), static_cast<off_t>(at), SEEK_HOLE);
  return found > static_cast<off_t>(at) ? std::min(static_cast<std::size_t>(found), size) : size;
}

struct FreeHash {
  void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
};

void add_zeros(XXH3_state_t& hash, std::size_t count) {
  static constexpr std::array<char, 65'536> kZeros{};
  for (std::size_t left = count; left > 0; left -= std::min(left, kZeros.size()))
    XXH3_64bits_update(&hash, kZeros.data(), std::min(left, kZeros.size()));
}

}  // namespace

Result<FileContent> FileContent::of(const base::File& file, int protection) {
  struct stat status{};
  if (fstat(file.fd(), &status) != 0) return content_error();
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return FileContent(nullptr, 0, {});
  void* data = mmap(nullptr, size, protection, MAP_PRIVATE, file.fd(), 0);
  if (data == MAP_FAILED) return content_error();
  return FileContent(data, size, find_pieces(file, size));
}

FileContent::~FileContent() {
  if (data_ != nullptr) munmap(data_, size_);
}

std::vector<FileContent::Piece> FileContent::find_pieces(const base::File& file, std::size_t size) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < size;) {
    const std::size_t data = next_data(file, at, size);
    const std::size_t end = data < size ? next_hole(file, data, size) : size;
    pieces.push_back({at, data, end});
    at = end;
  }
  return pieces;
}

std::string FileContent::checksum() const {
  const std::unique_ptr<XXH3_state_t, FreeHash> hash(XXH3_createState());
  XXH3_64bits_reset(hash.get());
  for (const Piece& piece : pieces_) {
    add_zeros(*hash, piece.data - piece.hole);
    XXH3_64bits_update(hash.get(), bytes().data() + piece.data, piece.end - piece.data);
  }
  return fmt::format("{:016x}", XXH3_64bits_digest(hash.get()));
}

Result<void> FileContent::write_to(const base::File& file) const {
  if (ftruncate(file.fd(), static_cast<off_t>(size_)) != 0) return content_error();
  for (const Piece& piece : pieces_) {
    if (lseek(file.fd(), static_cast<off_t>(piece.data), SEEK_SET) < 0) return content_error();
    auto written = base::write_all(file.fd(), bytes().substr(piece.data, piece.end - piece.data));
    if (!written) return written;
  }
  return {};
}

}  // namespace wws::runtime
