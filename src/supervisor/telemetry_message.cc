#include "supervisor/telemetry_message.h"

#include <boost/json.hpp>

#include "supervisor/json_fields.h"
#include "supervisor/log_settings.h"

namespace wws::supervisor {
namespace json = boost::json;
namespace {

/// A list of pairs: names may come more than once.
json::array to_pairs(const telemetry::Attributes& attributes) {
  json::array array;
  for (const auto& [name, value] : attributes) array.push_back(json::array{name, value});
  return array;
}

telemetry::Attributes pairs_at(const json::object& object, std::string_view key) {
  telemetry::Attributes attributes;
  for (const json::value& pair : object.at(key).as_array()) {
    attributes.emplace_back(json::value_to<std::string>(pair.as_array().at(0)),
                            json::value_to<std::string>(pair.as_array().at(1)));
  }
  return attributes;
}

}  // namespace

std::string to_json(const TelemetryMessage& message) {
  const telemetry::Settings& its = message.settings;
  return json::serialize(json::object{{"endpoint", its.endpoint},
                                      {"headers", to_pairs(its.headers)},
                                      {"ca_file", its.ca_file},
                                      {"ratio", its.ratio},
                                      {"metrics_interval", its.metrics_interval.count()},
                                      {"resource", to_pairs(its.resource)},
                                      {"version", its.version},
                                      {"began", its.began.time_since_epoch().count()},
                                      {"logging", to_value(message.logging)}});
}

Result<TelemetryMessage> parse_telemetry(std::string_view text) {
  try {
    const json::object object = json::parse(json::string_view(text.data(), text.size())).as_object();
    TelemetryMessage message;
    telemetry::Settings& its = message.settings;
    its.endpoint = string_at(object, "endpoint");
    its.headers = pairs_at(object, "headers");
    its.ca_file = string_at(object, "ca_file");
    its.ratio = object.at("ratio").to_number<double>();
    its.metrics_interval = base::Duration(object.at("metrics_interval").to_number<std::int64_t>());
    its.resource = pairs_at(object, "resource");
    its.version = string_at(object, "version");
    its.began = base::WallTime(base::Duration(object.at("began").to_number<std::int64_t>()));
    message.logging = to_log_settings(object.at("logging"));
    return message;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal,
                std::string("channel: a telemetry child's orders cannot be read: ") + error.what());
  }
}

}  // namespace wws::supervisor
