// SQLite's prepared statements with an owner.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string_view>

namespace wws::kv {

/// A prepared statement. Bound text and blobs are not copied: they must live until reset(). One thread at a
/// time.
class Statement {
 public:
  Statement() = default;

  /// SQLITE_OK, or why not.
  [[nodiscard]] int prepare(sqlite3* database, std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int status = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    handle_.reset(raw);
    return status;
  }

  Statement& bind(int index, std::int64_t value) {
    sqlite3_bind_int64(handle_.get(), index, value);
    return *this;
  }
  Statement& bind_blob(int index, std::string_view bytes) {
    // A null pointer would bind NULL.
    sqlite3_bind_blob64(handle_.get(), index, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
    return *this;
  }
  Statement& bind_text(int index, std::string_view text) {
    sqlite3_bind_text64(handle_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
  }

  /// SQLITE_ROW, SQLITE_DONE, or an error.
  [[nodiscard]] int step() { return sqlite3_step(handle_.get()); }
  void reset() { sqlite3_reset(handle_.get()); }
  /// Runs a statement that has no rows. SQLITE_DONE, or an error.
  [[nodiscard]] int run() {
    const int status = step();
    reset();
    return status;
  }

  [[nodiscard]] std::int64_t number(int column) { return sqlite3_column_int64(handle_.get(), column); }
  /// Until the next step.
  [[nodiscard]] std::string_view bytes(int column) {
    const void* data = sqlite3_column_blob(handle_.get(), column);
    return {static_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// Resets at the end of a scope, so that no statement keeps the file read-locked.
class Reset {
 public:
  explicit Reset(Statement& statement) : statement_(statement) {}
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;
  ~Reset() { statement_.reset(); }

 private:
  Statement& statement_;
};

}  // namespace wws::kv
