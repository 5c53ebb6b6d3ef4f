// What the memory holds of a file: records that are ordered and not durable, and a cache of durable ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>

#include "kv/operation.h"

namespace wws::kv {

struct Space;

/// One key: what the file holds, if that is known, and over it what is ordered and not durable yet.
struct Slot {
  bool known = false;  ///< `durable` is what the file holds; null: nothing
  RecordPtr durable;
  std::uint64_t group = 0;  ///< that writes `ordered`; 0: none does
  RecordPtr ordered;
  std::size_t write = 0;  ///< its place in that group

  Space* space = nullptr;
  const std::string* key = nullptr;
  std::size_t charged = 0;
  std::list<Slot*>::iterator place;  ///< in the cache's list, the last used first

  [[nodiscard]] bool pending() const noexcept { return group != 0; }
  /// As ordered operations see it; what that is is known if the slot is pending or known.
  [[nodiscard]] const RecordPtr& newest() const noexcept { return pending() ? ordered : durable; }
};

struct Totals {
  Version version = 0;
  std::uint64_t bytes = 0;
};

/// A namespace. Stays where it is as long as the store lives.
struct Space {
  using Slots = std::map<std::string, Slot, std::less<>>;

  NamespaceId id{};
  std::string name;
  Totals durable;
  Totals ordered;
  Version last_version = 0;      ///< the highest given out, whatever became of it
  std::uint64_t last_group = 0;  ///< that writes here and is not durable; 0: none
  bool complete = false;         ///< what has no slot is not in the file
  Slots slots;
};

/// Slots of all namespaces within a budget. Those that are pending are held beyond it. One thread.
class Image {
 public:
  explicit Image(std::size_t budget) noexcept : budget_(budget) {}

  /// Null: nothing is known of the key. Counts as a use.
  [[nodiscard]] Slot* find(Space& space, std::string_view key);
  /// Makes one when there is none.
  Slot& slot(Space& space, std::string_view key);

  /// The file holds `record` for this key.
  void set_durable(Slot& slot, RecordPtr record);
  /// The group that wrote the slot is no more: durable, or given up.
  void settle(Slot& slot);

  /// Forgets what was not used for long.
  void trim();
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  void charge(Slot& slot);
  void erase(Slot& slot);

  std::size_t budget_;
  std::size_t bytes_ = 0;
  std::list<Slot*> used_;
};

}  // namespace wws::kv
