// Names of properties that C++ asks for, made once.
#pragma once

#include <string_view>

#include "quickjs.h"

namespace wws::js::atoms {

inline JSAtom fetch;
inline JSAtom headers;
inline JSAtom iterator;  ///< Symbol.iterator
inline JSAtom status;
inline JSAtom status_text;
inline JSAtom stream_controller;  ///< this and the next: members that web-streams-polyfill gives a ReadableStream
inline JSAtom stream_disturbed;
inline JSAtom stream_error;
inline JSAtom stream_reader;
inline JSAtom stream_state;
inline JSAtom then;

void make(JSContext* context) noexcept;

/// The name in UTF-8; to be given back by JS_FreeAtom().
JSAtom of(std::string_view name) noexcept;

}  // namespace wws::js::atoms
