#include "egress/connections.h"

#include <fcntl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <cstring>
#include <utility>

namespace wws::egress {
namespace {

/// What a stream of HTTP/2 is sent before its reader stops it may be 10 MiB, for which libcurl finds memory:
/// so many at once, and HTTP/1.1, which leaves it in the socket, for what is more.
constexpr std::size_t kMostHttp2 = 24;
constexpr long kStreamsOfConnection = 8;
/// What is more waits its turn.
constexpr long kMostConnections = 8192;
constexpr long kMostIdle = 256;
constexpr long kLongestIdleSeconds = 55;  ///< many servers close after 60
constexpr long kBuffer = 64L << 10;
/// Handles that wait for the next exchange, 6 KiB each.
constexpr std::size_t kMostUnused = 64;

void add(curl_slist*& list, const std::string& line) {
  if (curl_slist* longer = curl_slist_append(list, line.c_str())) list = longer;
}

bool has(const fetch::Fields& fields, const char* name) {
  for (const auto& field : fields) {
    if (curl_strequal(field.first.c_str(), name) != 0) return true;
  }
  return false;
}

/// libcurl takes "name:" for one that is to be left out, and "name;" for one without a value.
curl_slist* to_list(const fetch::Fields& fields) {
  curl_slist* list = nullptr;
  for (const auto& [name, value] : fields) add(list, value.empty() ? name + ";" : name + ": " + value);
  add(list, "Expect:");
  if (!has(fields, "content-type")) add(list, "Content-Type:");
  if (!has(fields, "accept")) add(list, "Accept: */*");
  return list;
}

std::string bracketed(const fetch::IpAddress& address) {
  return address.is_ipv4() ? address.to_string() : "[" + address.to_string() + "]";
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  curl_easy_setopt(easy, option, value);
}

}  // namespace

/// libcurl's, with all that is the same for each exchange; to be destroyed outside of its multi handle.
struct EasyHandle {
  explicit EasyHandle(CURL* its_easy) : easy(its_easy) {}
  EasyHandle(const EasyHandle&) = delete;
  EasyHandle& operator=(const EasyHandle&) = delete;
  ~EasyHandle() { curl_easy_cleanup(easy); }

  CURL* const easy;
  Hop* hop = nullptr;  ///< that it is used for
  char error[CURL_ERROR_SIZE] = {};
};

namespace {

/// Of what a callback of libcurl is given.
Hop& hop_of(void* handle) { return *static_cast<EasyHandle*>(handle)->hop; }

}  // namespace

Hop::Hop(Connections& owner, HopHandler& handler) : owner_(owner), handler_(handler) {}

Hop::~Hop() { owner_.remove(*this); }

void Hop::resume(Waiting still) {
  curl_easy_pause(handle_->easy,
                  (still.for_reader ? CURLPAUSE_RECV : 0) | (still.for_body ? CURLPAUSE_SEND : 0));
}

Result<std::unique_ptr<Connections>> Connections::create(boost::asio::io_context& context, PollSet& polls,
                                                         const Trust& trust, Options options) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return fail(ErrorCode::kIo, "libcurl cannot be set up");
  std::unique_ptr<Connections> made(new Connections(context, polls, trust, std::move(options)));
  if (made->multi_ == nullptr) return fail(ErrorCode::kIo, "libcurl cannot be set up");
  return made;
}

Connections::Connections(boost::asio::io_context& context, PollSet& polls, const Trust& trust,
                         Options options)
    : timer_(context), polls_(polls), trust_(trust), options_(std::move(options)) {
  on_ready_ = [this](int fd, unsigned ready) {
    act(fd, ((ready & PollSet::kRead) != 0 ? CURL_CSELECT_IN : 0) |
                ((ready & PollSet::kWrite) != 0 ? CURL_CSELECT_OUT : 0));
  };
  multi_ = curl_multi_init();
  if (multi_ == nullptr) return;
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, kStreamsOfConnection);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kMostConnections);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMostIdle);
}

Connections::~Connections() {
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
}

std::unique_ptr<Hop> Connections::start(const HopPlan& plan, HopHandler& handler) {
  std::unique_ptr<Hop> hop(new Hop(*this, handler));
  hop->handle_ = take_handle();
  if (!hop->handle_) return nullptr;
  set_plan(*hop, plan);
  if (curl_multi_add_handle(multi_, hop->handle_->easy) != CURLM_OK) return nullptr;
  return hop;
}

std::unique_ptr<EasyHandle> Connections::take_handle() {
  if (!unused_.empty()) {
    auto handle = std::move(unused_.back());
    unused_.pop_back();
    return handle;
  }
  CURL* easy = curl_easy_init();
  if (easy == nullptr) return nullptr;
  auto handle = std::make_unique<EasyHandle>(easy);
  set_up(*handle);
  return handle;
}

