// Files as a guest with mounted folders has them: it calls, and others do.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "wasm/file_call.h"

namespace wws::wasm {

/// A folder as a guest sees it.
struct GuestMount {
  std::string name;  ///< its path there
  enum class Mode : std::uint8_t { kReadOnly, kReadWrite } mode = Mode::kReadOnly;
  friend bool operator==(const GuestMount&, const GuestMount&) = default;
};

/// The descriptors of one guest that are of files, from 3 on unless they are given the numbers of streams,
/// and its calls, of which one is under way at most. One thread.
///
/// What is open is known on this side too, by the answers: a call on what is not is made by nobody.
class WasiFiles {
 public:
  /// The mounts outlive it. They are open as descriptors from 3 on.
  explicit WasiFiles(std::span<const GuestMount> mounts);
  virtual ~WasiFiles() = default;
  WasiFiles(const WasiFiles&) = delete;
  WasiFiles& operator=(const WasiFiles&) = delete;

  static constexpr std::uint32_t kFirst = 3;

  [[nodiscard]] bool is_open(std::uint32_t fd) const noexcept { return open_.contains(fd); }
  /// The mount that is open as this descriptor; null: it is none, or is closed.
  [[nodiscard]] const GuestMount* mount(std::uint32_t fd) const noexcept;
  /// Whether what is open there is in a folder that can only be read.
  [[nodiscard]] bool is_read_only(std::uint32_t fd) const noexcept;

  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }
  void begin(const FileCall& call);
  /// Ends the call that was begun. std::nullopt: it is not done yet, and the guest is woken when it is.
  [[nodiscard]] std::optional<FileAnswer> take_answer();
  /// A change was refused because the folder can only be read. True: it is the first of this guest.
  [[nodiscard]] bool is_first_refusal() noexcept;

 private:
  virtual void submit(const FileCall& call) = 0;
  [[nodiscard]] virtual std::optional<FileAnswer> poll() = 0;

  struct Open {
    std::size_t mount = 0;  ///< where it is in
    bool is_mount = false;
  };
  void note(const FileAnswer& answer);

  std::span<const GuestMount> mounts_;
  std::map<std::uint32_t, Open> open_;
  bool has_begun_ = false;
  bool was_refused_ = false;
  FileFunction function_{};  ///< of the call that has begun
  std::uint32_t first_ = 0;  ///< its first arguments
  std::uint32_t second_ = 0;
};

}  // namespace wws::wasm
