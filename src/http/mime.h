// Content types by file name extension.
#pragma once

#include <string_view>

namespace wws::http {

/// The Content-Type for a file name, by its last extension in any case; `charset=utf-8` on all text,
/// JSON and XML types. Unknown: "application/octet-stream".
[[nodiscard]] std::string_view content_type(std::string_view file_name) noexcept;

}  // namespace wws::http
