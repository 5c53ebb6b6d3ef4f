#include "supervisor/store_message.h"

#include <boost/json.hpp>
#include <utility>

namespace wws::supervisor {
namespace json = boost::json;

std::string to_json(const StoreMessage& store) {
  json::array spaces;
  for (const std::string& name : store.spaces) spaces.emplace_back(name);
  return json::serialize(json::object{{"kind", static_cast<int>(store.kind)},
                                      {"folder", store.folder},
                                      {"spaces", std::move(spaces)},
                                      {"quota", store.quotas.per_namespace},
                                      {"total_quota", store.quotas.total},
                                      {"log_level", static_cast<int>(store.log_level)}});
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
    store.log_level = log::Level{object.at("log_level").to_number<int>()};
    return store;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, std::string("channel: a store that cannot be read: ") + error.what());
  }
}

}  // namespace wws::supervisor
