// What fills the supervisor's places for processes. Of the supervisor's own files only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
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
  [[nodiscard]] bool is_ready() const noexcept { return child && !is_renewed && child->is_ready(); }

  const runtime::Role& role;
  unsigned number;
  std::string orders;                   ///< of a service
  std::shared_ptr<ServingChild> child;  ///< null: none runs
  boost::asio::steady_timer restart;
  base::Instant started{};
  Backoff backoff;
  bool has_served = false;
  unsigned failed_starts = 0;
  std::uint64_t restarts = 0;
  std::string last_error{};
  bool is_renewed = false;  ///< a service: it ends, and starts again with other orders
  std::shared_ptr<const SiteMessage> started_for{};  ///< a serving process: what its memory is laid out for
};

/// A serving process whose place another has taken: it serves until that one does, and then ends.
struct Supervisor::Leaving {
  std::shared_ptr<ServingChild> child;
  const Place* place;
};

}  // namespace wws::supervisor
