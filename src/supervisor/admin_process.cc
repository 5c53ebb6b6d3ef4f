#include "supervisor/admin_process.h"

#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <vector>

#include "admin/admin_server.h"
#include "base/clock.h"
#include "base/log_ring.h"
#include "runtime/role.h"
#include "supervisor/admin_store.h"
#include "supervisor/inherited_sockets.h"
#include "supervisor/log_settings.h"
#include "supervisor/service_child.h"

namespace wws::supervisor {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kSweepPeriod{1};
/// For those who are connected to ask for keys yet, after another server has taken this one's place: it wants
/// the store.
constexpr std::chrono::seconds kStoreTime{1};

/// The supervisor, at the other end of the channel.
class ChannelAuthority final : public admin::Authority {
 public:
  explicit ChannelAuthority(ServiceLoop& loop) : loop_(loop) {}

  bool ask(std::string_view question, Taker taker) override {
    return static_cast<bool>(
        loop_.ask(MessageType::kAsk, question,
                  [taker = std::move(taker)](const Message& message) { return take(message, taker); }));
  }

 private:
  /// "200 BODY"
  static Result<void> take(const Message& message, const Taker& taker) {
    constexpr std::size_t kStatusSize = 3;
    if (message.type != MessageType::kAnswer || message.payload.size() <= kStatusSize)
      return fail(ErrorCode::kInternal, "channel: an answer of another kind");
    const int status = std::atoi(message.payload.substr(0, kStatusSize).c_str());
    taker({status, message.payload.substr(kStatusSize + 1)});
    return {};
  }

  ServiceLoop& loop_;
};

/// A process's log, or that the process is gone.
Result<void> take_log_of(Message& message, admin::Recent& recent) {
  try {
    const json::value value = json::parse(message.payload);
    const auto pid = value.at("pid").to_number<pid_t>();
    if (message.descriptors.empty()) {
      recent.remove(pid);
      return {};
    }
    auto ring = base::LogRing::open(std::move(message.descriptors.front()), base::LogRing::Access::kRead);
    if (!ring) return fail(ring);
    recent.add({json::value_to<std::string>(value.at("role")), value.at("number").to_number<unsigned>(), pid},
               std::move(*ring));
    return {};
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, std::string("channel: a log that cannot be read: ") + error.what());
  }
}

/// What the child's orders are about.
struct Administration {
  admin::Figures& figures;
  admin::Recent& recent;
  admin::AdminServer& server;
  ServiceLoop& loop;
  const base::Clock& clock;
  base::Instant leaves_store_at = base::Instant::max();  ///< at the latest
};

Result<void> take_order(Message& message, Administration& its) {
  admin::Figures& figures = its.figures;
  if (message.type == MessageType::kListen) {
    if (message.payload != kNoMore) {
      its.server.accept();
      return {};
    }
    its.server.stop();
    its.leaves_store_at = its.clock.now() + kStoreTime;
    return its.loop.answer(message, MessageType::kReady, "");
  }
  if (message.type == MessageType::kLogOf) return take_log_of(message, its.recent);
  if (message.type == MessageType::kService) {
    auto orders = parse_admin(message.payload);
    if (!orders) return fail(orders);
    its.server.set_offer(std::move(orders->offer));
    return {};
  }
  if (message.type == MessageType::kRoutes) {
    boost::system::error_code error;
    const json::value names = json::parse(message.payload, error);
    if (error) return fail(ErrorCode::kInternal, "channel: names of routes that cannot be read");
    figures.set_routes(json::value_to<std::vector<std::string>>(names));
    return {};
  }
  if (message.type != MessageType::kBlock || message.descriptors.empty())
    return fail(ErrorCode::kInternal, "channel: an order that is not known");
  auto block = metrics::Block::open(std::move(message.descriptors.front()), metrics::Block::Access::kRead);
  if (!block) return fail(block);
  figures.add(std::move(*block));
  return {};
}

Result<void> administer(ServiceOrders orders, base::File channel, hardening::Mode mode,
                        std::vector<base::File> listeners) {
  auto message = parse_admin(orders.question.payload);
  if (!message) return fail(message);
  log::set(message->logging);
  const base::SystemClock clock;
  ServiceLoop loop(orders, std::move(channel), clock);
  ChannelAuthority authority(loop);
  admin::Figures figures;
  admin::Recent recent(clock);
  LinkedStore store(loop.context(),
                    [&loop] { (void)loop.tell(MessageType::kLinkLost, runtime::roles::kStore.service); });
  admin::AdminServer server(loop.context(), clock, std::move(message->offer),
                            {figures, recent, store, authority});
  // Before it is confined, and to accept when it is told to.
  for (base::File& listener : listeners)
    server.add_listener(std::move(listener), admin::AdminServer::Accept::kLater);
  Administration its{figures, recent, server, loop, clock};
  if (auto confined = confine_service(runtime::roles::kAdmin, mode); !confined) return confined;
  if (auto told = loop.ready("answering operators"); !told) return told;
  loop.run({.link = [&](base::File socket, std::string_view) { store.connect(std::move(socket)); },
            .poll =
                [&] {
                  server.sweep();
                  if (its.leaves_store_at <= clock.now() ||
                      (its.leaves_store_at != base::Instant::max() && server.is_idle()))
                    store.leave();
                  store.close_unused();
                  return server.is_idle() ? base::Instant::max() : clock.now() + kSweepPeriod;
                },
            // It is among the last to be stopped: who has not got an answer by then gets none.
            .is_idle = [&] { return loop.is_stopping() || server.is_idle(); },
            // Another server accepts on the same sockets: who is connected to this one is answered by it.
            .is_unused =
                [&] {
                  server.stop();
                  return server.is_idle();
                },
            .other = [&](Message order) { return take_order(order, its); }});
  return {};
}

}  // namespace

std::string to_json(const AdminMessage& message) {
  return json::serialize(json::object{{"token", message.offer.token},
                                      {"panel", message.offer.pages == admin::Pages::kPanel},
                                      {"logging", to_value(message.logging)}});
}

Result<AdminMessage> parse_admin(std::string_view text) {
  try {
    const json::value value = json::parse(json::string_view(text.data(), text.size()));
    const auto pages = value.at("panel").as_bool() ? admin::Pages::kPanel : admin::Pages::kNone;
    return AdminMessage{{json::value_to<std::string>(value.at("token")), pages},
                        to_log_settings(value.at("logging"))};
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal,
                std::string("channel: orders of the admin child that cannot be read: ") + error.what());
  }
}

int admin_main(std::span<const std::string> arguments) {
  return service_main(arguments, [&](ServiceOrders orders, base::File channel, hardening::Mode mode) {
    auto listeners = take_listeners(arguments[1]);
    if (!listeners) return Result<void>(fail(listeners));
    if (auto filled = fill_shared_numbers(); !filled) return filled;
    return administer(std::move(orders), std::move(channel), mode, std::move(*listeners));
  });
}

}  // namespace wws::supervisor
