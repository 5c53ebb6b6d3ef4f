/// The key-value store for workers in C++20: one header over wws_task.hpp.
///
///     const auto visits = wws::kv::increment("visits", 1).wait();
///     if (visits) response.print("visit ", visits->number);
///
/// A worker has the keys of the namespace that its TOML file names, in `[data.kv]`, and those of
/// `[data.kv.bindings]` (select); docs/kv.md tells what is promised. Keys are 1 to 512 bytes, values up to 1
/// MiB, of any bytes. Each write gives its keys a new version, a number that rises; 0 is the version of a key
/// that is not there. A value may have metadata, a text of up to 1,024 bytes, JSON by agreement with other
/// workers.
///
/// Each function begins an Operation at once: several are on their way together. `wait()` waits for it, and
/// in a task `co_await` does while other tasks go on. What is not done gives an Error: absent is a worker
/// without a namespace.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wws_task.hpp"

namespace wws::kv {

/// What came of an operation: a T, or why not. True when it was done.
template <class T>
class Expected {
 public:
  Expected(T value) noexcept : value_(std::move(value)), error_(Error::again) {}
  Expected(Error error) noexcept : error_(error) {}

  [[nodiscard]] explicit operator bool() const noexcept { return value_.has_value(); }
  /// If it is true.
  [[nodiscard]] T& operator*() noexcept { return *value_; }
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] T* operator->() noexcept { return &*value_; }
  [[nodiscard]] const T* operator->() const noexcept { return &*value_; }
  /// Why not, if it is false.
  [[nodiscard]] Error error() const noexcept { return error_; }
  [[nodiscard]] bool operator==(Error error) const noexcept { return !value_ && error_ == error; }

 private:
  std::optional<T> value_;
  Error error_;
};

using Version = std::uint64_t;

/// What a key has.
struct Entry {
  std::string value;
  Version version = 0;
};

/// When a key goes.
using Moment = std::chrono::sys_time<std::chrono::milliseconds>;

/// What a key has, with all that is known of it.
struct Record {
  std::string value;
  Version version = 0;
  std::string metadata = {};           ///< empty: none
  std::optional<Moment> expires = {};  ///< none: it stays
};

/// A key of a list, and what it has.
struct Item {
  std::string key;
  std::string value;  ///< empty in lists of keys alone
  Version version = 0;
  std::string metadata = {};  ///< these two only in lists with metadata
  std::optional<Moment> expires = {};
};

struct Incremented {
  std::int64_t number = 0;  ///< as it is now
  Version version = 0;      ///< of this write
};

struct Page {
  std::vector<Item> items;
  std::string next;  ///< where the next page begins, for Query::after; empty if this was the last
};

enum class Condition : std::uint32_t {
  none = WWS_V1_PUT_ALWAYS,
  if_absent = WWS_V1_PUT_IF_ABSENT,    ///< only if there is no such key, or else Error::conflict
  if_present = WWS_V1_PUT_IF_PRESENT,  ///< only if there is one
};

/// How a value is written.
struct Options {
  std::chrono::milliseconds time_to_live{0};  ///< 0: for ever
  Condition condition = Condition::none;      ///< of put
  std::string_view metadata = {};             ///< of put; empty: none
};

/// Which keys are listed, in the order of their bytes: all, unless it says more.
struct Query {
  std::string_view prefix = {};  ///< keys that begin with it
  std::string_view after = {};   ///< keys behind this one, which need not be there
  std::uint32_t limit = 100;     ///< the most keys of a page, up to 1,000
  bool values = false;           ///< values too, and not keys alone
  bool metadata = false;         ///< metadata too, and when keys go
};

