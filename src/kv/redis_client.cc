#include "kv/redis_client.h"

#include <utility>

#include "wws_redis.h"

namespace wws::kv {
namespace {

wwsr_text text(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::string_view view(wwsr_text text) { return {reinterpret_cast<const char*>(text.data), text.size}; }

Result<void> result(wwsr_error* error) {
  if (error == nullptr) return {};
  std::string message = "the Redis client: " + std::string(view(wwsr_error_text(error)));
  wwsr_error_delete(error);
  return fail(ErrorCode::kIo, std::move(message));
}

RedisItem item(wwsr_item raw) {
  switch (raw.kind) {
    case WWSR_NUMBER:
      return raw.number;
    case WWSR_BYTES:
      return view(raw.bytes);
    default:
      return {};
  }
}

static_assert(static_cast<int>(RedisEvent::Kind::kReply) == WWSR_REPLY);
static_assert(static_cast<int>(RedisEvent::Kind::kUnavailable) == WWSR_UNAVAILABLE);
static_assert(static_cast<int>(RedisEvent::Kind::kUnknown) == WWSR_UNKNOWN);
static_assert(static_cast<int>(RedisEvent::Kind::kOutOfMemory) == WWSR_OUT_OF_MEMORY);
static_assert(static_cast<int>(RedisEvent::Kind::kDisk) == WWSR_DISK);
static_assert(static_cast<int>(RedisEvent::Kind::kUp) == WWSR_UP);
static_assert(static_cast<int>(RedisEvent::Kind::kDown) == WWSR_DOWN);
static_assert(static_cast<int>(RedisTopology::kOne) == WWSR_ONE);
static_assert(static_cast<int>(RedisTopology::kSentinel) == WWSR_SENTINEL);
static_assert(static_cast<int>(RedisTopology::kCluster) == WWSR_CLUSTER);

}  // namespace

struct RedisClient::Handle {
  struct Delete {
    void operator()(wwsr_client* client) const noexcept { wwsr_client_delete(client); }
  };
  std::unique_ptr<wwsr_client, Delete> client;
};

RedisClient::RedisClient(base::Wake wake, std::unique_ptr<Handle> handle)
    : wake_(std::move(wake)), handle_(std::move(handle)) {}

RedisClient::~RedisClient() = default;

Result<std::unique_ptr<RedisClient>> RedisClient::make(const RedisOptions& options, std::string_view library,
                                                       std::string_view check) {
  auto wake = base::Wake::make();
  if (!wake) return fail(wake);
  std::unique_ptr<RedisClient> made(new RedisClient(std::move(*wake), std::make_unique<Handle>()));

  std::vector<wwsr_text> hosts;
  std::vector<std::uint16_t> ports;
  for (const RedisHost& host : options.hosts) {
    hosts.push_back(text(host.name));
    ports.push_back(host.port);
  }
  wwsr_options raw{};
  raw.topology = static_cast<std::uint32_t>(options.topology);
  raw.hosts = hosts.data();
  raw.ports = ports.data();
  raw.host_count = hosts.size();
  raw.primary = text(options.primary);
  raw.user = text(options.user);
  raw.password = text(options.password);
  raw.database = options.database;
  raw.is_tls = options.tls == RedisTls::kOn ? 1 : 0;
  raw.roots = text(options.roots);
  raw.library = text(library);
  raw.check = text(check);
  raw.limit_ms = static_cast<std::uint32_t>(options.limit.count());
  raw.wake = [](void* context) noexcept { static_cast<const base::Wake*>(context)->notify(); };
  raw.context = &made->wake_;
  wwsr_client* client = nullptr;
  if (auto done = result(wwsr_client_new(&raw, &client)); !done) return fail(done);
  made->handle_->client.reset(client);
  return made;
}

Result<void> RedisClient::start() { return result(wwsr_client_start(handle_->client.get())); }

void RedisClient::call(std::uint64_t id, Effect effect, std::string_view tag,
                       const std::vector<std::string_view>& words) {
  std::vector<wwsr_text> raw;
  raw.reserve(words.size());
  for (const std::string_view word : words) raw.push_back(text(word));
  wwsr_call(handle_->client.get(), id, effect == Effect::kReads ? WWSR_READS : WWSR_WRITES, text(tag),
            raw.data(), raw.size());
}

void RedisClient::names(std::uint64_t id, std::string_view pattern) {
  wwsr_names(handle_->client.get(), id, text(pattern));
}

void RedisClient::take(const std::function<void(const RedisEvent&)>& take) {
  wake_.clear();  // before, or what comes between is not noticed
  const std::unique_ptr<wwsr_events, decltype([](wwsr_events* events) { wwsr_events_delete(events); })>
      events(wwsr_take(handle_->client.get()));
  const std::size_t count = wwsr_events_count(events.get());
  for (std::size_t i = 0; i < count; ++i) {
    RedisEvent event;
    event.kind = static_cast<RedisEvent::Kind>(wwsr_event_kind(events.get(), i));
    event.id = wwsr_event_id(events.get(), i);
    event.text = view(wwsr_event_text(events.get(), i));
    const std::size_t items = wwsr_event_items(events.get(), i);
    event.items.reserve(items);
    for (std::size_t j = 0; j < items; ++j) event.items.push_back(item(wwsr_event_item(events.get(), i, j)));
    take(event);
  }
}

}  // namespace wws::kv
