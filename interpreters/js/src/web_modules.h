// The engine's JavaScript: the files of src/web, which interpreters/js/build puts into web_modules.cc.
#pragma once

#include <string_view>
#include <vector>

#include "packed_text.h"

namespace wws::js {

/// The source of `wws:NAME`; of size 0: there is none. Whoever needs it no more may wipe it out: it would be
/// in the image of every script.
PackedText find_web_module(std::string_view name) noexcept;

/// Names of those that are made of packages, and large (node/build).
const std::vector<std::string_view>& packaged_modules() noexcept;

}  // namespace wws::js
