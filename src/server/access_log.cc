#include "server/access_log.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/output.h"
#include "base/standard_streams.h"

namespace wws::server {
namespace {

/// What waits for a disk or a reader at the most.
constexpr std::size_t kCapacity = std::size_t{1} << 20;

/// The file has lines of its own form alone: what is missing there is told in the log.
std::string tell_elsewhere(std::uint64_t) { return {}; }
/// So often at the most.
constexpr std::chrono::seconds kBetweenNotices{10};

}  // namespace

AccessLog::~AccessLog() {
  if (sink_) base::keep_for_last_words(nullptr);
  flush();
}

void AccessLog::set(AccessFormat format, Lines lines) {
  format_ = std::move(format);
  lines_ = lines;
}

void AccessLog::set_file(base::File file) {
  if (sink_) {
    sink_->flush();
    sink_->give_up();
  }
  before_ = dropped();
  base::keep_for_last_words(nullptr);
  sink_.reset();
  file_ = std::move(file);
  sink_.emplace(base::Output(file_.fd()), kCapacity, &tell_elsewhere);
  base::keep_for_last_words(&*sink_);
}

void AccessLog::write(const AccessEntry& entry) {
  if (lines_ == Lines::kOff || (!sink_ && !log::enabled(log::Level::kInfo))) return;
  base::LineSink& sink = sink_ ? static_cast<base::LineSink&>(*sink_) : base::standard_error();
  char* const line = sink.room(format_.most_bytes(entry));
  if (line == nullptr) return;
  sink.take(static_cast<std::size_t>(format_.write(line, entry) - line));
}

void AccessLog::flush() noexcept {
  if (sink_) sink_->flush();
}

void AccessLog::flush_if_due(base::Instant now) noexcept {
  if (!sink_) return;
  sink_->flush_if_due(now);
  const std::uint64_t lost = dropped();
  if (lost == told_ || now < tell_at_) return;
  log::warn("{} lines of the access log were dropped: they were not read or written in time", lost - told_);
  told_ = lost;
  tell_at_ = now + kBetweenNotices;
}

std::uint64_t AccessLog::dropped() const noexcept { return before_ + (sink_ ? sink_->dropped_in_all() : 0); }

std::optional<base::Duration> AccessLog::sleep_limit() const noexcept {
  return sink_ ? sink_->sleep_limit() : std::nullopt;
}

}  // namespace wws::server
