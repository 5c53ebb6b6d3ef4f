#include "runtime/verified_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>

#include "base/file_state.h"
#include "base/private_folder.h"

namespace wws::runtime {
namespace {

/// The first line, before what tells starts of the machine apart. Another form of the file has another
/// number.
constexpr std::string_view kHead = "wws-verified 1 ";
constexpr const char* kUnfinished = "unfinished-verified";
/// The file is small: 200 bytes for each script.
constexpr std::size_t kMost = std::size_t{16} << 20;
/// A file system's clock may stand still for so long: a tick of a kernel with 100 a second, twice.
constexpr std::chrono::milliseconds kClockStep{20};

std::unexpected<Error> io_error() { return fail(ErrorCode::kIo, base::errno_text(errno)); }

std::chrono::system_clock::time_point changed(const struct stat& status) {
  const auto since =
      std::chrono::seconds(status.st_ctim.tv_sec) + std::chrono::nanoseconds(status.st_ctim.tv_nsec);
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(since));
}

/// Up to the next `end`, which is taken off too; what is left when there is none.
std::string_view take(std::string_view& text, char end) {
  const std::size_t size = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return part;
}

std::string content_of(const base::File& folder) {
  const base::File file(
      openat(folder.fd(), VerifiedFiles::kName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status{};
  if (!file || fstat(file.fd(), &status) != 0 || !base::is_private_file(status)) return {};
  return base::read_file(file, VerifiedFiles::kName, kMost).value_or("");
}

}  // namespace

std::string boot_id() {
  std::string text;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), text);
  return text;
}

VerifiedFiles VerifiedFiles::read(const base::File& folder, std::string boot) {
  VerifiedFiles files(std::move(boot));
  if (files.boot_.empty()) return files;
  const std::string content = content_of(folder);
  std::string_view left = content;
  if (take(left, '\n') != std::string(kHead) + files.boot_) return files;
  while (!left.empty()) {
    std::string_view line = take(left, '\n');
    const std::string_view name = take(line, ' ');
    // What is in the file is older than the file.
    files.states_.emplace(name, State{std::string(line), Time::min()});
  }
  return files;
}

bool VerifiedFiles::has(const std::string& name, const struct stat& status) const {
  const auto found = states_.find(name);
  return found != states_.end() && found->second.text == base::file_state(status);
}

void VerifiedFiles::add(const std::string& name, const struct stat& status) {
  State state{base::file_state(status), changed(status)};
  State& known = states_[name];
  has_news_ = has_news_ || known.text != state.text;
  known = std::move(state);
}

void VerifiedFiles::forget(const std::string& name) { states_.erase(name); }

Result<void> VerifiedFiles::write(const base::File& folder, const std::unordered_set<std::string>& there) {
  if (boot_.empty() || !has_news_) return {};
  std::erase_if(states_, [&](const auto& entry) { return !there.contains(entry.first); });
  const Time settled = std::chrono::system_clock::now() - kClockStep;
  std::string text = fmt::format("{}{}\n", kHead, boot_);
  for (const auto& [name, state] : states_) {
    if (state.changed < settled) fmt::format_to(std::back_inserter(text), "{} {}\n", name, state.text);
  }
  const std::string unfinished = fmt::format("{}-{}", kUnfinished, getpid());
  unlinkat(folder.fd(), unfinished.c_str(), 0);
  const base::File file(
      openat(folder.fd(), unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return io_error();
  auto written = base::write_all(file.fd(), text);
  if (written && renameat(folder.fd(), unfinished.c_str(), folder.fd(), kName) != 0) written = io_error();
  if (!written) unlinkat(folder.fd(), unfinished.c_str(), 0);
  has_news_ = !written;
  return written;
}

}  // namespace wws::runtime
