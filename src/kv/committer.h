// The thread that waits for the disk.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/wake.h"
#include "kv/ballast.h"
#include "kv/database.h"
#include "kv/group.h"

namespace wws::kv {

/// Does one job at a time on the database and the ballast, which are its own from give() until take() has
/// given the report.
///
/// give(), take() and busy() from the store's thread. Destroying it waits for the job at hand.
class Committer {
 public:
  enum class Task {
    kCommit,      ///< `group`
    kRecover,     ///< `rows`, and the ballast
    kCheckpoint,  ///< of the log
    kLengthen,    ///< the log's file
  };
  struct Job {
    Task task = Task::kCheckpoint;
    const Group* group = nullptr;
    std::vector<SpaceRow> rows{};
  };
  enum class Trace {
    kNone,  ///< what failed is gone
    kLeft,  ///< it may come back when the file is opened again
  };
  struct Report {
    Task task = Task::kCheckpoint;
    std::optional<Failure> failure{};
    Trace trace = Trace::kNone;
  };

  Committer(Database& database, Ballast& ballast, const base::Wake& wake) noexcept
      : database_(database), ballast_(ballast), wake_(wake) {}
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Starts the thread, with all signals blocked. kIo: there can be none.
  [[nodiscard]] Result<void> start();

  [[nodiscard]] bool busy() const noexcept { return busy_; }
  void give(Job job);
  /// The report of the job, once: when it is done.
  [[nodiscard]] std::optional<Report> take();

 private:
  void run();
  [[nodiscard]] Report work(Job& job);
  [[nodiscard]] Report commit(const Group& group);
  /// With the ballast's room if there is no other.
  [[nodiscard]] std::optional<Failure> commit_rows(const std::vector<SpaceRow>& rows);

  Database& database_;
  Ballast& ballast_;
  const base::Wake& wake_;
  bool busy_ = false;  ///< the store's thread only

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Job> job_;        ///< under mutex_
  std::optional<Report> report_;  ///< under mutex_
  bool stop_ = false;             ///< under mutex_
  std::thread thread_;
};

}  // namespace wws::kv
