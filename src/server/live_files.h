// The script that pages get while somebody works on a project, and the styles of what it shows.
#pragma once

#include <string_view>

namespace wws::server {

/// Reads the stream of events; loads its page again, or the page's style sheets; shows failures over the
/// page. Its own address tells the revision that the page was made of. Static lifetime.
[[nodiscard]] std::string_view live_script() noexcept;
/// For what the script shows, and for pages about failures. Static lifetime.
[[nodiscard]] std::string_view live_styles() noexcept;

}  // namespace wws::server
