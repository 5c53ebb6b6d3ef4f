#include "fetch/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace wws::fetch {
namespace {

/// All addresses that begin with the same `length` bits as `first`.
struct Network {
  std::string_view first;
  unsigned length;
};

/// IANA's registry of special IPv4 addresses (RFC 6890) where it says "not globally reachable", multicast and
/// what is reserved; and 168.63.129.16, at which a large cloud serves its virtual machines.
constexpr std::array kNotGlobal4 = {
    Network{"0.0.0.0", 8},        Network{"10.0.0.0", 8},     Network{"100.64.0.0", 10},
    Network{"127.0.0.0", 8},      Network{"169.254.0.0", 16}, Network{"172.16.0.0", 12},
    Network{"192.0.0.0", 24},     Network{"192.0.2.0", 24},   Network{"192.31.196.0", 24},
    Network{"192.52.193.0", 24},  Network{"192.88.99.0", 24}, Network{"192.168.0.0", 16},
    Network{"192.175.48.0", 24},  Network{"198.18.0.0", 15},  Network{"198.51.100.0", 24},
    Network{"203.0.113.0", 24},   Network{"224.0.0.0", 4},    Network{"240.0.0.0", 4},
    Network{"168.63.129.16", 32},
};

/// The same of IPv6, within 2000::/3, which alone is given to hosts.
constexpr std::array kNotGlobal6 = {
    Network{"2001::", 23},         Network{"2001:db8::", 32}, Network{"2002::", 16},
    Network{"2620:4f:8000::", 48}, Network{"3fff::", 20},
};
constexpr Network kUnicast = {"2000::", 3};
/// IPv4 through a translator (RFC 6052): as the address that it carries.
constexpr Network kTranslated = {"64:ff9b::", 96};

bool is_in(const IpAddress& address, const Network& network) {
  const auto first = IpAddress::parse(network.first);
  if (!first || first->is_ipv4() != address.is_ipv4()) return false;
  const unsigned whole = network.length / 8;
  const unsigned rest = network.length % 8;
  const auto a = address.bytes();
  const auto b = first->bytes();
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

bool is_in_one(const IpAddress& address, std::span<const Network> networks) {
  return std::ranges::any_of(networks, [&](const Network& network) { return is_in(address, network); });
}

}  // namespace

std::optional<IpAddress> IpAddress::from_bytes(std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  if (bytes.size() == 16 && std::equal(kMapped.begin(), kMapped.end(), bytes.begin()))
    bytes = bytes.subspan(12);
  IpAddress address;
  address.size_ = bytes.size();
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<std::uint8_t, 16> bytes{};
  const std::string terminated(text);
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return from_bytes(std::span(bytes).first(4));
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return from_bytes(bytes);
  return std::nullopt;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_ipv4() ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

bool is_global(const IpAddress& address) noexcept {
  if (address.is_ipv4()) return !is_in_one(address, kNotGlobal4);
  if (is_in(address, kTranslated)) return is_global(*IpAddress::from_bytes(address.bytes().subspan(12)));
  return is_in(address, kUnicast) && !is_in_one(address, kNotGlobal6);
}

bool is_loopback(const IpAddress& address) noexcept {
  const auto bytes = address.bytes();
  if (address.is_ipv4()) return bytes[0] == 127;
  return bytes.back() == 1 &&
         std::ranges::all_of(bytes.first(15), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace wws::fetch
