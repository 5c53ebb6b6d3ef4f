// The payload of MessageType::kService for a folders child: what workers have mounted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "wasm/wasi_files.h"

namespace wws::supervisor {

struct FolderMessage {
  std::string path;  ///< absolute
  wasm::GuestMount guest;
  friend bool operator==(const FolderMessage&, const FolderMessage&) = default;
};

/// The folders of one worker, in their order.
using MountsMessage = std::vector<FolderMessage>;

struct FoldersMessage {
  std::vector<MountsMessage> mounts;  ///< by the places that workers know
  log::Settings logging{};
};

[[nodiscard]] std::string to_json(const FoldersMessage& folders);
/// kInternal: not what to_json wrote.
[[nodiscard]] Result<FoldersMessage> parse_folders(std::string_view json);

}  // namespace wws::supervisor
