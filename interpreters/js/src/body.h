// What Request and Response have in common: the body.
#pragma once

#include <cstdint>

#include "native.h"
#include "value.h"

namespace wws::js {

/// A string, bytes or the request's own body never become a stream unless somebody asks for one.
struct Body {
  enum class Kind : std::uint8_t {
    kNone,
    kString,
    kBytes,     ///< a Uint8Array of its own, never changed
    kIncoming,  ///< that of the request that is answered; nothing of it was read yet, or it is used
    kSource,    ///< a Source (src/web/body.js), likewise
    kStream,    ///< a ReadableStream
  };
  Kind kind = Kind::kNone;
  bool is_used = false;  ///< of a stream the stream itself knows it
  Value content;

  void set_string(Value string) {
    kind = Kind::kString;
    content = std::move(string);
  }
  template <typename Mark>
  void visit(Mark mark) const {
    mark(content);
  }
};

/// Gives it what `given` is: null, a string, a Uint8Array, a Source, or a stream.
void set_content(Body& body, JSValueConst given);
/// The reverse of that.
Value content_of(const Body& body);

/// What a script gives as a body, copied where it can change; a type that it implies, or null. False: an
/// exception waits.
bool extract_body(Body& body, Value& type, JSValueConst given);

/// Whether it was read, or given away. False, and no exception, if there is none.
bool is_used(const Body& body);
/// Whether it cannot be used any more, since it was, or is locked.
bool is_taken(const Body& body);
/// Makes `copy` the same body. False: an exception waits.
bool tee_body(Body& body, Body& copy);

/// That of a Request or Response; null, and no exception, for anything else.
Body* body_of(JSValueConst value);

/// The members that both have.
extern const JSCFunctionListEntry kBodyMembers[];
extern const int kBodyMemberCount;

}  // namespace wws::js
