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
#include <utility>

#include "abi/host_functions.h"
#include "base/log.h"
#include "server/server.h"
#include "supervisor/channel.h"
#include "supervisor/site_message.h"

namespace wws::supervisor {
namespace {

/// What the supervisor sent before serving begins.
struct Orders {
  std::vector<base::File> listeners;
  std::vector<std::shared_ptr<runtime::LazyModule>> modules;
  SiteMessage site;
};

/// Reads messages up to the site. std::nullopt: the supervisor is gone.
Result<std::optional<Orders>> receive_orders(const Channel& channel) {
  Orders orders;
  while (true) {
    auto message = channel.receive();
    if (!message) return fail(message);
    if (!*message || (*message)->type == MessageType::kStop) return std::nullopt;
    std::vector<base::File>& files = (*message)->descriptors;
    if ((*message)->type == MessageType::kListeners) {
      std::move(files.begin(), files.end(), std::back_inserter(orders.listeners));
    } else if ((*message)->type == MessageType::kModules) {
      for (base::File& file : files)
        orders.modules.push_back(std::make_shared<runtime::LazyModule>(std::move(file)));
    } else if ((*message)->type == MessageType::kSite) {
      auto site = parse_site((*message)->payload);
      if (!site) return fail(site);
      orders.site = std::move(*site);
      return orders;
    }
  }
}

std::shared_ptr<runtime::LazyModule> module_of(const WorkerMessage& worker, const Orders& orders) {
  const auto index = static_cast<std::size_t>(worker.module);
  if (worker.module >= 0 && index < orders.modules.size()) return orders.modules[index];
  return std::make_shared<runtime::LazyModule>(Error{ErrorCode::kBadModule, worker.error});
}

Result<server::Site> make_site(const Orders& orders) {
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
        runtime::make_worker(route.file, route.pattern, worker->config, module_of(*worker, orders)));
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

/// Stops the server when the channel says so, or ends.
void watch_channel(boost::asio::posix::stream_descriptor& socket, const Channel& channel,
                   server::Server& server) {
  socket.async_wait(boost::asio::posix::stream_descriptor::wait_read, [&](server::error_code error) {
    if (error) return;
    const auto message = channel.receive();
    if (message && *message && (*message)->type != MessageType::kStop)
      return watch_channel(socket, channel, server);
    if (!message) log::error("{}", message.error().message);
    server.stop();
  });
}

/// The pool has room for what the most demanding worker may use.
Result<wasm::EngineSettings> engine_settings(const SiteMessage& site) {
  std::optional<wasm::MemoryReset> reset;
  if (site.memory_reset == config::MemoryReset::kScan) reset = wasm::MemoryReset::kScan;
  if (site.memory_reset == config::MemoryReset::kMadvise) reset = wasm::MemoryReset::kMadvise;
  auto settings = wasm::serving_settings(site.instances, reset);
  if (!settings) return settings;
  for (const WorkerMessage& worker : site.workers) {
    settings->memory_bytes = std::max(settings->memory_bytes, worker.config.limits.memory);
    settings->table_elements = std::max(settings->table_elements, worker.config.limits.table_elements);
    settings->stack_bytes = std::max(settings->stack_bytes, worker.config.limits.stack);
  }
  return settings;
}

Result<void> serve(const Channel& channel, Orders orders) {
  log::set_level(orders.site.log_level);
  const base::SystemClock clock;
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
  limits.connections = connection_limit(orders.modules.size());
  server::Server server(std::move(*site), {*engine, &*timer, clock, wake.fd()}, limits, orders.site.detail);
  for (base::File& listener : orders.listeners) server.add_listener(std::move(listener));
  boost::asio::posix::stream_descriptor socket(server.context(), dup(channel.fd()));
  watch_channel(socket, channel, server);
  if (auto sent = channel.send(MessageType::kReady, ""); !sent) return fail(sent);
  server.run();
  return {};
}

}  // namespace

int serve_main() {
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  fcntl(kChannelDescriptor, F_SETFD, FD_CLOEXEC);
  const Channel channel{base::File(kChannelDescriptor)};
  auto orders = receive_orders(channel);
  if (orders && !*orders) return 0;
  const Result<void> served = orders ? serve(channel, std::move(**orders)) : Result<void>(fail(orders));
  if (served) return 0;
  // The supervisor reports it; when it is gone there is no one to tell.
  [[maybe_unused]] const auto sent = channel.send(MessageType::kFailed, served.error().message);
  return 1;
}

}  // namespace wws::supervisor
