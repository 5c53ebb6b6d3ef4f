// Files of a project as imports name them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

namespace wws::runtime {

/// What is where in a project. All paths are relative to its root, without `.` and `..`; none leads out of
/// it, by links neither. What was looked at is remembered: for one look at a project. One thread.
class ProjectTree {
 public:
  /// `root` is absolute, and no link.
  explicit ProjectTree(std::filesystem::path root) : root_(std::move(root)) {}

  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }
  /// Whether there is a file, perhaps behind links.
  [[nodiscard]] bool has_file(const std::string& path) { return look(path).kind == Kind::kFile; }
  [[nodiscard]] bool has_folder(const std::string& path) { return look(path).kind == Kind::kFolder; }
  /// Its name without links; std::nullopt: it is not there.
  [[nodiscard]] std::optional<std::string> real(const std::string& path);

  /// `name` as seen from a folder, or from the root if it begins with a slash; std::nullopt: outside.
  [[nodiscard]] static std::optional<std::string> join(const std::string& folder, std::string_view name);
  /// The folder that something is in; "" is the root.
  [[nodiscard]] static std::string folder_of(const std::string& path);

 private:
  enum class Kind { kNothing, kFile, kFolder };
  struct Place {
    Kind kind = Kind::kNothing;
    std::string real{};
  };
  const Place& look(const std::string& path);
  [[nodiscard]] Place look_anew(const std::string& path);

  std::filesystem::path root_;
  std::unordered_map<std::string, Place> places_;
};

}  // namespace wws::runtime
