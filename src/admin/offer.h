// What the admin interface has, and for whom.
#pragma once

#include <cstdint>
#include <string>

namespace wws::admin {

/// Pages that are served besides the endpoints.
enum class Pages : std::uint8_t { kNone, kPanel };

/// What there is, and for whom.
struct Offer {
  std::string
      token;  ///< of those who may see more than whether the server is well; empty: whoever can connect may
  Pages pages = Pages::kNone;
};

}  // namespace wws::admin
