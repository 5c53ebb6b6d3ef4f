// The host's side of the native ABI: one request and the answer to it (docs/abi.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/operation.h"
#include "base/clock.h"
#include "http/request.h"
#include "http/response.h"
#include "wasm/host_function.h"

namespace wws::abi {

/// The fields of `request_get`.
enum class RequestField : std::uint32_t {
  kMethod = 0,
  kUrl = 1,
  kPath = 2,
  kQuery = 3,
  kPeer = 4,
  kId = 5,
  kSentPath = 6,
};

/// One request as a worker of the native ABI asks for it, and the answer as it gives it.
///
/// Between two: the functions of `wws_v1` reach it through the GuestContext, and the connection gives it
/// the body as it arrives and takes the answer as it is made. Neither waits here: each side is told that
/// there is nothing now, and asks again later. Of both bodies it holds kWindow bytes at the most.
///
/// Reads from the request itself: what is in Input outlives it. The two bodies are the streams of its
/// operations. One thread.
class NativeExchange final {
 public:
  /// Bytes of a body that are held for the other side.
  static constexpr std::size_t kWindow = std::size_t{128} << 10;

  using Names = std::span<const std::pair<std::string, std::string>>;

  struct Input {
    const http::Request& request;
    std::string url;           ///< as the worker sees it
    Names parameters;          ///< of its route, decoded
    Names vars;                ///< of the worker
    std::size_t output_bytes;  ///< the worker's limit
    Operations& operations;    ///< of the invocation
  };
  explicit NativeExchange(Input input);
  NativeExchange(const NativeExchange&) = delete;
  NativeExchange& operator=(const NativeExchange&) = delete;

  // --- for the guest: the request ---

  /// std::nullopt: this request has none.
  [[nodiscard]] std::optional<std::string_view> field(RequestField field) const noexcept;
  /// Lists, encoded as docs/abi.md says. Valid until the next call of one of these.
  [[nodiscard]] std::string_view headers();
  [[nodiscard]] std::string_view parameters() { return list(List::kParameters, input_.parameters); }
  [[nodiscard]] std::string_view vars() { return list(List::kVars, input_.vars); }
  /// All values of the header of this name in one; std::nullopt: there is none. Valid as the lists are.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name);
  /// The next bytes of the body; empty at its end. kAgain: they have not arrived; kClosed: they never will.
  /// Valid until the next call.
  [[nodiscard]] std::expected<std::string_view, NativeError> read_body(std::size_t most);

  // --- for the guest: the answer ---

  [[nodiscard]] std::optional<NativeError> set_status(std::int32_t status) noexcept;
  [[nodiscard]] std::optional<NativeError> add_header(std::string_view name, std::string_view value);
  /// How many of the bytes were taken. kAgain: there is no room; kClosed; kState: it is finished; kLimit: it
  /// would be more than the worker's output, and the guest is to be ended.
  [[nodiscard]] std::expected<std::size_t, NativeError> write_body(std::string_view bytes);
  [[nodiscard]] std::optional<NativeError> finish() noexcept;

  // --- for the guest: operations ---

  [[nodiscard]] Operations& operations() noexcept { return input_.operations; }

  // --- for the connection ---

  /// Whether more of the request's body is to be given: it has not ended, and little of it is held.
  [[nodiscard]] bool wants_body() const noexcept;
  /// Whether the guest has read all that was given, and more is to come.
  [[nodiscard]] bool is_starved() const noexcept {
    return body_is_open_ && body_.empty() && arrived_read_ == arrived_.size();
  }
  /// The next bytes of the request's body.
  void give_body(std::string_view bytes);
  /// All of it was given.
  void end_body() noexcept { body_is_open_ = false; }
  /// The client is gone: what the guest waits for is ready, and it is told that everything is closed.
  void close() noexcept { input_.operations.close(); }
  [[nodiscard]] bool is_closed() const noexcept { return input_.operations.is_closed(); }
  /// Whether there are bytes of the answer to be sent.
  [[nodiscard]] bool has_output() const noexcept { return !output_.empty(); }
  /// Whether the guest said that its answer is complete.
  [[nodiscard]] bool is_finished() const noexcept { return finished_; }
  /// Status and fields of the answer, which do not change any more once there is output. Call once.
  [[nodiscard]] http::Response take_head() { return std::move(answer_); }
  /// Swaps the bytes of the answer's body that are there for `empty`, an empty buffer.
  void take_output(std::string& empty) noexcept { output_.swap(empty); }
  /// What is left of the answer after the guest ended: all of it, or the last bytes if its head was taken.
  [[nodiscard]] http::Response take_rest();

 private:
  /// One of the two bodies, as what the guest waits for.
  class Stream final : public Operation {
   public:
    using IsReady = bool (NativeExchange::*)() const noexcept;
    Stream(const NativeExchange& exchange, IsReady is_ready) noexcept
        : exchange_(exchange), is_ready_(is_ready) {}
    [[nodiscard]] base::Instant ready_at() const noexcept override {
      return (exchange_.*is_ready_)() ? base::Instant::min() : base::Instant::max();
    }

   private:
    const NativeExchange& exchange_;
    IsReady is_ready_;
  };
  [[nodiscard]] bool can_read() const noexcept;
  [[nodiscard]] bool can_write() const noexcept { return output_.size() < kWindow; }

  enum class List { kNone, kHeaders, kParameters, kVars };
  std::string_view list(List which, Names entries);

  Input input_;
  std::string_view body_;  ///< of the request: what was there at first and is not read yet
  std::string arrived_;    ///< what was given since
  std::size_t arrived_read_ = 0;
  bool body_is_open_;    ///< more of it comes
  std::string scratch_;  ///< a list, or a joined header
  List in_scratch_ = List::kNone;
  http::Response answer_;
  std::string output_;       ///< of the answer's body, to be sent
  std::size_t output_left_;  ///< of the worker's limit
  std::size_t fields_size_ = 0;
  bool head_sent_ = false;
  bool finished_ = false;
  Stream request_body_{*this, &NativeExchange::can_read};
  Stream response_body_{*this, &NativeExchange::can_write};
};

/// The module that they are imported from.
inline constexpr const char* kNativeModule = "wws_v1";

/// The functions of module `wws_v1`.
[[nodiscard]] std::span<const wasm::HostFunction> native_functions() noexcept;

}  // namespace wws::abi
