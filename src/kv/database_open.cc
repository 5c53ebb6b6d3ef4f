// Opening the file: mode, format, schema.
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "kv/ballast.h"
#include "kv/database.h"
#include "kv/database_statements.h"

namespace wws::kv {
namespace {

constexpr int kApplication = 0x7777736B;  // "wwsk": `file` and others tell by it whose a database is
constexpr Version kVersionGap = Version{1} << 20;
static_assert(kVersionGap > 2 * kMaxPendingOperations, "versions given out and not durable");
/// Up to here all of the file is checked at opening: some tens of milliseconds.
constexpr std::int64_t kCheckedPages = 4'096;

// docs/formats/kv-file.md says what each is for.
constexpr const char* kPragmas =
    "PRAGMA locking_mode=EXCLUSIVE;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA wal_autocheckpoint=0;"
    "PRAGMA journal_size_limit=67108864;"
    "PRAGMA secure_delete=OFF;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA mmap_size=0;"
    "PRAGMA cache_size=-16384;";

constexpr const char* kSchema =
    "CREATE TABLE store(id INTEGER PRIMARY KEY CHECK (id = 1), first_version INTEGER NOT NULL);"
    "INSERT INTO store VALUES (1, 0);"
    "CREATE TABLE ns(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL);"
    "CREATE TABLE kv(id INTEGER PRIMARY KEY, ns INTEGER NOT NULL, key BLOB NOT NULL, version INTEGER NOT "
    "NULL,"
    " expires INTEGER NOT NULL, value BLOB NOT NULL, metadata BLOB NOT NULL DEFAULT x'');"
    "CREATE UNIQUE INDEX kv_key ON kv(ns, key);"
    "CREATE INDEX kv_expires ON kv(expires) WHERE expires > 0;";

/// From the format of each number, the first is 1, to the next: schemas like kSchema come of it.
constexpr std::array kSteps = {
    "ALTER TABLE kv ADD COLUMN metadata BLOB NOT NULL DEFAULT x'';",  // says so of all rows without a write
                                                                      // to them
};
static_assert(kSteps.size() + 1 == Database::kFormat);

/// Made here, so that it is nobody else's to read; SQLite gives the log the same mode.
Result<void> make_private_file(const std::filesystem::path& path) {
  const base::File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file) return {};
  const int error = errno;
  return fail(ErrorCode::kIo, fmt::format("cannot open '{}': {}", path.string(), base::errno_text(error)));
}

/// One number that a statement answers with.
std::optional<std::int64_t> ask(sqlite3* database, std::string_view sql) {
  Statement statement;
  if (statement.prepare(database, sql) != SQLITE_OK || statement.step() != SQLITE_ROW) return std::nullopt;
  return statement.number(0);
}

bool sound(sqlite3* database) {
  Statement statement;
  return statement.prepare(database, "PRAGMA quick_check(1)") == SQLITE_OK &&
         statement.step() == SQLITE_ROW && statement.bytes(0) == "ok";
}

}  // namespace

Result<Database::Opened> Database::open(const std::filesystem::path& folder, Ballast& ballast,
                                        const std::string& vfs) {
  const std::filesystem::path file = folder / kFileName;
  if (auto made = make_private_file(file); !made) return fail(made);

  // Opening writes. On a full disk that takes the ballast's room, and a second attempt.
  for (const bool last : {false, true}) {
    Opened opened;
    opened.database.reset(new Database());
    Database& database = *opened.database;
    auto done = database.connect(file, vfs);
    if (done) done = database.check_format(file);
    if (done) done = database.prepare();
    if (done) done = database.load(opened);
    if (done) return opened;
    if (last || !database.handle_ || sqlite3_errcode(database.handle_) != SQLITE_FULL) return fail(done);
    ballast.release();
  }
  return fail(ErrorCode::kInternal, "not reached");
}

Result<void> Database::connect(const std::filesystem::path& file, const std::string& vfs) {
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  const int opened = sqlite3_open_v2(file.c_str(), &handle_, flags, vfs.empty() ? nullptr : vfs.c_str());
  if (opened != SQLITE_OK)
    return fail(ErrorCode::kIo, fmt::format("cannot open '{}': {}", file.string(), error_text()));
  sqlite3_extended_result_codes(handle_, 1);
  // Closing would remove the log, and opening make it anew.
  int persist = 1;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
  const int status = execute(kPragmas);
  if ((status & 0xFF) == SQLITE_BUSY || (status & 0xFF) == SQLITE_LOCKED)
    return fail(ErrorCode::kIo, fmt::format("'{}' is in use by another process; one at a time can have it "
                                            "(is the server running already?)",
                                            file.string()));
  if ((status & 0xFF) == SQLITE_NOTADB || (status & 0xFF) == SQLITE_CORRUPT)
    return fail(ErrorCode::kIo,
                fmt::format("'{}' is damaged or no file of wws ({}); put a copy in its place, or "
                            "move it and its -wal file away to start empty",
                            file.string(), error_text()));
  if (status != SQLITE_OK)
    return fail(ErrorCode::kIo, fmt::format("cannot open '{}': {}", file.string(), error_text()));
  // After the settings: wal_autocheckpoint takes the hook away.
  const auto count_pages = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<Database*>(self)->pages_in_log_ = static_cast<std::size_t>(pages);
    return SQLITE_OK;
  };
  sqlite3_wal_hook(handle_, count_pages, this);
  return {};
}

