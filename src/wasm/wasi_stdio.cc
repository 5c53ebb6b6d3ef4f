#include "wasm/wasi_stdio.h"

#include <algorithm>
#include <utility>

#include "wasm/guest.h"

namespace wws::wasm {

WasiStdio::WasiStdio(Input input, const GuestLimits& limits)
    : input_(std::move(input)), output_limit_(limits.output_bytes), log_left_(limits.log_bytes) {}

std::string_view WasiStdio::read_stdin(std::size_t size) noexcept {
  const std::string_view taken = input_.stdin_bytes.substr(0, size);
  input_.stdin_bytes.remove_prefix(taken.size());
  return taken;
}

bool WasiStdio::write_stdout(std::string_view bytes) {
  if (bytes.size() > output_limit_ - stdout_.size()) return false;
  stdout_.append(bytes);
  return true;
}

void WasiStdio::write_stderr(std::string_view bytes) {
  const std::string_view kept = bytes.substr(0, log_left_);
  log_left_ -= kept.size();
  std::string_view rest = kept;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    stderr_line_.append(rest.substr(0, end));
    emit_line(stderr_line_);
    stderr_line_.clear();
    rest.remove_prefix(end + 1);
  }
  stderr_line_.append(rest);
  if (kept.size() < bytes.size() && !log_full_) {
    log_full_ = true;
    flush_stderr();
    emit_line("(limit on log output reached: the rest is dropped)");
  }
}

void WasiStdio::flush_stderr() {
  if (stderr_line_.empty()) return;
  emit_line(stderr_line_);
  stderr_line_.clear();
}

void WasiStdio::emit_line(std::string_view line) {
  if (input_.on_error_line) input_.on_error_line(line);
}

}  // namespace wws::wasm
