// Whom TLS connections trust, and as whom they come.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fetch/allow_list.h"

namespace wws::egress {

/// The certificates of authorities and the client's own, read once, before the process is confined: no
/// connection opens a file. One thread; outlives the connections.
class Trust {
 public:
  struct Files {
    std::string roots;  ///< in addition to the system's; empty: none
    std::string client_certificate;
    std::string client_key;
    std::vector<fetch::HostRule> client_hosts;  ///< who gets to see the certificate
  };

  /// kIo, kBadConfig: a file that cannot be read or does not hold what it should; the message names it. A
  /// system without roots is none: a warning, and https works with those of `files` alone.
  [[nodiscard]] static Result<Trust> load(const Files& files);

  /// Makes a new connection's context trust these, and present the client's certificate to whom it is for.
  [[nodiscard]] bool apply(SSL_CTX* context, std::string_view host, std::uint16_t port) const;

 private:
  struct Release {
    void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  };

  [[nodiscard]] Result<void> load_client(const Files& files);

  std::unique_ptr<X509_STORE, Release> store_;
  std::unique_ptr<SSL_CTX, Release> client_;  ///< holds certificate, chain and key
  std::vector<fetch::HostRule> client_hosts_;
};

}  // namespace wws::egress
