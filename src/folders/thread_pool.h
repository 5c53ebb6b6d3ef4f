// Threads that may wait for the disk.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wws::folders {

/// A fixed number of threads, which do jobs in the order in which they come. add() from any thread.
class ThreadPool {
 public:
  using Job = std::function<void()>;

  /// Returns when all of them run: nothing is asked of the system for a thread afterwards.
  explicit ThreadPool(std::size_t threads);
  /// Waits for the jobs that have begun; the others are dropped.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void add(Job job);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::size_t running_ = 0;  ///< threads that have come to their first line
  bool is_ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace wws::folders
