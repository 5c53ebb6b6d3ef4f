// What the tests of this folder have in common: a server on loopback, names that the test knows, a client
// that asks.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "egress/egress_server.h"
#include "egress/frame_kind.h"

namespace wws::egress::test {
using boost::asio::ip::tcp;
using std::chrono::seconds;

/// An HTTP/1.1 server of a few lines on 127.0.0.1, in the loop of the test. Answers each request, whose body
/// is as long as its Content-Length or ends with the last chunk, with the bytes that `answer` returns.
class Server {
 public:
  enum class Then { kKeep, kClose };
  struct Reply {
    std::string bytes;
    Then then = Then::kKeep;
  };
  using Answer = std::function<Reply(const std::string& request)>;

  Server(boost::asio::io_context& context, Answer answer)
      : acceptor_(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        answer_(std::move(answer)) {
    accept();
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::string literal() const { return "127.0.0.1:" + std::to_string(port()); }
  [[nodiscard]] std::size_t connections() const noexcept { return connections_; }
  [[nodiscard]] const std::vector<std::string>& requests() const noexcept { return requests_; }
  [[nodiscard]] std::size_t written() const noexcept { return written_; }
  void close_connections() {
    for (const auto& peer : peers_) {
      boost::system::error_code ignored;
      if (const auto live = peer.lock()) live->socket.close(ignored);
    }
  }

 private:
  struct Peer {
    explicit Peer(tcp::socket taken) : socket(std::move(taken)) {}
    tcp::socket socket;
    std::string in;
    std::string out;
    std::array<char, 65536> buffer{};
  };

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (error) return;
      ++connections_;
      auto peer = std::make_shared<Peer>(std::move(socket));
      peers_.push_back(peer);
      read(peer);
      accept();
    });
  }
  static std::size_t whole(const std::string& in) {
    const std::size_t head = in.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    const std::size_t chunked = in.find("Transfer-Encoding: chunked");
    if (chunked < head) {
      const std::size_t end = in.find("\r\n0\r\n\r\n", head - 2);
      return end == std::string::npos ? 0 : end + 7;
    }
    const std::size_t at = in.find("Content-Length: ");
    const std::size_t length = at < head ? std::stoul(in.substr(at + 16)) : 0;
    return in.size() >= head + 4 + length ? head + 4 + length : 0;
  }
  void read(const std::shared_ptr<Peer>& peer) {
    peer->socket.async_read_some(boost::asio::buffer(peer->buffer),
                                 [this, peer](auto error, std::size_t size) {
                                   if (error) return;
                                   peer->in.append(peer->buffer.data(), size);
                                   serve(peer);
                                 });
  }
  void serve(const std::shared_ptr<Peer>& peer) {
    const std::size_t size = whole(peer->in);
    if (size == 0) return read(peer);
    requests_.push_back(peer->in.substr(0, size));
    peer->in.erase(0, size);
    Reply reply = answer_(requests_.back());
    peer->out = std::move(reply.bytes);
    write(peer, 0, reply.then);
  }
  void write(const std::shared_ptr<Peer>& peer, std::size_t from, Then then) {
    if (from == peer->out.size()) {
      if (then == Then::kClose) return peer->socket.close();
      return read(peer);
    }
    peer->socket.async_write_some(boost::asio::buffer(peer->out.data() + from, peer->out.size() - from),
                                  [this, peer, from, then](auto error, std::size_t size) {
                                    if (error) return;
                                    written_ += size;
                                    write(peer, from + size, then);
                                  });
  }

  tcp::acceptor acceptor_;
  Answer answer_;
  std::size_t connections_ = 0;
  std::size_t written_ = 0;
  std::vector<std::string> requests_;
  std::vector<std::weak_ptr<Peer>> peers_;
};

inline Server::Reply ok(const std::string& body, const std::string& fields = {}) {
  return {"HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
          body};
}
inline Server::Reply redirect(int status, const std::string& location) {
  return {"HTTP/1.1 " + std::to_string(status) + " Elsewhere\r\nLocation: " + location +
          "\r\nContent-Length: 4\r\n\r\ngone"};
}

/// Answers what it was told, one after the other for one name; the last of them from then on. Else: no such
/// name.
class Names final : public Resolver {
 public:
  std::map<std::string, std::deque<std::vector<std::string>>> known;
  std::optional<std::vector<std::string>> any;  ///< of all others
  std::size_t asked = 0;
  std::vector<Handler> hanging;  ///< of the name "hangs.example"

  void resolve(const std::string& name, Handler handler) override {
    ++asked;
    if (name == "hangs.example") return hanging.push_back(std::move(handler));
    const auto found = known.find(name);
    if (found == known.end() && !any) return handler(std::unexpected(std::string("no such name")));
    Addresses addresses;
    for (const std::string& text : found == known.end() ? *any : found->second.front())
      addresses.addresses.push_back(*fetch::IpAddress::parse(text));
    if (found != known.end() && found->second.size() > 1) found->second.pop_front();
    handler(addresses);
  }
};

/// What a client was told of one request.
struct Told {
  std::optional<fetch::Head> head;
  std::string body;
  std::optional<fetch::Refusal> refusal;
  std::size_t taken = 0;
  bool has_ended = false;

  [[nodiscard]] bool is_over() const { return has_ended || refusal; }
};

/// An egress server with a client, and grants made by the test.
class Driver : public ::testing::Test {
 protected:
  Driver()
      : polls_(std::move(*PollSet::create(context_))),
        trust_(std::move(*Trust::load({}))),
        connections_(std::move(*Connections::create(context_, *polls_, trust_, {}))) {}

