#include "supervisor/modules_message.h"

#include <boost/json.hpp>
#include <utility>

namespace wws::supervisor {

namespace json = boost::json;

std::string to_json(const std::vector<ModuleNews>& news) {
  json::array array;
  for (const ModuleNews& one : news) {
    json::object object = {{"number", one.number}};
    if (one.error) object["error"] = *one.error;
    if (!one.error) object["code"] = one.code;
    if (one.has_snapshot) object["snapshot"] = true;
    array.push_back(std::move(object));
  }
  return json::serialize(array);
}

Result<std::vector<ModuleNews>> parse_modules(std::string_view text) {
  try {
    std::vector<ModuleNews> news;
    const json::value array = json::parse(json::string_view(text.data(), text.size()));
    for (const json::value& value : array.as_array()) {
      const json::object& object = value.as_object();
      ModuleNews one{.number = object.at("number").to_number<std::uint32_t>()};
      if (const auto* error = object.if_contains("error")) one.error = json::value_to<std::string>(*error);
      if (!one.error) one.code = json::value_to<std::string>(object.at("code"));
      one.has_snapshot = object.if_contains("snapshot") != nullptr;
      news.push_back(std::move(one));
    }
    return news;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, std::string("channel: modules that cannot be read: ") + error.what());
  }
}

}  // namespace wws::supervisor
