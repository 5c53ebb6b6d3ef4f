// An open-loop load generator for HTTP/1.1: it sends by a schedule, whatever the server answers.
//
// usage: open_loop [--host 127.0.0.1] [--port 8080] [--path /]
//                  [--rate PER_SECOND] [--spacing poisson|constant] [--connections 1000]
//                  [--seconds 5] [--warm-up 1] [--deadline-ms 1000] [--patience-ms 3000]
//                  [--between sleep|spin]
//
// Opens all connections, keeps them, and then sends GET requests on them, at most one in flight on each.
// Every request has a time at which it is due, and its latency counts from then: waiting that the load
// itself causes is not hidden (no coordinated omission). Prints one line of JSON, about the requests that
// were due in --seconds after the warm-up:
//
//   answers            by status; each of the requests sent is an answer, `broken` or `unanswered`
//   goodput            answers 200 within --deadline-ms, a second
//   broken             the connection ended or what came was no HTTP, instead of an answer
//   unanswered         not answered --patience-ms after the last one was due; the load goes on until then
//   not_sent           no_connection: none was free; too_late: the generator itself was 100 ms behind
//   reconnects         of connections that ended after an answer, while idle, or broken; failed_connects
//   ok_ms, refused_ms  latency of the answers 200 and 503
//   lag_ms             from the due time to the sending: if it is not small, the generator is at its limit
//
// --rate 0, the default, is a closed loop: each connection sends the next request when the last is answered.
//
// Between events it sleeps, and a server on the same machine pays for waking it up with every answer; or it
// spins, which takes a core of its own. One thread; the caller pins it to a core (taskset). Answers need a
// Content-Length.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Seconds = std::chrono::duration<double>;
using Milliseconds = std::chrono::duration<double, std::milli>;

/// Requests sent before answers are looked at again.
constexpr int kBurst = 32;
/// A request that is late by more, by the generator's own fault, is not sent.
constexpr std::chrono::milliseconds kLatest{100};
constexpr std::chrono::seconds kTimeToConnect{10};
/// For the server to accept what the kernel has connected already.
constexpr std::chrono::milliseconds kTimeToAccept{200};

[[noreturn]] void die(const std::string& message) {
  fmt::print(stderr, "open_loop: {}\n", message);
  std::exit(1);
}

Clock::duration to_ticks(Seconds time) { return std::chrono::duration_cast<Clock::duration>(time); }

// --- options ---

enum class Spacing { kPoisson, kConstant };
enum class Between { kSleep, kSpin };

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string path = "/";
  double rate = 0;  ///< a second; 0: a closed loop
  Spacing spacing = Spacing::kPoisson;
  unsigned connections = 1000;
  Seconds seconds{5};
  Seconds warm_up{1};
  Milliseconds deadline{1000};
  Milliseconds patience{3000};
  Between between = Between::kSleep;
};

template <typename Number>
Number to_number(std::string_view name, std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < Number{})
    die(fmt::format("{} {}: not a number that it can be", name, text));
  return number;
}

Spacing to_spacing(std::string_view text) {
  if (text == "poisson") return Spacing::kPoisson;
  if (text == "constant") return Spacing::kConstant;
  die("--spacing is poisson or constant");
}

Between to_between(std::string_view text) {
  if (text == "sleep") return Between::kSleep;
  if (text == "spin") return Between::kSpin;
  die("--between is sleep or spin");
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) die(fmt::format("{} has no value, or is unknown; see the head of open_loop.cc", name));
    const std::string_view value = argv[i + 1];
    const auto number = [&] { return to_number<double>(name, value); };
    if (name == "--host") {
      options.host = value;
    } else if (name == "--port") {
      options.port = to_number<std::uint16_t>(name, value);
    } else if (name == "--path") {
      options.path = value;
    } else if (name == "--rate") {
      options.rate = number();
    } else if (name == "--spacing") {
      options.spacing = to_spacing(value);
    } else if (name == "--connections") {
      options.connections = to_number<unsigned>(name, value);
    } else if (name == "--seconds") {
      options.seconds = Seconds(number());
    } else if (name == "--warm-up") {
      options.warm_up = Seconds(number());
    } else if (name == "--deadline-ms") {
      options.deadline = Milliseconds(number());
    } else if (name == "--patience-ms") {
      options.patience = Milliseconds(number());
    } else if (name == "--between") {
      options.between = to_between(value);
    } else {
      die(fmt::format("unknown option {}", name));
    }
  }
  if (options.connections == 0 || options.seconds.count() == 0) die("nothing to do");
  return options;
}

