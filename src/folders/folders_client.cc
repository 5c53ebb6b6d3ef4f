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
  link_ = std::make_shared<link::Link>(
      context_, std::move(socket),
      link::Link::Handlers{[this](link::Link& link, const link::Frame& frame) { return take(link, frame); },
                           [this](link::Link& link) { on_ended(link); }});
}

void FoldersClient::disconnect() {
  link_.reset();
  fail_calls(nullptr);
}

void FoldersClient::submit(std::uint16_t mounts, const wasm::FileCall& call, const abi::Ticket& ticket,
                           abi::Operations& operations) {
  Guest& guest = guests_.try_emplace(ticket.invocation, Guest{link_, 0, {}}).first->second;
  // What a guest had open was lost with its link.
  if (!guest.link || !guest.link->is_open() || guest.link->queued() > kMostQueued) {
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
  guest.link->send(frame);
}

void FoldersClient::end_guest(std::uint64_t invocation) noexcept {
  const auto guest = guests_.extract(invocation);
  if (!guest) return;
  calls_.erase(guest.mapped().pending);
  if (!guest.mapped().link) return;
  std::string frame;
  link::append_frame(frame, FrameKind::kEnd, 0, 0, [&](std::string& bytes) { encode(invocation, bytes); });
  guest.mapped().link->send(frame);
}

/// Only the end of its guest cancels a call, and that is told by end_guest().
void FoldersClient::cancel(const abi::Ticket& ticket) noexcept {
  const auto guest = guests_.find(ticket.invocation);
  if (guest != guests_.end()) calls_.erase(std::exchange(guest->second.pending, 0));
}

bool FoldersClient::take(link::Link& link, const link::Frame& frame) {
  if (frame.kind_as<FrameKind>() != FrameKind::kAnswer) return false;
  auto answer = decode_answer(frame.payload);
  if (!answer) return false;
  const auto call = calls_.find(frame.id);
  if (call == calls_.end()) return true;  // nobody wants it any more
  Guest& guest = guests_.at(call->second);
  if (guest.link.get() != &link) return false;
  calls_.erase(call);
  guest.pending = 0;
  completions_.complete(guest.ticket, std::make_unique<abi::FileResult>(std::move(*answer)));
  return true;
}

void FoldersClient::on_ended(link::Link& link) {
  const bool was_for_new = link_.get() == &link;
  fail_calls(&link);
  if (!was_for_new) return;
  link_.reset();
  if (on_lost_) on_lost_();
}

/// Null: all there are.
void FoldersClient::fail_calls(const link::Link* link) {
  std::vector<abi::Ticket> tickets;
  std::erase_if(calls_, [&](const auto& call) {
    Guest& guest = guests_.at(call.second);
    if (link != nullptr && guest.link.get() != link) return false;
    guest.pending = 0;
    tickets.push_back(guest.ticket);
    return true;
  });
  for (const abi::Ticket& ticket : tickets) completions_.complete(ticket, failure());
}

}  // namespace wws::folders
