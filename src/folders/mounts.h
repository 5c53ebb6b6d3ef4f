// Folders that are open, as the guests of a worker see them.
#pragma once

#include <memory>
#include <vector>

#include "base/file.h"
#include "wasm/wasi_files.h"

namespace wws::folders {

/// One of a worker's folders. Several workers may share what is open.
struct Mount {
  std::shared_ptr<const base::File> folder;
  wasm::GuestMount::Mode mode = wasm::GuestMount::Mode::kReadOnly;
};

/// The folders of a worker in their order: a guest has them as descriptors from wasm::WasiFiles::kFirst on.
using Mounts = std::vector<Mount>;

}  // namespace wws::folders
