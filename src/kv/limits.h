// What the store takes. Each limit that is broken has a failure of its own (failure.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace wws::kv {

inline constexpr std::size_t kMaxKeyBytes = 512;  ///< of any bytes; at least one
inline constexpr std::size_t kMaxValueBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxMetadataBytes = 1'024;

/// Of printable UTF-8; at least one byte.
inline constexpr std::size_t kMaxNamespaceNameBytes = 128;
/// Namespaces stay for ever, since their versions do: this bounds what made-up names can cost.
inline constexpr std::size_t kMaxNamespaces = 10'000;

/// Keys of one GetMany.
inline constexpr std::size_t kMaxKeysPerRead = 1'000;
/// Checks, puts and deletes of one transaction: enough to replace a whole map.
inline constexpr std::size_t kMaxOperationsPerTransaction = 10'000;
/// Keys, values and metadata of one transaction.
inline constexpr std::size_t kMaxTransactionBytes = std::size_t{8} << 20;

/// Keys of one page of a list.
inline constexpr std::size_t kMaxPageKeys = 1'000;
/// A page ends early when it holds so many bytes; it has at least one key.
inline constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20;
/// A namespace that is read as a map, and the values and metadata of one GetMany.
inline constexpr std::size_t kMaxReplyBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMaxMapKeys = 5'000;

/// Times to live: from a millisecond to a century.
inline constexpr std::chrono::milliseconds kMinTimeToLive{1};
inline constexpr std::chrono::milliseconds kMaxTimeToLive = std::chrono::years(100);

/// What a record counts beside its key, its value and its metadata: rows and index entries cost something
/// even when empty.
inline constexpr std::size_t kRecordOverhead = 64;

/// What is ordered or waits, and is not durable. More is refused: the disk does not keep up.
inline constexpr std::size_t kMaxPendingOperations = 65'536;
inline constexpr std::size_t kMaxPendingBytes = std::size_t{64} << 20;

/// Bytes that may be held, counted as keys, values, metadata and kRecordOverhead a record. What has expired
/// counts until it is removed. Deleting is always possible.
struct Quotas {
  std::uint64_t per_namespace = std::uint64_t{256} << 20;
  std::uint64_t total = std::uint64_t{1} << 30;
};

}  // namespace wws::kv
