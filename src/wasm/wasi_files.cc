#include "wasm/wasi_files.h"

#include <cstring>
#include <utility>

namespace wws::wasm {

WasiFiles::WasiFiles(std::span<const GuestMount> mounts) : mounts_(mounts) {
  for (std::size_t i = 0; i < mounts.size(); ++i) open_[kFirst + static_cast<std::uint32_t>(i)] = {i, true};
}

const GuestMount* WasiFiles::mount(std::uint32_t fd) const noexcept {
  const auto found = open_.find(fd);
  return found == open_.end() || !found->second.is_mount ? nullptr : &mounts_[found->second.mount];
}

bool WasiFiles::is_read_only(std::uint32_t fd) const noexcept {
  const auto found = open_.find(fd);
  return found != open_.end() && mounts_[found->second.mount].mode == GuestMount::Mode::kReadOnly;
}

void WasiFiles::begin(const FileCall& call) {
  has_begun_ = true;
  function_ = call.function;
  first_ = static_cast<std::uint32_t>(call.arguments[0]);
  second_ = static_cast<std::uint32_t>(call.arguments[1]);
  submit(call);
}

std::optional<FileAnswer> WasiFiles::take_answer() {
  auto answer = poll();
  if (!answer) return std::nullopt;
  has_begun_ = false;
  if (answer->error == 0) note(*answer);
  return answer;
}

bool WasiFiles::is_first_refusal() noexcept { return !std::exchange(was_refused_, true); }

void WasiFiles::note(const FileAnswer& answer) {
  switch (function_) {
    case FileFunction::kPathOpen: {
      std::uint32_t fd = 0;
      if (answer.outputs.size() >= sizeof fd) std::memcpy(&fd, answer.outputs.data(), sizeof fd);
      const auto folder = open_.find(first_);
      if (folder != open_.end()) open_[fd] = {folder->second.mount, false};
      return;
    }
    case FileFunction::kFdClose:
      open_.erase(first_);
      return;
    case FileFunction::kFdRenumber: {
      if (first_ == second_) return;
      auto moved = open_.extract(first_);
      open_.erase(second_);
      if (!moved) return;  // it is a stream
      moved.key() = second_;
      open_.insert(std::move(moved));
      return;
    }
    default:
      return;
  }
}

}  // namespace wws::wasm
