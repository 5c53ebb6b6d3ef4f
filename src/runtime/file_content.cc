#include "runtime/file_content.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

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

/// Of the checksum; no page of a machine's memory is smaller.
constexpr std::size_t kBlock = 4096;
/// What is read at once: it stays in the CPU's cache until it is counted.
constexpr std::size_t kMostRead = 16 * kBlock;

Result<void> read_at(int fd, std::span<char> bytes, std::size_t at) {
  while (!bytes.empty()) {
    const ssize_t count = pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (count == 0) return fail(ErrorCode::kIo, "it has become shorter while it was read");
    if (count < 0 && errno != EINTR) return content_error();
    const std::size_t read = count < 0 ? 0 : static_cast<std::size_t>(count);
    bytes = bytes.subspan(read);
    at += read;
  }
  return {};
}

constexpr std::size_t block_of(std::size_t at) noexcept { return at / kBlock * kBlock; }

bool is_zero(std::span<const char> block) noexcept {
  static constexpr std::array<char, kBlock> kZeros{};
  return std::memcmp(block.data(), kZeros.data(), block.size()) == 0;
}

/// What a checksum is made of, as it is read.
class Checksum {
 public:
  Checksum() : hash_(XXH3_createState()) { XXH3_64bits_reset(hash_.get()); }

  /// The file's bytes at `at`, a multiple of the block, behind those that were added before.
  void add(std::size_t at, std::span<const char> bytes) {
    std::size_t begin = 0;  // of blocks that are not zero
    for (std::size_t block = 0; block < bytes.size(); block += kBlock) {
      if (!is_zero(bytes.subspan(block, std::min(kBlock, bytes.size() - block)))) continue;
      add_used(at + begin, bytes.subspan(begin, block - begin));
      begin = block + kBlock;
    }
    if (begin < bytes.size()) add_used(at + begin, bytes.subspan(begin));
  }

  [[nodiscard]] std::string finish(std::size_t size) {
    places_.push_back(size);
    XXH3_64bits_update(hash_.get(), places_.data(), places_.size() * sizeof(std::uint64_t));
    return fmt::format("z{:016x}", XXH3_64bits_digest(hash_.get()));
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
  };

  void add_used(std::size_t at, std::span<const char> bytes) {
    if (bytes.empty()) return;
    XXH3_64bits_update(hash_.get(), bytes.data(), bytes.size());
    if (places_.empty() || places_.back() != at) places_.insert(places_.end(), {at, at});
    places_.back() += bytes.size();
  }

  std::unique_ptr<XXH3_state_t, Free> hash_;
  std::vector<std::uint64_t> places_;  ///< begin and end of what is not zero
};

}  // namespace

Result<FileContent> FileContent::of(const base::File& file, int protection) {
  struct stat status{};
  if (fstat(file.fd(), &status) != 0) return content_error();
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return FileContent(file.fd(), nullptr, 0, {});
  void* data = mmap(nullptr, size, protection, MAP_PRIVATE, file.fd(), 0);
  if (data == MAP_FAILED) return content_error();
  return FileContent(file.fd(), data, size, find_pieces(file, size));
}

FileContent::~FileContent() {
  if (data_ != nullptr) munmap(data_, size_);
}

std::vector<FileContent::Piece> FileContent::find_pieces(const base::File& file, std::size_t size) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < size;) {
    const std::size_t data = next_data(file, at, size);
    at = data < size ? next_hole(file, data, size) : size;
    if (data < size) pieces.push_back({data, at});
  }
  return pieces;
}

/// Reads rather than looks at what is mapped: each page would be a fault for this one look.
Result<std::string> FileContent::checksum() const {
  std::vector<char> buffer(kMostRead);
  Checksum sum;
  std::size_t at = 0;
  for (const Piece& piece : pieces_) {
    at = std::max(at, block_of(piece.data));
    const std::size_t end = std::min(block_of(piece.end + kBlock - 1), size_);
    while (at < end) {
      const auto part = std::span(buffer).first(std::min(buffer.size(), end - at));
      if (auto read = read_at(fd_, part, at); !read) return fail(read);
      sum.add(at, part);
      at += part.size();
    }
  }
  return sum.finish(size_);
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
