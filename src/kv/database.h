// The file (docs/formats/kv-file.md).
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kv/group.h"
#include "kv/semantics.h"

struct sqlite3;
struct sqlite3_file;

namespace wws::kv {

class Ballast;

/// A SQLite database in WAL mode, open for this process alone.
///
/// After open() no file is opened any more. Used by one thread at a time: the store's, or the commit
/// thread while it has been lent. Nothing here waits for a lock: nobody else has one.
class Database {
 public:
  static constexpr std::string_view kFileName = "kv.sqlite";
  static constexpr int kFormat = 2;

  struct Opened {
    std::unique_ptr<Database> database;
    std::vector<SpaceRow> rows;
    /// Above every version that was ever given out by this file, durable or not.
    Version first_version = 0;
    std::optional<Expiry> earliest_expiry;
  };
  /// Opens or makes the file in a folder that is there. A full disk gets the ballast's room. `vfs`: of
  /// SQLite's; empty: the usual one. Errors say what to do: another process has it, a newer format, damage.
  [[nodiscard]] static Result<Opened> open(const std::filesystem::path& folder, Ballast& ballast,
                                           const std::string& vfs);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] std::expected<RecordPtr, Failure> read(NamespaceId id, std::string_view key);
  [[nodiscard]] std::expected<void, Failure> walk(NamespaceId id, const KeyRange& range,
                                                  const State::Visit& visit);

  struct Expired {
    NamespaceId id{};
    std::string key;
  };
  /// Some keys whose time is up.
  [[nodiscard]] std::expected<std::vector<Expired>, Failure> expired(base::WallTime now, std::size_t limit);
  /// The first time that is up after `now`.
  [[nodiscard]] std::expected<std::optional<Expiry>, Failure> next_expiry(base::WallTime now);

  /// All of it, on disk when this returns; or nothing, but see commit_rows().
  [[nodiscard]] std::optional<Failure> commit(const Group& group);
  /// Rows of namespaces only. What a failed commit has left in the log could be taken for committed when the
  /// file is opened again; this takes its place, so once it succeeds that commit is gone for good.
  [[nodiscard]] std::optional<Failure> commit_rows(const std::vector<SpaceRow>& rows);

  /// Moves what is in the log to where it belongs; the log is written from its start again.
  [[nodiscard]] std::optional<Failure> checkpoint();
  /// Pages in the log that were not moved yet.
  [[nodiscard]] std::size_t pages_in_log() const noexcept { return pages_in_log_; }

  /// Whether commits will soon make the log's file longer.
  [[nodiscard]] bool log_is_short() const noexcept;
  /// Makes it longer before, with zeros: a sync of what lies in the file is one write, of what makes it
  /// longer also those of the file system's journal. Waits for no disk. One that is too full leaves the file
  /// as it is.
  void lengthen_log() noexcept;

 private:
  struct Statements;

  Database();
  [[nodiscard]] Result<void> connect(const std::filesystem::path& file, const std::string& vfs);
  [[nodiscard]] Result<void> check_format(const std::filesystem::path& file);
  [[nodiscard]] Result<void> bring_up_to_date(const std::filesystem::path& file, std::int64_t format);
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<void> load(Opened& opened);
  [[nodiscard]] int execute(const char* sql);
  [[nodiscard]] int write(const Group& group);
  [[nodiscard]] int write(const std::vector<SpaceRow>& rows);
  template <class Work>
  [[nodiscard]] std::optional<Failure> transaction(Work work);
  [[nodiscard]] std::string error_text() const;
  [[nodiscard]] sqlite3_file* log_file() const noexcept;

  sqlite3* handle_ = nullptr;
  std::unique_ptr<Statements> statements_;
  std::size_t pages_in_log_ = 0;
  std::size_t log_bytes_ = 0;  ///< of its file, or what was tried last
};

}  // namespace wws::kv
