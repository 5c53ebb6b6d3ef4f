#include "wasm/wasi_stdio.h"

#include <algorithm>
#include <utility>

#include "wasm/guest.h"

namespace wws::wasm {

namespace {

/// What stands before each line in the log counts too.
constexpr std::size_t kLineCost = 100;

}  // namespace

WasiStdio::WasiStdio(Input input, const GuestLimits& limits)
    : input_(std::move(input)), output_limit_(limits.output_bytes), log_left_(limits.log_bytes) {}

bool WasiStdio::close(std::uint32_t fd) noexcept {
  const auto closed = std::ranges::find(numbers_, fd, &Numbered::number);
  if (closed == numbers_.end()) return false;
  closed->number.reset();
  return true;
}

bool WasiStdio::renumber(std::uint32_t from, std::uint32_t to) noexcept {
  const auto moved = std::ranges::find(numbers_, from, &Numbered::number);
  if (moved == numbers_.end()) return false;
  if (from == to) return true;
  (void)close(to);
  moved->number = to;
  return true;
}

std::string_view WasiStdio::read_stdin(std::size_t size) {
  if (input_.stdin_bytes.empty() && size > 0 && stdin_source_ != nullptr) {
    input_.stdin_bytes = stdin_source_->next();
  }
  const std::string_view taken = input_.stdin_bytes.substr(0, size);
  input_.stdin_bytes.remove_prefix(taken.size());
  return taken;
}

bool WasiStdio::write_stdout(std::string_view bytes) {
  if (stdout_is_logged_) {
    write_stderr(bytes);
    return true;
  }
  if (bytes.size() > output_limit_ - stdout_.size()) return false;
  stdout_.append(bytes);
  return true;
}

void WasiStdio::write_stderr(std::string_view bytes) {
  while (!bytes.empty() && !log_full_) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::size_t kept = std::min(end, log_left_);
    stderr_line_.append(bytes.substr(0, kept));
    log_left_ -= kept;
    if (kept < end) return drop_rest();
    if (end == bytes.size()) return;
    bytes.remove_prefix(end + 1);
    emit_line(log::Level::kInfo, stderr_line_);
    stderr_line_.clear();
    if (!pay_for_line()) return drop_rest();
  }
}

void WasiStdio::write_log(log::Level level, std::string_view text) {
  while (!text.empty() && !log_full_) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::size_t kept = std::min(end, log_left_);
    log_left_ -= kept;
    emit_line(level, text.substr(0, kept));
    if (kept < end || !pay_for_line()) return drop_rest();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool WasiStdio::pay_for_line() {
  if (log_left_ < kLineCost) return false;
  log_left_ -= kLineCost;
  return true;
}

void WasiStdio::drop_rest() {
  log_full_ = true;
  flush_stderr();
  emit_line(log::Level::kInfo, "(limit on log output reached: the rest is dropped)");
}

void WasiStdio::flush_stderr() {
  if (stderr_line_.empty()) return;
  emit_line(log::Level::kInfo, stderr_line_);
  stderr_line_.clear();
}

void WasiStdio::emit_line(log::Level level, std::string_view line) {
  if (input_.on_log_line) input_.on_log_line(level, line);
}

}  // namespace wws::wasm