// --- parts ---

/// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  void reset() { *this = Descriptor(); }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

/// Reads one answer from the bytes of a connection. Knows no more of HTTP than this needs.
class AnswerReader {
 public:
  enum class Progress { kMore, kComplete, kBad };

  void restart() {
    head_.clear();
    head_is_complete_ = false;
  }
  /// The next bytes. kBad: no HTTP, no Content-Length, or more than one answer.
  Progress take(std::string_view bytes) {
    if (!head_is_complete_) {
      const std::size_t before = head_.size();
      head_.append(bytes);
      const std::size_t end = head_.find("\r\n\r\n");
      if (end == std::string::npos) return head_.size() > kLargestHead ? Progress::kBad : Progress::kMore;
      bytes.remove_prefix(end + 4 - before);
      head_.resize(end + 2);
      if (!read_head()) return Progress::kBad;
      head_is_complete_ = true;
    }
    if (bytes.size() > body_left_) return Progress::kBad;
    body_left_ -= bytes.size();
    return body_left_ == 0 ? Progress::kComplete : Progress::kMore;
  }
  [[nodiscard]] int status() const { return status_; }
  /// The connection ends with this answer.
  [[nodiscard]] bool closes() const { return closes_; }

 private:
  static constexpr std::size_t kLargestHead = 64 << 10;

  bool read_head() {
    const std::string_view head = head_;
    if (!head.starts_with("HTTP/1.") || head.size() < 12) return false;
    if (std::from_chars(&head[9], &head[12], status_).ec != std::errc()) return false;
    closes_ = field("connection").value_or("") == "close";
    const auto length = field("content-length");
    if (!length) return false;
    return std::from_chars(length->data(), length->data() + length->size(), body_left_).ec == std::errc();
  }

  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const {
    const std::string_view head = head_;
    for (std::size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
      const std::string_view rest = head.substr(at + 2);
      if (rest.size() <= name.size() || rest[name.size()] != ':') continue;
      if (strncasecmp(rest.data(), name.data(), name.size()) != 0) continue;
      std::string_view value = rest.substr(name.size() + 1, rest.find("\r\n") - name.size() - 1);
      value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
      return value;
    }
    return std::nullopt;
  }

  std::string head_;
  bool head_is_complete_ = false;
  std::size_t body_left_ = 0;
  int status_ = 0;
  bool closes_ = false;
};

/// When requests are due.
class Schedule {
 public:
  Schedule(Time start, const Options& options)
      : start_(start), rate_(options.rate), spacing_(options.spacing), gap_(options.rate) {
    advance();
  }
  [[nodiscard]] Time next() const { return start_ + to_ticks(Seconds(offset_)); }
  void advance() { offset_ += spacing_ == Spacing::kConstant ? 1 / rate_ : gap_(random_); }

 private:
  Time start_;
  double rate_;
  Spacing spacing_;
  std::exponential_distribution<double> gap_;
  std::mt19937_64 random_{1};  // the same schedule in every run
  double offset_ = 0;          // seconds
};

class Latencies {
 public:
  void add(Clock::duration latency) { values_.push_back(Milliseconds(latency).count()); }
  /// As a JSON object.
  [[nodiscard]] std::string summary() {
    if (values_.empty()) return "null";
    std::sort(values_.begin(), values_.end());
    const auto percentile = [this](std::size_t percent) {
      return values_[std::min(values_.size() * percent / 100, values_.size() - 1)];
    };
    return fmt::format(R"({{"p50":{:.3f},"p99":{:.3f},"max":{:.3f}}})", percentile(50), percentile(99),
                       values_.back());
  }

 private:
  std::vector<double> values_;
};

/// What happened to the requests that are measured.
struct Tally {
  std::uint64_t sent = 0;
  std::map<int, std::uint64_t> answers;
  std::uint64_t in_time = 0;
  std::uint64_t broken = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t no_connection = 0;
  std::uint64_t too_late = 0;
  Latencies ok;
  Latencies refused;
  Latencies lag;
};

// --- the generator ---

/// Opens connections and runs the load once. What keeps it from working ends the program with a message.
class Generator {
 public:
  explicit Generator(const Options& options);

  /// Returns when all connections are open.
  void open_all();
  void run();
  [[nodiscard]] std::string json();

