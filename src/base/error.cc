#include "base/error.h"

#include <array>
#include <cstddef>

namespace wws::base {
namespace {

struct Row {
  ErrorCode code;
  int exit_code;
  int http_status;
  std::string_view name;
};

constexpr std::array kTable = {
    Row{ErrorCode::kBadUsage, 2, 400, "bad-usage"},
    Row{ErrorCode::kBadConfig, 2, 500, "bad-config"},
    Row{ErrorCode::kBadProject, 1, 500, "bad-project"},
    Row{ErrorCode::kIo, 1, 500, "io"},
    Row{ErrorCode::kNotFound, 1, 404, "not-found"},
    Row{ErrorCode::kBadModule, 1, 500, "bad-module"},
    Row{ErrorCode::kGuestTrap, 1, 500, "guest-trap"},
    Row{ErrorCode::kGuestExit, 1, 500, "guest-exit"},
    Row{ErrorCode::kBadOutput, 1, 500, "bad-output"},
    Row{ErrorCode::kCpuTimeLimit, 1, 504, "cpu-time-limit"},
    Row{ErrorCode::kTimeLimit, 1, 504, "time-limit"},
    Row{ErrorCode::kMemoryLimit, 1, 500, "memory-limit"},
    Row{ErrorCode::kTableLimit, 1, 500, "table-limit"},
    Row{ErrorCode::kStackLimit, 1, 500, "stack-limit"},
    Row{ErrorCode::kOutputLimit, 1, 500, "output-limit"},
    Row{ErrorCode::kConcurrencyLimit, 1, 503, "concurrency-limit"},
    Row{ErrorCode::kOverloaded, 1, 503, "overloaded"},
    Row{ErrorCode::kCancelled, 1, 503, "cancelled"},
    Row{ErrorCode::kInternal, 1, 500, "internal"},
};

constexpr const Row& row(ErrorCode code) noexcept { return kTable[static_cast<std::size_t>(code)]; }

constexpr bool ordered() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  }
  return true;
}
static_assert(ordered(), "a row per ErrorCode, in the order of the enum");

}  // namespace

int exit_code(ErrorCode code) noexcept { return row(code).exit_code; }
int http_status(ErrorCode code) noexcept { return row(code).http_status; }
std::string_view name(ErrorCode code) noexcept { return row(code).name; }

}  // namespace wws::base
