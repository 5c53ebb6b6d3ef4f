#include "store/door.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace wws::store {
namespace {

constexpr int kBacklog = 16;

std::unexpected<Error> failed(const std::filesystem::path& folder) {
  return fail(ErrorCode::kIo, fmt::format("{}: {}", (folder / kDoor).string(), base::errno_text(errno)));
}

/// By the folder's descriptor: the name of a socket has room for 107 bytes, and a path may be longer.
sockaddr_un address_in(const base::File& folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}", folder.fd(), kDoor);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

struct Place {
  base::File folder;
  base::File socket;
};

Result<Place> prepare(const std::filesystem::path& folder) {
  Place place;
  place.folder = base::File(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  place.socket = base::File(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!place.folder || !place.socket) return failed(folder);
  return place;
}

}  // namespace

Result<base::File> open_door(const std::filesystem::path& folder) {
  auto place = prepare(folder);
  if (!place) return fail(place);
  unlinkat(place->folder.fd(), kDoor, 0);
  const sockaddr_un address = address_in(place->folder);
  const mode_t before = umask(0177);
  const int bound = bind(place->socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  umask(before);
  if (bound != 0 || listen(place->socket.fd(), kBacklog) != 0) return failed(folder);
  if (fcntl(place->socket.fd(), F_SETFL, O_NONBLOCK) != 0) return failed(folder);
  return std::move(place->socket);
}

Result<base::File> connect_to_door(const std::filesystem::path& folder) {
  auto place = prepare(folder);
  if (!place) return fail(place);
  const sockaddr_un address = address_in(place->folder);
  if (connect(place->socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failed(folder);
  return std::move(place->socket);
}

}  // namespace wws::store
