#include "supervisor/serving_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "abi/host_functions.h"
#include "base/beneath.h"
#include "base/log.h"
#include "base/log_ring.h"
#include "base/standard_streams.h"
#include "egress/fetch_client.h"
#include "folders/folders_client.h"
#include "runtime/role.h"
#include "runtime/self_process.h"
#include "server/server.h"
#include "store/store_client.h"
#include "supervisor/async_channel.h"
#include "supervisor/inherited_sockets.h"
#include "supervisor/modules_message.h"
#include "supervisor/service_child.h"
#include "supervisor/site_message.h"
#include "trace/tracer.h"

namespace wws::supervisor {
namespace {

/// The modules of the project by their numbers. Those of which no news came are pending.
class Modules {
 public:
  [[nodiscard]] std::shared_ptr<runtime::LazyModule> at(std::uint32_t number) {
    auto& module = modules_[number];
    if (!module) module = std::make_shared<runtime::LazyModule>(number);
    return module;
  }

  /// Takes the news of a message of kModules.
  [[nodiscard]] Result<void> take(Message& message) {
    auto news = parse_modules(message.payload);
    if (!news) return fail(news);
    std::size_t next = 0;
    for (ModuleNews& one : *news) {
      if (one.error) {
        at(one.number)->provide(Error{ErrorCode::kBadModule, std::move(*one.error)});
        continue;
      }
      if (next + (one.has_snapshot ? 1 : 0) >= message.descriptors.size())
        return fail(ErrorCode::kInternal, "channel: modules without their descriptors");
      auto code = shared_code(one.code, std::move(message.descriptors[next++]));
      base::File snapshot = one.has_snapshot ? std::move(message.descriptors[next++]) : base::File();
      at(one.number)->provide(std::move(code), std::move(snapshot));
    }
    return {};
  }

  /// Requests in flight keep the others; of a module that they wait for there will be news.
  void keep_only(const std::vector<WorkerMessage>& workers) {
    std::unordered_set<std::uint32_t> used;
    for (const WorkerMessage& worker : workers) used.insert(worker.module);
    std::erase_if(modules_, [&](const auto& entry) {
      const auto& [number, module] = entry;
      return !used.contains(number) && (!module->is_pending() || module.use_count() == 1);
    });
    std::erase_if(codes_, [](const auto& entry) { return entry.second.expired(); });
  }

  [[nodiscard]] std::size_t size() const noexcept { return modules_.size(); }

 private:
  /// The code of this name as it is mapped for other modules, or from the file.
  [[nodiscard]] std::shared_ptr<runtime::SharedCode> shared_code(const std::string& name, base::File file) {
    auto& known = codes_[name];
    auto code = known.lock();
    if (code) return code;
    code = std::make_shared<runtime::SharedCode>(std::move(file));
    known = code;
    return code;
  }

  std::unordered_map<std::uint32_t, std::shared_ptr<runtime::LazyModule>> modules_;
  std::unordered_map<std::string, std::weak_ptr<runtime::SharedCode>> codes_;
};

/// A socket to a service.
struct Link {
  std::string service;
  base::File socket;
};

/// What the supervisor sent before serving begins.
struct ServingOrders {
  std::optional<runtime::ProcessStatus> status;
  std::unique_ptr<base::LogRing> log;          ///< where its log is kept; null: nobody reads it there
  std::optional<metrics::Block> block;         ///< where it counts; none: nobody asks
  std::optional<trace::Ring> ring;             ///< where it notes spans; none: nobody takes them
  double ratio = 0;                            ///< of traces that have some
  std::optional<store::SharedState> versions;  ///< of the key-value store; none: no worker uses it
  std::size_t spaces = 0;                      ///< its namespaces
  std::vector<Link> links;                     ///< to services that are there already
  base::File access_log;                       ///< none: lines go to standard error
  bool listens = true;                         ///< from the start; false: when it is told to
  Modules modules;
  SiteMessage site;
  Message site_question;  ///< answered when it serves

  [[nodiscard]] metrics::Recorder recorder() const noexcept {
    return block ? block->recorder() : metrics::Recorder();
  }
};

Result<void> take_versions(const Message& message, base::File memory, ServingOrders& orders) {
  const std::string& text = message.payload;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), orders.spaces);
  if (error != std::errc()) return fail(ErrorCode::kInternal, "channel: versions of no number of namespaces");
  auto versions =
      store::SharedState::open(std::move(memory), orders.spaces, store::SharedState::Access::kRead);
  if (!versions) return fail(versions);
  orders.versions.emplace(std::move(*versions));
  return {};
}

