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
  Client& client = clients_.at(id);
  if (!handlers_.is_full || client.is_paused || !handlers_.is_full(id)) return;
  client.is_paused = true;
  client.socket->pause();
}

void LinkedClients::send(Id id, std::string_view frames) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Client& client = found->second;
  client.socket->send(frames);
  if (client.socket->queued() > most_unread_) broken_.push_back(id);
  if (client.is_paused && handlers_.has_room(id)) {
    client.is_paused = false;
    client.socket->resume();
  }
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