 private:
  enum class State { kOpening, kFree, kBusy, kLost };
  struct Connection {
    Descriptor socket;
    State state = State::kLost;
    bool is_listed = false;  ///< in free_, where it may be out of date
    bool is_measured = false;
    Time due;
    AnswerReader answer;
  };

  void open(Connection& connection);
  void open_again(Connection& connection);
  void set_free(Connection& connection);
  [[nodiscard]] Connection* take_free();

  void send_due(Time now);
  void send_request(Connection& connection, Time due, Time now);
  [[nodiscard]] bool is_measured(Time due) const { return due >= begin_ && due < end_; }

  [[nodiscard]] Clock::duration time_to_wait() const;
  void wait(Clock::duration longest);
  void on_event(Connection& connection, std::uint32_t events);
  void read_answer(Connection& connection, bool hung_up);
  void on_answer(Connection& connection);
  void on_broken(Connection& connection);

  const Options& options_;
  sockaddr_in address_{};
  std::string request_;
  Descriptor epoll_;
  std::vector<Connection> connections_;
  std::deque<Connection*> free_;  ///< the longest free first
  std::size_t opening_ = 0;
  std::array<char, 64 << 10> buffer_{};
  std::optional<Schedule> schedule_;  ///< none: a closed loop
  Time begin_, end_;                  ///< of the measurement
  std::uint64_t in_flight_ = 0;       ///< of the measured ones
  std::uint64_t reconnects_ = 0;
  std::uint64_t failed_connects_ = 0;
  Tally tally_;
};

