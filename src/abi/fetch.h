// Outgoing HTTP, as guests ask for it.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "abi/fetch_grant.h"
#include "abi/operation.h"
#include "fetch/message.h"
#include "wasm/host_function.h"

namespace wws::abi {

/// One outgoing request and its answer. As an operation it is ready when the guest finds something new: the
/// head, bytes, the end, a failure. Destroying it ends it. One thread.
class Outgoing : public Operation {
 public:
  /// Null: it has not come.
  [[nodiscard]] virtual const fetch::Head* head() const noexcept = 0;
  /// Null: it has not failed. Bytes that came before are still to be read.
  [[nodiscard]] virtual const fetch::Refusal* refusal() const noexcept = 0;
  /// The next bytes of the answer's body; empty at its end. kAgain: they have not come. kClosed: they never
  /// will, and refusal() says why. Valid until the next call.
  [[nodiscard]] virtual std::expected<std::string_view, NativeError> read(std::size_t most) = 0;
  /// How many bytes of a streaming body were taken. kAgain: there is no room. kState: there is no such body,
  /// or it has ended. kClosed: the request has failed.
  [[nodiscard]] virtual std::expected<std::size_t, NativeError> write(std::string_view bytes) = 0;
  /// A streaming body is complete. Without it, destroying this breaks the request off.
  virtual void end_body() = 0;
  /// Ready when write() takes bytes. Outlives this, and is ready then.
  [[nodiscard]] virtual std::unique_ptr<Operation> room() const = 0;
};

/// Sends requests. One thread.
class Fetch : public Service {
 public:
  static constexpr std::string_view kName = "fetch";

  /// Begins a request under a grant. `body`: all of it, if the request's form says so. What comes of it wakes
  /// the invocation. The service outlives what it returns.
  [[nodiscard]] virtual std::unique_ptr<Outgoing> start(const FetchGrant& grant, std::uint64_t invocation,
                                                        fetch::Request request, std::string_view body) = 0;
};

/// The functions `fetch_*` of `wws_v1`. Static lifetime.
[[nodiscard]] std::span<const wasm::HostFunction> fetch_functions() noexcept;

}  // namespace wws::abi
