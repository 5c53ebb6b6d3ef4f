// Fuzz target: what a guest may ask to be computed, its keys, signatures and DER among it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

#include "crypto/call.h"

namespace {

/// assert() that stays in every build type.
void require(bool holds) {
  if (!holds) std::abort();
}

/// More steps only repeat what was done.
constexpr int kMostSteps = 64;

/// Takes numbers and bytes off the input; zeros and nothing at its end.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes(size)) value = value << 8 | byte;
    return value;
  }
  std::span<const std::uint8_t> bytes(std::size_t size) {
    const auto taken = bytes_.first(std::min(size, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  [[nodiscard]] bool is_at_end() const { return bytes_.empty(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wws::crypto;
  Input input({data, size});
  const Operation operation{input.number(1)};
  const Hash hash{input.number(1)};
  const std::uint32_t number = input.number(2);
  std::vector<std::uint8_t> output(input.number(2));
  // Copies, so that a sanitizer sees a read beyond one of them.
  std::vector<std::vector<std::uint8_t>> inputs;
  while (!input.is_at_end() && inputs.size() < 16) {
    const auto bytes = input.bytes(input.number(2));
    inputs.emplace_back(bytes.begin(), bytes.end());
  }
  const std::vector<Bytes> views(inputs.begin(), inputs.end());
  Call call;
  for (int step = 0; step < kMostSteps; ++step) {
    const auto outcome = call.step({operation, hash, number, views, output});
    if (!outcome) continue;
    if (*outcome && **outcome > output.size()) {
      // So much room suffices, and nothing was done.
      output.resize(**outcome);
      const auto again = Call().step({operation, hash, number, views, output});
      require(!again || !*again || **again <= output.size());
    }
    break;
  }
  return 0;
}