/// Takes one message into `orders`. True for the last one, the site.
Result<bool> take(Message& message, ServingOrders& orders) {
  std::vector<base::File>& files = message.descriptors;
  switch (message.type) {
    case MessageType::kStatus: {
      if (files.empty()) return fail(ErrorCode::kInternal, "channel: shared memory without its descriptor");
      auto status = runtime::ProcessStatus::open(std::move(files.front()));
      if (!status) return fail(status);
      orders.status.emplace(std::move(*status));
      return false;
    }
    case MessageType::kModules: {
      if (auto taken = orders.modules.take(message); !taken) return fail(taken);
      return false;
    }
    case MessageType::kLog: {
      auto log = take_log(files);
      if (!log) return fail(log);
      orders.log = std::move(*log);
      return false;
    }
    case MessageType::kBlock: {
      if (files.empty()) return fail(ErrorCode::kInternal, "channel: shared memory without its descriptor");
      auto block = metrics::Block::open(std::move(files.front()), metrics::Block::Access::kWrite);
      if (!block) return fail(block);
      orders.block.emplace(std::move(*block));
      return false;
    }
    case MessageType::kSpans: {
      if (files.empty()) return fail(ErrorCode::kInternal, "channel: shared memory without its descriptor");
      auto ring = trace::Ring::open(std::move(files.front()));
      if (!ring) return fail(ring);
      orders.ring.emplace(std::move(*ring));
      orders.ratio = std::strtod(message.payload.c_str(), nullptr);
      return false;
    }
    case MessageType::kVersions: {
      if (files.empty()) return fail(ErrorCode::kInternal, "channel: shared memory without its descriptor");
      if (auto taken = take_versions(message, std::move(files.front()), orders); !taken) return fail(taken);
      return false;
    }
    case MessageType::kLink:
      if (files.empty()) return fail(ErrorCode::kInternal, "channel: a link without its socket");
      orders.links.push_back({message.payload, std::move(files.front())});
      return false;
    case MessageType::kAccessLog:
      if (files.empty()) return fail(ErrorCode::kInternal, "channel: an access log without its file");
      orders.access_log = std::move(files.front());
      return false;
    case MessageType::kListen:
      orders.listens = message.payload != kLater;
      return false;
    case MessageType::kSite: {
      auto site = parse_site(message.payload);
      if (!site) return fail(site);
      orders.site = std::move(*site);
      orders.site_question.id = message.id;
      return true;
    }
    default:
      return false;
  }
}

/// Reads messages up to the site. std::nullopt: the supervisor is gone.
Result<std::optional<ServingOrders>> receive_serving_orders(const Channel& channel) {
  ServingOrders orders;
  while (true) {
    auto message = channel.receive();
    if (!message) return fail(message);
    if (!*message || (*message)->type == MessageType::kStop) return std::nullopt;
    auto complete = take(**message, orders);
    if (!complete) return fail(complete);
    if (*complete) return orders;
  }
}

Result<server::Site> make_site(const SiteMessage& message, Modules& modules, const base::Clock& clock) {
  auto assets = assets::PublicFolder::open(message.files, clock);
  if (!assets) return fail(assets);
  std::vector<router::Route> routes;
  std::unordered_map<std::string_view, const WorkerMessage*> by_file;
  for (const WorkerMessage& worker : message.workers) {
    routes.push_back(router::make_route(worker.file, message.prefix));
    by_file.emplace(worker.file, &worker);
  }
  // The supervisor sent only routes that have their pattern for themselves: nothing new to report.
  config::Diagnostics nothing_new;
  server::Site site{
      message.prefix,     message.url_form, router::RouteTable::build(std::move(routes), nothing_new), {},
      std::move(*assets), message.live};
  for (const router::Route& route : site.routes.routes()) {
    const WorkerMessage& worker = *by_file.at(route.file);
    site.workers.push_back(
        runtime::make_worker(route.file, route.pattern, worker.config, modules.at(worker.module)));
    site.workers.back().takes_stream = worker.takes_stream;
    site.workers.back().kv_space = worker.kv_space;
    site.workers.back().kv_bindings = worker.kv_bindings;
    site.workers.back().fetch_grant = worker.fetch_grant;
    site.workers.back().mounts = worker.mounts;
    site.workers.back().missing_folder = worker.missing_folder;
    site.slots.push_back(worker.route_slot);
  }
  return site;
}

/// Descriptors for connections: what is left when modules and a reserve have theirs.
std::size_t connection_limit(std::size_t modules) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1000;
  const auto descriptors = std::min<std::size_t>(limit.rlim_cur, 100'000) * 9 / 10;
  return descriptors > modules + 200 ? descriptors - modules - 100 : 100;
}

