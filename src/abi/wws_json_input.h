// The input of the ABI `wws-json`: one JSON object on standard input (docs/workers.md). Spoken by every
// worker made for versions 0.6 to 1.7.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "http/request.h"
#include "wasm/wasi_stdio.h"

namespace wws::abi {

/// What a worker is told besides the request itself.
struct JsonContext {
  std::string_view url;                                             ///< as the worker sees it
  std::span<const std::pair<std::string, std::string>> parameters;  ///< of its route, decoded
  std::span<const std::pair<std::string, std::string>> map = {};    ///< `kv`: UTF-8, as are the parameters
};

/// The input object, on one line, made piece by piece while the guest reads it.
///
/// Header names are lower-case; a repeated header is joined with ", " ("; " for Cookie). A body that is not
/// UTF-8 becomes base64 text beside `"base64":true`. As JSON a body may be six times as large: no copy of it
/// is made, but for the piece that the guest reads, and the guest's own time pays for it.
///
/// The request outlives it; `context` is read by the constructor alone. One thread.
class JsonInput final : public wasm::StdinSource {
 public:
  /// Bytes of a body that become one piece; what is smaller is one piece with all around it.
  static constexpr std::size_t kPiece = 15'000;
  static_assert(kPiece % 3 == 0, "base64 is made of three bytes at a time");

  JsonInput(const http::Request& request, const JsonContext& context);

  /// Bytes of a body that are looked at well within a millisecond.
  static constexpr std::size_t kSlice = std::size_t{1} << 20;

  enum class Progress { kMore, kDone };
  /// Looks at the next `bytes` of the body, at least a few, to tell whether it is text. Before next().
  Progress prepare(std::size_t bytes);

  /// After prepare() was done.
  [[nodiscard]] std::string_view next() override;

 private:
  enum class Form { kText, kBase64 };
  std::string_view body_;
  std::size_t checked_ = 0;
  std::size_t written_ = 0;
  Form form_ = Form::kText;
  std::string piece_;  ///< at first what stands before the body
  std::string tail_;   ///< what stands after the body
  bool has_begun_ = false;
  bool is_over_ = false;
};

/// The same at once.
[[nodiscard]] std::string encode_json_input(const http::Request& request, const JsonContext& context);

}  // namespace wws::abi
