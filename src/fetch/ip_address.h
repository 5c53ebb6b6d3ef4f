// IP addresses, and which of them are anybody's to reach.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wws::fetch {

/// An IPv4 or IPv6 address. An IPv4 address mapped into IPv6 (::ffff:0:0/96) is the IPv4 address.
class IpAddress {
 public:
  /// Four decimal numbers (no octal, no hexadecimal, none left out), or IPv6 as in RFC 4291, without brackets
  /// and without a zone. std::nullopt: it is neither, and so a name.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
  /// Of 4 or 16 bytes in network order.
  [[nodiscard]] static std::optional<IpAddress> from_bytes(std::span<const std::uint8_t> bytes) noexcept;

  [[nodiscard]] bool is_ipv4() const noexcept { return size_ == 4; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept { return {bytes_.data(), size_}; }
  /// The shortest form (RFC 5952).
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::size_t size_ = 0;
};

/// Whether the address belongs to the public internet: not to this machine, its networks, a cloud's own
/// services, a special purpose (the registries of RFC 6890), or IPv6 that carries such an IPv4 address.
[[nodiscard]] bool is_global(const IpAddress& address) noexcept;
/// 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(const IpAddress& address) noexcept;

}  // namespace wws::fetch
