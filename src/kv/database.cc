#include "kv/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "kv/database_statements.h"

namespace wws::kv {
namespace {

constexpr std::size_t kFrameBytes = 4096 + 24;  // of a page in the log
/// What a few commits of one key need: the log is made longer while nobody waits.
constexpr std::size_t kLogAhead = std::size_t{256} << 10;
constexpr std::size_t kLogStep = std::size_t{1} << 20;

std::int64_t number(NamespaceId id) { return static_cast<std::int64_t>(id); }
std::int64_t number(std::uint64_t version) { return static_cast<std::int64_t>(version); }

/// 0 stands for no expiry.
std::int64_t number(const std::optional<Expiry>& expiry) {
  return expiry ? expiry->time_since_epoch().count() : 0;
}
std::optional<Expiry> expiry(std::int64_t milliseconds) {
  if (milliseconds == 0) return std::nullopt;
  return Expiry(std::chrono::milliseconds(milliseconds));
}

std::int64_t number(base::WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

Failure failure(int status) {
  switch (status & 0xFF) {
    case SQLITE_FULL:
      return Failure::kDiskFull;
    case SQLITE_NOMEM:
      return Failure::kUnavailable;
    default:
      return Failure::kIo;
  }
}

/// Columns version, expires, value, metadata from `first` on.
RecordPtr record(Statement& row, int first) {
  return std::make_shared<const Record>(
      Record{std::string(row.bytes(first + 2)), static_cast<Version>(row.number(first)),
             expiry(row.number(first + 1)), std::string(row.bytes(first + 3))});
}

}  // namespace

int Database::Statements::prepare(sqlite3* database) {
  const std::pair<Statement*, std::string_view> all[] = {
      {&begin, "BEGIN IMMEDIATE"},
      {&commit, "COMMIT"},
      {&rollback, "ROLLBACK"},
      {&read, "SELECT version, expires, value, metadata FROM kv WHERE ns=? AND key=?"},
      {&walk, "SELECT key, version, expires, value, metadata FROM kv WHERE ns=? AND key>=? ORDER BY key"},
      {&walk_to,
       "SELECT key, version, expires, value, metadata FROM kv WHERE ns=? AND key>=? AND key<? ORDER BY key"},
      {&expired, "SELECT ns, key FROM kv WHERE expires>0 AND expires<=? LIMIT ?"},
      {&next_expiry, "SELECT expires FROM kv WHERE expires>0 AND expires>? ORDER BY expires LIMIT 1"},
      {&put,
       "INSERT INTO kv(ns, key, version, expires, value, metadata) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
       " ON CONFLICT(ns, key) DO UPDATE SET version=?3, expires=?4, value=?5, metadata=?6"},
      {&erase, "DELETE FROM kv WHERE ns=? AND key=?"},
      {&row,
       "INSERT INTO ns(id, name, version, bytes) VALUES(?1, ?2, ?3, ?4)"
       " ON CONFLICT(id) DO UPDATE SET version=?3, bytes=?4"},
  };
  for (const auto& [statement, sql] : all) {
    if (const int status = statement->prepare(database, sql); status != SQLITE_OK) return status;
  }
  return SQLITE_OK;
}

Database::Database() = default;

Database::~Database() {
  statements_.reset();
  sqlite3_close(handle_);
}

int Database::execute(const char* sql) { return sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); }

std::string Database::error_text() const { return handle_ ? sqlite3_errmsg(handle_) : "no memory"; }

std::expected<RecordPtr, Failure> Database::read(NamespaceId id, std::string_view key) {
  Statement& read = statements_->read.bind(1, number(id)).bind_blob(2, key);
  const Reset reset(read);
  const int status = read.step();
  if (status == SQLITE_ROW) return record(read, 0);
  if (status == SQLITE_DONE) return nullptr;
  return std::unexpected(failure(status));
}

std::expected<void, Failure> Database::walk(NamespaceId id, const KeyRange& range,
                                            const State::Visit& visit) {
  Statement& walk = range.end ? statements_->walk_to : statements_->walk;
  walk.bind(1, number(id)).bind_blob(2, range.first);
  if (range.end) walk.bind_blob(3, *range.end);
  const Reset reset(walk);
  int status = SQLITE_DONE;
  while ((status = walk.step()) == SQLITE_ROW) {
    if (visit(walk.bytes(0), record(walk, 1)) == State::Walk::kStop) return {};
  }
  if (status == SQLITE_DONE) return {};
  return std::unexpected(failure(status));
}

std::expected<std::vector<Database::Expired>, Failure> Database::expired(base::WallTime now,
                                                                         std::size_t limit) {
  Statement& expired = statements_->expired.bind(1, number(now)).bind(2, static_cast<std::int64_t>(limit));
  const Reset reset(expired);
  std::vector<Expired> found;
  int status = SQLITE_DONE;
  while ((status = expired.step()) == SQLITE_ROW) {
    found.push_back({static_cast<NamespaceId>(expired.number(0)), std::string(expired.bytes(1))});
  }
  if (status == SQLITE_DONE) return found;
  return std::unexpected(failure(status));
}

std::expected<std::optional<Expiry>, Failure> Database::next_expiry(base::WallTime now) {
  Statement& next = statements_->next_expiry.bind(1, number(now));
  const Reset reset(next);
  const int status = next.step();
  if (status == SQLITE_ROW) return expiry(next.number(0));
  if (status == SQLITE_DONE) return std::nullopt;
  return std::unexpected(failure(status));
}

template <class Work>
std::optional<Failure> Database::transaction(Work work) {
  int status = statements_->begin.run();
  if (status == SQLITE_DONE) status = work();
  if (status == SQLITE_DONE) status = statements_->commit.run();
  if (status == SQLITE_DONE) return std::nullopt;
  // Some errors have rolled back already.
  if (sqlite3_get_autocommit(handle_) == 0) [[maybe_unused]]
    const int ignored = statements_->rollback.run();
  return failure(status);
}

int Database::write(const std::vector<SpaceRow>& rows) {
  for (const SpaceRow& space : rows) {
    const int status = statements_->row.bind(1, number(space.id))
                           .bind_text(2, space.name)
                           .bind(3, number(space.version))
                           .bind(4, number(space.bytes))
                           .run();
    if (status != SQLITE_DONE) return status;
  }
  return SQLITE_DONE;
}

int Database::write(const Group& group) {
  for (const Group::Write& write : group.writes) {
    Statement& statement = write.record ? statements_->put : statements_->erase;
    statement.bind(1, number(write.id)).bind_blob(2, write.key);
    if (write.record) {
      statement.bind(3, number(write.record->version))
          .bind(4, number(write.record->expiry))
          .bind_blob(5, write.record->value)
          .bind_blob(6, write.record->metadata);
    }
    if (const int status = statement.run(); status != SQLITE_DONE) return status;
  }
  return write(group.rows);
}

std::optional<Failure> Database::commit(const Group& group) {
  return transaction([&] { return write(group); });
}

std::optional<Failure> Database::commit_rows(const std::vector<SpaceRow>& rows) {
  return transaction([&] { return write(rows); });
}

std::optional<Failure> Database::checkpoint() {
  int in_log = 0;
  int moved = 0;
  const int status = sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
  if (status != SQLITE_OK) return failure(status);
  if (in_log == moved) pages_in_log_ = 0;
  return std::nullopt;
}

sqlite3_file* Database::log_file() const noexcept {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&file));
  return file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

bool Database::log_is_short() const noexcept { return pages_in_log_ * kFrameBytes + kLogAhead > log_bytes_; }

void Database::lengthen_log() noexcept {
  sqlite3_file* const file = log_file();
  sqlite3_int64 begin = 0;
  if (file == nullptr || file->pMethods->xFileSize(file, &begin) != SQLITE_OK) return;
  const std::size_t used = pages_in_log_ * kFrameBytes;
  const sqlite3_int64 end = std::max<sqlite3_int64>(begin, static_cast<sqlite3_int64>(used + kLogStep));
  log_bytes_ = static_cast<std::size_t>(end);  // also if it fails: the next attempt is at the next step
  static constexpr std::array<char, 64 << 10> kZeros{};
  for (sqlite3_int64 at = begin; at < end;) {
    const int size = static_cast<int>(std::min<sqlite3_int64>(kZeros.size(), end - at));
    if (file->pMethods->xWrite(file, kZeros.data(), size, at) != SQLITE_OK) {
      [[maybe_unused]] const int ignored = file->pMethods->xTruncate(file, begin);
      return;
    }
    at += size;
  }
}

}  // namespace wws::kv
