// The host's side of the native ABI: one request and the answer to it (docs/abi.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/request.h"
#include "http/response.h"
#include "wasm/guest.h"
#include "wasm/host_function.h"

namespace wws::abi {

/// What the functions of `wws_v1` answer besides counts and ids (docs/abi.md, "Numbers, addresses, errors").
enum class NativeError : std::int32_t {
  kAgain = -1,
  kClosed = -2,
  kInvalid = -3,
  kState = -4,
  kAbsent = -5,
  kLimit = -6,
};

/// The fields of `request_get`.
enum class RequestField : std::uint32_t { kMethod = 0, kUrl = 1, kPath = 2, kQuery = 3, kPeer = 4, kId = 5 };

/// One request as a worker of the native ABI asks for it, the answer as it gives it, and its timers.
///
/// Reads from the request itself: what is in Input outlives it. The functions of `wws_v1` reach it through
/// Guest::host_state(). One thread.
class NativeExchange final : public wasm::HostState {
 public:
  using Names = std::span<const std::pair<std::string, std::string>>;

  struct Input {
    const http::Request& request;
    std::string url;           ///< as the worker sees it
    Names parameters;          ///< of its route, decoded
    Names vars;                ///< of the worker
    std::string id;            ///< of the request, as in the log
    std::size_t output_bytes;  ///< the worker's limit
  };
  explicit NativeExchange(Input input) : input_(std::move(input)) {}

  // --- the request ---

  /// std::nullopt: this request has none.
  [[nodiscard]] std::optional<std::string_view> field(RequestField field) const noexcept;
  /// Lists, encoded as docs/abi.md says. Valid until the next call of one of these.
  [[nodiscard]] std::string_view headers();
  [[nodiscard]] std::string_view parameters() { return list(List::kParameters, input_.parameters); }
  [[nodiscard]] std::string_view vars() { return list(List::kVars, input_.vars); }
  /// All values of the header of this name in one; std::nullopt: there is none. Valid as the lists are.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name);
  /// Takes the next bytes of the body; empty at its end.
  [[nodiscard]] std::string_view read_body(std::size_t most) noexcept;

  // --- the answer ---

  [[nodiscard]] std::optional<NativeError> set_status(std::int32_t status) noexcept;
  [[nodiscard]] std::optional<NativeError> add_header(std::string_view name, std::string_view value);
  enum class Written { kAll, kFinished, kTooMuch };
  /// kTooMuch: it would pass the worker's limit; nothing was taken.
  [[nodiscard]] Written write_body(std::string_view bytes);
  [[nodiscard]] std::optional<NativeError> finish() noexcept;
  /// The answer so far; call once, after the guest ended well.
  [[nodiscard]] http::Response take_answer();

  // --- operations ---

  /// The id of a new timer, or kLimit.
  [[nodiscard]] std::int32_t add_timer(base::Instant when);
  /// When an operation is ready: the beginning of time for one that is; std::nullopt: it does not exist.
  [[nodiscard]] std::optional<base::Instant> ready_at(std::uint32_t operation) const noexcept;
  /// Ends a timer. False: there is none of that number.
  bool remove_timer(std::uint32_t operation) noexcept;

 private:
  enum class List { kNone, kHeaders, kParameters, kVars };
  std::string_view list(List which, Names entries);
  void append_entry(std::string_view name, std::string_view value);

  Input input_;
  std::size_t body_read_ = 0;
  std::string scratch_;  ///< a list, or a joined header
  List in_scratch_ = List::kNone;
  http::Response answer_;
  std::string body_;
  std::size_t fields_size_ = 0;
  bool head_sent_ = false;
  bool finished_ = false;
  std::vector<std::optional<base::Instant>> timers_;  ///< empty places are free
};

/// The functions of module `wws_v1`.
[[nodiscard]] std::span<const wasm::HostFunction> native_functions() noexcept;

}  // namespace wws::abi
