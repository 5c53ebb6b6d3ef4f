#include "base/file_state.h"

#include <fmt/format.h>

namespace wws::base {

std::string file_state(const struct stat& status) {
  return fmt::format("{}:{}:{}:{}.{}:{}.{}", status.st_dev, status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec);
}

}  // namespace wws::base
