// The statements that a Database runs; for its own files only.
#pragma once

#include "kv/database.h"
#include "kv/statement.h"

namespace wws::kv {

struct Database::Statements {
  Statement begin, commit, rollback;
  Statement read, walk, walk_to, expired, next_expiry;
  Statement put, erase, row;

  /// SQLITE_OK, or why one cannot be had.
  [[nodiscard]] int prepare(sqlite3* database);
};

}  // namespace wws::kv
