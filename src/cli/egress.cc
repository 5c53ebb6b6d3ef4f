#include "cli/egress.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>

#include "base/file_state.h"
#include "cli/logging.h"

namespace wws::cli {
namespace {

namespace fs = std::filesystem;

/// ADDRESS:PORT.
Result<std::string> name_of(const base::File& listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return fail(ErrorCode::kIo, "the address of a listening socket: " + base::errno_text(errno));
  char host[NI_MAXHOST] = {};
  char port[NI_MAXSERV] = {};
  const int error = getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, port,
                                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  if (error != 0)
    return fail(ErrorCode::kIo, std::string("the address of a listening socket: ") + gai_strerror(error));
  std::string text(host);
  return text.substr(0, text.find('%')) + ":" + port;
}

std::string in_project(const fs::path& root, const std::string& file) {
  return file.empty() ? file : (root / file).lexically_normal().string();
}

/// Another text when the file is another, or has other content. What it has is nobody's but the child's.
std::string state_of(const std::string& file) {
  struct stat status{};
  if (file.empty()) return {};
  if (stat(file.c_str(), &status) != 0) return "not there\n";
  return base::file_state(status) + '\n';
}

}  // namespace

Result<std::vector<std::string>> names_of(std::span<const base::File> listeners) {
  std::vector<std::string> names;
  for (const base::File& listener : listeners) {
    auto name = name_of(listener);
    if (!name) return fail(name);
    names.push_back(std::move(*name));
  }
  return names;
}

std::optional<supervisor::EgressMessage> plan_egress(const ServeOptions& options,
                                                     const runtime::Project& project,
                                                     const std::vector<std::string>& listeners) {
  supervisor::EgressMessage egress;
  for (const config::WorkerConfig& worker : project.configs) {
    if (!worker.fetch) continue;
    egress.grants.push_back(
        {worker.fetch->hosts, worker.fetch->methods, worker.fetch->allow_http, worker.fetch->limits});
  }
  if (egress.grants.empty()) return std::nullopt;
  const config::ProjectFetch& fetch = project.config.fetch;
  if (!fetch.allow_own_listeners) egress.listeners = listeners;
  egress.ca_file = in_project(project.root, fetch.ca_file);
  egress.client_certificate = in_project(project.root, fetch.client_certificate);
  egress.client_key = in_project(project.root, fetch.client_key);
  egress.files = state_of(egress.ca_file) + state_of(egress.client_certificate) + state_of(egress.client_key);
  egress.client_certificate_hosts = fetch.client_certificate_hosts;
  egress.proxy = fetch.proxy;
  egress.http2 = fetch.http2;
  egress.logging = log_settings(options);
  return egress;
}

std::optional<std::uint16_t> grant_of(const runtime::Project& project, std::size_t worker) {
  if (!project.configs[worker].fetch) return std::nullopt;
  const auto before = std::ranges::count_if(
      project.configs.begin(), project.configs.begin() + static_cast<std::ptrdiff_t>(worker),
      [](const config::WorkerConfig& config) { return config.fetch.has_value(); });
  return static_cast<std::uint16_t>(before);
}

}  // namespace wws::cli
