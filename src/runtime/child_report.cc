#include "runtime/child_report.h"

#include <unistd.h>

namespace wws::runtime {
namespace {

template <typename Resource>
bool set(Resource resource, rlim_t value) {
  const rlimit limit = {value, value};
  return setrlimit(resource, &limit) == 0;
}

}  // namespace

int complain(std::string_view message, int status) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, message.data(), message.size());
  return status;
}

int complain(const Error& error) {
  const bool lacks_means = error.code == ErrorCode::kIo || error.code == ErrorCode::kOverloaded;
  return complain(error.message, lacks_means ? kNoMeansStatus : kBadModuleStatus);
}

bool limit_cpu(std::uint64_t seconds) { return set(RLIMIT_CPU, seconds); }

bool limit_memory(std::uint64_t bytes) {
  if (!set(RLIMIT_CORE, 0)) return false;
#ifdef __SANITIZE_ADDRESS__
  return bytes > 0;  // the sanitizer's own maps are larger than any limit
#else
  return set(RLIMIT_DATA, bytes);
#endif
}

}  // namespace wws::runtime
