#include "supervisor/counted_message.h"

#include <boost/json.hpp>
#include <cstdint>
#include <utility>

#include "supervisor/json_fields.h"

namespace wws::supervisor {
namespace {

namespace json = boost::json;

/// Fields that come later change nothing for who does not know them; another form has another number.
constexpr int kCountedForm = 1;

json::array list_of_counts(const std::vector<metrics::OwnCount>& counts) {
  json::array list;
  for (const metrics::OwnCount& count : counts) {
    json::object labels;
    for (const auto& [name, value] : count.labels) labels[name] = value;
    list.push_back(json::object{{"name", count.name}, {"labels", std::move(labels)}, {"value", count.value}});
  }
  return list;
}

std::vector<metrics::OwnCount> counts_of_list(const json::array& list) {
  std::vector<metrics::OwnCount> counts;
  for (const json::value& value : list) {
    const json::object& object = value.as_object();
    metrics::OwnCount count{string_at(object, "name"), {}, object.at("value").to_number<std::uint64_t>()};
    for (const auto& label : object.at("labels").as_object())
      count.labels.emplace_back(label.key(), json::value_to<std::string>(label.value()));
    counts.push_back(std::move(count));
  }
  return counts;
}

}  // namespace

std::string to_json(const CountedMessage& message) {
  return json::serialize(json::object{{"form", kCountedForm},
                                      {"cells", to_array(message.layout.cells)},
                                      {"route", to_array(message.layout.route)},
                                      {"slots", message.layout.slots},
                                      {"gauges", to_array(message.layout.gauges)},
                                      {"routes", to_array(message.routes)},
                                      {"counts", list_of_counts(message.counts)}});
}

Result<CountedMessage> parse_counted(std::string_view text) {
  try {
    const json::value value = json::parse(json::string_view(text.data(), text.size()));
    const json::object& object = value.as_object();
    if (object.at("form").to_number<int>() != kCountedForm)
      return fail(ErrorCode::kInternal, "it tells it in a form that is not known here");
    return CountedMessage{{texts_at(object, "cells"), texts_at(object, "route"),
                           object.at("slots").to_number<std::size_t>(), texts_at(object, "gauges")},
                          texts_at(object, "routes"),
                          counts_of_list(object.at("counts").as_array())};
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, std::string("it cannot be read: ") + error.what());
  }
}

}  // namespace wws::supervisor
