// Limits and properties of requests that need no state.
#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "kv/semantics.h"

namespace wws::kv {
namespace {

using Maybe = std::optional<Failure>;

Maybe check_key(std::string_view key) {
  if (key.empty()) return Failure::kKeyEmpty;
  if (key.size() > kMaxKeyBytes) return Failure::kKeyTooLong;
  return std::nullopt;
}

Maybe check_value(const std::string& value, const std::optional<TimeToLive>& time_to_live) {
  if (value.size() > kMaxValueBytes) return Failure::kValueTooLarge;
  if (time_to_live && (*time_to_live < kMinTimeToLive || *time_to_live > kMaxTimeToLive))
    return Failure::kBadTimeToLive;
  return std::nullopt;
}

Maybe check_metadata(const std::string& metadata) {
  if (metadata.size() > kMaxMetadataBytes) return Failure::kMetadataTooLarge;
  return std::nullopt;
}

struct Checker {
  Maybe operator()(const Get& get) const { return check_key(get.key); }

  Maybe operator()(const GetMany& get) const {
    if (get.keys.size() > kMaxKeysPerRead) return Failure::kTooManyOperations;
    for (const std::string& key : get.keys) {
      if (const Maybe failure = check_key(key)) return failure;
    }
    return std::nullopt;
  }

  Maybe operator()(const List& list) const {
    if (list.prefix.size() > kMaxKeyBytes || list.after.size() > kMaxKeyBytes) return Failure::kKeyTooLong;
    if (list.limit == 0 || list.limit > kMaxPageKeys) return Failure::kPageTooLarge;
    return std::nullopt;
  }

  Maybe operator()(const ReadNamespace& /*read*/) const { return std::nullopt; }

  Maybe operator()(const Put& put) const {
    if (const Maybe failure = check_key(put.key)) return failure;
    if (const Maybe failure = check_metadata(put.metadata)) return failure;
    return check_value(put.value, put.time_to_live);
  }

  Maybe operator()(const Delete& erase) const { return check_key(erase.key); }

  Maybe operator()(const Increment& increment) const {
    if (const Maybe failure = check_key(increment.key)) return failure;
    return check_value({}, increment.time_to_live);
  }

  Maybe operator()(const CompareAndSwap& swap) const {
    if (const Maybe failure = check_key(swap.key)) return failure;
    static const std::string none;
    return check_value(swap.value ? *swap.value : none, swap.time_to_live);
  }

  Maybe operator()(const Transaction& transaction) const {
    const auto& [version, checks, puts, deletes] = transaction;
    if (checks.size() + puts.size() + deletes.size() > kMaxOperationsPerTransaction)
      return Failure::kTooManyOperations;
    std::size_t bytes = 0;
    for (const auto& check : checks) {
      if (const Maybe failure = check_key(check.key)) return failure;
    }
    for (const auto& put : puts) {
      if (const Maybe failure = check_key(put.key)) return failure;
      if (const Maybe failure = check_value(put.value, put.time_to_live)) return failure;
      if (const Maybe failure = check_metadata(put.metadata)) return failure;
      bytes += put.key.size() + put.value.size() + put.metadata.size();
    }
    for (const std::string& key : deletes) {
      if (const Maybe failure = check_key(key)) return failure;
      bytes += key.size();
    }
    if (bytes > kMaxTransactionBytes) return Failure::kTransactionTooLarge;
    return std::nullopt;
  }
};

template <class T>
constexpr bool kHasVisibility = requires(const T& request) { request.visibility; };
template <class T>
constexpr bool kHasKey = requires(const T& request) { request.key; };

}  // namespace

Maybe check(const Request& request) { return std::visit(Checker{}, request); }

Maybe check_namespace_name(std::string_view name) {
  const bool printable =
      std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (name.empty() || name.size() > kMaxNamespaceNameBytes || !printable || !base::is_utf8(name))
    return Failure::kBadNamespaceName;
  return std::nullopt;
}

bool is_durable_read(const Request& request) noexcept {
  return std::visit(
      []<class T>(const T& one) {
        if constexpr (kHasVisibility<T>) {
          return one.visibility == Visibility::kDurable;
        } else {
          return false;
        }
      },
      request);
}

bool is_write(const Request& request) noexcept {
  return std::visit([]<class T>(const T&) { return !kHasVisibility<T>; }, request);
}

bool walks(const Request& request) noexcept {
  return std::holds_alternative<List>(request) || std::holds_alternative<ReadNamespace>(request);
}

std::vector<std::string_view> keys_of(const Request& request) {
  std::vector<std::string_view> keys;
  if (const auto* many = std::get_if<GetMany>(&request)) {
    keys.assign(many->keys.begin(), many->keys.end());
  } else if (const auto* transaction = std::get_if<Transaction>(&request)) {
    for (const auto& check : transaction->checks) keys.push_back(check.key);
    for (const auto& put : transaction->puts) keys.push_back(put.key);
    keys.insert(keys.end(), transaction->deletes.begin(), transaction->deletes.end());
  } else {
    std::visit(
        [&]<class T>(const T& one) {
          if constexpr (kHasKey<T>) keys.push_back(one.key);
        },
        request);
  }
  return keys;
}

std::size_t bytes_of(const Request& request) noexcept {
  std::size_t bytes = sizeof(Request);
  if (const auto* put = std::get_if<Put>(&request)) {
    bytes += put->value.size() + put->metadata.size();
  } else if (const auto* swap = std::get_if<CompareAndSwap>(&request)) {
    if (swap->value) bytes += swap->value->size();
  } else if (const auto* transaction = std::get_if<Transaction>(&request)) {
    for (const auto& write : transaction->puts)
      bytes += write.key.size() + write.value.size() + write.metadata.size() + sizeof write;
    bytes += transaction->checks.size() * 64 + transaction->deletes.size() * 64;
  } else if (const auto* many = std::get_if<GetMany>(&request)) {
    bytes += many->keys.size() * 64;
  }
  return bytes;
}

}  // namespace wws::kv