namespace detail {

/// Takes answers of the store apart; they are as the ABI says.
class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept : bytes_(bytes) {}
  template <class Number>
  Number number() noexcept {
    Number value{};
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view text(std::size_t size) noexcept {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() noexcept { return bytes_; }
  [[nodiscard]] bool is_at_end() const noexcept { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

template <class Number>
void append(std::string& bytes, Number value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline std::uint32_t size_of(std::string_view bytes) noexcept {
  return static_cast<std::uint32_t>(bytes.size());
}

inline Version to_version(std::string_view bytes) { return Reader(bytes).number<Version>(); }

inline bool to_truth(std::string_view bytes) { return to_version(bytes) != 0; }

inline std::optional<Entry> to_entry(std::string_view bytes) {
  Reader reader(bytes);
  const auto version = reader.number<Version>();
  return Entry{std::string(reader.rest()), version};
}

inline std::vector<std::optional<Entry>> to_entries(std::string_view bytes) {
  std::vector<std::optional<Entry>> entries;
  for (Reader reader(bytes); !reader.is_at_end();) {
    const auto version = reader.number<Version>();
    const std::string_view value = reader.text(reader.number<std::uint32_t>());
    if (version != 0) {
      entries.push_back(Entry{std::string(value), version});
    } else {
      entries.push_back(std::nullopt);
    }
  }
  return entries;
}

/// Milliseconds since 1970; 0: none.
inline std::optional<Moment> to_moment(std::int64_t milliseconds) {
  if (milliseconds == 0) return std::nullopt;
  return Moment(std::chrono::milliseconds(milliseconds));
}

inline std::optional<Record> to_record(std::string_view bytes) {
  Reader reader(bytes);
  Record record;
  record.version = reader.number<Version>();
  record.expires = to_moment(reader.number<std::int64_t>());
  record.metadata = reader.text(reader.number<std::uint32_t>());
  record.value = reader.rest();
  return record;
}

inline std::vector<std::optional<Record>> to_records(std::string_view bytes) {
  std::vector<std::optional<Record>> records;
  for (Reader reader(bytes); !reader.is_at_end();) {
    Record record;
    record.version = reader.number<Version>();
    record.expires = to_moment(reader.number<std::int64_t>());
    const auto metadata = reader.number<std::uint32_t>();
    const auto value = reader.number<std::uint32_t>();
    record.metadata = reader.text(metadata);
    record.value = reader.text(value);
    if (record.version != 0) {
      records.push_back(std::move(record));
    } else {
      records.push_back(std::nullopt);
    }
  }
  return records;
}

inline Incremented to_incremented(std::string_view bytes) {
  Reader reader(bytes);
  const auto number = reader.number<std::int64_t>();
  return {number, reader.number<Version>()};
}

inline Page to_page(std::string_view bytes) {
  Reader reader(bytes);
  Page page;
  page.next = reader.text(reader.number<std::uint32_t>());
  while (!reader.is_at_end()) {
    const auto key = reader.number<std::uint32_t>();
    const auto value = reader.number<std::uint32_t>();
    const auto version = reader.number<Version>();
    std::string name(reader.text(key));
    page.items.push_back({std::move(name), std::string(reader.text(value)), version});
  }
  return page;
}

inline Page to_page_with_metadata(std::string_view bytes) {
  Reader reader(bytes);
  Page page;
  page.next = reader.text(reader.number<std::uint32_t>());
  while (!reader.is_at_end()) {
    Item item;
    const auto key = reader.number<std::uint32_t>();
    item.version = reader.number<Version>();
    item.expires = to_moment(reader.number<std::int64_t>());
    const auto metadata = reader.number<std::uint32_t>();
    const auto value = reader.number<std::uint32_t>();
    item.key = reader.text(key);
    item.metadata = reader.text(metadata);
    item.value = reader.text(value);
    page.items.push_back(std::move(item));
  }
  return page;
}

/// One of the server's functions that give results.
using Take = std::int32_t (*)(std::uint32_t operation, char* buffer, std::size_t capacity);

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

}  // namespace detail

/// Something that the store does, from its construction on. Waited for once. Its destructor ends it; a write
/// that has begun may be done all the same.
template <class T>
class [[nodiscard]] Operation {
 public:
  /// From what a function of wws_v1.h returned.
  Operation(std::int32_t code, T (*decode)(std::string_view), detail::Take take = wws_v1_kv_result) noexcept
      : code_(code), decode_(decode), take_(take) {}
  Operation(Operation&& other) noexcept
      : code_(std::exchange(other.code_, WWS_V1_INVALID)), decode_(other.decode_), take_(other.take_) {}
  Operation& operator=(Operation&& other) noexcept {
    std::swap(code_, other.code_);
    std::swap(decode_, other.decode_);
    std::swap(take_, other.take_);
    return *this;
  }
  ~Operation() {
    if (code_ >= 0) (void)wws_v1_cancel(static_cast<std::uint32_t>(code_));
  }

  /// Waits for it, and everything in this worker with it.
  Expected<T> wait() {
    for (;;) {
      if (std::optional<Expected<T>> result = try_take()) return *std::move(result);
      (void)wws::detail::wait_for(static_cast<std::uint32_t>(code_));
    }
  }

  /// What it came to, if it is there.
  std::optional<Expected<T>> try_take() {
    if (code_ < 0) return Expected<T>(static_cast<Error>(code_));
    std::string bytes(kGuess, '\0');
    std::int32_t length;
    for (;;) {
      length = take_(static_cast<std::uint32_t>(code_), bytes.data(), bytes.size());
      if (length <= static_cast<std::int32_t>(bytes.size())) break;
      bytes.resize(static_cast<std::size_t>(length));
    }
    if (length == WWS_V1_AGAIN) return std::nullopt;
    code_ = WWS_V1_INVALID;
    if constexpr (detail::is_optional<T>) {
      if (length == WWS_V1_ABSENT) return Expected<T>(T());  // there is no such key
    }
    if (length < 0) return Expected<T>(static_cast<Error>(length));
    return Expected<T>(decode_(std::string_view(bytes).substr(0, static_cast<std::size_t>(length))));
  }

  /// The task that waits for it while others go on: for when_all, when_any and run.
  Task<Expected<T>> task() && { return wait_in_task(std::move(*this)); }
  auto operator co_await() && {
    struct Awaiter {
      Task<Expected<T>> task;
      bool await_ready() { return task.is_done(); }
      bool await_suspend(std::coroutine_handle<> awaiting) { return task.await_suspend(awaiting); }
      Expected<T> await_resume() { return task.await_resume(); }
    };
    return Awaiter{std::move(*this).task()};
  }

 private:
  static constexpr std::size_t kGuess = 256;

  static Task<Expected<T>> wait_in_task(Operation operation) {
    for (;;) {
      if (std::optional<Expected<T>> result = operation.try_take()) co_return *std::move(result);
      co_await wws::detail::Waiter(static_cast<std::uint32_t>(operation.code_));
    }
  }

  std::int32_t code_;  // the operation's number, or why there is none
  T (*decode_)(std::string_view);
  detail::Take take_;
};

/// What begins from now on is in the namespace of this binding; with an empty name in the worker's own. What
/// has begun stays where it is. False: there is no such binding.
inline bool select(std::string_view binding) { return wws_v1_kv_select(binding.data(), binding.size()) == 0; }

// --- Reading ---

/// Value and version of a key; std::nullopt if there is no such key.
inline Operation<std::optional<Entry>> get(std::string_view key) {
  return {wws_v1_kv_get(key.data(), key.size()), detail::to_entry};
}

/// All that is known of a key; std::nullopt if there is no such key.
inline Operation<std::optional<Record>> get_with_metadata(std::string_view key) {
  return {wws_v1_kv_get(key.data(), key.size()), detail::to_record, wws_v1_kv_result_with_metadata};
}

namespace detail {

inline std::string joined(std::span<const std::string_view> keys) {
  std::string list;
  for (const std::string_view key : keys) {
    append(list, size_of(key));
    list += key;
  }
  return list;
}

}  // namespace detail

/// All that is known of keys, of one moment, in their order.
inline Operation<std::vector<std::optional<Record>>> get_many_with_metadata(
    std::span<const std::string_view> keys) {
  const std::string list = detail::joined(keys);
  return {wws_v1_kv_get_many(list.data(), list.size()), detail::to_records, wws_v1_kv_result_with_metadata};
}

/// Values and versions of keys, all of one moment, in their order.
inline Operation<std::vector<std::optional<Entry>>> get_many(std::span<const std::string_view> keys) {
  const std::string list = detail::joined(keys);
  return {wws_v1_kv_get_many(list.data(), list.size()), detail::to_entries};
}
inline Operation<std::vector<std::optional<Entry>>> get_many(std::initializer_list<std::string_view> keys) {
  return get_many(std::span(keys.begin(), keys.size()));
}

/// One page of a list.
inline Operation<Page> page(const Query& query) {
  std::uint32_t content = query.metadata ? WWS_V1_LIST_METADATA : WWS_V1_LIST_KEYS;
  if (query.values) content = WWS_V1_LIST_VALUES;
  const std::int32_t code = wws_v1_kv_list(query.prefix.data(), query.prefix.size(), query.after.data(),
                                           query.after.size(), query.limit, content);
  if (query.metadata) return {code, detail::to_page_with_metadata, wws_v1_kv_result_with_metadata};
  return {code, detail::to_page};
}

/// All that a query finds, page by page, waiting for each.
///
///     wws::kv::List users({.prefix = "user/", .values = true});
///     for (const wws::kv::Item& user : users) response.print(user.key, ": ", user.value, '\n');
///     if (!users.is_complete()) ... // users.error()
class List {
 public:
  explicit List(const Query& query) : prefix_(query.prefix), after_(query.after), query_(query) {}
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  /// The next one, or nullptr at the end and after an error. It is there until the next call.
  const Item* next() {
    while (at_ == page_.items.size()) {
      if (is_complete_ || error_) return nullptr;
      query_.prefix = prefix_;
      query_.after = after_;
      Expected<Page> page = kv::page(query_).wait();
      if (!page) {
        error_ = page.error();
        return nullptr;
      }
      page_ = *std::move(page);
      at_ = 0;
      after_ = page_.next;
      is_complete_ = after_.empty();
    }
    return &page_.items[at_++];
  }
  /// Whether it came to its end: false after an error.
  [[nodiscard]] bool is_complete() const noexcept { return !error_; }
  /// Why it did not.
  [[nodiscard]] Error error() const noexcept { return error_.value_or(Error::again); }

  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = Item;
    explicit Iterator(List& list) : list_(&list), item_(list.next()) {}
    const Item& operator*() const noexcept { return *item_; }
    Iterator& operator++() {
      item_ = list_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return item_ == nullptr; }

   private:
    List* list_;
    const Item* item_;
  };
  Iterator begin() { return Iterator(*this); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  std::string prefix_, after_;
  Query query_;
  Page page_;
  std::size_t at_ = 0;
  bool is_complete_ = false;
  std::optional<Error> error_;
};

// --- Writing: what gives a version gives that of the write ---

inline Operation<Version> put(std::string_view key, std::string_view value, const Options& options = {}) {
  if (!options.metadata.empty())
    return {wws_v1_kv_put_with_metadata(key.data(), key.size(), value.data(), value.size(),
                                        options.metadata.data(), options.metadata.size(),
                                        options.time_to_live.count(),
                                        static_cast<std::uint32_t>(options.condition)),
            detail::to_version};
  return {wws_v1_kv_put(key.data(), key.size(), value.data(), value.size(), options.time_to_live.count(),
                        static_cast<std::uint32_t>(options.condition)),
          detail::to_version};
}

/// Removes a key: whether it was there.
inline Operation<bool> erase(std::string_view key) {
  return {wws_v1_kv_delete(key.data(), key.size()), detail::to_truth};
}

/// Adds to a number, kept as decimal text; a key that is not there counts as 0. Nothing is lost when many do
/// it at once. The time to live is that of a key that this makes. Error::not_a_number, Error::overflow.
inline Operation<Incremented> increment(std::string_view key, std::int64_t by, const Options& options = {}) {
  return {wws_v1_kv_increment(key.data(), key.size(), by, options.time_to_live.count()),
          detail::to_incremented};
}

/// Gives a key a value if it has the expected version still; 0: if it is not there. Error::conflict: it has
/// another.
inline Operation<Version> compare_and_swap(std::string_view key, Version expected, std::string_view value,
                                           const Options& options = {}) {
  return {wws_v1_kv_compare_and_swap(key.data(), key.size(), expected, value.data(), value.size(),
                                     options.time_to_live.count()),
          detail::to_version};
}

/// Changes of which all are made or none.
///
///     wws::kv::Transaction()
///         .check(from, entry.version)
///         .put(to, entry.value)
///         .erase(from)
///         .commit().wait();
class Transaction {
 public:
  /// The key has this version; 0: it is not there.
  Transaction& check(std::string_view key, Version version) { return add(WWS_V1_CHECK, key, version); }
  /// The namespace has had no write since this version.
  Transaction& check_all(Version since) {
    detail::append(changes_, std::uint32_t{WWS_V1_CHECK_ALL});
    detail::append(changes_, since);
    return *this;
  }
  /// Of the options the time to live and the metadata count.
  Transaction& put(std::string_view key, std::string_view value, const Options& options = {}) {
    if (!options.metadata.empty()) {
      add(WWS_V1_PUT_WITH_METADATA, key, detail::size_of(value), detail::size_of(options.metadata),
          std::int64_t{options.time_to_live.count()});
      changes_ += value;
      changes_ += options.metadata;
      return *this;
    }
    add(WWS_V1_PUT, key, detail::size_of(value), std::int64_t{options.time_to_live.count()});
    changes_ += value;
    return *this;
  }
  Transaction& erase(std::string_view key) { return add(WWS_V1_DELETE, key); }

  /// Makes the changes: the version of all that was written. Error::conflict: a check does not hold.
  [[nodiscard]] Operation<Version> commit() const {
    return {wws_v1_kv_transaction(changes_.data(), changes_.size()), detail::to_version};
  }

 private:
  template <class... Numbers>
  Transaction& add(std::uint32_t kind, std::string_view key, Numbers... numbers) {
    detail::append(changes_, kind);
    detail::append(changes_, detail::size_of(key));
    (detail::append(changes_, numbers), ...);
    changes_ += key;
    return *this;
  }

  std::string changes_;
};

}  // namespace wws::kv
