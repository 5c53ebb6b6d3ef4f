#include "kv/libraries.h"

#include <sqlite3.h>

namespace wws::kv {

std::string library_versions() { return std::string("SQLite/") + sqlite3_libversion(); }

}  // namespace wws::kv
