// What is written to the file in one go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kv/operation.h"

namespace wws::kv {

struct Slot;
struct Space;

/// A namespace's row.
struct SpaceRow {
  NamespaceId id{};
  std::string name;
  Version version = 0;
  std::uint64_t bytes = 0;
};

/// Writes of one commit, at most one for each key.
///
/// Filled by the store's thread and then lent to the commit thread, which looks at no Slot and no Space. Keys
/// are those of slots, which stay as long as a group names them.
struct Group {
  struct Write {
    NamespaceId id{};
    std::string_view key;
    RecordPtr record;  ///< null: delete
    Slot* slot = nullptr;
  };
  std::uint64_t number = 0;
  std::vector<Write> writes;
  std::vector<Space*> spaces;  ///< written to
  std::vector<SpaceRow> rows;  ///< theirs with these writes; made when the group is lent
  /// Theirs without these writes, but with the versions they took: written instead if the group fails.
  std::vector<SpaceRow> rows_if_failed;
  bool only_deletes = true;  ///< what is to work on a full disk
};

}  // namespace wws::kv
