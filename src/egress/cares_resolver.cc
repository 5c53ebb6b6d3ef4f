#include "egress/cares_resolver.h"

#include <ares.h>
#include <netinet/in.h>
#include <sys/time.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

namespace wws::egress {
namespace {

/// Each server is asked so often, and waited for so long the first time, longer each time after it. The limit
/// of the whole is the request's own.
constexpr int kTries = 3;
constexpr int kTimeoutMilliseconds = 2000;

std::string reason(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
    case ARES_EBADNAME:
      return "no such name";
    case ARES_ENODATA:
      return "the name has no address";
    case ARES_ETIMEOUT:
      return "no DNS server answered in time";
    case ARES_ECONNREFUSED:
      return "no DNS server can be reached";
    default:
      return ares_strerror(status);
  }
}

std::optional<fetch::IpAddress> to_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
    return fetch::IpAddress::from_bytes({reinterpret_cast<const std::uint8_t*>(&in), sizeof in});
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  const auto& in6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return fetch::IpAddress::from_bytes({reinterpret_cast<const std::uint8_t*>(&in6), sizeof in6});
}

Resolver::Answer to_answer(int status, ares_addrinfo* found) {
  if (status != ARES_SUCCESS) return std::unexpected(reason(status));
  Addresses result;
  int lifetime = INT32_MAX;
  for (const ares_addrinfo_node* node = found->nodes; node != nullptr; node = node->ai_next) {
    if (const auto address = to_address(node->ai_addr)) result.addresses.push_back(*address);
    lifetime = std::min(lifetime, node->ai_ttl);
  }
  if (result.addresses.empty()) return std::unexpected(reason(ARES_ENODATA));
  result.lifetime = std::chrono::seconds(std::max(lifetime, 0));
  return result;
}

}  // namespace

class CaresResolver::Channel {
 public:
  Channel(boost::asio::io_context& context, PollSet& polls) : polls_(polls), timer_(context) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() {
    is_going_ = true;
    if (channel_ != nullptr) ares_destroy(channel_);
  }

  [[nodiscard]] int open(const std::string& servers) {
    ares_options options{};
    std::string lookups = "b";  // the hosts file is ours: c-ares would open it at each name
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = kTimeoutMilliseconds;
    options.tries = kTries;
    options.lookups = lookups.data();
    options.sock_state_cb = [](void* self, int fd, int readable, int writable) {
      static_cast<Channel*>(self)->watch(fd, readable, writable);
    };
    options.sock_state_cb_data = this;
    const int mask =
        ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    const int status = ares_init_options(&channel_, &options, mask);
    if (status != ARES_SUCCESS || servers.empty()) return status;
    return ares_set_servers_ports_csv(channel_, servers.c_str());
  }

  void ask(const std::string& name, Handler handler) {
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    auto question = std::make_unique<Question>(Question{*this, std::move(handler)});
    ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, on_answer, question.release());
    arm();
  }

 private:
  struct Question {
    Channel& channel;
    Handler handler;
  };

  static void on_answer(void* argument, int status, int /*timeouts*/, ares_addrinfo* found) noexcept {
    const std::unique_ptr<Question> question(static_cast<Question*>(argument));
    const auto answer = to_answer(status, found);
    if (found != nullptr) ares_freeaddrinfo(found);
    if (!question->channel.is_going_) question->handler(answer);
  }

  void watch(int fd, int readable, int writable) {
    if (readable == 0 && writable == 0) return polls_.forget(fd);  // c-ares says so before it closes one
    polls_.set(fd, (readable != 0 ? PollSet::kRead : 0U) | (writable != 0 ? PollSet::kWrite : 0U), on_ready_);
  }

  void process(int readable, int writable) {
    ares_process_fd(channel_, readable, writable);
    arm();
  }

  void arm() {
    timeval time{};
    if (ares_timeout(channel_, nullptr, &time) == nullptr) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec));
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
  }

  PollSet& polls_;
  boost::asio::steady_timer timer_;
  PollSet::Handler on_ready_ = [this](int fd, unsigned ready) {
    process((ready & PollSet::kRead) != 0 ? fd : ARES_SOCKET_BAD,
            (ready & PollSet::kWrite) != 0 ? fd : ARES_SOCKET_BAD);
  };
  ares_channel channel_ = nullptr;
  bool is_going_ = false;  ///< nobody wants the answers any more
};

Result<std::unique_ptr<CaresResolver>> CaresResolver::create(boost::asio::io_context& context, PollSet& polls,
                                                             const Options& options) {
  auto channel = std::make_unique<Channel>(context, polls);
  const int status = channel->open(options.servers);
  if (status != ARES_SUCCESS)
    return fail(ErrorCode::kIo, std::string("DNS cannot be set up: ") + ares_strerror(status));
  return std::unique_ptr<CaresResolver>(new CaresResolver(std::move(channel), options.hosts));
}

CaresResolver::CaresResolver(std::unique_ptr<Channel> channel, const std::string& hosts)
    : hosts_(hosts), channel_(std::move(channel)) {}
CaresResolver::~CaresResolver() = default;

void CaresResolver::resolve(const std::string& name, Handler handler) {
  if (auto own = hosts_.find(name); !own.empty()) return handler(Addresses{std::move(own), {}});
  channel_->ask(name, std::move(handler));
}

}  // namespace wws::egress
