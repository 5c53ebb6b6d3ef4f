#include "folders/folders_server.h"

#include <string>
#include <utility>

namespace wws::folders {

/// Used by one thread at a time: the loop's while it is not busy, else a thread of the pool.
struct FoldersServer::Guest {
  Guest(const Mounts& mounts, const OpenLimits& limits, std::atomic<std::size_t>& open)
      : files(mounts, limits, open) {}
  OpenFiles files;
  bool is_busy = false;  ///< the loop's
};

FoldersServer::FoldersServer(Parts parts, std::vector<Mounts> mounts, const Limits& limits)
    : send_(std::move(parts.send)),
      notify_(std::move(parts.notify)),
      mounts_(std::move(mounts)),
      limits_(limits),
      pool_(std::move(parts.pool)) {}

FoldersServer::~FoldersServer() = default;

void FoldersServer::remove_client(ClientId client) {
  auto removed = clients_.extract(client);
  if (!removed) return;
  for (auto& [_, guest] : removed.mapped().guests) end(std::move(guest));
}

/// Closing may take its time too.
void FoldersServer::end(std::shared_ptr<Guest> guest) {
  if (guest->is_busy) return;  // whoever is busy with it has it last
  pool_->add([last = std::move(guest)] {});
}

FoldersServer::Verdict FoldersServer::take(ClientId client, const link::Frame& frame) {
  switch (frame.kind_as<FrameKind>()) {
    case FrameKind::kCall:
      return begin(client, frame);
    case FrameKind::kEnd: {
      const auto id = decode_guest(frame.payload);
      if (!id) return Verdict::kBroken;
      auto guest = clients_.at(client).guests.extract(*id);
      if (guest) end(std::move(guest.mapped()));
      return Verdict::kGood;
    }
    default:
      return Verdict::kBroken;
  }
}

FoldersServer::Verdict FoldersServer::begin(ClientId client_id, const link::Frame& frame) {
  auto call = decode_call(frame.payload);
  if (!call || frame.subject >= mounts_.size()) return Verdict::kBroken;
  Client& client = clients_.at(client_id);
  std::shared_ptr<Guest>& guest = client.guests[call->guest];
  if (!guest) {
    if (client.guests.size() > limits_.guests_per_client) return Verdict::kBroken;
    guest = std::make_shared<Guest>(mounts_[frame.subject], limits_.open, open_);
  }
  if (std::exchange(guest->is_busy, true)) return Verdict::kBroken;
  const std::size_t bytes = std::size_t{call->call.outputs_at} + call->call.outputs_size;
  ++client.calls;
  client.bytes += bytes;
  ++pending_;
  pool_->add([this, done = Done{client_id, guest, frame.id, frame.subject, bytes, {}},
              made = std::move(call->call)]() mutable {
    done.answer = done.guest->files.call(made);
    {
      const std::lock_guard lock(mutex_);
      done_.push_back(std::move(done));
    }
    notify_();
  });
  return Verdict::kGood;
}

void FoldersServer::poll() {
  std::vector<Done> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(done_);
  }
  for (Done& done : all) {
    --pending_;
    done.guest->is_busy = false;
    const auto client = clients_.find(done.client);
    if (client != clients_.end()) {
      --client->second.calls;
      client->second.bytes -= done.bytes;
      std::string frame;
      link::append_frame(frame, FrameKind::kAnswer, done.id, done.subject,
                         [&](std::string& bytes) { encode(done.answer, bytes); });
      send_(done.client, frame);
    }
    if (done.guest.use_count() == 1) end(std::move(done.guest));
  }
}

bool FoldersServer::is_busy(ClientId client) const {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return false;
  return found->second.calls >= limits_.calls || found->second.bytes >= limits_.bytes;
}

std::size_t FoldersServer::guests() const noexcept {
  std::size_t count = 0;
  for (const auto& [_, client] : clients_) count += client.guests.size();
  return count;
}

}  // namespace wws::folders
