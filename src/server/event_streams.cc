#include "server/event_streams.h"

#include <utility>

#include "server/dispatcher.h"

namespace wws::server {

bool EventStreams::join(Responder& responder) {
  if (has_ended_) return false;
  responders_.insert(&responder);
  return true;
}

void EventStreams::tell(std::string text) {
  if (text == text_) return;
  text_ = std::move(text);
  ++number_;
  // One may leave, and not by its own doing.
  const auto responders = responders_;
  for (Responder* responder : responders) {
    if (responders_.contains(responder)) responder->progress();
  }
}

void EventStreams::end_all() {
  has_ended_ = true;
  while (!responders_.empty()) {
    Responder& responder = **responders_.begin();
    responders_.erase(&responder);
    responder.respond({});
  }
}

}  // namespace wws::server
