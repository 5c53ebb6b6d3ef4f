// What a store is asked and what it answers, as plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kv/failure.h"

namespace wws::kv {

/// Versions belong to a namespace: each write takes one that is above all that the namespace ever had, also
/// above those of writes that failed. A record has that of its last write; 0 is no record.
using Version = std::uint64_t;

/// A namespace as long as the store is open; another number may be given to its name after that.
enum class NamespaceId : std::uint32_t {};

using TimeToLive = std::chrono::milliseconds;
/// The moment from which a record is not seen any more.
using Expiry = std::chrono::sys_time<std::chrono::milliseconds>;

/// What a key has. Never changed: a write makes a new one, so readers may keep theirs.
struct Record {
  std::string value;
  Version version = 0;
  std::optional<Expiry> expiry;
  std::string metadata{};  ///< JSON about the value, which nobody here reads; empty: none
};
using RecordPtr = std::shared_ptr<const Record>;

/// Which state a read sees (store.h).
enum class Visibility {
  kDurable,  ///< only what no crash takes away
  kOrdered,  ///< all that was ordered before; the answer waits until that is durable
};

struct Get {
  std::string key;
  Visibility visibility = Visibility::kDurable;
};

struct GetMany {
  std::vector<std::string> keys;
  Visibility visibility = Visibility::kDurable;
};

enum class PageContent {
  kKeys,
  kRecords,
  kMetadata,  ///< records with everything but the value
};

/// Keys that begin with `prefix`, in the order of their bytes.
struct List {
  std::string prefix{};  ///< may be empty
  std::string after{};   ///< only keys behind this one: a page's `next`. Empty: from the start
  std::size_t limit = 100;
  PageContent content = PageContent::kKeys;
  Visibility visibility = Visibility::kDurable;
};

/// All of a namespace, with its version: the map that a worker gets, changes, and hands back as a
/// Transaction under that version.
struct ReadNamespace {
  Visibility visibility = Visibility::kDurable;
};

enum class PutCondition { kNone, kAbsent, kPresent };

struct Put {
  std::string key;
  std::string value;
  std::optional<TimeToLive> time_to_live{};  ///< none: for ever, whatever the key had before
  PutCondition condition = PutCondition::kNone;
  std::string metadata{};  ///< none: none, whatever the key had before
};

struct Delete {
  std::string key;
};

/// Adds to a signed 64-bit number in decimal text; a key that is not there counts as 0. Metadata stay.
struct Increment {
  std::string key;
  std::int64_t by = 1;
  /// Of a key that this makes. One that is there keeps the expiry it has, so that a window ends when it ends.
  std::optional<TimeToLive> time_to_live{};
};

/// Writes if the key still has the version `expected`; 0: if it is not there. What it writes has no metadata:
/// a Transaction with a check can give some.
struct CompareAndSwap {
  std::string key;
  Version expected = 0;
  std::optional<std::string> value;  ///< none: deletes the key
  std::optional<TimeToLive> time_to_live{};
};

/// All or nothing: when each key has its version and the namespace has its own, puts and then deletes. All
/// that it writes has one version.
struct Transaction {
  struct Check {
    std::string key;
    Version version = 0;  ///< 0: the key must not be there
  };
  struct Write {
    std::string key;
    std::string value;
    std::optional<TimeToLive> time_to_live{};
    std::string metadata{};
  };
  std::optional<Version> namespace_version;
  std::vector<Check> checks;
  std::vector<Write> puts;
  std::vector<std::string> deletes;
};

using Request =
    std::variant<Get, GetMany, List, ReadNamespace, Put, Delete, Increment, CompareAndSwap, Transaction>;

/// Null: there is no such key.
struct Found {
  RecordPtr record;
};

/// One for each key, in the order asked for.
struct FoundMany {
  std::vector<RecordPtr> records;
};

struct Item {
  std::string key;
  Version version = 0;
  RecordPtr record;  ///< null in a page of keys
};

struct Page {
  std::vector<Item> items;
  std::string next;  ///< `after` of the next page; empty: this was the last
};

struct Map {
  std::vector<Item> items;  ///< in the order of their keys
};

/// Of Put, CompareAndSwap and Transaction. 0: there was nothing to write.
struct Written {
  Version version = 0;
};

struct Deleted {
  Version version = 0;  ///< of the deletion; 0: there was no such key
};

struct Incremented {
  std::int64_t value = 0;
  Version version = 0;
};

struct Reply {
  /// Of the state that the reply tells of: after it, if it wrote.
  Version namespace_version = 0;
  std::variant<Found, FoundMany, Page, Map, Written, Deleted, Incremented> body;
};

using Outcome = std::expected<Reply, Failure>;

}  // namespace wws::kv
