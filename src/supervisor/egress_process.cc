#include "supervisor/egress_process.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "egress/cares_resolver.h"
#include "egress/connections.h"
#include "egress/egress_server.h"
#include "egress/name_cache.h"
#include "egress/trust.h"
#include "link/frame.h"
#include "runtime/role.h"
#include "supervisor/egress_message.h"
#include "supervisor/linked_clients.h"
#include "supervisor/service_child.h"

namespace wws::supervisor {
namespace {

/// A client that does not take its answers has them no more: it is stuck, or asks and never reads.
constexpr std::size_t kMostUnreadByEgress = std::size_t{64} << 20;
constexpr const char* kHostsFile = "/etc/hosts";
constexpr std::size_t kLargestHostsFile = std::size_t{4} << 20;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(port) : std::nullopt;
}

/// Orders of our own supervisor: what cannot be read is a mistake of ours.
std::unexpected<Error> unreadable(std::string_view what) {
  return fail(ErrorCode::kInternal, "channel: an egress child's orders cannot be read: " + std::string(what));
}

Result<std::vector<fetch::HostRule>> to_rules(const std::vector<std::string>& hosts) {
  std::vector<fetch::HostRule> rules;
  for (const std::string& host : hosts) {
    auto rule = fetch::HostRule::parse(host);
    if (!rule) return unreadable(host);
    rules.push_back(std::move(*rule));
  }
  return rules;
}

Result<std::vector<fetch::Grant>> to_grants(const std::vector<GrantMessage>& messages) {
  std::vector<fetch::Grant> grants;
  for (const GrantMessage& message : messages) {
    auto rules = to_rules(message.hosts);
    if (!rules) return fail(rules);
    grants.push_back({{std::move(*rules), message.methods, message.allow_http}, message.limits});
  }
  return grants;
}

Result<egress::OwnListeners> to_listeners(const std::vector<std::string>& texts) {
  std::vector<egress::OwnListeners::Listener> listeners;
  for (const std::string& text : texts) {
    const std::size_t colon = std::min(text.rfind(':'), text.size());
    const auto address = fetch::IpAddress::parse(text.substr(0, colon));
    const auto port = parse_port(std::string_view(text).substr(std::min(colon + 1, text.size())));
    if (!address || !port) return unreadable(text);
    listeners.push_back({*address, *port});
  }
  return egress::OwnListeners(std::move(listeners));
}

Result<egress::Trust> load_trust(const EgressMessage& message) {
  auto hosts = to_rules(message.client_certificate_hosts);
  if (!hosts) return fail(hosts);
  return egress::Trust::load(
      {message.ca_file, message.client_certificate, message.client_key, std::move(*hosts)});
}

/// The proxy by its address: libcurl would look its name up in a thread.
Result<std::string> with_address(const std::string& proxy) {
  if (proxy.empty()) return proxy;
  const std::size_t at = proxy.rfind('@');
  const std::size_t begin = at == std::string::npos ? proxy.find("//") + 2 : at + 1;
  const std::size_t colon = proxy.rfind(':');
  if (colon == std::string::npos || colon < begin) return unreadable("a proxy without a port");
  const std::string host = proxy.substr(begin, colon - begin);
  const std::string port = proxy.substr(colon);
  if (host.starts_with('[') || fetch::IpAddress::parse(host)) return proxy;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0)
    return fail(ErrorCode::kBadConfig, "proxy in [fetch] of wws.toml: " + host + ": " + gai_strerror(error));
  char text[NI_MAXHOST] = {};
  const int named =
      getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  const bool is_ipv6 = found->ai_family == AF_INET6;
  freeaddrinfo(found);
  if (named != 0)
    return fail(ErrorCode::kBadConfig, "proxy in [fetch] of wws.toml: " + host + " has no address");
  return proxy.substr(0, begin) + (is_ipv6 ? "[" + std::string(text) + "]" : std::string(text)) + port;
}

