// What crosses between host and guest: values and the guest's linear memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace wws::wasm {

/// One WebAssembly number. The type is known from the signature of the function it belongs to.
union Value {
  std::int32_t i32;
  std::int64_t i64;
  float f32;
  double f64;
  std::uint64_t words[2];
};

/// An address in the guest's memory, as the guest names it: 32 bits, not yet checked.
enum class GuestAddress : std::uint32_t {};

[[nodiscard]] constexpr std::uint64_t to_offset(GuestAddress address) noexcept {
  return static_cast<std::uint32_t>(address);
}
[[nodiscard]] constexpr GuestAddress operator+(GuestAddress address, std::uint32_t bytes) noexcept {
  return GuestAddress{static_cast<std::uint32_t>(address) + bytes};
}

/// The guest's memory during one host call. Every access is checked; nothing from here is kept across
/// the return of the host function, since the guest may grow or move its memory.
/// Layout is that of `wwsb_memory` (engine.cc asserts it).
class GuestMemory {
 public:
  GuestMemory() noexcept = default;
  GuestMemory(std::uint8_t* data, std::size_t size) noexcept : data_(data), size_(size) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// `size` bytes at `address`, or nothing when any of them lies outside.
  [[nodiscard]] std::optional<std::span<std::uint8_t>> bytes(GuestAddress address,
                                                             std::uint32_t size) const noexcept {
    const std::uint64_t offset = to_offset(address);
    if (offset + size > size_) return std::nullopt;
    return std::span(data_ + offset, size);
  }

  /// The same as text; not checked for UTF-8.
  [[nodiscard]] std::optional<std::string_view> text(GuestAddress address,
                                                     std::uint32_t size) const noexcept {
    const auto found = bytes(address, size);
    if (!found) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(found->data()), found->size());
  }

  /// Reads a little-endian number; any alignment.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::optional<T> load(GuestAddress address) const noexcept {
    const auto found = bytes(address, sizeof(T));
    if (!found) return std::nullopt;
    T value;
    std::memcpy(&value, found->data(), sizeof(T));
    return value;
  }

  /// Writes a little-endian number; any alignment. False: outside of the memory, nothing written.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  [[nodiscard]] bool store(GuestAddress address, T value) const noexcept {
    const auto found = bytes(address, sizeof(T));
    if (!found) return false;
    std::memcpy(found->data(), &value, sizeof(T));
    return true;
  }

  /// Copies `source` to `address`. False: outside of the memory, nothing written.
  [[nodiscard]] bool write(GuestAddress address, std::string_view source) const noexcept {
    const auto found = bytes(address, static_cast<std::uint32_t>(source.size()));
    if (!found) return false;
    if (!source.empty()) std::memcpy(found->data(), source.data(), source.size());
    return true;
  }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace wws::wasm
