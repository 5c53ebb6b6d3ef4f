// A new version's site in a process of its own, which answers before anybody else is answered.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/project_config.h"
#include "supervisor/serving_child.h"

namespace wws::supervisor {

/// Asks one serving process, which has no listening socket, the smoke requests of a project, one after the
/// other: each over a connection that it is given, so that what answers is what clients will meet.
///
/// Only the first line of an answer is read, and taken for the text of a stranger; nothing waits. One thread.
/// No handler is called after it is destroyed, which `on_done` may do; that kills the process, unless it was
/// taken away before.
class Trial : public std::enable_shared_from_this<Trial> {
 public:
  /// Called once, with what went wrong; std::nullopt: every answer was as wanted.
  using Done = std::function<void(std::optional<std::string> why)>;
  /// What to call a request in messages.
  using NameOf = std::function<std::string(const config::SmokeRequest& request)>;

  Trial(boost::asio::io_context& context, config::ReloadConfig config, NameOf name_of, Done on_done);

  /// Which process it is. Before ask().
  void set_child(std::shared_ptr<ServingChild> child) noexcept { child_ = std::move(child); }
  [[nodiscard]] const std::shared_ptr<ServingChild>& child() const noexcept { return child_; }

  /// The process serves: asks the first request.
  void ask() { ask_next(); }
  /// The process has ended.
  void on_death(const std::string& how);

 private:
  struct Question;

  void ask_next();
  void wait(const std::shared_ptr<Question>& question, base::Duration time, std::string why);
  void on_head(const std::shared_ptr<Question>& question);
  void finish(std::optional<std::string> why);
  [[nodiscard]] std::string name() const;

  boost::asio::io_context& context_;
  config::ReloadConfig config_;
  NameOf name_of_;
  Done on_done_;
  std::shared_ptr<ServingChild> child_;
  std::size_t asked_ = 0;  ///< requests that were answered
};

}  // namespace wws::supervisor
