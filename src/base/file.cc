#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace wws::base {

std::string errno_text(int error_number) {
  std::string text = std::generic_category().message(error_number);
  if (error_number == EMFILE)
    text += "; raise the limit of open files (ulimit -n, or LimitNOFILE= of systemd)";
  return text;
}

void File::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<File> File::duplicate() const {
  const int copy = ::fcntl(fd_, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return fail(ErrorCode::kIo, "cannot duplicate a descriptor: " + errno_text(errno));
  return File(copy);
}

Result<File> open_read(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const int cause = errno;
    const auto code = cause == ENOENT || cause == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
    return fail(code, "cannot open " + path.string() + ": " + errno_text(cause));
  }
  return File(fd);
}

Result<std::string> read_file(const File& file, std::string_view name, std::size_t limit) {
  struct stat info{};
  if (::fstat(file.fd(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::kIo, std::string(name) + " is not a regular file");
  }
  if (static_cast<std::size_t>(info.st_size) > limit) {
    return fail(ErrorCode::kIo, std::string(name) + " is larger than " + std::to_string(limit) + " bytes");
  }
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t n =
        ::pread(file.fd(), content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(ErrorCode::kIo, "cannot read " + std::string(name) + ": " + errno_text(errno));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  content.resize(done);
  return content;
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  auto file = open_read(path);
  if (!file) return fail(file);
  return read_file(*file, path.string(), limit);
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(ErrorCode::kIo, errno_text(count < 0 ? errno : EIO));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace wws::base
