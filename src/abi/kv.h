// The key-value store, as guests and invocations ask for it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "abi/operation.h"
#include "kv/operation.h"
#include "wasm/host_function.h"

namespace wws::abi {

/// What a kv::Request came to.
struct KvResult final : OperationResult {
  explicit KvResult(kv::Outcome its_outcome) : outcome(std::move(its_outcome)) {}
  kv::Outcome outcome;
};

/// Reaches the store. Results are KvResult. One thread.
class Kv : public Service {
 public:
  static constexpr std::string_view kName = "kv";

  /// Does a request in a namespace, by its place among those of the project. What is known at once, such as a
  /// record that is kept here, is completed in `operations` before this returns.
  virtual void submit(std::uint16_t space, kv::Request request, const Ticket& ticket,
                      Operations& operations) = 0;
};

/// The functions `kv_*` of `wws_v1`. Static lifetime.
[[nodiscard]] std::span<const wasm::HostFunction> kv_functions() noexcept;

}  // namespace wws::abi
