#include "base/random.h"

#include <string.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>

namespace wws::base {
namespace {

bool from_kernel(std::span<std::uint8_t> target) noexcept {
  while (!target.empty()) {
    const ssize_t count = getrandom(target.data(), target.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    target = target.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

Random::~Random() { explicit_bzero(store_.data(), store_.size()); }

bool Random::fill(std::span<std::uint8_t> target) noexcept {
  if (target.empty()) return true;
  if (target.size() > store_.size() / 4) return from_kernel(target);
  if (target.size() > left_) {
    if (!from_kernel(store_)) return false;
    left_ = store_.size();
  }
  std::uint8_t* next = store_.data() + store_.size() - left_;
  std::memcpy(target.data(), next, target.size());
  explicit_bzero(next, target.size());
  left_ -= target.size();
  return true;
}

}  // namespace wws::base
