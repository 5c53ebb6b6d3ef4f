// Where the admin interface listens.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
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

/// The place in one way of writing it, by which two are compared: a file has its whole path.
[[nodiscard]] std::string to_text(const AdminPlace& place);

/// What a server leaves to the one that takes its place (docs/restart.md).
struct PassedAdmin {
  std::string place;  ///< as to_text() has it
  std::vector<base::File> sockets;
};

/// Sockets that listen there, and the file of one, which goes with this.
class AdminSockets {
 public:
  /// A file of a socket that nobody listens on any more is replaced, and one that is made is for its owner
  /// alone (mode 0600). What was `passed` is taken if it is of the same place: its file is the other
  /// server's until take_file(). kIo: something is in the way, and what.
  [[nodiscard]] static Result<AdminSockets> open(const AdminPlace& place,
                                                 std::optional<PassedAdmin> passed = std::nullopt);

  AdminSockets(AdminSockets&& other) noexcept;
  AdminSockets& operator=(AdminSockets&&) = delete;
  ~AdminSockets();

  [[nodiscard]] const std::vector<base::File>& sockets() const noexcept { return sockets_; }
  /// For people: `http://127.0.0.1:9000`, or `unix:/run/wws.sock`.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// As to_text() has it.
  [[nodiscard]] const std::string& place() const noexcept { return place_; }
  /// Whether they are those that another server has passed on.
  [[nodiscard]] bool are_passed() const noexcept { return are_passed_; }
  /// The file goes with this from now on.
  void take_file() noexcept { has_file_ = true; }
  /// The file goes with another server from now on.
  void leave_file() noexcept { has_file_ = false; }

 private:
  AdminSockets(std::vector<base::File> sockets, std::string name, std::string place,
               std::filesystem::path path)
      : sockets_(std::move(sockets)),
        name_(std::move(name)),
        place_(std::move(place)),
        path_(std::move(path)) {}
  [[nodiscard]] static Result<AdminSockets> take(const AdminPlace& place, PassedAdmin passed);

  std::vector<base::File> sockets_;
  std::string name_;
  std::string place_;
  std::filesystem::path path_;  ///< empty: it has none
  bool has_file_ = true;
  bool are_passed_ = false;
};

}  // namespace wws::supervisor
