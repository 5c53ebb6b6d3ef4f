// Folders as they are at one moment.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "watch/places.h"

namespace wws::watch {

/// Calls `on_folder` with each folder of the places that is not ignored, the trees themselves first. Links
/// are not followed below a tree.
void for_each_folder(const Places& places,
                     const std::function<void(const std::filesystem::path&)>& on_folder);

/// Files of the places by their names, and what the system says of each: another text, if one was written to.
using Listing = std::map<std::filesystem::path, std::string>;
[[nodiscard]] Listing list(const Places& places);

/// Whether events of the system tell of all changes there: not where another machine, or the host of a
/// virtual one, has the files too.
[[nodiscard]] bool has_events(const std::filesystem::path& place);

}  // namespace wws::watch
