// What messages between the processes hold, field by field. Readers throw what Boost.JSON throws.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace wws::supervisor {

[[nodiscard]] inline std::string string_at(const boost::json::object& object, std::string_view key) {
  return boost::json::value_to<std::string>(object.at(key));
}

}  // namespace wws::supervisor
