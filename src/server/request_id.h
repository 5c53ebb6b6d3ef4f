// Names of requests, by which people find them in logs of several programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "http/request.h"

namespace wws::server {

/// The field that carries them. Not in any standard; proxies and frameworks agree on it.
inline constexpr std::string_view kRequestIdField = "x-request-id";

/// Whether a client may name its request so: 1 to 128 letters, digits and `-._~+/=:@`. Others are as none.
[[nodiscard]] bool is_request_id(std::string_view text) noexcept;

/// Gives each request its name. One thread.
class RequestIds {
 public:
  explicit RequestIds(base::Random& random);

  /// Sets `request.id`: the client's, or a new one, which becomes a field of the request, in the place of one
  /// that is_request_id() does not take. True if it is the client's.
  bool name(http::Request& request);

 private:
  std::string prefix_;  ///< of this process; nobody else has it
  std::uint64_t count_ = 0;
};

}  // namespace wws::server