Result<void> Database::check_format(const std::filesystem::path& file) {
  const auto format = ask(handle_, "PRAGMA user_version");
  const auto application = ask(handle_, "PRAGMA application_id");
  const auto tables = ask(handle_, "SELECT count(*) FROM sqlite_schema");
  if (!format || !application || !tables)
    return fail(ErrorCode::kIo, fmt::format("cannot read '{}': {}", file.string(), error_text()));
  if (*tables == 0 && *format == 0) {
    const std::string make =
        fmt::format("BEGIN IMMEDIATE;{}PRAGMA application_id={};PRAGMA user_version={};COMMIT;", kSchema,
                    kApplication, kFormat);
    if (execute(make.c_str()) != SQLITE_OK)
      return fail(ErrorCode::kIo, fmt::format("cannot write '{}': {}", file.string(), error_text()));
    return {};
  }
  if (*application != kApplication)
    return fail(ErrorCode::kIo, fmt::format("'{}' is a database of another program", file.string()));
  if (*format > kFormat)
    return fail(ErrorCode::kIo,
                fmt::format("'{}' has format {}, made by a newer wws; this one reads up to {}", file.string(),
                            *format, kFormat));
  if (ask(handle_, "PRAGMA page_count").value_or(0) <= kCheckedPages && !sound(handle_))
    return fail(ErrorCode::kIo,
                fmt::format("'{}' is damaged; put a copy in its place, or move it and its -wal "
                            "file away to start empty",
                            file.string()));
  return bring_up_to_date(file, *format);
}

/// In one transaction: a kill leaves the file as it was.
Result<void> Database::bring_up_to_date(const std::filesystem::path& file, std::int64_t format) {
  if (format == kFormat) return {};
  std::string steps;
  for (std::size_t i = static_cast<std::size_t>(std::max<std::int64_t>(format, 1)); i < kFormat; ++i)
    steps += kSteps.at(i - 1);
  const std::string sql = fmt::format("BEGIN IMMEDIATE;{}PRAGMA user_version={};COMMIT;", steps, kFormat);
  if (execute(sql.c_str()) == SQLITE_OK) return {};
  return fail(ErrorCode::kIo, fmt::format("cannot bring '{}' from format {} to {}: {}", file.string(), format,
                                          kFormat, error_text()));
}

Result<void> Database::prepare() {
  statements_ = std::make_unique<Statements>();
  if (statements_->prepare(handle_) == SQLITE_OK) return {};
  return fail(ErrorCode::kIo,
              fmt::format("the KV store's file has not the tables it should: {}", error_text()));
}

Result<void> Database::load(Opened& opened) {
  const auto failed = [this] {
    return fail(ErrorCode::kIo, fmt::format("cannot use the KV store's file: {}", error_text()));
  };
  Statement rows;
  if (rows.prepare(handle_, "SELECT id, name, version, bytes FROM ns ORDER BY id") != SQLITE_OK)
    return failed();
  Version newest = static_cast<Version>(ask(handle_, "SELECT first_version FROM store").value_or(0));
  int status = SQLITE_DONE;
  while ((status = rows.step()) == SQLITE_ROW) {
    opened.rows.push_back({static_cast<NamespaceId>(rows.number(0)), std::string(rows.bytes(1)),
                           static_cast<Version>(rows.number(2)), static_cast<std::uint64_t>(rows.number(3))});
    newest = std::max(newest, opened.rows.back().version);
  }
  rows.reset();
  if (status != SQLITE_DONE) return failed();
  const auto earliest = next_expiry(base::WallTime{});
  if (!earliest) return failed();
  opened.earliest_expiry = *earliest;

  // Versions that were given out and lost are behind this. Writing it also opens the log, before opening
  // files is over, and shows that the disk takes something.
  opened.first_version = opened.rows.empty() && newest == 0 ? 0 : newest + kVersionGap;
  const std::string sql =
      fmt::format("UPDATE store SET first_version={}", std::max<Version>(opened.first_version, 1));
  if (execute(sql.c_str()) != SQLITE_OK) return failed();
  return {};
}

}  // namespace wws::kv
