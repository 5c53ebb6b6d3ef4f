// The life of the admin child.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "admin/offer.h"
#include "base/log.h"
#include "base/result.h"

namespace wws::supervisor {

/// The payload of MessageType::kService for it.
struct AdminMessage {
  admin::Offer offer;
  log::Settings logging{};
};
[[nodiscard]] std::string to_json(const AdminMessage& message);
/// kInternal: not what to_json wrote.
[[nodiscard]] Result<AdminMessage> parse_admin(std::string_view json);

/// Answers operators on the listening sockets that it has, until the supervisor says stop or is gone. Returns
/// the exit status. `arguments`: what it gives up first (hardening::to_argument's policy), and how many
/// sockets there are.
[[nodiscard]] int admin_main(std::span<const std::string> arguments);

}  // namespace wws::supervisor
