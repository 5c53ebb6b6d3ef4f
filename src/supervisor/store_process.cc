#include "supervisor/store_process.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "kv/embedded_store.h"
#include "kv/memory_store.h"
#include "kv/redis_store.h"
#include "link/frame.h"
#include "runtime/role.h"
#include "store/store_server.h"
#include "store/shared_state.h"
#include "supervisor/linked_clients.h"
#include "supervisor/service_child.h"
#include "supervisor/store_message.h"
#include "supervisor/watch.h"

namespace wws::supervisor {
using boost::system::error_code;
namespace {

/// A client that does not take its answers has them no more: it is stuck, or asks and never reads.
constexpr std::size_t kMostUnreadByStore = std::size_t{256} << 20;

/// An open store, and what to tell of it.
struct Opened {
  std::unique_ptr<kv::Store> store;
  std::string description;
  ConfinedStart start{};
};

/// What the C library's resolver reads. Files of /etc are replaced, and libraries are loaded when they are
/// needed.
hardening::FolderPaths resolver_paths() {
  hardening::FolderPaths paths;
  for (const char* folder : {"/etc", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/run/systemd/resolve",
                             "/run/resolvconf", "/run/NetworkManager"})
    paths.mounted.push_back({folder, hardening::Rights::kRead});
  return paths;
}

/// Sentinels and nodes of a Cluster may name others.
bool needs_names(const kv::RedisOptions& options) {
  const auto is_address = [](const kv::RedisHost& host) {
    error_code error;
    boost::asio::ip::make_address(host.name, error);
    return !error;
  };
  return options.topology != kv::RedisTopology::kOne || !std::ranges::all_of(options.hosts, is_address);
}

/// Connecting goes on by itself: a server starts, and answers what needs no store, whether Redis does or not.
Result<Opened> open_redis(const kv::RedisOptions& options, const base::Clock& clock) {
  auto store = kv::RedisStore::open(options, clock);
  if (!store) return fail(store);
  kv::RedisStore& redis = **store;
  redis.set_notice([](kv::RedisEvent::Kind kind, std::string_view text) {
    if (kind == kv::RedisEvent::Kind::kUp) {
      log::info("the key-value store: Redis: {} is connected", text);
    } else {
      log::error("the key-value store: Redis: {}", log::escaped(text));
    }
  });
  const bool has_names = needs_names(options);
  return Opened{
      .store = std::move(*store),
      .description = "in Redis at " + options.hosts.front().name,
      .start = {.confinement = has_names ? &hardening::kStoringInNamedRedis : &hardening::kStoringInRedis,
                .paths = has_names ? resolver_paths() : hardening::FolderPaths(),
                .start = [&redis] { return redis.start(); }}};
}

Result<Opened> open_store(const StoreMessage& message, const base::Clock& clock) {
  if (message.kind == StoreKind::kRedis) return open_redis(message.redis, clock);
  if (message.kind == StoreKind::kMemory)
    return Opened{std::make_unique<kv::MemoryStore>(clock, message.quotas),
                  "in memory: it is empty after a restart"};
  kv::EmbeddedStore::Options options;
  options.quotas = message.quotas;
  auto store = kv::EmbeddedStore::open(message.folder, clock, options);
  if (!store) return fail(store);
  if (auto started = (*store)->start(); !started) return fail(started);
  return Opened{std::move(*store), "in " + message.folder};
}

Result<std::vector<kv::NamespaceId>> open_spaces(kv::Store& store, std::span<const std::string> names) {
  std::vector<kv::NamespaceId> spaces;
  for (const std::string& name : names) {
    const auto id = store.open_namespace(name);
    if (!id)
      return fail(ErrorCode::kIo,
                  "namespace " + log::escaped(name) + ": " + std::string(kv::name(id.error())));
    spaces.push_back(*id);
  }
  return spaces;
}

/// Brings sockets, the store and the supervisor's channel together in one event loop.
class StoreLoop {
 public:
  StoreLoop(ServiceOrders& orders, store::SharedState versions, kv::Store& store,
            std::vector<kv::NamespaceId> spaces, const base::Clock& clock, base::File channel)
      : loop_(orders, std::move(channel), clock),
        versions_(std::move(versions)),
        store_(store),
        spaces_(spaces.size()),
        most_spaces_(orders.spaces),
        clock_(clock),
        server_({store, versions_, clock,
                 [this](ClientId client, std::string_view frames) { clients_.send(client, frames); }},
                std::move(spaces)),
        clients_(
            loop_.context(), kMostUnreadByStore,
            {[this](ClientId client, const link::Frame& frame) {
               return server_.take(client, frame) == store::StoreServer::Verdict::kGood;
             },
             [this](ClientId client) {
               operators_.erase(client);
               server_.remove_client(client);
             },
             [this](ClientId client) { return server_.pending(client) >= store::StoreServer::kMostPending; },
             [this](ClientId client) {
               return server_.pending(client) < store::StoreServer::kMostPending / 2;
             },
             [this] { server_.poll(); }}) {
    if (store_.wake_fd() >= 0) wake_.emplace(loop_.context(), store_.wake_fd());
  }