/// For the log, once a process.
std::string describe(const wasm::EngineSettings& settings) {
  if (settings.allocation == wasm::Allocation::kOnDemand) return "memory mapped for each request";
  return fmt::format("{} instances, memory reset by {}", settings.instances,
                     settings.memory_reset == wasm::MemoryReset::kScan ? "page scan" : "madvise");
}

/// The pool has room for what the most demanding worker may use.
Result<wasm::EngineSettings> engine_settings(const SiteMessage& site) {
  std::optional<wasm::MemoryReset> reset;
  if (site.memory_reset == config::MemoryReset::kScan) reset = wasm::MemoryReset::kScan;
  if (site.memory_reset == config::MemoryReset::kMadvise) reset = wasm::MemoryReset::kMadvise;
  auto settings = wasm::serving_settings(site.instances, reset);
  if (!settings) return settings;
  if (site.detail == server::ErrorDetail::kShown) settings->source_lines = wasm::SourceLines::kShown;
  for (const WorkerMessage& worker : site.workers) {
    settings->memory_bytes = std::max(settings->memory_bytes, worker.config.limits.memory);
    settings->table_elements = std::max(settings->table_elements, worker.config.limits.table_elements);
    settings->stack_bytes = std::max(settings->stack_bytes, worker.config.limits.stack);
    if (worker.mounts) settings->waits_for = wasm::WaitsFor::kFiles;
  }
  return settings;
}

/// kBadConfig: a worker may use more than the pool was made for, which only a new process can change.
Result<void> check_fits(const SiteMessage& site, const wasm::EngineSettings& pool) {
  for (const WorkerMessage& worker : site.workers) {
    const config::Limits& limits = worker.config.limits;
    if (limits.memory > pool.memory_bytes || limits.table_elements > pool.table_elements ||
        limits.stack > pool.stack_bytes) {
      return fail(ErrorCode::kBadConfig,
                  fmt::format("{}: its [limits] are above those that this process was started for; start the "
                              "server again",
                              worker.file));
    }
  }
  return {};
}

/// From here on a guest that broke out would find little to do. Without it the process serves all the same,
/// unless it is required.
Result<void> confine(hardening::Mode mode, const SiteMessage& site) {
  auto confined = hardening::confine(mode, runtime::roles::kServe.confinement, {site.root, site.files.base});
  if (confined || mode == hardening::Mode::kRequired) return confined;
  log::warn("this process could not be confined: {}", confined.error().message);
  return {};
}

/// The services for the workers of a server. Guests end with the server, and tell the clients so; the
/// clients' sockets are in the server's loop. So the clients are made first and go last, and are connected in
/// between.
class ServiceClients {
 public:
  ServiceClients() = default;
  ServiceClients(const ServiceClients&) = delete;
  ServiceClients& operator=(const ServiceClients&) = delete;

  /// Makes those that workers use. disconnect() goes before the server.
  void start(ServingOrders& orders, server::Server& server, const base::Clock& clock) {
    const metrics::Recorder recorder = orders.recorder();
    if (orders.versions) {
      store_.emplace(server.context(), server.completions(), clock, std::move(*orders.versions), recorder);
      services_.services.add<abi::Kv>(*store_);
      services_.make_commit = [this](const runtime::Worker& worker) { return make_commit(worker); };
    }
    fetch_.emplace(server.context(), server.completions(), clock, recorder);
    services_.services.add<abi::Fetch>(*fetch_);
    if (std::ranges::any_of(orders.site.workers,
                            [](const auto& worker) { return worker.mounts.has_value(); })) {
      folders_.emplace(server.context(), server.completions());
      services_.services.add<abi::Folders>(*folders_);
    }
    for (Link& link : orders.links) (void)connect(link.service, std::move(link.socket));
    server.set_services(services_);
  }

  /// A link to a service, in place of one that broke.
  [[nodiscard]] Result<void> connect(std::string_view service, base::File socket) {
    if (service == runtime::roles::kStore.service && store_) {
      store_->connect(std::move(socket));
    } else if (service == kFetchService && fetch_) {
      fetch_->connect(std::move(socket));
    } else if (service == runtime::roles::kFolders.service && folders_) {
      folders_->connect(std::move(socket));
    } else if (service != runtime::roles::kFolders.service) {  // that no worker of this process has
      return fail(ErrorCode::kInternal, "channel: a link that nobody can use");
    }
    return {};
  }

