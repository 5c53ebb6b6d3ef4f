// The module `wws:native`: what the JavaScript part of the engine (src/web) calls. Not for scripts of users.
#pragma once

#include "quickjs.h"

namespace wws::js {

/// Adds the module to the context. Each part below declares and sets its own functions.
bool add_native_module(JSContext* context) noexcept;

/// The functions of one part.
struct NativeFunctions {
  const JSCFunctionListEntry* entries;
  int count;
};
NativeFunctions exchange_functions() noexcept;  ///< the request and its answer
NativeFunctions headers_functions() noexcept;   ///< Headers
NativeFunctions body_functions() noexcept;      ///< bodies of requests and responses
NativeFunctions stream_functions() noexcept;    ///< streams of bodies that are there
NativeFunctions request_functions() noexcept;   ///< Request
NativeFunctions response_functions() noexcept;  ///< Response
NativeFunctions dispatch_functions() noexcept;  ///< the handler and its answer
NativeFunctions helper_functions() noexcept;    ///< what C++ calls
NativeFunctions loop_functions() noexcept;      ///< what is waited for
NativeFunctions text_functions() noexcept;      ///< UTF-8
NativeFunctions encoding_functions() noexcept;  ///< other encodings
NativeFunctions time_zone_functions() noexcept;  ///< time zones
NativeFunctions url_functions() noexcept;       ///< URLs
NativeFunctions urlpattern_functions() noexcept;
NativeFunctions fetch_functions() noexcept;      ///< outgoing requests
NativeFunctions kv_functions() noexcept;         ///< the key-value store
NativeFunctions crypto_functions() noexcept;       ///< what the server computes
NativeFunctions compression_functions() noexcept;  ///< zlib
NativeFunctions host_functions() noexcept;       ///< log, clock, random numbers
NativeFunctions value_functions() noexcept;      ///< what only the engine knows of a value
NativeFunctions module_functions() noexcept;     ///< modules of the engine's own
NativeFunctions context_functions() noexcept;    ///< what is carried along
NativeFunctions common_js_functions() noexcept;  ///< require

}  // namespace wws::js
