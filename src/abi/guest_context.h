// What one guest's host functions have besides WASI.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/fetch_grant.h"
#include "abi/kv_bindings.h"
#include "abi/operation.h"
#include "abi/services.h"
#include "trace/tracer.h"
#include "wasm/guest.h"

namespace wws::abi {

class NativeExchange;

/// What a host function that suspends keeps between its calls.
class SuspendedCall {
 public:
  virtual ~SuspendedCall() = default;
};

/// One invocation as the functions of all ABIs see it: attached to its guest as host state, and no other
/// state is. What it refers to outlives it. One thread.
class GuestContext final : public wasm::HostState {
 public:
  struct Input {
    Operations& operations;                      ///< of the invocation
    const Services& services;                    ///< that the worker may use
    std::optional<std::uint16_t> kv_space = {};  ///< its namespace in the key-value store; none: it has none
    std::optional<FetchGrant> fetch = {};        ///< where it may send requests; none: nowhere
    std::string loop = {};                       ///< CDN-Loop of the request (RFC 8586)
    std::vector<std::pair<std::string, std::string>> trace = {};  ///< its fields of Trace Context
    const trace::RequestTrace* request_trace = nullptr;           ///< null: it has no spans
    const KvBindings* kv_bindings = nullptr;  ///< its other namespaces; they outlive this. Null: none
  };
  explicit GuestContext(Input input) : input_(std::move(input)), kv_space_(input_.kv_space) {}

  [[nodiscard]] Operations& operations() const noexcept { return input_.operations; }
  [[nodiscard]] const Services& services() const noexcept { return input_.services; }
  /// Where operations on the key-value store go that begin now: the worker's namespace, until select_kv()
  /// names another one.
  [[nodiscard]] std::optional<std::uint16_t> kv_space() const noexcept { return kv_space_; }
  /// By its name among the bindings; empty: the worker's namespace. False: there is none, and nothing
  /// changes.
  [[nodiscard]] bool select_kv(std::string_view name) noexcept {
    std::optional<std::uint16_t> space = input_.kv_space;
    if (!name.empty()) {
      const KvBindings* bindings = input_.kv_bindings;
      const auto found = bindings != nullptr ? bindings->find(name) : KvBindings::const_iterator();
      if (bindings == nullptr || found == bindings->end()) return false;
      space = found->second;
    }
    if (space) kv_space_ = space;
    return space.has_value();
  }
  [[nodiscard]] const std::optional<FetchGrant>& fetch() const noexcept { return input_.fetch; }
  [[nodiscard]] const std::string& loop() const noexcept { return input_.loop; }
  [[nodiscard]] const auto& trace() const noexcept { return input_.trace; }
  [[nodiscard]] const trace::RequestTrace* request_trace() const noexcept { return input_.request_trace; }

  /// Counts one more outgoing request. False: the worker has made all that it may.
  [[nodiscard]] bool take_fetch() noexcept { return input_.fetch && ++fetches_ <= input_.fetch->per_request; }

  /// Of a guest of the native ABI; null: it is none, or has not begun.
  [[nodiscard]] NativeExchange* exchange() const noexcept { return exchange_; }
  void set_exchange(NativeExchange* exchange) noexcept { exchange_ = exchange; }

  /// A guest is in one call at a time.
  std::unique_ptr<SuspendedCall> suspended_call;

 private:
  Input input_;
  std::optional<std::uint16_t> kv_space_;
  NativeExchange* exchange_ = nullptr;
  std::uint32_t fetches_ = 0;
};

/// The context of a guest while its entry runs; else null.
[[nodiscard]] inline GuestContext* context_of(wasm::Guest& guest) noexcept {
  return guest.is_in_entry() ? static_cast<GuestContext*>(guest.host_state()) : nullptr;
}

}  // namespace wws::abi
