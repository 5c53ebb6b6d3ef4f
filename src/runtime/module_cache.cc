#include "runtime/module_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/private_folder.h"
#include "base/random.h"
#include "runtime/file_content.h"

namespace wws::runtime {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffix = ".cwasm";
constexpr std::string_view kUnfinished = "unfinished-";
constexpr std::size_t kHashDigits = 64;

std::unexpected<Error> io_error() { return fail(ErrorCode::kIo, base::errno_text(errno)); }

/// Its time of modification says when a file was last used; once a day is exact enough.
void touch(const base::File& file, struct stat& status) {
  constexpr time_t kDay = 86'400;
  if (status.st_mtim.tv_sec + kDay >= time(nullptr)) return;
  futimens(file.fd(), nullptr);
  fstat(file.fd(), &status);
}

struct CloseFolder {
  void operator()(DIR* stream) const noexcept { closedir(stream); }
};

/// The names in a folder.
std::vector<std::string> names_in(const base::File& folder) {
  std::vector<std::string> names;
  base::File again(openat(folder.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, CloseFolder> stream(again ? fdopendir(again.fd()) : nullptr);
  if (!stream) return names;
  (void)again.release();  // the stream closes it
  while (const dirent* entry = readdir(stream.get())) names.emplace_back(entry->d_name);
  return names;
}

/// A file of the folder as tidy() sees it.
struct Entry {
  std::string name;
  std::uint64_t size;
  time_t used;
};

std::vector<Entry> list(const base::File& folder) {
  std::vector<Entry> entries;
  for (std::string& name : names_in(folder)) {
    struct stat status{};
    if (fstatat(folder.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
      continue;
    entries.push_back({std::move(name), static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec});
  }
  return entries;
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

std::string module_hash(std::string_view wasm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(wasm.data(), wasm.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string text;
  text.reserve(kHashDigits);
  for (unsigned int i = 0; i < size; ++i) fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
  return text;
}

ModuleCache::ModuleCache(base::File folder, fs::path path, std::string fingerprint, std::uint64_t capacity)
    : folder_(std::move(folder)),
      path_(std::move(path)),
      fingerprint_(std::move(fingerprint)),
      capacity_(capacity),
      verified_(VerifiedFiles::read(folder_, boot_id())) {}

std::unexpected<Error> ModuleCache::failed(std::string_view what) const {
  return fail(ErrorCode::kIo, fmt::format("{}: {}", path_.string(), what));
}

fs::path ModuleCache::default_folder() {
  if (const auto cache = environment("XDG_CACHE_HOME"); cache.starts_with('/'))
    return fs::path(cache) / "wws/modules";
  if (const auto home = environment("HOME"); home.starts_with('/'))
    return fs::path(home) / ".cache/wws/modules";
  return {};
}

Result<ModuleCache> ModuleCache::open(const fs::path& folder, std::string fingerprint,
                                      std::uint64_t capacity) {
  if (folder.empty())
    return fail(ErrorCode::kIo, "neither XDG_CACHE_HOME nor HOME says where; name a folder with --cache");
  auto opened = base::open_private_folder(folder);
  if (!opened) return fail(opened);
  ModuleCache cache(std::move(*opened), folder, std::move(fingerprint), capacity);
  struct statvfs status{};
  if (fstatvfs(cache.folder_.fd(), &status) == 0 && (status.f_flag & ST_NOEXEC) != 0)
    return cache.failed("code there may not be executed (its file system is mounted with noexec)");
  cache.read_folder();
  return cache;
}

void ModuleCache::read_folder() {
  for (const std::string& name : names_in(folder_)) {
    // HASH-FINGERPRINT-CHECKSUM.cwasm
    const std::size_t expected =
        kHashDigits + 1 + fingerprint_.size() + 1 + FileContent::kChecksumDigits + kSuffix.size();
    if (name.size() == expected && name.ends_with(kSuffix) &&
        std::string_view(name).substr(kHashDigits + 1, fingerprint_.size()) == fingerprint_) {
      names_.insert_or_assign(name.substr(0, kHashDigits), name);
    }
  }
}

std::optional<base::File> ModuleCache::find(const std::string& hash) {
  const auto found = names_.find(hash);
  if (found == names_.end()) return std::nullopt;
  const std::string name = found->second;
  names_.erase(found);
  base::File file(openat(folder_.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status{};
  // What cannot be read now (no descriptor is left, say) may be as good as ever: it stays.
  if (file ? fstat(file.fd(), &status) != 0 : errno != ELOOP) return std::nullopt;
  if (file && base::is_private_file(status)) {
    const auto is_good = verified_.has(name, status) ? Result<bool>(true) : is_as_written(file, name);
    if (!is_good) return std::nullopt;
    if (*is_good) {
      touch(file, status);
      verified_.add(name, status);
      used_.insert(name);
      names_.emplace(hash, name);
      return file;
    }
  }
  log::warn("{}: not what was written there; removed, the module is compiled again", (path_ / name).string());
  verified_.forget(name);
  unlinkat(folder_.fd(), name.c_str(), 0);
  return std::nullopt;
}

/// Errors say that it cannot be read now.
Result<bool> ModuleCache::is_as_written(const base::File& file, std::string_view name) {
  auto content = FileContent::of(file, PROT_READ | PROT_EXEC);
  if (!content) return fail(content);
  auto sum = content->checksum();
  if (!sum) return fail(sum);
  return name.ends_with(*sum + std::string(kSuffix));
}

void ModuleCache::tidy() {
  // It has its name within moments.
  constexpr time_t kAbandoned = 3600;
  std::vector<Entry> entries = list(folder_);
  std::erase_if(entries, [&](const Entry& entry) {
    if (entry.name.ends_with(kSuffix)) return false;
    if (entry.name.starts_with(kUnfinished) && entry.used + kAbandoned < time(nullptr))
      unlinkat(folder_.fd(), entry.name.c_str(), 0);
    return true;
  });
  std::uint64_t total = 0;
  for (const Entry& entry : entries) total += entry.size;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (total <= capacity_) break;
    if (used_.contains(entry.name)) continue;
    if (unlinkat(folder_.fd(), entry.name.c_str(), 0) == 0) {
      total -= entry.size;
      verified_.forget(entry.name);
    }
  }
  std::unordered_set<std::string> there;
  for (Entry& entry : entries) there.insert(std::move(entry.name));
  // A folder that can only be read, or is full, takes it not: what is not noted is verified.
  [[maybe_unused]] const auto noted = verified_.write(folder_, there);
}

Result<base::File> ModuleCache::keep(const std::string& hash, const base::File& code, Durable durable) {
  const auto content = FileContent::of(code, PROT_READ);
  if (!content) return failed(content.error().message);
  std::array<std::uint8_t, 8> random{};
  if (!base::Random().fill(random)) return failed("no random number for a name");
  const std::string temporary = fmt::format("{}{:02x}", kUnfinished, fmt::join(random, ""));
  const auto sum = content->checksum();
  if (!sum) return failed(sum.error().message);
  const std::string name = fmt::format("{}-{}-{}{}", hash, fingerprint_, *sum, kSuffix);
  auto file = write(temporary, name, *content, durable);
  if (!file) {
    unlinkat(folder_.fd(), temporary.c_str(), 0);
    return failed(file.error().message);
  }
  struct stat status{};
  if (fstat(file->fd(), &status) == 0) verified_.add(name, status);
  names_.insert_or_assign(hash, name);
  used_.insert(name);
  return file;
}

/// The file as others will find it: opened anew, for reading only, and read back if it has to be on the disk.
Result<base::File> ModuleCache::write(const std::string& temporary, const std::string& name,
                                      const FileContent& content, Durable durable) const {
  base::File written(
      openat(folder_.fd(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!written) return io_error();
  if (auto all = content.write_to(written); !all) return fail(all);
  if (durable == Durable::kAtOnce && fsync(written.fd()) != 0) return io_error();
  base::File file(openat(folder_.fd(), temporary.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat ours{};
  struct stat theirs{};
  if (!file || fstat(written.fd(), &ours) != 0 || fstat(file.fd(), &theirs) != 0) return io_error();
  if (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
    return fail(ErrorCode::kIo, "somebody put another file in the place of one that was being written");
  if (durable == Durable::kAtOnce) {
    auto is_good = is_as_written(file, name);
    if (!is_good) return fail(is_good);
    if (!*is_good) return fail(ErrorCode::kIo, "what was written is not what can be read");
  }
  if (renameat(folder_.fd(), temporary.c_str(), folder_.fd(), name.c_str()) != 0) return io_error();
  return file;
}

}  // namespace wws::runtime
