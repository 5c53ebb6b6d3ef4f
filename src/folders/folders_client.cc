#include "folders/folders_client.h"

#include <string>
#include <utility>
#include <vector>

#include "folders/frame_kind.h"

namespace wws::folders {
namespace {

constexpr std::uint16_t kIoError = 29;

std::unique_ptr<abi::OperationResult> failure() {
  return std::make_unique<abi::FileResult>(wasm::FileAnswer{kIoError, {}});
}

}  // namespace

void FoldersClient::connect(base::File socket) {
  on_ended();
  ++link_;
  socket_ = std::make_unique<link::FrameSocket>(
      context_, std::move(socket),
      link::FrameSocket::Handlers{[this](const link::Frame& frame) { return take(frame); }, [] {},
                                  [this] {
                                    on_ended();
                                    if (on_lost_) on_lost_();
                                  }});
}

void FoldersClient::submit(std::uint16_t mounts, const wasm::FileCall& call, const abi::Ticket& ticket,
                           abi::Operations& operations) {
  Guest& guest = guests_.try_emplace(ticket.invocation, Guest{link_, 0, {}}).first->second;
  // What a guest had open was lost with its link.
  if (!socket_ || guest.link != link_ || socket_->queued() > kMostQueued) {
    operations.complete(ticket, failure());
    return;
  }
  while (++last_id_ == 0 || calls_.contains(last_id_)) {
  }
  guest.pending = last_id_;
  guest.ticket = ticket;
  calls_.emplace(last_id_, ticket.invocation);
  std::string frame;
  link::append_frame(frame, FrameKind::kCall, last_id_, mounts,
                     [&](std::string& bytes) { encode(ticket.invocation, call, bytes); });
  socket_->send(frame);
}

void FoldersClient::end_guest(std::uint64_t invocation) noexcept {
  const auto guest = guests_.extract(invocation);
  if (!guest) return;
  calls_.erase(guest.mapped().pending);
  if (!socket_ || guest.mapped().link != link_) return;
  std::string frame;
  link::append_frame(frame, FrameKind::kEnd, 0, 0, [&](std::string& bytes) { encode(invocation, bytes); });
  socket_->send(frame);
}

/// Only the end of its guest cancels a call, and that is told by end_guest().
void FoldersClient::cancel(const abi::Ticket& ticket) noexcept {
  const auto guest = guests_.find(ticket.invocation);
  if (guest != guests_.end()) calls_.erase(std::exchange(guest->second.pending, 0));
}

bool FoldersClient::take(const link::Frame& frame) {
  if (frame.kind_as<FrameKind>() != FrameKind::kAnswer) return false;
  auto answer = decode_answer(frame.payload);
  if (!answer) return false;
  const auto call = calls_.extract(frame.id);
  if (!call) return true;  // nobody wants it any more
  Guest& guest = guests_.at(call.mapped());
  guest.pending = 0;
  completions_.complete(guest.ticket, std::make_unique<abi::FileResult>(std::move(*answer)));
  return true;
}

void FoldersClient::on_ended() {
  socket_.reset();
  std::vector<abi::Ticket> tickets;
  for (const auto& [_, invocation] : std::exchange(calls_, {})) {
    Guest& guest = guests_.at(invocation);
    guest.pending = 0;
    tickets.push_back(guest.ticket);
  }
  for (const abi::Ticket& ticket : tickets) completions_.complete(ticket, failure());
}

}  // namespace wws::folders
