// The pool of connections to other servers: libcurl in an event loop.
#pragma once

#include <curl/curl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "egress/poll_set.h"
#include "egress/trust.h"
#include "egress/url.h"
#include "fetch/redirect.h"

namespace wws::egress {

/// An end of a connection.
struct Endpoint {
  fetch::IpAddress address;
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// How one exchange over a connection ended.
struct HopEnd {
  CURLcode code = CURLE_OK;
  std::string text;  ///< libcurl's, where it failed
};

/// Takes what happens to one request and its answer. All but on_done() are called from within libcurl, where
/// a Hop can be neither destroyed nor resumed.
class HopHandler {
 public:
  enum class Verdict { kGo, kStop };
  enum class Taken {
    kAll,
    kNotNow,
    kStop
  };  ///< kNotNow: nothing was taken; the same comes again after resume()
  struct Given {
    enum class State { kSome, kNotNow, kStop } state = State::kSome;
    std::size_t size = 0;  ///< of kSome; none: that was all
  };

  virtual ~HopHandler() = default;
  /// There is a connection, new or used before, and nothing was sent yet. May come again, when what was used
  /// before turned out to be closed. Without `peer`: by way of a proxy.
  [[nodiscard]] virtual Verdict on_connected(const std::optional<Endpoint>& peer,
                                             const std::optional<fetch::IpAddress>& self) = 0;
  /// A line of the answer's head, without its end: the status line, fields, and an empty one.
  [[nodiscard]] virtual Verdict on_head_line(std::string_view line) = 0;
  [[nodiscard]] virtual Taken on_data(std::string_view bytes) = 0;
  /// The next bytes of the request's body.
  [[nodiscard]] virtual Given on_send(std::span<char> bytes) = 0;
  /// The body has to be sent from its start again.
  [[nodiscard]] virtual Verdict on_rewind() = 0;
  /// It is over. Hops can be destroyed and started here.
  virtual void on_done(const HopEnd& end) = 0;
};

/// What one exchange needs to be known of.
struct HopPlan {
  const Url& url;
  const fetch::IpAddress& address;  ///< the one that was judged, and the only one that is connected to
  std::string_view method;
  const fetch::Fields& fields;
  bool has_body = false;
  std::optional<std::uint64_t> length;  ///< of the body, where it is known
};

class Connections;
struct EasyHandle;

/// One exchange; ends with it.
class Hop {
 public:
  Hop(const Hop&) = delete;
  Hop& operator=(const Hop&) = delete;
  ~Hop();

  struct Waiting {
    bool for_reader = false;
    bool for_body = false;
  };
  /// After Taken::kNotNow or Given::State::kNotNow; `still` says which of both go on to wait.
  void resume(Waiting still);
  [[nodiscard]] bool is_http2() const noexcept { return is_http2_; }

 private:
  friend class Connections;
  Hop(Connections& owner, HopHandler& handler);

  Connections& owner_;
  HopHandler& handler_;
  std::unique_ptr<EasyHandle> handle_;
  curl_slist* fields_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  std::string host_;  ///< for TLS
  std::uint16_t port_ = 0;
  bool is_plain_ = false;  ///< sets nothing in its handle that the next one does not
  bool has_ended_well_ = false;
  bool counts_as_http2_ = false;  ///< it may become HTTP/2, or is
  bool is_http2_ = false;
};

/// Starts exchanges and pools their connections, for all that ask. A connection is found again only for the
/// same scheme, name, port and address. Reads no file, no environment, opens no thread. One thread; the parts
/// outlive it, and it outlives the hops.
class Connections {
 public:
  struct Options {
    enum class Http2 { kOff, kOn } http2 = Http2::kOn;
    std::string proxy;  ///< http://[USER:PASSWORD@]ADDRESS:PORT; empty: none
  };

  /// kIo: libcurl cannot be set up.
  [[nodiscard]] static Result<std::unique_ptr<Connections>> create(boost::asio::io_context& context,
                                                                   PollSet& polls, const Trust& trust,
                                                                   Options options);
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;
  ~Connections();

  /// nullptr: no memory. `handler` outlives the hop; what `plan` refers to need not.
  [[nodiscard]] std::unique_ptr<Hop> start(const HopPlan& plan, HopHandler& handler);

  /// New connections that were made, for tests and figures.
  [[nodiscard]] std::uint64_t opened() const noexcept { return opened_; }

 private:
  friend class Hop;

  Connections(boost::asio::io_context& context, PollSet& polls, const Trust& trust, Options options);
  std::unique_ptr<EasyHandle> take_handle();
  void set_up(EasyHandle& handle);
  void set_callbacks(EasyHandle& handle);
  void set_plan(Hop& hop, const HopPlan& plan);
  static void set_body(Hop& hop, const HopPlan& plan);
  void set_version(Hop& hop, std::string_view scheme);
  void remove(Hop& hop);
  void keep(std::unique_ptr<EasyHandle> handle);
  void act(curl_socket_t socket, int events);
  void finish_done();
  void set_timer(long milliseconds);
  void arm_timer();
  void act_soon();
  void learn_version(Hop& hop);

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long milliseconds, void* self);
  static int on_connected(void* handle, char* peer, char* self, int peer_port, int self_port);
  static std::size_t on_head(char* bytes, std::size_t size, std::size_t count, void* handle);
  static std::size_t on_data(char* bytes, std::size_t size, std::size_t count, void* handle);
  static std::size_t on_send(char* bytes, std::size_t size, std::size_t count, void* handle);
  static int on_seek(void* handle, curl_off_t offset, int origin);
  static CURLcode on_tls(CURL* easy, void* context, void* handle);
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close(void* self, curl_socket_t socket);

  using Clock = boost::asio::steady_timer::clock_type;

  boost::asio::steady_timer timer_;
  Clock::time_point timer_at_ = Clock::time_point::max();  ///< when it ends
  Clock::time_point due_ = Clock::time_point::max();       ///< when libcurl's is, which may be later
  bool acts_soon_ = false;  ///< libcurl's timer is due; what is posted to the loop looks here
  PollSet& polls_;
  const Trust& trust_;
  Options options_;
  PollSet::Handler on_ready_;
  CURLM* multi_ = nullptr;
  std::vector<std::unique_ptr<EasyHandle>> unused_;
  std::size_t http2_ = 0;  ///< hops that count as HTTP/2
  std::uint64_t opened_ = 0;
  /// What is posted to the loop may outlive this.
  std::shared_ptr<Connections*> self_ = std::make_shared<Connections*>(this);
};

}  // namespace wws::egress
