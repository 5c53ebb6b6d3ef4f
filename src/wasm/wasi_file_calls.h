// Calls of guests on files: from the guest's memory to a FileCall, and back. Private to this folder.
#pragma once

#include <cstdint>
#include <span>

#include "wasm/guest.h"
#include "wasm/host_function.h"
#include "wasm/wasi_files.h"
#include "wasm/wasi_preview1.h"

namespace wws::wasm {

/// For whom a guest was made: preview 0 has other numbers for `whence`, and a filestat of its own.
enum class Snapshot { kPreview0, kPreview1 };

/// Makes a call of a guest that has files, with its arguments, or takes the answer: called
/// again until it is there. Nothing of the guest's memory is kept in between; addresses are looked at before
/// anything is done.
[[nodiscard]] CallResult<wasi::Errno> call_files(Guest& guest, GuestMemory memory, Snapshot snapshot,
                                                 FileFunction function,
                                                 std::span<const std::uint64_t> arguments) noexcept;

/// fd_prestat_get and fd_prestat_dir_name, which nobody needs to be asked for.
[[nodiscard]] CallResult<wasi::Errno> fd_prestat_get(Guest& guest, GuestMemory memory, std::uint32_t fd,
                                                     GuestAddress result) noexcept;
[[nodiscard]] CallResult<wasi::Errno> fd_prestat_dir_name(Guest& guest, GuestMemory memory, std::uint32_t fd,
                                                          GuestAddress path, std::uint32_t size) noexcept;

}  // namespace wws::wasm
