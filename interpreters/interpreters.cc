#include "interpreters/interpreters.h"

// The file as it is, without a copy that the compiler has to read.
__asm__(
    ".section .rodata\n"
    ".balign 16\n"
    "wws_javascript_engine_begin: .incbin \"" WWS_JAVASCRIPT_ENGINE
    "\"\n"
    "wws_javascript_engine_end:\n"
    ".previous\n");

extern "C" const char wws_javascript_engine_begin[];
extern "C" const char wws_javascript_engine_end[];

namespace wws::interpreters {

std::string_view javascript() noexcept { return {wws_javascript_engine_begin, wws_javascript_engine_end}; }

}  // namespace wws::interpreters