/// Brings sockets, the server and the supervisor's channel together in one event loop.
class EgressLoop {
 public:
  EgressLoop(ServiceOrders& orders, const base::Clock& clock, base::File channel)
      : loop_(orders, std::move(channel), clock),
        clock_(clock),
        clients_(loop_.context(), kMostUnreadByEgress,
                 {[this](ClientId client, const link::Frame& frame) {
                    return server_->take(client, frame) == egress::EgressServer::Verdict::kGood;
                  },
                  [this](ClientId client) { server_->remove_client(client); }}) {}

  /// Opens all that is needed before the process is confined.
  Result<void> open(const EgressMessage& message) {
    auto trust = load_trust(message);
    if (!trust) return fail(trust);
    trust_.emplace(std::move(*trust));
    auto own = to_listeners(message.listeners);
    if (!own) return fail(own);
    own_ = std::move(*own);
    auto grants = to_grants(message.grants);
    if (!grants) return fail(grants);
    auto polls = egress::PollSet::create(loop_.context());
    if (!polls) return fail(polls);
    polls_ = std::move(*polls);
    const auto hosts = base::read_file(kHostsFile, kLargestHostsFile);
    auto resolver = egress::CaresResolver::create(loop_.context(), *polls_, {"", hosts.value_or("")});
    if (!resolver) return fail(resolver);
    resolver_ = std::move(*resolver);
    names_.emplace(*resolver_, clock_);
    auto proxy = with_address(message.proxy);
    if (!proxy) return fail(proxy);
    using Http2 = egress::Connections::Options::Http2;
    auto connections = egress::Connections::create(
        loop_.context(), *polls_, *trust_, {message.http2 ? Http2::kOn : Http2::kOff, std::move(*proxy)});
    if (!connections) return fail(connections);
    connections_ = std::move(*connections);
    server_.emplace(egress::EgressServer::Parts{
                        {*names_, *connections_, clock_, own_},
                        [this](auto client, std::string_view frames) { clients_.send(client, frames); },
                        [this](auto client) { return clients_.queued(client); }},
                    std::move(*grants));
    return {};
  }

  Result<void> ready() { return loop_.ready(curl_version()); }

  /// Until a stop, and until all that was asked before it is answered.
  void run() {
    loop_.run({[this](base::File socket, std::string_view /*whom*/) {
                 server_->add_client(clients_.add(std::move(socket)));
               },
               [this] { return poll(); }, [this] { return server_->is_idle(); },
               [this] { return server_->is_unused(); }});
  }

 private:
  using ClientId = egress::EgressServer::ClientId;

  base::Instant poll() {
    const base::Instant next = server_->poll();
    clients_.close_broken();
    return next;
  }

  // In the order of who uses whom; what uses the loop's context goes before it.
  ServiceLoop loop_;
  const base::Clock& clock_;
  std::optional<egress::Trust> trust_;
  egress::OwnListeners own_;
  std::unique_ptr<egress::PollSet> polls_;
  std::unique_ptr<egress::CaresResolver> resolver_;
  std::optional<egress::NameCache> names_;
  std::unique_ptr<egress::Connections> connections_;
  std::optional<egress::EgressServer> server_;
  LinkedClients clients_;
};

Result<void> reach_out(ServiceOrders orders, base::File channel, hardening::Mode mode) {
  auto message = parse_egress(orders.question.payload);
  if (!message) return fail(message);
  log::set(message->logging);
  const base::SystemClock clock;
  EgressLoop loop(orders, clock, std::move(channel));
  if (auto opened = loop.open(*message); !opened) return opened;
  if (auto confined = confine_service(runtime::roles::kEgress, mode); !confined) return confined;
  if (auto told = loop.ready(); !told) return told;
  loop.run();
  return {};
}

}  // namespace

int egress_main(std::span<const std::string> arguments) { return service_main(arguments, reach_out); }

}  // namespace wws::supervisor
