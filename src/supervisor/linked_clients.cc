#include "supervisor/linked_clients.h"

#include <utility>

namespace wws::supervisor {

LinkedClients::Id LinkedClients::add(base::File socket) {
  const Id id = ++last_;
  clients_[id].socket = std::make_unique<link::FrameSocket>(
      context_, std::move(socket),
      link::FrameSocket::Handlers{[this, id](const link::Frame& frame) { return handlers_.take(id, frame); },
                                  [this, id] { on_batch(id); }, [this, id] { broken_.push_back(id); }});
  return id;
}

void LinkedClients::on_batch(Id id) {
  if (handlers_.batch) handlers_.batch();
  send_now();  // to the others too
  Client& client = clients_.at(id);
  if (!handlers_.is_full || client.is_paused || !handlers_.is_full(id)) return;
  client.is_paused = true;
  client.socket->pause();
}

void LinkedClients::send(Id id, std::string_view frames) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Client& client = found->second;
  if (!std::exchange(client.was_sent_to, true)) sent_to_.push_back(id);
  client.socket->send(frames);
  if (client.socket->queued() > most_unread_) broken_.push_back(id);
  if (client.is_paused && handlers_.has_room(id)) {
    client.is_paused = false;
    client.socket->resume();
  }
}

void LinkedClients::send_now() {
  for (const Id id : sent_to_) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) continue;
    found->second.was_sent_to = false;
    found->second.socket->send_now();
  }
  sent_to_.clear();
}

std::size_t LinkedClients::queued(Id id) const {
  const auto client = clients_.find(id);
  return client == clients_.end() ? 0 : client->second.socket->queued();
}

void LinkedClients::close_broken() {
  for (const Id id : std::exchange(broken_, {})) {
    if (clients_.erase(id) > 0) handlers_.removed(id);
  }
}

}  // namespace wws::supervisor
