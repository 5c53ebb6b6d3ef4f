// The libraries behind this folder.
#pragma once

#include <string>

namespace wws::egress {

/// "libcurl/8.15.0 OpenSSL/3.0.17 nghttp2/1.64.0 c-ares/1.18.1": those that are in use, not those of the
/// build.
[[nodiscard]] std::string library_versions();

}  // namespace wws::egress
