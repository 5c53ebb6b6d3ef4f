#include "supervisor/inherited_sockets.h"

#include <fcntl.h>

#include <cerrno>
#include <charconv>

#include "base/beneath.h"
#include "hardening/system_call_filter.h"
#include "supervisor/serving_process.h"

namespace wws::supervisor {

Result<std::vector<base::File>> take_listeners(const std::string& argument) {
  std::size_t count = 0;
  const char* end = argument.data() + argument.size();
  const auto [stop, error] = std::from_chars(argument.data(), end, count);
  if (error != std::errc() || stop != end || count > kMaxListeners)
    return fail(ErrorCode::kInternal, "a serving process has no such number of listening sockets");
  std::vector<base::File> listeners;
  for (std::size_t i = 0; i < count; ++i) {
    listeners.emplace_back(kFirstListener + static_cast<int>(i));
    fcntl(listeners.back().fd(), F_SETFD, FD_CLOEXEC);
  }
  return listeners;
}

Result<void> fill_shared_numbers() {
  base::File filler;
  do {
    [[maybe_unused]] const int kept = filler.release();
    filler = base::open_start("/dev/null");
    if (!filler) return fail(ErrorCode::kIo, "/dev/null: " + base::errno_text(errno));
  } while (filler.fd() < hardening::kSharedDescriptors);
  return {};
}

}  // namespace wws::supervisor
