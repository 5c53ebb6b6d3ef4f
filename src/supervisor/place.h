// What fills the supervisor's places for processes. Of the supervisor's own files only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "runtime/role.h"
#include "supervisor/serving_child.h"
#include "supervisor/site_message.h"
#include "supervisor/supervisor.h"

namespace wws::supervisor {

/// One place for a process that lasts, and who fills it now. Lives as long as the supervisor.
struct Supervisor::Place {
  Place(boost::asio::io_context& context, const runtime::Role& its_role, unsigned its_number,
        std::string its_orders)
      : role(its_role), number(its_number), orders(std::move(its_orders)), restart(context) {}

  [[nodiscard]] bool serves() const noexcept { return &role == &runtime::roles::kServe; }
  /// It has sockets that clients, or operators, connect to.
  [[nodiscard]] bool listens() const noexcept { return serves() || &role == &runtime::roles::kAdmin; }
  [[nodiscard]] bool is_ready() const noexcept { return child && child->is_ready(); }
  /// It is filled, or is to be: a service of which only a version that is not served has need is not.
  [[nodiscard]] bool is_used() const noexcept { return serves() || !orders.empty(); }

  /// Other orders for a service, which the version that is to be served needs (services.cc).
  struct Next {
    std::string orders;
    /// Begins with them beside the one that serves; null: that one is told, or there is none yet.
    std::shared_ptr<ServingChild> child{};
    NextFor whom = NextFor::kWanted;  ///< kServed: `child` takes over as soon as it is ready
    bool is_ready = false;
  };

  const runtime::Role& role;
  unsigned number;
  std::string orders;                   ///< of a service; empty: none is to run yet
  std::shared_ptr<ServingChild> child;  ///< null: none runs
  boost::asio::steady_timer restart;
  base::Instant started{};
  Backoff backoff;
  bool has_served = false;
  unsigned failed_starts = 0;
  std::uint64_t restarts = 0;
  std::string last_error{};
  std::optional<Next> next{};
  std::shared_ptr<const SiteMessage> started_for{};  ///< a serving process: what its memory is laid out for
};

/// A process whose place another has taken. One that serves goes on until that one does, and then ends; a
/// service ends when nobody uses it any more.
struct Supervisor::Leaving {
  std::shared_ptr<ServingChild> child;
  const Place* place;
};

}  // namespace wws::supervisor