  /// With one grant. `hosts`: its allow-list, of http too.
  void make(const std::vector<std::string>& hosts, const fetch::Limits& limits = {}, OwnListeners own = {}) {
    own_ = std::move(own);
    server_ = std::make_unique<EgressServer>(
        EgressServer::Parts{{names_, *connections_, clock_, own_},
                            [this](auto client, std::string_view frames) { told(client, frames); },
                            [this](auto) { return queued_; }},
        std::vector<fetch::Grant>{{allow(hosts), limits}});
    for (const EgressServer::ClientId client : {1U, 2U}) server_->add_client(client);
  }
  static fetch::AllowList allow(const std::vector<std::string>& hosts) {
    fetch::AllowList list;
    for (const std::string& host : hosts) list.hosts.push_back(*fetch::HostRule::parse(host));
    list.allow_http = true;
    list.methods.insert(list.methods.end(), {"HEAD", "OPTIONS"});
    return list;
  }

  void told(EgressServer::ClientId client, std::string_view frames) {
    link::FrameReader reader;
    (void)reader.read(frames, [&](const link::Frame& frame) {
      Told& told = told_[{client, frame.id}];
      EXPECT_FALSE(told.is_over()) << "nothing comes after the last word";
      switch (frame.kind_as<FrameKind>()) {
        case FrameKind::kHead:
          told.head = decode_head(frame.payload);
          break;
        case FrameKind::kData:
          told.body += frame.payload;
          if (reads_) unread_.emplace_back(client, frame.id, frame.payload.size());
          break;
        case FrameKind::kEnd:
          told.has_ended = true;
          break;
        case FrameKind::kFailed:
          told.refusal = decode_refusal(frame.payload);
          break;
        case FrameKind::kTaken:
          told.taken += *decode_count(frame.payload);
          break;
        default:
          ADD_FAILURE() << "no frame of the server";
      }
      return true;
    });
  }

  template <class Write>
  EgressServer::Verdict give_with(FrameKind kind, std::uint32_t id, Write&& write,
                                  EgressServer::ClientId client = 1, std::uint16_t subject = 0) {
    std::string payload;
    write(payload);
    return server_->take(client, {static_cast<std::uint16_t>(kind), id, subject, payload});
  }
  EgressServer::Verdict give(FrameKind kind, std::uint32_t id, std::string_view payload = {},
                             EgressServer::ClientId client = 1) {
    return server_->take(client, {static_cast<std::uint16_t>(kind), id, 0, payload});
  }
  /// Starts it; returns its number.
  std::uint32_t start(const fetch::Request& request, EgressServer::ClientId client = 1) {
    const std::uint32_t id = ++last_id_;
    EXPECT_EQ(give_with(
                  FrameKind::kStart, id, [&](std::string& bytes) { encode(request, bytes); }, client),
              EgressServer::Verdict::kGood);
    return id;
  }
  static fetch::Request get(const std::string& url) { return with("GET", url); }
  static fetch::Request with(const std::string& method, const std::string& url) {
    fetch::Request request;
    request.method = method;
    request.url = url;
    return request;
  }

  /// Turns the loop until `done`, for ten seconds at most.
  bool run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + seconds(60);
    while (!done() && std::chrono::steady_clock::now() < end) {
      server_->poll();
      for (const auto& [client, id, size] : std::exchange(unread_, {})) read(id, size, client);
      if (done()) return true;
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(20));
    }
    return done();
  }
  void read(std::uint32_t id, std::size_t size, EgressServer::ClientId client = 1) {
    EXPECT_EQ(give_with(
                  FrameKind::kRead, id,
                  [&](std::string& bytes) { encode_count(static_cast<std::uint32_t>(size), bytes); }, client),
              EgressServer::Verdict::kGood);
  }
  Told& finish(std::uint32_t id, EgressServer::ClientId client = 1) {
    Told& told = told_[{client, id}];
    EXPECT_TRUE(run_until([&] { return told.is_over(); })) << "it does not end";
    return told;
  }
  Told fetch(const fetch::Request& request) { return finish(start(request)); }
  Told fetch_with_body(fetch::Request request, const std::string& body) {
    request.body = fetch::BodyForm::kWhole;
    const auto id = start(request);
    EXPECT_EQ(give(FrameKind::kBody, id, body), EgressServer::Verdict::kGood);
    return finish(id);
  }
  static void expect_refused(const Told& told, fetch::Failure failure, const std::string& text) {
    ASSERT_TRUE(told.refusal) << "status " << (told.head ? told.head->status : 0);
    EXPECT_EQ(told.refusal->failure, failure) << told.refusal->message;
    EXPECT_NE(told.refusal->message.find(text), std::string::npos) << told.refusal->message;
  }

  boost::asio::io_context context_;
  base::ManualClock clock_;
  Names names_;
  std::unique_ptr<PollSet> polls_;
  Trust trust_;
  std::unique_ptr<Connections> connections_;
  OwnListeners own_;
  std::unique_ptr<EgressServer> server_;
  std::map<std::pair<EgressServer::ClientId, std::uint32_t>, Told> told_;
  std::vector<std::tuple<EgressServer::ClientId, std::uint32_t, std::size_t>> unread_;
  std::uint32_t last_id_ = 0;
  std::size_t queued_ = 0;
  bool reads_ = true;  ///< what comes is read at once
};

}  // namespace wws::egress::test
