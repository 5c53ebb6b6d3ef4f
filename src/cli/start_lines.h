// The lines that the server prints while it starts: the original's, which scripts wait for.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "router/route_table.h"

namespace wws::cli {

[[nodiscard]] std::string preparing_line(std::string_view path);
[[nodiscard]] std::string loading_routes_line(std::string_view path);
[[nodiscard]] std::string loading_workers_line(std::size_t routes);
[[nodiscard]] std::string workers_loaded_line(std::chrono::nanoseconds duration);
/// Two lines a route: its address, and its file below.
[[nodiscard]] std::vector<std::string> route_lines(const router::RouteTable& routes, std::string_view origin);
[[nodiscard]] std::string serving_line(std::string_view origin);

}  // namespace wws::cli