Generator::Generator(const Options& options)
    : options_(options),
      request_(
          fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\n\r\n", options.path, options.host, options.port)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      connections_(options.connections) {
  address_.sin_family = AF_INET;
  address_.sin_port = htons(options.port);
  if (inet_pton(AF_INET, options.host.c_str(), &address_.sin_addr) != 1) die("--host is an IPv4 address");
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

void Generator::open_all() {
  const Time deadline = Clock::now() + kTimeToConnect;
  for (Connection& connection : connections_) open(connection);
  while (opening_ > 0) {
    if (Clock::now() > deadline) die(fmt::format("{} connections could not be opened in time", opening_));
    wait(std::chrono::milliseconds(10));
  }
  if (failed_connects_ > 0) die(fmt::format("{} connections could not be opened", failed_connects_));
  std::this_thread::sleep_for(kTimeToAccept);
}

void Generator::open(Connection& connection) {
  connection.socket = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = connection.socket.get();
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int result = connect(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_);
  // Edges: registered once, no call more a request.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &connection;
  if (fd < 0 || (result != 0 && errno != EINPROGRESS) ||
      epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    ++failed_connects_;
    connection.state = State::kLost;
    return;
  }
  connection.state = State::kOpening;
  ++opening_;
}

void Generator::open_again(Connection& connection) {
  ++reconnects_;
  connection.socket.reset();
  open(connection);
}

void Generator::set_free(Connection& connection) {
  connection.state = State::kFree;
  if (connection.is_listed) return;
  connection.is_listed = true;
  free_.push_back(&connection);
}

Generator::Connection* Generator::take_free() {
  while (!free_.empty()) {
    Connection* connection = free_.front();
    free_.pop_front();
    connection->is_listed = false;
    if (connection->state == State::kFree) return connection;
  }
  return nullptr;
}

void Generator::run() {
  const Time start = Clock::now();
  begin_ = start + to_ticks(options_.warm_up);
  end_ = begin_ + to_ticks(options_.seconds);
  const Time last = end_ + to_ticks(options_.patience);
  if (options_.rate > 0) schedule_.emplace(start, options_);
  while (true) {
    const Time now = Clock::now();
    // The load goes on until those that are measured are answered: the last of them meet the same server.
    if (now >= last || (now >= end_ && in_flight_ == 0 && (!schedule_ || schedule_->next() >= end_))) break;
    send_due(now);
    wait(time_to_wait());
  }
  tally_.unanswered = in_flight_;
}

Clock::duration Generator::time_to_wait() const {
  constexpr Clock::duration kLongest = std::chrono::milliseconds(10);
  if (options_.between == Between::kSpin) return Clock::duration(0);
  if (!schedule_) return kLongest;
  return std::clamp(schedule_->next() - Clock::now(), Clock::duration(0), kLongest);
}

void Generator::send_due(Time now) {
  for (int i = 0; i < kBurst; ++i) {
    const Time due = schedule_ ? schedule_->next() : now;
    if (due > now || (!schedule_ && free_.empty())) return;
    if (schedule_) schedule_->advance();
    if (now - due > kLatest) {
      if (is_measured(due)) ++tally_.too_late;
    } else if (Connection* connection = take_free()) {
      send_request(*connection, due, now);
    } else if (is_measured(due) && schedule_) {
      ++tally_.no_connection;
    }
  }
}

void Generator::send_request(Connection& connection, Time due, Time now) {
  connection.state = State::kBusy;
  connection.due = due;
  connection.is_measured = is_measured(due);
  connection.answer.restart();
  if (connection.is_measured) {
    ++tally_.sent;
    ++in_flight_;
    tally_.lag.add(now - due);
  }
  const ssize_t count = send(connection.socket.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
  if (count != static_cast<ssize_t>(request_.size())) on_broken(connection);
}

void Generator::wait(Clock::duration longest) {
  std::array<epoll_event, 256> events;
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(longest).count();
  const timespec timeout{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  const int count =
      epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  if (count < 0 && errno != EINTR) die(fmt::format("epoll: {}", std::strerror(errno)));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    on_event(*static_cast<Connection*>(event.data.ptr), event.events);
  }
}

void Generator::on_event(Connection& connection, std::uint32_t events) {
  const bool hung_up = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  switch (connection.state) {
    case State::kOpening:
      --opening_;
      if ((events & (EPOLLHUP | EPOLLERR)) == 0) return set_free(connection);
      ++failed_connects_;
      connection.state = State::kLost;
      return connection.socket.reset();
    case State::kFree:
      if (hung_up) open_again(connection);
      return;
    case State::kBusy:
      if (hung_up || (events & EPOLLIN) != 0) read_answer(connection, hung_up);
      return;
    case State::kLost:
      return;
  }
}

void Generator::read_answer(Connection& connection, bool hung_up) {
  while (true) {
    const ssize_t count = recv(connection.socket.get(), buffer_.data(), buffer_.size(), 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return on_broken(connection);
    switch (connection.answer.take({buffer_.data(), static_cast<std::size_t>(count)})) {
      case AnswerReader::Progress::kBad:
        return on_broken(connection);
      case AnswerReader::Progress::kComplete:
        on_answer(connection);
        // There is no second event for an end that came together with the answer.
        return hung_up || connection.answer.closes() ? open_again(connection) : set_free(connection);
      case AnswerReader::Progress::kMore:
        break;
    }
  }
}

void Generator::on_answer(Connection& connection) {
  if (!connection.is_measured) return;
  --in_flight_;
  const Clock::duration latency = Clock::now() - connection.due;
  const int status = connection.answer.status();
  ++tally_.answers[status];
  if (status == 200) {
    tally_.ok.add(latency);
    if (latency <= options_.deadline) ++tally_.in_time;
  } else if (status == 503) {
    tally_.refused.add(latency);
  }
}

void Generator::on_broken(Connection& connection) {
  if (connection.is_measured) {
    --in_flight_;
    ++tally_.broken;
  }
  open_again(connection);
}

std::string Generator::json() {
  std::string answers;
  for (const auto& [status, count] : tally_.answers) {
    answers += fmt::format("{}\"{}\":{}", answers.empty() ? "" : ",", status, count);
  }
  const double seconds = options_.seconds.count();
  return fmt::format(
      R"({{"rate":{:.1f},"connections":{},"seconds":{},"sent":{},"sent_rate":{:.1f},"answers":{{{}}},)"
      R"("goodput":{:.1f},"broken":{},"unanswered":{},"not_sent":{{"no_connection":{},"too_late":{}}},)"
      R"("reconnects":{},"failed_connects":{},"ok_ms":{},"refused_ms":{},"lag_ms":{}}})",
      options_.rate, options_.connections, seconds, tally_.sent, static_cast<double>(tally_.sent) / seconds,
      answers, static_cast<double>(tally_.in_time) / seconds, tally_.broken, tally_.unanswered,
      tally_.no_connection, tally_.too_late, reconnects_, failed_connects_, tally_.ok.summary(),
      tally_.refused.summary(), tally_.lag.summary());
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  Generator generator(options);
  generator.open_all();
  generator.run();
  fmt::print("{}\n", generator.json());
}
