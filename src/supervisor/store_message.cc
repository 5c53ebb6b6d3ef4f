#include "supervisor/store_message.h"

#include <boost/json.hpp>
#include <utility>

#include "supervisor/log_settings.h"

namespace wws::supervisor {
namespace json = boost::json;

namespace {

json::object to_object(const kv::RedisOptions& redis) {
  json::array hosts;
  for (const kv::RedisHost& host : redis.hosts)
    hosts.push_back(json::object{{"name", host.name}, {"port", host.port}});
  return {{"topology", static_cast<int>(redis.topology)},
          {"tls", static_cast<int>(redis.tls)},
          {"hosts", std::move(hosts)},
          {"primary", redis.primary},
          {"user", redis.user},
          {"password", redis.password},
          {"database", redis.database},
          {"prefix", redis.prefix},
          {"roots", redis.roots},
          {"limit", redis.limit.count()},
          {"quota", redis.namespace_quota}};
}

kv::RedisOptions to_redis(const json::object& object) {
  const auto text = [&](const char* name) { return json::value_to<std::string>(object.at(name)); };
  kv::RedisOptions redis;
  redis.topology = kv::RedisTopology{object.at("topology").to_number<int>()};
  redis.tls = kv::RedisTls{object.at("tls").to_number<int>()};
  for (const json::value& host : object.at("hosts").as_array())
    redis.hosts.push_back(
        {json::value_to<std::string>(host.at("name")), host.at("port").to_number<std::uint16_t>()});
  redis.primary = text("primary");
  redis.user = text("user");
  redis.password = text("password");
  redis.database = object.at("database").to_number<std::uint32_t>();
  redis.prefix = text("prefix");
  redis.roots = text("roots");
  redis.limit = std::chrono::milliseconds(object.at("limit").to_number<std::int64_t>());
  redis.namespace_quota = object.at("quota").to_number<std::uint64_t>();
  return redis;
}

}  // namespace

std::string to_json(const StoreMessage& store) {
  json::array spaces;
  for (const std::string& name : store.spaces) spaces.emplace_back(name);
  json::object object = {{"kind", static_cast<int>(store.kind)}, {"folder", store.folder},
                         {"spaces", std::move(spaces)},          {"quota", store.quotas.per_namespace},
                         {"total_quota", store.quotas.total},    {"logging", to_value(store.logging)}};
  if (store.kind == StoreKind::kRedis) object["redis"] = to_object(store.redis);
  return json::serialize(object);
}

Result<StoreMessage> parse_store(std::string_view text) {
  try {
    const json::object object = json::parse(json::string_view(text.data(), text.size())).as_object();
    StoreMessage store;
    store.kind = StoreKind{object.at("kind").to_number<int>()};
    store.folder = json::value_to<std::string>(object.at("folder"));
    for (const json::value& name : object.at("spaces").as_array())
      store.spaces.push_back(json::value_to<std::string>(name));
    store.quotas.per_namespace = object.at("quota").to_number<std::uint64_t>();
    store.quotas.total = object.at("total_quota").to_number<std::uint64_t>();
    store.logging = to_log_settings(object.at("logging"));
    if (store.kind == StoreKind::kRedis) store.redis = to_redis(object.at("redis").as_object());
    return store;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, std::string("channel: a store that cannot be read: ") + error.what());
  }
}

}  // namespace wws::supervisor
