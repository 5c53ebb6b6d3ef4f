// The admin interface (docs/admin.md).
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/authority.h"
#include "admin/connection.h"
#include "admin/endpoints.h"
#include "admin/figures.h"
#include "admin/keys.h"
#include "admin/offer.h"
#include "admin/recent.h"
#include "base/clock.h"
#include "base/file.h"
#include "http/request.h"
#include "http/response.h"
#include "server/asio.h"
#include "server/listener.h"

namespace wws::admin {

/// Answers operators and their programs: what was counted from shared memory, what the supervisor knows by
/// asking it, one question of a kind at a time, whose answer is for all who asked meanwhile.
///
/// Connections are bounded: a further one takes the place of the oldest. sweep() is called about once a
/// second. One thread; what is given to it outlives it.
class AdminServer : private server::ConnectionTaker {
 public:
  /// Connections at once.
  static constexpr std::size_t kMostConnections = 32;

  /// Who knows what is asked here.
  struct Sources {
    const Figures& figures;
    Recent& recent;
    Keys& keys;
    Authority& authority;
  };

  AdminServer(server::asio::io_context& context, const base::Clock& clock, Offer offer,
              const Sources& sources);
  ~AdminServer() override;

  /// For requests that come from now on.
  void set_offer(Offer offer) { offer_ = std::move(offer); }

  enum class Accept {
    kNow,
    kLater,  ///< from accept() on
  };
  void add_listener(base::File socket, Accept when = Accept::kNow);
  /// What was added for later accepts now.
  void accept();
  /// Serves an open connection.
  void add_connection(server::Socket socket);
  void sweep();
  /// Accepts no more. Requests in flight end.
  void stop();
  [[nodiscard]] bool is_idle() const noexcept { return connections_.empty(); }

 private:
  /// Who waits for the answer to a question, and what becomes of it.
  struct Waiting {
    std::weak_ptr<Connection> connection;
    const Endpoint* endpoint;
    metrics::Format format;
  };

  [[nodiscard]] bool has_room() override { return true; }
  void take(server::Socket socket, std::string peer) override;
  void handle(Connection& connection, const http::Request& request);
  [[nodiscard]] bool is_allowed(const Endpoint& endpoint, const http::Request& request) const;
  [[nodiscard]] http::Response tell_recent(const Endpoint& endpoint, std::string_view query);
  [[nodiscard]] std::size_t most_body(const http::Request& request) const;
  void ask_for_keys(Connection& connection, const Endpoint& endpoint, const http::Request& request);
  void ask(Connection& connection, const Endpoint& endpoint, std::string question, metrics::Format format);
  void on_reply(const std::string& question, const Reply& reply);
  [[nodiscard]] http::Response answer(const Endpoint& endpoint, metrics::Format format,
                                      const Reply& reply) const;

  server::asio::io_context& context_;
  const base::Clock& clock_;
  Offer offer_;
  Sources sources_;
  std::vector<std::shared_ptr<server::Listener>> listeners_;
  std::list<std::shared_ptr<Connection>> connections_;  ///< the oldest first
  std::map<std::string, std::vector<Waiting>, std::less<>> waiting_;
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);  ///< handlers of questions hold it weakly
};

}  // namespace wws::admin
