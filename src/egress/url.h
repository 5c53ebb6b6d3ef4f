// Where a request goes, as libcurl understands it.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "fetch/ip_address.h"
#include "fetch/message.h"
#include "fetch/redirect.h"

namespace wws::egress {

/// An absolute URL. What is judged and what is sent are one: libcurl gets the parsed form and no text that it
/// might read in another way. Values; any thread.
class Url {
 public:
  /// kInvalid: it is none that can be fetched; the message says why. A scheme other than http and https is
  /// good here: the policy refuses it.
  [[nodiscard]] static std::expected<Url, fetch::Refusal> parse(const std::string& text);
  /// What `location` means as seen from here (RFC 3986, 5.2).
  [[nodiscard]] std::expected<Url, fetch::Refusal> resolve(const std::string& location) const;

  [[nodiscard]] const fetch::Origin& origin() const noexcept { return origin_; }
  /// The host, where it is one.
  [[nodiscard]] const std::optional<fetch::IpAddress>& address() const noexcept { return address_; }
  /// Without a fragment.
  [[nodiscard]] std::string to_string() const;
  /// For CURLOPT_CURLU; belongs to this.
  [[nodiscard]] CURLU* handle() const noexcept { return parts_.get(); }

 private:
  struct Release {
    void operator()(CURLU* parts) const noexcept { curl_url_cleanup(parts); }
  };
  using Parts = std::unique_ptr<CURLU, Release>;

  [[nodiscard]] static std::expected<Url, fetch::Refusal> make(Parts parts, const std::string& text);

  Parts parts_;
  fetch::Origin origin_;
  std::optional<fetch::IpAddress> address_;
};

}  // namespace wws::egress
