#include "supervisor/access_log_file.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "base/log.h"

namespace wws::supervisor {

Result<base::File> open_access_log(const std::string& path) {
  base::File file(
      open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640));
  if (file) return file;
  const std::string cause = errno == ENXIO ? "nobody reads this pipe" : base::errno_text(errno);
  return fail(ErrorCode::kIo, "--access-log " + log::escaped(path) + ": " + cause);
}

}  // namespace wws::supervisor
