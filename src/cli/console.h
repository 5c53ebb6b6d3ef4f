// What a person sees on standard output.
#pragma once

#include <string_view>

namespace wws::cli {

/// Writes one line at once. A closed standard output is no error. A server does not wait for its reader
/// either (base/standard_streams.h).
void say(std::string_view line);

/// Writes one line to standard error.
void complain(std::string_view line);

}  // namespace wws::cli
