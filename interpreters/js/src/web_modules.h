// The engine's JavaScript: the files of src/web, which interpreters/js/build puts into web_modules.cc.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace wws::js {

/// The source of `wws:NAME`, with a zero behind its end; empty: there is none. Whoever has compiled it may
/// wipe it out: it would be in the image of every script.
std::span<char> find_web_module(std::string_view name) noexcept;

/// Names of those that are made of packages, and large (node/build).
const std::vector<std::string_view>& packaged_modules() noexcept;

}  // namespace wws::js
