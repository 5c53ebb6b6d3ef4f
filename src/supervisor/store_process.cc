#include "supervisor/store_process.h"

#include <fcntl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/standard_streams.h"
#include "hardening/confinement.h"
#include "kv/embedded_store.h"
#include "kv/memory_store.h"
#include "runtime/process_status.h"
#include "runtime/role.h"
#include "runtime/self_process.h"
#include "store/frame_socket.h"
#include "store/store_server.h"
#include "store/version_page.h"
#include "supervisor/async_channel.h"
#include "supervisor/serving_process.h"
#include "supervisor/store_message.h"
#include "supervisor/watch.h"

namespace wws::supervisor {
namespace asio = boost::asio;
using boost::system::error_code;
namespace {

/// A client that does not take its answers has them no more: it is stuck, or asks and never reads.
constexpr std::size_t kMostUnread = std::size_t{256} << 20;
/// The heartbeat's turns, when nothing else happens.
constexpr std::chrono::milliseconds kLongestSleep{1000};

/// What the supervisor sent before the store is opened.
struct Orders {
  std::optional<runtime::ProcessStatus> status;
  base::File versions;
  StoreMessage store;
  Message question;  ///< answered when it is open
};

/// Reads messages up to the store. std::nullopt: the supervisor is gone, or says stop.
Result<std::optional<Orders>> receive_orders(const Channel& channel) {
  Orders orders;
  while (true) {
    auto message = channel.receive();
    if (!message) return fail(message);
    if (!*message || (*message)->type == MessageType::kStop) return std::nullopt;
    std::vector<base::File>& files = (*message)->descriptors;
    switch ((*message)->type) {
      case MessageType::kStatus:
      case MessageType::kVersions: {
        if (files.empty()) return fail(ErrorCode::kInternal, "channel: shared memory without its descriptor");
        if ((*message)->type == MessageType::kVersions) {
          orders.versions = std::move(files.front());
          break;
        }
        auto status = runtime::ProcessStatus::open(std::move(files.front()));
        if (!status) return fail(status);
        orders.status.emplace(std::move(*status));
        break;
      }
      case MessageType::kStore: {
        auto store = parse_store((*message)->payload);
        if (!store) return fail(store);
        orders.store = std::move(*store);
        orders.question.id = (*message)->id;
        return orders;
      }
      default:
        return fail(ErrorCode::kInternal, "channel: an order that is not known");
    }
  }
}

/// An open store, and what to tell of it.
struct Opened {
  std::unique_ptr<kv::Store> store;
  std::string description;
};

Result<Opened> open_store(const StoreMessage& message, const base::Clock& clock) {
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

Result<std::vector<kv::NamespaceId>> open_spaces(kv::Store& store, const std::vector<std::string>& names) {
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
  StoreLoop(Orders& orders, store::VersionPage versions, kv::Store& store,
            std::vector<kv::NamespaceId> spaces, const base::Clock& clock, base::File socket)
      : status_(orders.status ? &*orders.status : nullptr),
        versions_(std::move(versions)),
        store_(store),
        clock_(clock),
        server_(
            {store, versions_, clock,
             [this](store::StoreServer::ClientId client, std::string_view frames) { send(client, frames); }},
            std::move(spaces)),
        channel_(context_, std::move(socket), ChannelLimits::of_child(),
                 {[this](Message message) { return obey(std::move(message)); },
                  [this](const Result<void>& why) {
                    if (!why) log::error("{}", why.error().message);
                    is_stopping_ = true;
                  }}),
        timer_(context_) {
    if (store_.wake_fd() >= 0) wake_.emplace(context_, store_.wake_fd());
  }

  Result<void> ready(const Message& question, std::string_view text) {
    return channel_.answer(question, MessageType::kReady, text);
  }

  /// Until a stop, and until all that was asked before it is answered.
  void run() {
    watch_store();
    while (!is_stopping_ || !store_.idle()) {
      server_.poll();
      close_broken();
      arm_timer();
      if (status_ != nullptr) {
        status_->turn();
        status_->set_work(store_.idle() ? runtime::ProcessStatus::Work::kNone
                                        : runtime::ProcessStatus::Work::kSome);
      }
      context_.run_one();
      context_.poll();
    }
    context_.poll();  // the last answers leave
  }

 private:
  struct Client {
    std::unique_ptr<store::FrameSocket> socket;
    bool is_paused = false;
  };

  Result<void> obey(Message message) {
    switch (message.type) {
      case MessageType::kLink:
        if (message.descriptors.empty())
          return fail(ErrorCode::kInternal, "channel: a link without its socket");
        add_client(std::move(message.descriptors.front()), message.payload == kPersonLink
                                                               ? store::StoreServer::ClientKind::kPerson
                                                               : store::StoreServer::ClientKind::kServing);
        return {};
      case MessageType::kStop:
        is_stopping_ = true;
        return {};
      default:
        return fail(ErrorCode::kInternal, "channel: an order that is not known");
    }
  }

  void add_client(base::File socket, store::StoreServer::ClientKind kind) {
    const auto id = ++last_client_;
    server_.add_client(id, kind);
    clients_[id].socket = std::make_unique<store::FrameSocket>(
        context_, std::move(socket),
        store::FrameSocket::Handlers{[this, id](const store::Frame& frame) {
                                       return server_.take(id, frame) == store::StoreServer::Verdict::kGood;
                                     },
                                     [this, id] { pause_if_busy(id); },
                                     [this, id] { broken_.push_back(id); }});
  }

  void pause_if_busy(store::StoreServer::ClientId id) {
    Client& client = clients_.at(id);
    if (server_.pending(id) < store::StoreServer::kMostPending) return;
    client.is_paused = true;
    client.socket->pause();
  }

  void send(store::StoreServer::ClientId id, std::string_view frames) {
    const auto client = clients_.find(id);
    if (client == clients_.end()) return;
    client->second.socket->send(frames);
    if (client->second.socket->queued() > kMostUnread) broken_.push_back(id);
    if (client->second.is_paused && server_.pending(id) < store::StoreServer::kMostPending / 2) {
      client->second.is_paused = false;
      client->second.socket->resume();
    }
  }

  /// Not from within their handlers.
  void close_broken() {
    for (const auto id : std::exchange(broken_, {})) {
      if (clients_.erase(id) > 0) server_.remove_client(id);
    }
  }

  void watch_store() {
    if (!wake_) return;
    wake_->readable([this](error_code error) {
      if (error) {  // what the disk has would be seen by the second
        log::error("the store cannot be waited for: {}", error.message());
        is_stopping_ = true;
        return;
      }
      server_.poll();
      watch_store();
    });
  }

  /// Only when it would be late: each time it is set it has a handler more to run, which would set it again.
  void arm_timer() {
    base::Instant at = clock_.now() + kLongestSleep;
    if (const auto next = store_.next_poll()) at = std::min(at, clock_.now() + *next);
    at = std::min(at, server_.next_sweep());
    if (at >= timer_at_) return;
    timer_at_ = at;
    timer_.expires_at(at);
    timer_.async_wait([this](error_code error) {
      if (error) return;
      timer_at_ = base::Instant::max();
      server_.sweep();
    });
  }

  asio::io_context context_{1};
  runtime::ProcessStatus* status_;
  store::VersionPage versions_;
  kv::Store& store_;
  const base::Clock& clock_;
  store::StoreServer server_;
  AsyncChannel channel_;
  asio::steady_timer timer_;
  base::Instant timer_at_ = base::Instant::max();
  std::optional<Watch> wake_;
  std::unordered_map<store::StoreServer::ClientId, Client> clients_;
  std::vector<store::StoreServer::ClientId> broken_;
  store::StoreServer::ClientId last_client_ = 0;
  bool is_stopping_ = false;
};

Result<void> keep_store(Orders orders, base::File socket, hardening::Mode mode) {
  log::set_level(orders.store.log_level);
  const base::SystemClock clock;
  auto versions = store::VersionPage::open(std::move(orders.versions), orders.store.spaces.size(),
                                           store::VersionPage::Access::kWrite);
  if (!versions) return fail(versions);
  auto opened = open_store(orders.store, clock);
  if (!opened) return fail(opened);
  auto spaces = open_spaces(*opened->store, orders.store.spaces);
  if (!spaces) return fail(spaces);
  StoreLoop loop(orders, std::move(*versions), *opened->store, std::move(*spaces), clock, std::move(socket));
  const auto confined = hardening::confine(mode, runtime::roles::kStore.confinement);
  if (!confined && mode == hardening::Mode::kRequired) return confined;
  if (!confined) log::warn("the store child could not be confined: {}", confined.error().message);
  if (auto told = loop.ready(orders.question, opened->description); !told) return told;
  loop.run();
  return {};
}

Result<void> run(const Channel& channel, std::span<const std::string> arguments) {
  if (arguments.size() != 2) return fail(ErrorCode::kInternal, "wrong arguments for a store child");
  auto mode = hardening::take_policy(arguments[0]);
  if (!mode) return fail(mode);
  auto orders = receive_orders(channel);
  if (!orders) return fail(orders);
  if (!*orders) return {};
  auto socket = channel.duplicate();
  if (!socket) return fail(socket);
  return keep_store(std::move(**orders), std::move(*socket), *mode);
}

}  // namespace

int store_main(std::span<const std::string> arguments) {
  runtime::ignore_stop_signals();
  base::BufferedStreams streams(base::BufferedStreams::Capacity::kOfServing);
  std::signal(SIGPIPE, SIG_IGN);
  fcntl(kChannelDescriptor, F_SETFD, FD_CLOEXEC);
  const Channel channel{base::File(kChannelDescriptor)};
  const Result<void> kept = run(channel, arguments);
  if (kept) return 0;
  [[maybe_unused]] const auto sent = channel.send(MessageType::kFailed, kept.error().message);
  return 1;
}

}  // namespace wws::supervisor
