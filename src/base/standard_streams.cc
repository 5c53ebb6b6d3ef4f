#include "base/standard_streams.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>

#include "base/log.h"

namespace wws::base {
namespace {

BufferedStreams* buffered = nullptr;
BufferedSink* another = nullptr;  ///< see keep_for_last_words()

std::string notice(std::uint64_t dropped) {
  return log::text(log::Level::kWarn,
                   fmt::format("{} lines were dropped here: they were not read or written in time", dropped));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

constexpr std::array kDeadly = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP};

extern "C" void say_last_words(int signal_number) {
  if (buffered != nullptr) {
    buffered->output().flush_last_words();
    buffered->error().flush_last_words();
  }
  if (another != nullptr) another->flush_last_words();
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);  // held back until this returns
}

void catch_deadly_signals() noexcept {
  struct sigaction action{};
  action.sa_handler = &say_last_words;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (const int number : kDeadly) sigaction(number, &action, nullptr);
}

#else

void catch_deadly_signals() noexcept {}  // the sanitizers' reports come by these signals

#endif

}  // namespace

LineSink& standard_output() noexcept {
  thread_local DirectSink direct(STDOUT_FILENO);
  return buffered == nullptr ? static_cast<LineSink&>(direct) : buffered->output();
}

LineSink& standard_error() noexcept {
  thread_local DirectSink direct(STDERR_FILENO);
  return buffered == nullptr ? static_cast<LineSink&>(direct) : buffered->error();
}

BufferedStreams::BufferedStreams(Capacity capacity)
    : output_(Output(STDOUT_FILENO), static_cast<std::size_t>(capacity), &notice),
      error_(Output(STDERR_FILENO), static_cast<std::size_t>(capacity), &notice) {
  buffered = this;
  catch_deadly_signals();
}

BufferedStreams::~BufferedStreams() {
  flush_standard_streams();
  buffered = nullptr;
}

void flush_standard_streams_if_due(Instant now) noexcept {
  if (buffered == nullptr) return;
  buffered->output().flush_if_due(now);
  buffered->error().flush_if_due(now);
}

std::optional<Duration> standard_streams_sleep_limit() noexcept {
  if (buffered == nullptr) return std::nullopt;
  const auto output = buffered->output().sleep_limit();
  const auto error = buffered->error().sleep_limit();
  if (!output || !error) return output ? output : error;
  return std::min(*output, *error);
}

bool are_standard_streams_awaited() noexcept {
  return buffered != nullptr && (buffered->output().is_awaited() || buffered->error().is_awaited());
}

void flush_standard_streams() noexcept {
  if (buffered == nullptr) return;
  buffered->output().flush();
  buffered->error().flush();
}

void keep_for_last_words(BufferedSink* sink) noexcept { another = sink; }

std::uint64_t dropped_log_lines() noexcept {
  return buffered == nullptr ? 0 : buffered->error().dropped_in_all();
}

}  // namespace wws::base
