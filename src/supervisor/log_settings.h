// How a child is to write the log, in messages to it.
#pragma once

#include <boost/json/value.hpp>

#include "base/log.h"

namespace wws::supervisor {

[[nodiscard]] inline boost::json::value to_value(const log::Settings& settings) {
  return {static_cast<int>(settings.level), static_cast<int>(settings.form)};
}

/// Throws what Boost.JSON throws if it is not what to_value() wrote.
[[nodiscard]] inline log::Settings to_log_settings(const boost::json::value& value) {
  const auto& list = value.as_array();
  return {log::Level{list.at(0).to_number<int>()}, log::Form{list.at(1).to_number<int>()}};
}

}  // namespace wws::supervisor