void Connections::set_up(EasyHandle& handle) {
  CURL* easy = handle.easy;
  set(easy, CURLOPT_PRIVATE, &handle);
  set(easy, CURLOPT_ERRORBUFFER, handle.error);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_BUFFERSIZE, kBuffer);
  set(easy, CURLOPT_MAXAGE_CONN, kLongestIdleSeconds);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, 0x7FFF'FFFFL);  // the request's own limits are above
  set(easy, CURLOPT_CAINFO, nullptr);
  set(easy, CURLOPT_CAPATH, nullptr);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (options_.proxy.empty()) {
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_NOPROXY, "*");
  } else {
    set(easy, CURLOPT_PROXY, options_.proxy.c_str());
    set(easy, CURLOPT_NOPROXY, "");
    set(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  }
  set(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // no field of a worker to a proxy
  set_callbacks(handle);
}

void Connections::set_callbacks(EasyHandle& handle) {
  CURL* easy = handle.easy;
  set(easy, CURLOPT_PREREQFUNCTION, on_connected);
  set(easy, CURLOPT_PREREQDATA, &handle);
  set(easy, CURLOPT_HEADERFUNCTION, on_head);
  set(easy, CURLOPT_HEADERDATA, &handle);
  set(easy, CURLOPT_WRITEFUNCTION, on_data);
  set(easy, CURLOPT_WRITEDATA, &handle);
  set(easy, CURLOPT_READFUNCTION, on_send);
  set(easy, CURLOPT_READDATA, &handle);
  set(easy, CURLOPT_SEEKFUNCTION, on_seek);
  set(easy, CURLOPT_SEEKDATA, &handle);
  set(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
  set(easy, CURLOPT_SSL_CTX_DATA, &handle);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
  set(easy, CURLOPT_OPENSOCKETDATA, this);
  set(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  set(easy, CURLOPT_CLOSESOCKETDATA, this);
}

/// What is set here is set for each exchange, or makes it one that is not plain.
void Connections::set_plan(Hop& hop, const HopPlan& plan) {
  CURL* easy = hop.handle_->easy;
  hop.handle_->hop = &hop;
  hop.host_ = plan.url.origin().host;
  hop.port_ = plan.url.origin().port;
  set(easy, CURLOPT_CURLU, plan.url.handle());
  // Whatever the host is called: no other address is connected to, and no name is looked up.
  add(hop.connect_to_, "::" + bracketed(plan.address) + ":" + std::to_string(hop.port_));
  set(easy, CURLOPT_CONNECT_TO, hop.connect_to_);
  hop.fields_ = to_list(plan.fields);
  set(easy, CURLOPT_HTTPHEADER, hop.fields_);
  set_version(hop, plan.url.origin().scheme);
  set_body(hop, plan);
}

void Connections::set_body(Hop& hop, const HopPlan& plan) {
  CURL* easy = hop.handle_->easy;
  const std::string method(plan.method);  // libcurl copies it
  if (plan.has_body) {
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_INFILESIZE_LARGE,
        plan.length ? static_cast<curl_off_t>(*plan.length) : static_cast<curl_off_t>(-1));
  } else if (method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
    return;
  } else if (method == "POST" || method == "PUT" || method == "PATCH") {
    set(easy, CURLOPT_POST, 1L);  // which says that the length is 0 (RFC 9110, 8.6)
    set(easy, CURLOPT_POSTFIELDSIZE, 0L);
    set(easy, CURLOPT_POSTFIELDS, "");
  } else {
    hop.is_plain_ = true;
  }
  set(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
}

void Connections::set_version(Hop& hop, std::string_view scheme) {
  hop.counts_as_http2_ = options_.http2 == Options::Http2::kOn && scheme == "https" && http2_ < kMostHttp2;
  if (hop.counts_as_http2_) ++http2_;
  set(hop.handle_->easy, CURLOPT_HTTP_VERSION,
      static_cast<long>(hop.counts_as_http2_ ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
}

/// With its head an answer shows what it came by.
void Connections::learn_version(Hop& hop) {
  long version = 0;
  curl_easy_getinfo(hop.handle_->easy, CURLINFO_HTTP_VERSION, &version);
  hop.is_http2_ = version == CURL_HTTP_VERSION_2_0;
  if (!hop.is_http2_ && std::exchange(hop.counts_as_http2_, false)) --http2_;
}

void Connections::remove(Hop& hop) {
  if (std::exchange(hop.counts_as_http2_, false)) --http2_;
  if (hop.handle_) {
    curl_multi_remove_handle(multi_, hop.handle_->easy);
    if (hop.is_plain_ && hop.has_ended_well_) keep(std::move(hop.handle_));
  }
  curl_slist_free_all(hop.fields_);
  curl_slist_free_all(hop.connect_to_);
}

/// For the next exchange, which sets anew all that this one has set.
void Connections::keep(std::unique_ptr<EasyHandle> handle) {
  if (unused_.size() >= kMostUnused) return;
  set(handle->easy, CURLOPT_CURLU, nullptr);
  set(handle->easy, CURLOPT_CONNECT_TO, nullptr);
  set(handle->easy, CURLOPT_HTTPHEADER, nullptr);
  set(handle->easy, CURLOPT_CUSTOMREQUEST, nullptr);
  handle->hop = nullptr;
  unused_.push_back(std::move(handle));
}

void Connections::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  finish_done();
}

void Connections::finish_done() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    EasyHandle* handle = nullptr;
    HopEnd end{message->data.result, {}};
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &handle);
    if (end.code != CURLE_OK)
      end.text = handle->error[0] != '\0' ? handle->error : curl_easy_strerror(end.code);
    handle->hop->has_ended_well_ = end.code == CURLE_OK;
    handle->hop->handler_.on_done(end);  // which may end the hop
  }
}

void Connections::set_timer(long milliseconds) {
  acts_soon_ = false;
  due_ = Clock::time_point::max();
  if (milliseconds < 0) return;
  if (milliseconds == 0) return act_soon();
  due_ = Clock::now() + std::chrono::milliseconds(milliseconds);
  arm_timer();
}

/// Only when it would be late: each exchange puts libcurl's off, and the next one sets it again.
void Connections::arm_timer() {
  if (due_ >= timer_at_) return;
  timer_at_ = due_;
  timer_.expires_at(timer_at_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    timer_at_ = Clock::time_point::max();
    if (Clock::now() < due_) return arm_timer();
    due_ = Clock::time_point::max();
    act(CURL_SOCKET_TIMEOUT, 0);
  });
}

