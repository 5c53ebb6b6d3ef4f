#include "kv/failure.h"

#include <array>
#include <cstddef>

namespace wws::kv {
namespace {

struct Row {
  Failure failure;
  std::string_view name;
};

constexpr std::array kTable = {
    Row{Failure::kKeyEmpty, "key-empty"},
    Row{Failure::kKeyTooLong, "key-too-long"},
    Row{Failure::kValueTooLarge, "value-too-large"},
    Row{Failure::kMetadataTooLarge, "metadata-too-large"},
    Row{Failure::kBadTimeToLive, "bad-time-to-live"},
    Row{Failure::kBadNamespaceName, "bad-namespace-name"},
    Row{Failure::kTooManyNamespaces, "too-many-namespaces"},
    Row{Failure::kNoSuchNamespace, "no-such-namespace"},
    Row{Failure::kTooManyOperations, "too-many-operations"},
    Row{Failure::kTransactionTooLarge, "transaction-too-large"},
    Row{Failure::kPageTooLarge, "page-too-large"},
    Row{Failure::kReplyTooLarge, "reply-too-large"},
    Row{Failure::kNamespaceQuota, "namespace-quota"},
    Row{Failure::kTotalQuota, "total-quota"},
    Row{Failure::kConflict, "conflict"},
    Row{Failure::kNotANumber, "not-a-number"},
    Row{Failure::kOverflow, "overflow"},
    Row{Failure::kUnavailable, "unavailable"},
    Row{Failure::kDiskFull, "disk-full"},
    Row{Failure::kIo, "io"},
    Row{Failure::kUnknown, "unknown"},
};

constexpr bool ordered() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].failure) != i) return false;
  }
  return true;
}
static_assert(ordered(), "a row per Failure, in the order of the enum");

}  // namespace

std::string_view name(Failure failure) noexcept { return kTable[static_cast<std::size_t>(failure)].name; }

}  // namespace wws::kv
