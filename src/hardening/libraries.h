// What is behind this folder: a library, and Landlock of the kernel.
#pragma once

#include <string>

namespace wws::hardening {

/// "libseccomp/2.5.4".
[[nodiscard]] std::string library_versions();

/// Of the kernel's Landlock, from 1; 0: it has none, or it is not switched on.
[[nodiscard]] int landlock_version() noexcept;

}  // namespace wws::hardening
