// For tests: memory compaction by the kernel, again and again.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/file.h"

namespace wws::wasm::testing {

/// Asks the kernel to move pages, again and again, from a thread of its own. Only root may.
class Compaction {
 public:
  Compaction() : file_(open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC)) {
    if (file_) thread_ = std::thread([this] { run(); });
  }
  ~Compaction() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] bool is_possible() const { return static_cast<bool>(file_); }

 private:
  void run() {
    while (!stop_) {
      if (pwrite(file_.fd(), "1", 1, 0) < 0) return;
    }
  }
  base::File file_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace wws::wasm::testing
