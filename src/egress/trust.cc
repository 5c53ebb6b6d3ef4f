#include "egress/trust.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/log.h"

namespace wws::egress {
namespace {

/// Where systems keep all roots in one file.
constexpr std::array kBundles = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                 "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

std::string take_ssl_error() {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "it cannot be read";
}

/// SSL_CERT_FILE is how people tell OpenSSL.
std::string system_bundle() {
  if (const char* named = std::getenv("SSL_CERT_FILE"); named != nullptr && *named != '\0') return named;
  const auto* found =
      std::ranges::find_if(kBundles, [](const char* path) { return access(path, R_OK) == 0; });
  return found != kBundles.end() ? *found : std::string();
}

}  // namespace

Result<Trust> Trust::load(const Files& files) {
  Trust trust;
  trust.store_.reset(X509_STORE_new());
  if (!trust.store_) return fail(ErrorCode::kIo, "no memory for certificates");
  const std::string bundle = system_bundle();
  if (bundle.empty() || X509_STORE_load_file(trust.store_.get(), bundle.c_str()) != 1) {
    ERR_clear_error();
    log::warn("{}: https can be fetched only from where ca_file in [fetch] of wws.toml says whom to trust",
              bundle.empty() ? "this system has no certificates of authorities" : bundle);
  }
  if (!files.roots.empty() && X509_STORE_load_file(trust.store_.get(), files.roots.c_str()) != 1)
    return fail(ErrorCode::kBadConfig, "ca_file: " + files.roots + ": " + take_ssl_error());
  if (auto loaded = trust.load_client(files); !loaded) return fail(loaded);
  return trust;
}

Result<void> Trust::load_client(const Files& files) {
  if (files.client_certificate.empty()) return {};
  client_.reset(SSL_CTX_new(TLS_client_method()));
  if (!client_) return fail(ErrorCode::kIo, "TLS: " + take_ssl_error());
  if (SSL_CTX_use_certificate_chain_file(client_.get(), files.client_certificate.c_str()) != 1)
    return fail(ErrorCode::kBadConfig,
                "client_certificate: " + files.client_certificate + ": " + take_ssl_error());
  if (SSL_CTX_use_PrivateKey_file(client_.get(), files.client_key.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail(ErrorCode::kBadConfig, "client_key: " + files.client_key + ": " + take_ssl_error());
  client_hosts_ = files.client_hosts;
  return {};
}

bool Trust::apply(SSL_CTX* context, std::string_view host, std::uint16_t port) const {
  SSL_CTX_set1_cert_store(context, store_.get());
  if (!client_ ||
      std::ranges::none_of(client_hosts_, [&](const auto& rule) { return rule.allows(host, port); }))
    return true;
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(client_.get(), &chain);
  return SSL_CTX_use_cert_and_key(context, SSL_CTX_get0_certificate(client_.get()),
                                  SSL_CTX_get0_privatekey(client_.get()), chain, 1) == 1;
}

}  // namespace wws::egress
