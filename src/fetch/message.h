// An outgoing request and its answer, as workers ask for it and get it. Bodies travel apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fetch/redirect.h"
#include "trace/tracer.h"

namespace wws::fetch {

/// What is done with an answer that leads elsewhere (Fetch standard, "redirect mode").
enum class RedirectMode : std::uint32_t { kFollow = 0, kManual = 1, kError = 2 };

/// Of the request's body.
enum class BodyForm : std::uint32_t {
  kNone = 0,
  kWhole = 1,   ///< its first frame is all of it, and can be sent again after a redirect
  kStream = 2,  ///< it comes as it is made, and is gone once it is sent
};

struct Request {
  std::string method;  ///< a token of RFC 9110
  std::string url;     ///< absolute: http or https
  Fields fields;       ///< names in any case; those that frame the message or tell of hops are left out
  BodyForm body = BodyForm::kNone;
  std::optional<std::uint64_t> length;  ///< of the body, where it is known
  RedirectMode redirect = RedirectMode::kFollow;
  std::string loop;  ///< CDN-Loop (RFC 8586) of the request that the worker answers; empty: it has none
  trace::ClientSpan span{};  ///< stays in the process; no tracer: it has none
};

struct Head {
  int status = 0;
  std::string url;  ///< of the last hop, without a fragment
  Fields fields;    ///< names in lower case, in the order received
};

/// Why there is no answer, or not all of it.
enum class Failure : std::uint32_t {
  kInvalid = 1,       ///< a request that is none: method, URL, header fields
  kNotAllowed = 2,    ///< by the worker's configuration, or the address is not one that may be reached
  kUnreachable = 3,   ///< no such name, or nobody answers there
  kTls = 4,           ///< there is no secure connection to who it should be
  kTimeout = 5,       ///< a time limit
  kRedirect = 6,      ///< too many redirects, one that cannot be followed, or any where they are errors
  kLoop = 7,          ///< requests that go round through this server
  kTooLarge = 8,      ///< a body or head above its limit
  kBroken = 9,        ///< the other side broke off, or does not speak HTTP
  kTooMany = 10,      ///< more requests than the worker may make
  kUnavailable = 11,  ///< the process that makes requests is not there, or has too much to do
};

struct Refusal {
  Failure failure{};
  std::string message;  ///< for the worker's author: what, where, what to do
};

/// For messages and logs: "not-allowed".
[[nodiscard]] std::string_view name(Failure failure) noexcept;

}  // namespace wws::fetch
