#include "supervisor/serving_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "abi/host_functions.h"
#include "base/log.h"
#include "base/standard_streams.h"
#include "hardening/confinement.h"
#include "server/server.h"
#include "supervisor/channel.h"
#include "supervisor/modules_message.h"
#include "supervisor/site_message.h"

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
        at(one.number)->provide(fail(ErrorCode::kBadModule, std::move(*one.error)));
      } else if (next < message.descriptors.size()) {
        at(one.number)->provide(std::move(message.descriptors[next++]));
      } else {
        return fail(ErrorCode::kInternal, "channel: modules without their descriptors");
      }
    }
    return {};
  }

  [[nodiscard]] std::size_t size() const noexcept { return modules_.size(); }

 private:
  std::unordered_map<std::uint32_t, std::shared_ptr<runtime::LazyModule>> modules_;
};

/// What the supervisor sent before serving begins.
struct Orders {
  std::vector<base::File> listeners;
  std::optional<runtime::RunningModule> running;
  Modules modules;
  SiteMessage site;
};

/// Takes one message into `orders`. True for the last one, the site.
Result<bool> take(Message& message, Orders& orders) {
  std::vector<base::File>& files = message.descriptors;
  switch (message.type) {
    case MessageType::kListeners:
      std::move(files.begin(), files.end(), std::back_inserter(orders.listeners));
      return false;
    case MessageType::kRunning: {
      if (files.empty()) return fail(ErrorCode::kInternal, "channel: shared memory without its descriptor");
      auto running = runtime::RunningModule::open(std::move(files.front()));
      if (!running) return fail(running);
      orders.running.emplace(std::move(*running));
      return false;
    }
    case MessageType::kModules: {
      if (auto taken = orders.modules.take(message); !taken) return fail(taken);
      return false;
    }
    case MessageType::kSite: {
      auto site = parse_site(message.payload);
      if (!site) return fail(site);
      orders.site = std::move(*site);
      return true;
    }
    default:
      return false;
  }
}

/// Reads messages up to the site. std::nullopt: the supervisor is gone.
Result<std::optional<Orders>> receive_orders(const Channel& channel) {
  Orders orders;
  while (true) {
    auto message = channel.receive();
    if (!message) return fail(message);
    if (!*message || (*message)->type == MessageType::kStop) return std::nullopt;
    auto complete = take(**message, orders);
    if (!complete) return fail(complete);
    if (*complete) return orders;
  }
}

Result<server::Site> make_site(Orders& orders) {
  auto assets = assets::PublicFolder::open(orders.site.root);
  if (!assets) return fail(assets);
  std::vector<router::Route> routes;
  for (const WorkerMessage& worker : orders.site.workers) {
    routes.push_back(router::make_route(worker.file, orders.site.prefix));
  }
  // The supervisor sent only routes that have their pattern for themselves: nothing new to report.
  config::Diagnostics nothing_new;
  server::Site site{orders.site.prefix,
                    orders.site.url_form,
                    router::RouteTable::build(std::move(routes), nothing_new),
                    {},
                    std::move(*assets)};
  for (const router::Route& route : site.routes.routes()) {
    const auto worker =
        std::find_if(orders.site.workers.begin(), orders.site.workers.end(),
                     [&](const WorkerMessage& candidate) { return candidate.file == route.file; });
    site.workers.push_back(
        runtime::make_worker(route.file, route.pattern, worker->config, orders.modules.at(worker->module)));
    site.workers.back().takes_stream = worker->takes_stream;
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

/// Obeys the channel while the server runs: news of modules are for it, also after a stop, for requests in
/// flight may wait for them; a stop, or the channel's end, stops it.
void watch_channel(boost::asio::posix::stream_descriptor& socket, const Channel& channel, Modules& modules,
                   server::Server& server) {
  socket.async_wait(boost::asio::posix::stream_descriptor::wait_read, [&](server::error_code error) {
    if (error) return;
    auto message = channel.receive();
    Result<void> taken;
    if (!message) {
      taken = fail(message);
    } else if (*message && (*message)->type == MessageType::kModules) {
      taken = modules.take(**message);
      server.on_modules_changed();
    }
    if (!taken) log::error("{}", taken.error().message);
    if (!taken || !*message) return server.stop();
    if ((*message)->type == MessageType::kStop) server.stop();
    watch_channel(socket, channel, modules, server);
  });
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
  }
  return settings;
}

/// From here on a guest that broke out would find little to do. Without it the process serves all the same,
/// unless it is required.
Result<void> confine(hardening::Mode mode, const std::string& project) {
  auto confined = hardening::confine_serving_process(mode, project);
  if (confined || mode == hardening::Mode::kRequired) return confined;
  log::warn("this process could not be confined: {}", confined.error().message);
  return {};
}

Result<void> serve(const Channel& channel, Orders orders, hardening::Mode mode) {
  log::set_level(orders.site.log_level);
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
  auto site = make_site(orders);
  if (!site) return fail(site);
  server::ServerLimits limits;
  limits.body_bytes = orders.site.body_bytes;
  limits.stop_time = std::chrono::seconds(orders.site.stop_seconds);
  limits.connections_per_address = orders.site.connections_per_address;
  limits.connections = connection_limit(orders.modules.size());
  server::Server server(
      std::move(*site),
      {*engine, &*timer, clock, random, wake.fd(), orders.running ? &*orders.running : nullptr}, limits,
      orders.site.detail);
  for (base::File& listener : orders.listeners) server.add_listener(std::move(listener));
  boost::asio::posix::stream_descriptor socket(server.context(), dup(channel.fd()));
  watch_channel(socket, channel, orders.modules, server);
  if (auto confined = confine(mode, orders.site.root); !confined) return confined;
  if (auto sent = channel.send(MessageType::kReady, describe(engine->settings())); !sent) return fail(sent);
  server.run();
  return {};
}

}  // namespace

int serve_main(std::string_view policy) {
  base::BufferedStreams streams(base::BufferedStreams::Capacity::kOfServing);
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  fcntl(kChannelDescriptor, F_SETFD, FD_CLOEXEC);
  const Channel channel{base::File(kChannelDescriptor)};
  auto mode = hardening::take_policy(policy);
  auto orders = mode ? receive_orders(channel) : fail(mode);
  if (orders && !*orders) return 0;
  const Result<void> served =
      orders ? serve(channel, std::move(**orders), *mode) : Result<void>(fail(orders));
  if (served) return 0;
  // The supervisor reports it; when it is gone there is no one to tell.
  [[maybe_unused]] const auto sent = channel.send(MessageType::kFailed, served.error().message);
  return 1;
}

}  // namespace wws::supervisor
