#include "egress/egress_server.h"

#include <algorithm>
#include <string>

#include "egress/frame_kind.h"

namespace wws::egress {
using fetch::Failure;
using fetch::Refusal;

/// One request of a client, and what of its bodies is on the way.
class EgressServer::Exchange final : public TransferOwner {
 public:
  Exchange(EgressServer& server, ClientId client, std::uint32_t id, const fetch::Grant& grant,
           fetch::Request request)
      : server_(server), client_(client), id_(id), form_(request.body) {
    transfer_ = std::make_shared<Transfer>(server.parts_.transfers, grant, *this, std::move(request));
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() override {
    server_.deadlines_.erase({registered_, this});
    server_.starved_.erase(this);
    server_.clients_.at(client_).whole_bytes -= whole_bytes_;
    --server_.transfers_;
  }

  void start() { transfer_->start(); }

  /// kBroken: more than the window, a piece too large, or what the request said it has not.
  [[nodiscard]] Verdict take_body(std::string_view bytes, std::size_t& whole_bytes) {
    if (form_ == fetch::BodyForm::kNone || has_body_end_) return Verdict::kBroken;
    if (form_ == fetch::BodyForm::kWhole) {
      if (bytes.size() > kLargestWholeBody) return Verdict::kBroken;
      has_body_end_ = true;
      whole_bytes_ = bytes.size();
      whole_bytes += whole_bytes_;
    } else {
      if (bytes.size() > kLargestPiece || untaken_ + bytes.size() > kWindow) return Verdict::kBroken;
      untaken_ += bytes.size();
    }
    if (whole_bytes > kMostWholeBytes) {
      on_failed({Failure::kUnavailable, "too many bodies are waiting to be sent"});
    } else {
      transfer_->add_body(bytes);
    }
    return Verdict::kGood;
  }
  [[nodiscard]] Verdict take_body_end() {
    if (form_ == fetch::BodyForm::kNone) return Verdict::kBroken;
    if (form_ == fetch::BodyForm::kWhole && has_body_end_) return Verdict::kGood;  // it is a word too many
    if (has_body_end_) return Verdict::kBroken;
    has_body_end_ = true;
    transfer_->end_body();
    return Verdict::kGood;
  }
  [[nodiscard]] Verdict take_read(std::size_t bytes) {
    if (bytes > unread_) return Verdict::kBroken;
    unread_ -= bytes;
    if (unread_ <= kWindow / 2) transfer_->resume();
    return Verdict::kGood;
  }
  void resume() { transfer_->resume(); }
  [[nodiscard]] ClientId client() const noexcept { return client_; }

  void expire(base::Instant now) {
    const auto transfer = transfer_;  // it may end this
    registered_ = base::Instant::max();
    transfer->expire(now);
  }
  /// After expire(), if it is still there.
  void register_again() { on_deadline(transfer_->deadline()); }

  void on_head(const fetch::Head& head) override {
    send(FrameKind::kHead, [&](std::string& bytes) { encode(head, bytes); });
  }
  void on_data(std::string_view data) override {
    unread_ += data.size();
    send(FrameKind::kData, [&](std::string& bytes) { bytes += data; });
  }
  void on_taken(std::size_t count) override {
    untaken_ -= count;
    send(FrameKind::kTaken,
         [&](std::string& bytes) { encode_count(static_cast<std::uint32_t>(count), bytes); });
  }
  void on_end() override {
    send(FrameKind::kEnd, [](std::string&) {});
    server_.erase(client_, id_);
  }
  void on_failed(const Refusal& refusal) override {
    send(FrameKind::kFailed, [&](std::string& bytes) { encode(refusal, bytes); });
    server_.erase(client_, id_);
  }
  void on_deadline(base::Instant deadline) override {
    if (deadline >= registered_) return;  // poll() looks again
    server_.deadlines_.erase({registered_, this});
    registered_ = deadline;
    server_.deadlines_.insert({registered_, this});
  }
  bool can_take(std::size_t bytes) override {
    if (unread_ + bytes > kWindow) return false;
    if (server_.parts_.queued(client_) < kMostQueued) return true;
    server_.starved_.insert(this);
    return false;
  }

 private:
  template <class Write>
  void send(FrameKind kind, Write&& write) {
    server_.frames_.clear();
    link::append_frame(server_.frames_, kind, id_, 0, std::forward<Write>(write));
    server_.parts_.send(client_, server_.frames_);
  }

  EgressServer& server_;
  ClientId client_;
  std::uint32_t id_;
  fetch::BodyForm form_;
  bool has_body_end_ = false;
  std::size_t whole_bytes_ = 0;
  std::size_t untaken_ = 0;  ///< of the request's body: came, and the client was not told that it went on
  std::size_t unread_ = 0;   ///< of the answer's: sent to the client, and not read
  base::Instant registered_ = base::Instant::max();
  std::shared_ptr<Transfer> transfer_;
};

EgressServer::EgressServer(Parts parts, std::vector<fetch::Grant> grants)
    : parts_(std::move(parts)), grants_(std::move(grants)) {}

EgressServer::~EgressServer() {
  while (!clients_.empty()) remove_client(clients_.begin()->first);
}

void EgressServer::add_client(ClientId client) { clients_[client]; }

void EgressServer::remove_client(ClientId id) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return;
  client->second.exchanges.clear();
  clients_.erase(client);
}

EgressServer::Verdict EgressServer::take(ClientId id, const link::Frame& frame) {
  Client& client = clients_.at(id);
  const auto kind = frame.kind_as<FrameKind>();
  if (kind == FrameKind::kStart) return take_start(id, client, frame);
  if (kind < FrameKind::kStart || kind > FrameKind::kCancel) return Verdict::kBroken;
  const auto found = client.exchanges.find(frame.id);
  if (found == client.exchanges.end()) return Verdict::kGood;  // its end is on the way
  Exchange& exchange = *found->second;
  switch (kind) {
    case FrameKind::kBody:
      return exchange.take_body(frame.payload, client.whole_bytes);
    case FrameKind::kBodyEnd:
      return frame.payload.empty() ? exchange.take_body_end() : Verdict::kBroken;
    case FrameKind::kRead:
      return take_read(exchange, frame);
    default:
      client.exchanges.erase(found);
      return Verdict::kGood;
  }
}

EgressServer::Verdict EgressServer::take_start(ClientId id, Client& client, const link::Frame& frame) {
  if (client.exchanges.contains(frame.id) || frame.subject >= grants_.size()) return Verdict::kBroken;
  auto request = decode_request(frame.payload);
  if (!request) return Verdict::kBroken;
  if (client.exchanges.size() >= kMostTransfers) {
    refuse(id, frame.id,
           {Failure::kUnavailable, "too many requests of this server's workers are on their way"});
    return Verdict::kGood;
  }
  ++transfers_;
  auto made = std::make_unique<Exchange>(*this, id, frame.id, grants_[frame.subject], std::move(*request));
  Exchange& exchange = *made;
  client.exchanges[frame.id] = std::move(made);
  exchange.start();
  return Verdict::kGood;
}

EgressServer::Verdict EgressServer::take_read(Exchange& exchange, const link::Frame& frame) {
  const auto count = decode_count(frame.payload);
  return count ? exchange.take_read(*count) : Verdict::kBroken;
}

void EgressServer::refuse(ClientId client, std::uint32_t id, const Refusal& refusal) {
  std::string frames;
  link::append_frame(frames, FrameKind::kFailed, id, 0, [&](std::string& bytes) { encode(refusal, bytes); });
  parts_.send(client, frames);
}

void EgressServer::erase(ClientId client, std::uint32_t id) {
  auto& exchanges = clients_.at(client).exchanges;
  const auto found = exchanges.find(id);
  if (found == exchanges.end()) return;
  const auto gone = std::move(found->second);
  exchanges.erase(found);
}

base::Instant EgressServer::poll() {
  const base::Instant now = parts_.transfers.clock.now();
  feed_starved();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Exchange* exchange = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    const std::size_t before = transfers_;
    exchange->expire(now);
    if (transfers_ == before) exchange->register_again();
  }
  return deadlines_.empty() ? base::Instant::max() : deadlines_.begin()->first;
}

/// Not from within libcurl.
void EgressServer::feed_starved() {
  if (starved_.empty()) return;
  for (Exchange* exchange : std::exchange(starved_, {})) {
    if (parts_.queued(exchange->client()) < kMostQueued / 2) {
      exchange->resume();
    } else {
      starved_.insert(exchange);
    }
  }
}

}  // namespace wws::egress
