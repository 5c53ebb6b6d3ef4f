#include "config/later.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wws::config {
namespace {

using enum LaterPlace;

constexpr std::array kLater = {
    Later{kFile, ".py", "Python workers"},
    Later{kFile, ".rb", "Ruby workers"},
    Later{kTable, "features.wasi_nn", "neural networks (wasi-nn)"},
    Later{kOption, "--cors", "CORS headers"},
    Later{kOption, "-i", "runtimes of other languages"},
    Later{kOption, "--install-runtimes", "runtimes of other languages"},
    Later{kOption, "--git-commit", "projects from Git repositories"},
    Later{kOption, "--git-tag", "projects from Git repositories"},
    Later{kOption, "--git-branch", "projects from Git repositories"},
    Later{kOption, "--git-folder", "projects from Git repositories"},
    Later{kVerb, "runtimes", "runtimes of other languages"},
    Later{kScheme, "https://", "projects from Git repositories"},
    Later{kScheme, "http://", "projects from Git repositories"},
};

}  // namespace

std::span<const Later> later_features() noexcept { return kLater; }

const Later* find_later(LaterPlace place, std::string_view name) noexcept {
  const auto* found = std::ranges::find_if(
      kLater, [&](const Later& later) { return later.place == place && later.name == name; });
  return found == kLater.end() ? nullptr : found;
}

std::string to_string(const Later& later) { return fmt::format("this release has no {} yet", later.feature); }

}  // namespace wws::config
