#include "kv/committer.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <system_error>
#include <utility>

namespace wws::kv {

Result<void> Committer::start() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Result<void> started;
  try {
    thread_ = std::thread(&Committer::run, this);
  } catch (const std::system_error& error) {
    started = fail(ErrorCode::kIo, fmt::format("cannot start a thread: {}", error.what()));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

Committer::~Committer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Committer::give(Job job) {
  busy_ = true;
  {
    const std::lock_guard lock(mutex_);
    job_ = std::move(job);
  }
  changed_.notify_one();
}

std::optional<Committer::Report> Committer::take() {
  if (!busy_) return std::nullopt;
  std::optional<Report> report;
  {
    const std::lock_guard lock(mutex_);
    report = std::exchange(report_, std::nullopt);
  }
  if (!report) return std::nullopt;
  busy_ = false;
  wake_.clear();
  return report;
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || job_; });
    if (!job_) return;  // a job that was given is done before the end
    Job job = std::move(*std::exchange(job_, std::nullopt));
    lock.unlock();
    Report report = work(job);
    lock.lock();
    report_ = std::move(report);
    wake_.notify();
  }
}

Committer::Report Committer::work(Job& job) {
  switch (job.task) {
    case Task::kCommit:
      return commit(*job.group);
    case Task::kRecover: {
      Report report{job.task};
      if (!job.rows.empty()) report.failure = commit_rows(job.rows);
      if (!report.failure && !ballast_.held()) ballast_.take();
      return report;
    }
    case Task::kLengthen:
      database_.lengthen_log();
      return {Task::kLengthen};
    case Task::kCheckpoint:
      break;
  }
  return {Task::kCheckpoint, database_.checkpoint()};
}

Committer::Report Committer::commit(const Group& group) {
  Report report{Task::kCommit, database_.commit(group)};
  if (report.failure == Failure::kDiskFull) {
    ballast_.release();
    if (group.only_deletes) report.failure = database_.commit(group);
  }
  if (report.failure && commit_rows(group.rows_if_failed)) report.trace = Trace::kLeft;
  return report;
}

std::optional<Failure> Committer::commit_rows(const std::vector<SpaceRow>& rows) {
  auto failure = database_.commit_rows(rows);
  if (failure == Failure::kDiskFull && ballast_.held()) {
    ballast_.release();
    failure = database_.commit_rows(rows);
  }
  return failure;
}

}  // namespace wws::kv