  Result<void> ready(std::string_view text) { return loop_.ready(text); }

  /// Until a stop, and until all that was asked before it is answered.
  void run() {
    watch_store();
    loop_.run({[this](base::File socket, std::string_view whom) {
                 const ClientId client = clients_.add(std::move(socket));
                 if (whom == kOperatorLink) operators_.insert(client);
                 server_.add_client(client, whom.empty() ? store::StoreServer::ClientKind::kServing
                                                         : store::StoreServer::ClientKind::kPerson);
               },
               [this] { return poll(); }, [this] { return store_.idle(); },
               [this] { return server_.is_unused() && operators_.empty(); },
               [this](const Message& order) { return take_order(order); }});
  }

 private:
  using ClientId = store::StoreServer::ClientId;

  /// The orders again: with other quotas, and with namespaces behind those that are there.
  Result<void> take_order(const Message& order) {
    if (order.type != MessageType::kService)
      return fail(ErrorCode::kInternal, "channel: an order that is not known");
    auto message = parse_store(order.payload);
    if (!message) return fail(message);
    if (message->spaces.size() > most_spaces_ || message->spaces.size() < spaces_)
      return fail(ErrorCode::kInternal,
                  "channel: fewer namespaces than there are, or more than have versions");
    const auto added = open_spaces(store_, std::span(message->spaces).subspan(spaces_));
    if (!added) return loop_.answer(order, MessageType::kFailed, added.error().message);
    spaces_ += added->size();
    server_.add_spaces(*added);
    store_.set_quotas(message->quotas);
    return loop_.answer(order, MessageType::kReady, "");
  }

  base::Instant poll() {
    const base::Instant now = clock_.now();
    if (now >= server_.next_sweep()) server_.sweep();
    server_.poll();
    clients_.close_broken();
    const auto next = store_.next_poll();
    return std::min(next ? now + *next : base::Instant::max(), server_.next_sweep());
  }

  void watch_store() {
    if (!wake_) return;
    wake_->readable([this](error_code error) {
      if (error) {  // what the disk has would be seen by the second
        log::error("the store cannot be waited for: {}", error.message());
        loop_.stop();
        return;
      }
      server_.poll();
      clients_.send_now();
      watch_store();
    });
  }

  ServiceLoop loop_;
  store::SharedState versions_;
  kv::Store& store_;
  std::size_t spaces_;       ///< of the project
  std::size_t most_spaces_;  ///< for which there are versions
  const base::Clock& clock_;
  store::StoreServer server_;
  std::set<ClientId> operators_;
  LinkedClients clients_;
  std::optional<Watch> wake_;
};

Result<void> keep_store(ServiceOrders orders, base::File channel, hardening::Mode mode) {
  auto message = parse_store(orders.question.payload);
  if (!message) return fail(message);
  log::set(message->logging);
  const base::SystemClock clock;
  auto versions =
      store::SharedState::open(std::move(orders.versions), orders.spaces, store::SharedState::Access::kWrite);
  if (!versions) return fail(versions);
  if (message->spaces.size() > orders.spaces)
    return fail(ErrorCode::kInternal, "channel: versions for fewer namespaces than there are");
  auto opened = open_store(*message, clock);
  if (!opened) return fail(opened);
  auto spaces = open_spaces(*opened->store, message->spaces);
  if (!spaces) return fail(spaces);
  StoreLoop loop(orders, std::move(*versions), *opened->store, std::move(*spaces), clock, std::move(channel));
  if (auto confined = confine_service(runtime::roles::kStore, mode, opened->start); !confined)
    return confined;
  if (auto told = loop.ready(opened->description); !told) return told;
  loop.run();
  return {};
}

}  // namespace

int store_main(std::span<const std::string> arguments) { return service_main(arguments, keep_store); }

}  // namespace wws::supervisor
