// Why an operation was not done.
#pragma once

#include <string_view>

namespace wws::kv {

/// Causes that whoever asked can tell apart. All but kUnknown mean that nothing was done.
///
/// Not base::ErrorCode: these are answers to a worker, which deals with them; none ends a command or is the
/// status of a response.
enum class Failure {
  kKeyEmpty,
  kKeyTooLong,
  kValueTooLarge,
  kMetadataTooLarge,
  kBadTimeToLive,     ///< not within kMinTimeToLive and kMaxTimeToLive
  kBadNamespaceName,  ///< empty, too long, or not printable UTF-8
  kTooManyNamespaces,
  kNoSuchNamespace,    ///< an id that this store did not give out
  kTooManyOperations,  ///< keys of a read, or checks and writes of a transaction
  kTransactionTooLarge,
  kPageTooLarge,   ///< more keys asked for in one page than there may be, or none
  kReplyTooLarge,  ///< a map or the values of several keys; read in pages
  kNamespaceQuota,
  kTotalQuota,
  kConflict,     ///< a condition or a version is not as demanded
  kNotANumber,   ///< increment of what is not the decimal text of a 64-bit number
  kOverflow,     ///< increment beyond 64 bits
  kUnavailable,  ///< the store cannot take it now
  kDiskFull,
  kIo,       ///< the disk failed
  kUnknown,  ///< it may have been done, or may be done yet when the store is opened again
};

/// Stable lower-case name for logs, protocols and tests, such as "key-too-long".
[[nodiscard]] std::string_view name(Failure failure) noexcept;

}  // namespace wws::kv
