// Streams of bodies that are there already.
#pragma once

#include "value.h"

namespace wws::js {

/// A ReadableStream of `content`: a string, bytes, or a Source. Mostly it is passed on, as
/// `new Response(response.body)` does, and nobody reads from it. So it has no queue, controller and promises before
/// web-streams-polyfill asks for its state, which it does before it reads; then src/web/streams.js makes them.
Value make_unread_stream(Value content);

/// Whether the value is such a stream, read or not.
bool is_unread_stream(JSValueConst value) noexcept;

/// Of such a stream: whether somebody has read from it or cancelled it, and whether somebody may.
bool is_disturbed(JSValueConst stream) noexcept;
bool is_locked(JSValueConst stream) noexcept;

/// What a stream was made of, if it is one of these and nobody has asked for its state; from then on it is as if
/// somebody had read all of it. Undefined: it has to be read.
Value take_unread(JSValueConst stream);

}  // namespace wws::js
