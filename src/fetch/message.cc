#include "fetch/message.h"

namespace wws::fetch {

std::string_view name(Failure failure) noexcept {
  using enum Failure;
  switch (failure) {
    case kInvalid:
      return "invalid";
    case kNotAllowed:
      return "not-allowed";
    case kUnreachable:
      return "unreachable";
    case kTls:
      return "tls";
    case kTimeout:
      return "timeout";
    case kRedirect:
      return "redirect";
    case kLoop:
      return "loop";
    case kTooLarge:
      return "too-large";
    case kBroken:
      return "broken";
    case kTooMany:
      return "too-many";
    case kUnavailable:
      return "unavailable";
  }
  return "unknown";
}

}  // namespace wws::fetch
