#include "runtime/module_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <utility>
#include <vector>

#include "base/log.h"

namespace wws::runtime {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffix = ".cwasm";
constexpr std::string_view kUnfinished = "unfinished-";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kChecksumDigits = 16;

/// XXH3 of a whole file. It guards against a torn or rotten file, not against an attacker: those are
/// kept out by the folder's owner and mode.
Result<std::string> checksum(const base::File& file) {
  struct stat status{};
  if (fstat(file.fd(), &status) != 0) return fail(ErrorCode::kIo, base::errno_text(errno));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return fail(ErrorCode::kIo, "the file is empty");
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd(), 0);
  if (data == MAP_FAILED) return fail(ErrorCode::kIo, base::errno_text(errno));
  const XXH64_hash_t hash = XXH3_64bits(data, size);
  munmap(data, size);
  return fmt::format("{:016x}", hash);
}

Result<void> check_private(const fs::path& folder) {
  struct stat status{};
  if (lstat(folder.c_str(), &status) != 0) {
    return fail(ErrorCode::kIo, fmt::format("{}: {}", folder.string(), base::errno_text(errno)));
  }
  if (!S_ISDIR(status.st_mode)) return fail(ErrorCode::kIo, folder.string() + ": not a folder");
  if (status.st_uid != geteuid()) {
    return fail(ErrorCode::kIo,
                folder.string() + ": belongs to another user; compiled code is not kept there");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(ErrorCode::kIo, folder.string() + ": others may write to it; run chmod 700 on it");
  }
  return {};
}

/// Its time of modification says when a file was last used; once a day is exact enough.
void touch(const base::File& file, const struct stat& status) {
  constexpr time_t kDay = 86'400;
  if (status.st_mtim.tv_sec + kDay < time(nullptr)) futimens(file.fd(), nullptr);
}

/// A file of the folder as tidy() sees it.
struct Entry {
  std::string name;
  std::uint64_t size;
  time_t used;
};

std::vector<Entry> list(const fs::path& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    struct stat status{};
    if (lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    entries.push_back({entry->path().filename().string(), static_cast<std::uint64_t>(status.st_size),
                       status.st_mtim.tv_sec});
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

ModuleCache::ModuleCache(fs::path folder, std::string fingerprint, std::uint64_t capacity)
    : folder_(std::move(folder)), fingerprint_(std::move(fingerprint)), capacity_(capacity) {}

fs::path ModuleCache::default_folder() {
  if (const auto cache = environment("XDG_CACHE_HOME"); cache.starts_with('/'))
    return fs::path(cache) / "wws/modules";
  if (const auto home = environment("HOME"); home.starts_with('/'))
    return fs::path(home) / ".cache/wws/modules";
  return fmt::format("/tmp/wws-{}/modules", geteuid());
}

Result<ModuleCache> ModuleCache::open(const fs::path& folder, std::string fingerprint,
                                      std::uint64_t capacity) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(ErrorCode::kIo, fmt::format("{}: cannot make the folder for compiled modules: {}",
                                            folder.string(), base::errno_text(errno)));
  }
  if (auto is_private = check_private(folder); !is_private) return fail(is_private);
  ModuleCache cache(folder, std::move(fingerprint), capacity);
  cache.read_folder();
  return cache;
}

void ModuleCache::read_folder() {
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    // HASH-FINGERPRINT-CHECKSUM.cwasm
    const std::size_t expected = kHashDigits + 1 + fingerprint_.size() + 1 + kChecksumDigits + kSuffix.size();
    if (name.size() == expected && name.ends_with(kSuffix) &&
        std::string_view(name).substr(kHashDigits + 1, fingerprint_.size()) == fingerprint_) {
      names_.insert_or_assign(name.substr(0, kHashDigits), name);
    }
  }
}

std::optional<base::File> ModuleCache::find(const std::string& hash) {
  const auto found = names_.find(hash);
  if (found == names_.end()) return std::nullopt;
  const fs::path path = folder_ / found->second;
  auto file = base::open_read(path);
  if (file) {
    struct stat status{};
    const bool ours =
        fstat(file->fd(), &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid();
    const auto sum = checksum(*file);
    if (ours && sum && found->second.ends_with(*sum + std::string(kSuffix))) {
      touch(*file, status);
      used_.insert(found->second);
      return std::move(*file);
    }
    log::warn("{}: not what was written there; removed, the module is compiled again", path.string());
    unlink(path.c_str());
  }
  names_.erase(found);
  return std::nullopt;
}

void ModuleCache::tidy() {
  // A compile child lives for two minutes at most.
  constexpr time_t kAbandoned = 3600;
  std::vector<Entry> entries = list(folder_);
  std::erase_if(entries, [&](const Entry& entry) {
    if (entry.name.ends_with(kSuffix)) return false;
    if (entry.name.starts_with(kUnfinished) && entry.used + kAbandoned < time(nullptr))
      unlink((folder_ / entry.name).c_str());
    return true;
  });
  std::uint64_t total = 0;
  for (const Entry& entry : entries) total += entry.size;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (total <= capacity_) break;
    if (used_.contains(entry.name)) continue;
    if (unlink((folder_ / entry.name).c_str()) == 0) total -= entry.size;
  }
}

Result<ModuleCache::Unfinished> ModuleCache::begin() const {
  std::string name = (folder_ / (std::string(kUnfinished) + "XXXXXX")).string();
  const int fd = mkostemp(name.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) return fail(ErrorCode::kIo, fmt::format("{}: {}", folder_.string(), base::errno_text(errno)));
  return Unfinished{base::File(fd), name};
}

Result<base::File> ModuleCache::commit(const std::string& hash, Unfinished unfinished) {
  const auto give_up = [&](std::string_view what) {
    auto error = fail(ErrorCode::kIo, fmt::format("{}: {}", unfinished.path.string(), what));
    unlink(unfinished.path.c_str());
    return error;
  };
  if (fsync(unfinished.file.fd()) != 0) return give_up(base::errno_text(errno));
  const auto sum = checksum(unfinished.file);
  if (!sum) return give_up(sum.error().message);
  const std::string name = fmt::format("{}-{}-{}{}", hash, fingerprint_, *sum, kSuffix);
  auto file = base::open_read(unfinished.path);
  if (!file) return give_up(file.error().message);
  if (std::rename(unfinished.path.c_str(), (folder_ / name).c_str()) != 0)
    return give_up(base::errno_text(errno));
  names_.insert_or_assign(hash, name);
  used_.insert(name);
  return std::move(*file);
}

}  // namespace wws::runtime
