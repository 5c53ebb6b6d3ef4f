// Answers that go on for as long as their clients read them: what changes while somebody works on a project.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

namespace wws::server {

class Responder;

/// Who reads the events, and the last one, which stands for all before it. One thread; who joins leaves
/// before it goes.
class EventStreams {
 public:
  /// False: streams have ended, and none begins any more.
  [[nodiscard]] bool join(Responder& responder);
  void leave(Responder& responder) noexcept { responders_.erase(&responder); }

  /// The last event, and its number: another one has a larger one.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  /// Calls progress() of each, if it is another one than the last.
  void tell(std::string text);
  /// Ends all streams: respond() of each, with nothing more.
  void end_all();

 private:
  std::unordered_set<Responder*> responders_;
  std::string text_;
  std::uint64_t number_ = 0;
  bool has_ended_ = false;
};

}  // namespace wws::server
