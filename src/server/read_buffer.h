// Bytes read from a socket and not yet used.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace wws::server {

/// A growing buffer with a used front. Moving it keeps the bytes where they are, so that views into them
/// stay valid; prepare() may move them. Between prepare() and commit(), while a read is on its way, they stay
/// where they are, and bytes can be consumed.
class ReadBuffer {
 public:
  ReadBuffer() = default;
  ReadBuffer(ReadBuffer&& other) noexcept
      : data_(std::move(other.data_)),
        capacity_(std::exchange(other.capacity_, 0)),
        begin_(std::exchange(other.begin_, 0)),
        end_(std::exchange(other.end_, 0)),
        lent_(std::exchange(other.lent_, false)) {}
  ReadBuffer& operator=(ReadBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    capacity_ = std::exchange(other.capacity_, 0);
    begin_ = std::exchange(other.begin_, 0);
    end_ = std::exchange(other.end_, 0);
    lent_ = std::exchange(other.lent_, false);
    return *this;
  }

  [[nodiscard]] std::string_view bytes() const noexcept { return {data_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

  /// Drops `count` bytes at the front.
  void consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_ && !lent_) begin_ = end_ = 0;
  }

  /// Room for at least `size` more bytes; views into the buffer may become invalid.
  [[nodiscard]] std::span<char> prepare(std::size_t size) {
    if (capacity_ - end_ < size) make_room(size);
    lent_ = true;
    return {data_.get() + end_, capacity_ - end_};
  }
  /// `count` bytes were written into what prepare() gave.
  void commit(std::size_t count) noexcept {
    lent_ = false;
    end_ += count;
    consume(0);
  }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(prepare(bytes.size()).data(), bytes.data(), bytes.size());
    commit(bytes.size());
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// Takes `capacity` bytes of its own instead of what it has. Empty, and no read is on its way.
  void shrink(std::size_t capacity) {
    // The small block first: in the place of the large one it would keep that from being used again.
    auto smaller = std::make_unique_for_overwrite<char[]>(capacity);
    data_ = std::move(smaller);
    capacity_ = capacity;
    begin_ = end_ = 0;
  }
  /// Gives the memory back. No read is on its way.
  void release() noexcept { *this = ReadBuffer(); }

 private:
  void make_room(std::size_t size) {
    const std::size_t used = end_ - begin_;
    if (capacity_ - used >= size && begin_ > 0) {
      std::memmove(data_.get(), data_.get() + begin_, used);
    } else {
      const std::size_t wanted = std::max(used + size, capacity_ * 2);
      auto larger = std::make_unique_for_overwrite<char[]>(wanted);
      if (used > 0) std::memcpy(larger.get(), data_.get() + begin_, used);
      data_ = std::move(larger);
      capacity_ = wanted;
    }
    begin_ = 0;
    end_ = used;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool lent_ = false;  ///< between prepare() and commit()
};

}  // namespace wws::server
