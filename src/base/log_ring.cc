#include "base/log_ring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <span>

#include "base/sealed_memory.h"

namespace wws::base {
namespace log_ring_memory {

using Number = std::atomic<std::uint64_t>;
static_assert(Number::is_always_lock_free);

/// Before the bytes of an entry.
struct EntryHead {
  std::int64_t microseconds = 0;
  std::uint32_t size = 0;
  std::uint32_t level = 0;
};

/// Before the name and the value of a field.
struct FieldHead {
  std::uint16_t name = 0;
  std::uint16_t value = 0;
};

/// A place of a ring.
template <std::size_t Most>
struct Slot {
  Number number;  ///< of the entry that is whole here, and one; 0: there is none
  EntryHead head;
  std::array<char, Most> bytes;
};

}  // namespace log_ring_memory
namespace {

using log_ring_memory::EntryHead;
using log_ring_memory::FieldHead;
using log_ring_memory::Number;
using log_ring_memory::Slot;

constexpr std::string_view kEllipsis = "…";

LogRing* kept_in = nullptr;

std::unexpected<Error> no_memory() {
  return fail(ErrorCode::kIo, "no shared memory for the log: " + errno_text(errno));
}

/// The largest part of `text` of up to `most` bytes that ends with a character.
std::string_view beginning(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return text.substr(0, most);
}

/// Writes fields to `room` for as long as there is any; returns how many bytes they take.
std::size_t write_fields(std::span<char> room, std::initializer_list<log::Field> fields) noexcept {
  std::size_t used = 0;
  const auto put = [&](std::string_view bytes) {
    std::memcpy(room.data() + used, bytes.data(), bytes.size());
    used += bytes.size();
  };
  for (const log::Field& field : fields) {
    if (field.value.empty()) continue;
    const std::size_t needed = sizeof(FieldHead) + field.name.size() + kEllipsis.size();
    if (room.size() - used <= needed) break;
    const std::size_t left = room.size() - used - needed;
    const std::string_view value = beginning(field.value, left);
    const bool is_cut = value.size() < field.value.size();
    const FieldHead head{static_cast<std::uint16_t>(field.name.size()),
                         static_cast<std::uint16_t>(value.size() + (is_cut ? kEllipsis.size() : 0))};
    put({reinterpret_cast<const char*>(&head), sizeof head});
    put(field.name);
    put(value);
    if (is_cut) put(kEllipsis);
  }
  return used;
}

/// What is well-formed at the beginning of `bytes`.
void read_fields(std::string_view bytes, LogEntry& entry) {
  FieldHead head;
  while (bytes.size() >= sizeof head) {
    std::memcpy(&head, bytes.data(), sizeof head);
    bytes.remove_prefix(sizeof head);
    if (bytes.size() < std::size_t{head.name} + head.value) return;
    entry.fields.emplace_back(bytes.substr(0, head.name), bytes.substr(head.name, head.value));
    bytes.remove_prefix(std::size_t{head.name} + head.value);
  }
}

template <std::size_t Most, std::size_t Count>
void put_in(std::array<Slot<Most>, Count>& slots, Number& next, log::Level level,
            std::initializer_list<log::Field> fields) noexcept {
  const std::uint64_t number = next.load(std::memory_order_relaxed);
  Slot<Most>& slot = slots[number % Count];
  slot.number.store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  slot.head.microseconds = std::chrono::duration_cast<std::chrono::microseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  slot.head.size = static_cast<std::uint32_t>(write_fields(slot.bytes, fields));
  slot.head.level = static_cast<std::uint32_t>(level);
  slot.number.store(number + 1, std::memory_order_release);
  next.store(number + 1, std::memory_order_release);
}

/// A copy of the entry of this number; std::nullopt: it was not there, or not for long enough.
template <std::size_t Most>
std::optional<LogEntry> copy_of(const Slot<Most>& slot, std::uint64_t number) {
  if (slot.number.load(std::memory_order_acquire) != number + 1) return std::nullopt;
  EntryHead head;
  std::array<char, Most> bytes;
  std::memcpy(&head, &slot.head, sizeof head);
  std::memcpy(bytes.data(), slot.bytes.data(), Most);
  std::atomic_thread_fence(std::memory_order_acquire);
  if (slot.number.load(std::memory_order_relaxed) != number + 1) return std::nullopt;
  LogEntry entry;
  entry.level = static_cast<log::Level>(std::min(head.level, static_cast<std::uint32_t>(log::Level::kError)));
  entry.microseconds = head.microseconds;
  read_fields({bytes.data(), std::min<std::size_t>(head.size, Most)}, entry);
  return entry;
}

template <std::size_t Most, std::size_t Count>
std::uint64_t read_from(const std::array<Slot<Most>, Count>& slots, const Number& next, std::uint64_t from,
                        std::uint64_t& missed, const std::function<void(LogEntry)>& take) {
  const std::uint64_t end = next.load(std::memory_order_acquire);
  // Numbers that go back, or leap, are a stranger's: no more than what fits here is ever looked at.
  const std::uint64_t first = end - from > Count ? end - std::min<std::uint64_t>(end, Count) : from;
  missed = first > from ? first - from : 0;
  for (std::uint64_t number = first; number != end; ++number) {
    if (auto entry = copy_of(slots[number % Count], number)) {
      take(std::move(*entry));
    } else {
      ++missed;
    }
  }
  return end;
}

}  // namespace

struct LogRing::Page {
  Number lines;  ///< so many were written
  Number reports;
  std::array<Slot<kLargestLine>, kLines> line_slots;
  std::array<Slot<kLargestReport>, kReports> report_slots;
};

std::string_view LogEntry::field(std::string_view name) const noexcept {
  const auto found = std::ranges::find(fields, name, &std::pair<std::string, std::string>::first);
  return found == fields.end() ? std::string_view() : found->second;
}

Result<std::unique_ptr<LogRing>> LogRing::create() {
  auto memory = make_sealed_memory("wws-log", sizeof(Page));
  if (!memory) return fail(memory);
  return open(std::move(*memory), Access::kWrite);
}

Result<std::unique_ptr<LogRing>> LogRing::open(File memory, Access access) {
  if (!is_sealed_memory(memory, sizeof(Page)))
    return fail(ErrorCode::kInternal, "channel: the shared memory is none of a log");
  const int protection = access == Access::kWrite ? PROT_READ | PROT_WRITE : PROT_READ;
  void* place = mmap(nullptr, sizeof(Page), protection, MAP_SHARED, memory.fd(), 0);
  if (place == MAP_FAILED) return no_memory();
  return std::unique_ptr<LogRing>(new LogRing(std::move(memory), static_cast<Page*>(place)));
}

LogRing::~LogRing() {
  if (kept_in == this) kept_in = nullptr;
  munmap(page_, sizeof(Page));
}

Result<File> LogRing::open_for_reading() const {
  File file(::open(fmt::format("/proc/self/fd/{}", memory_.fd()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return no_memory();
  return file;
}

void LogRing::keep_log() noexcept { kept_in = this; }

void LogRing::put(Kind kind, log::Level level, std::initializer_list<log::Field> fields) noexcept {
  if (kind == Kind::kLine) return put_in(page_->line_slots, page_->lines, level, fields);
  put_in(page_->report_slots, page_->reports, level, fields);
}

std::uint64_t LogRing::read(Kind kind, std::uint64_t from, std::uint64_t& missed,
                            const std::function<void(LogEntry)>& take) const {
  if (kind == Kind::kLine) return read_from(page_->line_slots, page_->lines, from, missed, take);
  return read_from(page_->report_slots, page_->reports, from, missed, take);
}

namespace log {

bool is_kept() noexcept { return kept_in != nullptr; }

void keep_line(Level level, std::string_view message, std::initializer_list<Field> fields) noexcept {
  if (kept_in == nullptr) return;
  // What it is about first: a long message is what is cut.
  std::array<Field, 4> about{};
  std::ranges::copy(std::span(fields.begin(), std::min(fields.size(), about.size())), about.begin());
  kept_in->put(LogRing::Kind::kLine, level, {about[0], about[1], about[2], about[3], {"message", message}});
}

void keep_report(std::initializer_list<Field> fields) noexcept {
  if (kept_in != nullptr) kept_in->put(LogRing::Kind::kReport, Level::kError, fields);
}

}  // namespace log
}  // namespace wws::base
