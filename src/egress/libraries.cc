#include "egress/libraries.h"

#include <ares.h>
#include <curl/curl.h>

namespace wws::egress {

std::string library_versions() { return std::string(curl_version()) + " c-ares/" + ares_version(nullptr); }

}  // namespace wws::egress