  /// Called with the name of a service when the link to it has broken.
  void set_on_lost(const std::function<void(std::string_view)>& on_lost) {
    if (store_) store_->set_on_lost([on_lost] { on_lost(runtime::roles::kStore.service); });
    if (fetch_) fetch_->set_on_lost([on_lost] { on_lost(kFetchService); });
    if (folders_) folders_->set_on_lost([on_lost] { on_lost(runtime::roles::kFolders.service); });
  }

  /// For good, and without a word: another server's store child waits for the store.
  void leave_store() {
    if (!store_) return;
    store_->set_on_lost({});
    store_->disconnect();
  }

  void disconnect() {
    if (store_) store_->disconnect();
    if (fetch_) fetch_->disconnect();
    if (folders_) folders_->disconnect();
  }

 private:
  static constexpr std::string_view kFetchService = "fetch";
  static constexpr std::chrono::milliseconds kLongestTurn = std::chrono::minutes(1);

  /// What it has done to files is not undone when it is run again.
  static bool changes_files(const runtime::Worker& worker) {
    return worker.mounts && std::ranges::any_of(worker.mounts->mounts, [](const wasm::GuestMount& mount) {
             return mount.mode == wasm::GuestMount::Mode::kReadWrite;
           });
  }

  std::unique_ptr<runtime::Commit> make_commit(const runtime::Worker& worker) {
    using Mode = store::TurnRequest::Mode;
    const auto turn = std::chrono::duration_cast<std::chrono::milliseconds>(worker.limits.time);
    // A request that was sent cannot be taken back, and a file that was changed neither.
    const bool has_effects = worker.fetch_grant || changes_files(worker);
    const auto mode = has_effects ? Mode::kOnlyInTurn : Mode::kMayRunAgain;
    return store_->make_commit(*worker.kv_space,
                               {mode, static_cast<std::uint32_t>(std::min(turn, kLongestTurn).count())});
  }

  std::optional<store::StoreClient> store_;
  std::optional<egress::FetchClient> fetch_;
  std::optional<folders::FoldersClient> folders_;
  server::WorkerServices services_;
};

void apply_logging(const SiteMessage& site, server::Server& server) {
  log::set(site.logging);
  auto format = server::AccessFormat::parse(site.access_format);
  // Who started the server was told of a mistake.
  server.access_log().set(format ? std::move(*format) : server::AccessFormat(), site.access_lines);
}

/// Obeys the channel while the server runs.
struct Obedience {
  AsyncChannel& channel;
  Modules& modules;
  server::Server& server;
  const wasm::EngineSettings& pool;
  const base::Clock& clock;
  ServiceClients& clients;

  /// News of modules are for the server also after a stop, for requests in flight may wait for them.
  Result<void> obey(Message message) {
    switch (message.type) {
      case MessageType::kModules: {
        if (auto taken = modules.take(message); !taken) return taken;
        server.on_modules_changed();
        return {};
      }
      case MessageType::kSite: {
        if (auto taken = take_site(message.payload); !taken)
          return channel.answer(message, MessageType::kFailed, taken.error().message);
        return channel.answer(message, MessageType::kReady, "");
      }
      case MessageType::kLink:
        if (message.descriptors.empty())
          return fail(ErrorCode::kInternal, "channel: a link without its socket");
        return clients.connect(message.payload, std::move(message.descriptors.front()));
      case MessageType::kAccessLog:
        if (message.descriptors.empty())
          return fail(ErrorCode::kInternal, "channel: an access log without its file");
        server.access_log().set_file(std::move(message.descriptors.front()));
        return {};
      case MessageType::kListen:
        server.accept();
        return {};
      case MessageType::kConnection:
        if (message.descriptors.empty())
          return fail(ErrorCode::kInternal, "channel: a connection without its socket");
        return serve_connection(std::move(message.descriptors.front()));
      case MessageType::kStop:
        if (message.payload == kStopForAnother) {
          server.stop_for_another([&clients = clients] { clients.leave_store(); });
        } else {
          server.stop();
        }
        return fill_shared_numbers();
      default:
        return fail(ErrorCode::kInternal, "channel: an order that is not known");
    }
  }

  /// The supervisor is at its other end.
  Result<void> serve_connection(base::File socket) {
    server::Socket connection(server.context());
    boost::system::error_code error;
    connection.assign(boost::asio::generic::stream_protocol(AF_UNIX, 0), socket.fd(), error);
    if (error) return fail(ErrorCode::kIo, "a connection cannot be served: " + error.message());
    (void)socket.release();
    server.add_connection(std::move(connection), std::string(server::kNoAddress));
    return {};
  }

