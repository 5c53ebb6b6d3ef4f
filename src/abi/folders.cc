#include "abi/folders.h"

namespace wws::abi {
namespace {

constexpr std::uint16_t kIoError = 29;

}  // namespace

GuestFiles::GuestFiles(const WorkerMounts& mounts, Folders* folders, Operations& operations,
                       std::uint64_t invocation)
    : WasiFiles(mounts.mounts),
      worker_(mounts),
      folders_(folders),
      operations_(operations),
      invocation_(invocation) {}

GuestFiles::~GuestFiles() {
  if (pending_) operations_.cancel(*pending_);
  if (has_called_) folders_->end_guest(invocation_);
}

void GuestFiles::submit(const wasm::FileCall& call) {
  if (folders_ == nullptr) return;
  const auto ticket = operations_.begin(*folders_);
  if (!ticket) return;
  pending_ = ticket->number;
  has_called_ = true;
  folders_->submit(worker_.place, call, *ticket, operations_);
}

std::optional<wasm::FileAnswer> GuestFiles::poll() {
  if (!pending_) return wasm::FileAnswer{kIoError, {}};
  // A client that left has no part in it: the answer comes all the same.
  if (!operations_.look_at_result(*pending_, *folders_)) return std::nullopt;
  const auto result = operations_.take_result(*pending_, *folders_);
  pending_.reset();
  return std::move(static_cast<FileResult&>(**result).answer);
}

}  // namespace wws::abi
