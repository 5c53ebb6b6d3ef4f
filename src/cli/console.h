// What a person sees on standard output.
#pragma once

#include <chrono>
#include <string_view>

namespace wws::cli {

/// Writes one line at once. A closed standard output is no error: the server goes on.
void say(std::string_view line);

/// Writes one line to standard error.
void complain(std::string_view line);

/// A standard stream of a server, which serves whether or not its lines are read: a reader that rests for
/// longer than `patience` misses lines, and has those from then on for which there is room. One thread.
class ServerOutput {
 public:
  explicit ServerOutput(int fd, std::chrono::milliseconds patience = std::chrono::seconds(2)) noexcept
      : fd_(fd), patience_(patience) {}

  /// Writes one line at once, or what of it can be written.
  void say(std::string_view line);

 private:
  [[nodiscard]] bool has_room();

  int fd_;
  std::chrono::milliseconds patience_;
  bool is_read_ = true;
};

}  // namespace wws::cli