/// Each transfer begins so: a timer of the system would cost as much as sending the request.
void Connections::act_soon() {
  acts_soon_ = true;
  boost::asio::post(timer_.get_executor(), [weak = std::weak_ptr(self_)] {
    const auto self = weak.lock();
    if (self && std::exchange((*self)->acts_soon_, false)) (*self)->act(CURL_SOCKET_TIMEOUT, 0);
  });
}

int Connections::on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* self, void* /*known*/) {
  auto& connections = *static_cast<Connections*>(self);
  unsigned interest = PollSet::kNone;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) interest |= PollSet::kRead;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) interest |= PollSet::kWrite;
  connections.polls_.set(socket, interest, connections.on_ready_);
  return 0;
}

int Connections::on_timer(CURLM* /*multi*/, long milliseconds, void* self) {
  static_cast<Connections*>(self)->set_timer(milliseconds);
  return 0;
}

int Connections::on_connected(void* handle, char* peer, char* self, int peer_port, int /*self_port*/) {
  const Hop& hop = hop_of(handle);
  std::optional<Endpoint> endpoint;
  if (hop.owner_.options_.proxy.empty()) {
    const auto address = fetch::IpAddress::parse(peer);
    if (!address) return CURL_PREREQFUNC_ABORT;
    endpoint = Endpoint{*address, static_cast<std::uint16_t>(peer_port)};
  }
  const auto verdict = hop.handler_.on_connected(endpoint, fetch::IpAddress::parse(self));
  return verdict == HopHandler::Verdict::kGo ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t Connections::on_head(char* bytes, std::size_t size, std::size_t count, void* handle) {
  Hop& hop = hop_of(handle);
  std::string_view line(bytes, size * count);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) hop.owner_.learn_version(hop);
  return hop.handler_.on_head_line(line) == HopHandler::Verdict::kGo ? size * count : 0;
}

std::size_t Connections::on_data(char* bytes, std::size_t size, std::size_t count, void* handle) {
  switch (hop_of(handle).handler_.on_data({bytes, size * count})) {
    case HopHandler::Taken::kAll:
      return size * count;
    case HopHandler::Taken::kNotNow:
      return CURL_WRITEFUNC_PAUSE;
    case HopHandler::Taken::kStop:
      break;
  }
  return CURL_WRITEFUNC_ERROR;
}

std::size_t Connections::on_send(char* bytes, std::size_t size, std::size_t count, void* handle) {
  const auto given = hop_of(handle).handler_.on_send({bytes, size * count});
  switch (given.state) {
    case HopHandler::Given::State::kSome:
      return given.size;
    case HopHandler::Given::State::kNotNow:
      return CURL_READFUNC_PAUSE;
    case HopHandler::Given::State::kStop:
      break;
  }
  return CURL_READFUNC_ABORT;
}

int Connections::on_seek(void* handle, curl_off_t offset, int origin) {
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_FAIL;
  return hop_of(handle).handler_.on_rewind() == HopHandler::Verdict::kGo ? CURL_SEEKFUNC_OK
                                                                         : CURL_SEEKFUNC_FAIL;
}

CURLcode Connections::on_tls(CURL* /*easy*/, void* context, void* handle) {
  const Hop& hop = hop_of(handle);
  return hop.owner_.trust_.apply(static_cast<SSL_CTX*>(context), hop.host_, hop.port_)
             ? CURLE_OK
             : CURLE_SSL_CERTPROBLEM;
}

curl_socket_t Connections::on_open(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  ++static_cast<Connections*>(self)->opened_;
  return socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
}

int Connections::on_close(void* self, curl_socket_t socket) {
  static_cast<Connections*>(self)->polls_.forget(socket);
  return close(socket);
}

}  // namespace wws::egress
