#include "supervisor/admin_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "supervisor/listening_socket.h"
#include "supervisor/passed_sockets.h"

namespace wws::supervisor {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr int kAdminBacklog = 16;

std::unexpected<Error> failed(const std::filesystem::path& path, std::string_view what) {
  return fail(ErrorCode::kIo, fmt::format("cannot listen on unix:{}: {}", log::escaped(path.string()), what));
}

/// The server may be started again from another folder: what it leaves is found by this.
std::filesystem::path whole_path(const AdminPath& file) {
  std::error_code error;
  return std::filesystem::absolute(file.path, error);
}

/// Nobody listens on a socket whose server died.
bool is_left_behind(const sockaddr_un& address) {
  const base::File probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return probe && connect(probe.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

Result<base::File> listen_on_file(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.size() >= sizeof address.sun_path)
    return failed(path, "the path is longer than a socket's may be, 107 bytes");
  std::memcpy(address.sun_path, text.data(), text.size());
  struct stat status{};
  if (lstat(text.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return failed(path, "there is a file, and it is no socket");
    if (!is_left_behind(address)) return failed(path, "another server listens there");
    unlink(text.c_str());
  }
  base::File made(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made) return failed(path, base::errno_text(errno));
  const mode_t before = umask(0177);
  const int bound = bind(made.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  umask(before);
  if (bound != 0) return failed(path, base::errno_text(error));
  if (::listen(made.fd(), kAdminBacklog) != 0) return failed(path, base::errno_text(errno));
  return made;
}

}  // namespace

Result<AdminPlace> parse_admin_place(const std::string& text) {
  const auto refused = [&] {
    return fail(ErrorCode::kBadUsage,
                fmt::format("\"{}\" is neither HOST:PORT, such as 127.0.0.1:9000, nor unix:PATH", text));
  };
  if (text.starts_with(kUnix)) {
    if (text.size() == kUnix.size() || text.find('\0') != std::string::npos) return refused();
    return AdminPath{text.substr(kUnix.size())};
  }
  // A colon within brackets belongs to the address.
  const std::size_t colon = text.find(':', text.rfind(']') == std::string::npos ? 0 : text.rfind(']'));
  if (colon == std::string::npos || colon == 0) return refused();
  AdminAddress address{text.substr(0, colon), 0};
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (error != std::errc() || last != end) return refused();
  return address;
}

std::string to_text(const AdminPlace& place) {
  if (const auto* file = std::get_if<AdminPath>(&place))
    return std::string(kUnix) + whole_path(*file).string();
  const auto& address = std::get<AdminAddress>(place);
  return fmt::format("{}:{}", address.host, address.port);
}

Result<AdminSockets> AdminSockets::take(const AdminPlace& place, PassedAdmin passed) {
  AdminSockets taken(std::move(passed.sockets), passed.place, passed.place, {});
  taken.has_file_ = false;
  taken.are_passed_ = true;
  if (const auto* file = std::get_if<AdminPath>(&place)) {
    taken.path_ = whole_path(*file);
    return taken;
  }
  auto listening = with_address(std::move(taken.sockets_));
  if (!listening) return fail(listening);
  taken.sockets_ = std::move(listening->sockets);
  taken.name_ = fmt::format("http://{}:{}", listening->host, listening->port);
  return taken;
}

Result<AdminSockets> AdminSockets::open(const AdminPlace& place, std::optional<PassedAdmin> passed) {
  if (passed && passed->place == to_text(place)) return take(place, std::move(*passed));
  if (const auto* file = std::get_if<AdminPath>(&place)) {
    const std::filesystem::path path = whole_path(*file);
    auto socket = listen_on_file(path);
    if (!socket) return fail(socket);
    std::vector<base::File> sockets;
    sockets.push_back(std::move(*socket));
    return AdminSockets(std::move(sockets), to_text(place), to_text(place), path);
  }
  const auto& address = std::get<AdminAddress>(place);
  auto listening = listen_on(address.host, address.port);
  if (!listening) return fail(listening.error().code, "--admin: " + listening.error().message);
  return AdminSockets(std::move(listening->sockets),
                      fmt::format("http://{}:{}", listening->host, listening->port), to_text(place), {});
}

AdminSockets::AdminSockets(AdminSockets&& other) noexcept
    : sockets_(std::move(other.sockets_)),
      name_(std::move(other.name_)),
      place_(std::move(other.place_)),
      path_(std::exchange(other.path_, {})),
      has_file_(other.has_file_),
      are_passed_(other.are_passed_) {}

AdminSockets::~AdminSockets() {
  if (has_file_ && !path_.empty()) unlink(path_.c_str());
}

}  // namespace wws::supervisor
