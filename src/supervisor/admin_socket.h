// Where the admin interface listens.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace wws::supervisor {

/// An address, of one or both families; or a file.
struct AdminAddress {
  std::string host;
  std::uint16_t port = 0;
};
struct AdminPath {
  std::filesystem::path path;
};
using AdminPlace = std::variant<AdminAddress, AdminPath>;

/// `HOST:PORT`, with brackets around an IPv6 address, or `unix:PATH`. kBadUsage: it is neither.
[[nodiscard]] Result<AdminPlace> parse_admin_place(const std::string& text);

/// Sockets that listen there, and the file of one, which goes with this.
class AdminSockets {
 public:
  /// A file of a socket that nobody listens on any more is replaced, and one that is made is for its owner
  /// alone (mode 0600). kIo: something is in the way, and what.
  [[nodiscard]] static Result<AdminSockets> open(const AdminPlace& place);

  AdminSockets(AdminSockets&& other) noexcept;
  AdminSockets& operator=(AdminSockets&&) = delete;
  ~AdminSockets();

  [[nodiscard]] const std::vector<base::File>& sockets() const noexcept { return sockets_; }
  /// For people: `http://127.0.0.1:9000`, or `unix:/run/wws.sock`.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  AdminSockets(std::vector<base::File> sockets, std::string name, std::filesystem::path path)
      : sockets_(std::move(sockets)), name_(std::move(name)), path_(std::move(path)) {}

  std::vector<base::File> sockets_;
  std::string name_;
  std::filesystem::path path_;  ///< empty: it has none
};

}  // namespace wws::supervisor