  /// Another site in place of the one that is served, which stays if this one cannot be had.
  Result<void> take_site(std::string_view payload) {
    auto message = parse_site(payload);
    if (!message) return fail(message);
    if (auto fits = check_fits(*message, pool); !fits) return fits;
    auto site = make_site(*message, modules, clock);
    if (!site) return fail(site);
    apply_logging(*message, server);
    server.swap_site(std::move(*site));
    modules.keep_only(message->workers);
    return {};
  }
};

/// Before the server's loop goes.
struct Disconnection {
  ServiceClients& clients;
  ~Disconnection() { clients.disconnect(); }
};

Result<void> serve(ServingOrders orders, base::File socket, std::vector<base::File> listeners,
                   hardening::Mode mode) {
  log::set(orders.site.logging);
  const base::SystemClock clock;
  base::Random random;
  const base::File wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  auto settings = engine_settings(orders.site);
  if (!settings) return fail(settings);
  settings->wake_fd = wake.fd();
  auto engine = wasm::Engine::create(*settings, abi::host_functions());
  if (!engine) return fail(engine);
  auto timer = wasm::EpochTimer::create(*engine);
  if (!timer) return fail(timer);
  auto site = make_site(orders.site, orders.modules, clock);
  if (!site) return fail(site);
  server::ServerLimits limits;
  limits.body_bytes = orders.site.body_bytes;
  limits.stop_time = std::chrono::seconds(orders.site.stop_seconds);
  limits.connections_per_address = orders.site.connections_per_address;
  limits.connections = connection_limit(orders.modules.size());
  std::optional<trace::Tracer> tracer;
  if (orders.ring) tracer.emplace(*orders.ring, orders.ratio, clock, random, orders.recorder());
  ServiceClients clients;
  server::Server server(
      std::move(*site),
      {*engine, &*timer, clock, random, wake.fd(), orders.status ? &*orders.status : nullptr,
       orders.recorder(), tracer ? &*tracer : nullptr},
      limits, orders.site.detail);
  apply_logging(orders.site, server);
  if (orders.access_log) server.access_log().set_file(std::move(orders.access_log));
  clients.start(orders, server, clock);
  const Disconnection disconnection{clients};
  const auto when = orders.listens ? server::Server::Accept::kNow : server::Server::Accept::kLater;
  for (base::File& listener : listeners) server.add_listener(std::move(listener), when);
  AsyncChannel channel(
      server.context(), std::move(socket), ChannelLimits::of_child(),
      {[&](Message message) {
         return Obedience{channel, orders.modules, server, engine->settings(), clock, clients}.obey(
             std::move(message));
       },
       [&](const Result<void>& why) {
         if (!why) log::error("{}", why.error().message);
         server.stop();
       }});
  // A channel that is gone too ends the process.
  clients.set_on_lost([&](std::string_view service) { (void)channel.send(MessageType::kLinkLost, service); });
  if (auto confined = confine(mode, orders.site); !confined) return confined;
  auto told = channel.answer(orders.site_question, MessageType::kReady, describe(engine->settings()));
  if (!told) return told;
  server.run();
  return {};
}

Channel take_channel() {
  fcntl(kChannelDescriptor, F_SETFD, FD_CLOEXEC);
  return Channel{base::File(kChannelDescriptor)};
}

Result<void> serve(const Channel& channel, std::span<const std::string> arguments) {
  if (arguments.size() != 2) return fail(ErrorCode::kInternal, "wrong arguments for a serving process");
  auto mode = hardening::take_policy(arguments[0]);
  if (!mode) return fail(mode);
  auto listeners = take_listeners(arguments[1]);
  if (!listeners) return fail(listeners);
  if (auto filled = fill_shared_numbers(); !filled) return filled;
  auto orders = receive_serving_orders(channel);
  if (!orders) return fail(orders);
  if (!*orders) return {};
  auto socket = channel.duplicate();
  if (!socket) return fail(socket);
  return serve(std::move(**orders), std::move(*socket), std::move(*listeners), *mode);
}

}  // namespace

int serve_main(std::span<const std::string> arguments) {
  runtime::ignore_stop_signals();
  base::BufferedStreams streams(base::BufferedStreams::Capacity::kOfServing);
  std::signal(SIGPIPE, SIG_IGN);
  const Channel channel = take_channel();
  const Result<void> served = serve(channel, arguments);
  if (served) return 0;
  // The supervisor reports it; when it is gone there is no one to tell.
  [[maybe_unused]] const auto sent = channel.send(MessageType::kFailed, served.error().message);
  return 1;
}

}  // namespace wws::supervisor
