#include "cli/start_lines.h"

#include <fmt/format.h>

namespace wws::cli {

std::string preparing_line(std::string_view path) {
  return fmt::format("⚙️  Preparing the project from: {}", path);
}

std::string loading_routes_line(std::string_view path) {
  return fmt::format("⚙️  Loading routes from: {}", path);
}

std::string loading_workers_line(std::size_t routes) {
  return fmt::format("⏳ Loading workers from {} routes...", routes);
}

std::string workers_loaded_line(std::chrono::nanoseconds duration) {
  return fmt::format("✅ Workers loaded in {:.1f}ms.",
                     std::chrono::duration<double, std::milli>(duration).count());
}

std::vector<std::string> route_lines(const router::RouteTable& routes, std::string_view origin) {
  std::vector<std::string> lines;
  for (const router::Route& route : routes.routes()) {
    lines.push_back(fmt::format("    - {}{}", origin, router::url_of(route)));
    lines.push_back(fmt::format("      => {}", route.file));
  }
  return lines;
}

std::string serving_line(std::string_view origin) {
  return fmt::format("🚀 Start serving requests at {}\n", origin);
}

}  // namespace wws::cli
