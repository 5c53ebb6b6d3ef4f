// What messages between the processes hold, field by field. Readers throw what Boost.JSON throws.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace wws::supervisor {

[[nodiscard]] inline std::string string_at(const boost::json::object& object, std::string_view key) {
  return boost::json::value_to<std::string>(object.at(key));
}

[[nodiscard]] inline std::vector<std::string> texts_at(const boost::json::object& object,
                                                       std::string_view key) {
  return boost::json::value_to<std::vector<std::string>>(object.at(key));
}

[[nodiscard]] inline boost::json::array to_array(const std::vector<std::string>& texts) {
  return boost::json::array(texts.begin(), texts.end());
}

}  // namespace wws::supervisor
