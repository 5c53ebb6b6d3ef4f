#include "telemetry/http_poster.h"

#include <fmt/format.h>

#include <charconv>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "egress/cares_resolver.h"
#include "egress/connections.h"
#include "egress/name_cache.h"
#include "egress/poll_set.h"
#include "egress/trust.h"
#include "egress/url.h"

namespace wws::telemetry {
namespace {

constexpr const char* kHostsFile = "/etc/hosts";
constexpr std::size_t kLargestHostsFile = std::size_t{4} << 20;
/// Of an answer, which is a few words.
constexpr std::size_t kMostOfAnswer = std::size_t{64} << 10;

std::string url_of(const std::string& endpoint, std::string_view path) {
  std::string url = endpoint;
  while (url.ends_with('/')) url.pop_back();
  return url.append(path);
}

/// "HTTP/1.1 503 Service Unavailable"
int status_of(std::string_view line) {
  const std::size_t space = line.find(' ');
  int status = 0;
  if (space != std::string_view::npos)
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

/// Seconds; a date is as good as nothing, since clocks differ.
std::optional<base::Duration> retry_after_of(std::string_view value) {
  constexpr std::uint32_t kDay = 86'400;
  while (value.starts_with(' ')) value.remove_prefix(1);
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc() || end == value.data() || seconds > kDay) return std::nullopt;
  return std::chrono::seconds(seconds);
}

/// What follows `name:` on a line of a head.
std::optional<std::string_view> value_of(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
  const bool is_same = curl_strnequal(line.data(), name.data(), name.size()) != 0;
  return is_same ? std::optional(line.substr(name.size() + 1)) : std::nullopt;
}

}  // namespace

Result<std::string> collector_name(const std::string& endpoint) {
  const auto refused = [](std::string_view why) {
    return fail(ErrorCode::kBadUsage, fmt::format("a collector's address is a URL such as "
                                                  "http://127.0.0.1:4318, and this one {}",
                                                  why));
  };
  const auto url = egress::Url::parse(endpoint);
  if (!url) return refused("is none");
  const fetch::Origin& origin = url->origin();
  if (origin.scheme != "http" && origin.scheme != "https") return refused("is neither http nor https");
  if (endpoint.find_first_of("@?#") != std::string::npos)
    return refused("has a name, a query or a fragment; what identifies this server goes into headers");
  const bool is_ipv6 = origin.host.find(':') != std::string::npos && !origin.host.starts_with('[');
  return fmt::format("{}://{}{}{}:{}", origin.scheme, is_ipv6 ? "[" : "", origin.host, is_ipv6 ? "]" : "",
                     origin.port);
}

/// What all requests share, in the order of who uses whom.
class HttpPoster::Parts {
 public:
  Parts(const base::Clock& its_clock, egress::Url its_traces, egress::Url its_metrics)
      : clock(its_clock), traces(std::move(its_traces)), metrics(std::move(its_metrics)) {}

  const base::Clock& clock;
  egress::Url traces;
  egress::Url metrics;
  fetch::Fields fields;
  egress::Trust trust;
  std::unique_ptr<egress::PollSet> polls;
  std::unique_ptr<egress::CaresResolver> resolver;
  std::optional<egress::NameCache> names;
  std::unique_ptr<egress::Connections> connections;
};

/// One request after the other of one signal.
class HttpPoster::Post final : public egress::HopHandler {
 public:
  Post(Parts& parts, const egress::Url& url) : parts_(parts), url_(url) {}

  void begin(const std::string& body, Taker taker) {
    body_ = body;
    taker_ = std::move(taker);
    ends_at_ = parts_.clock.now() + kTime;
    if (url_.address()) {
      addresses_ = {*url_.address()};
      return connect();
    }
    // The answer for a request that is over meanwhile is for nobody.
    parts_.names->resolve(url_.origin().host,
                          [this, number = ++number_](const egress::Resolver::Answer& answer) {
                            if (number != number_ || !taker_) return;
                            if (!answer)
                              return end({0, fmt::format("{}: {}", url_.origin().host, answer.error())});
                            addresses_.assign(answer->addresses.begin(), answer->addresses.end());
                            connect();
                          });
  }

  base::Instant poll() {
    if (!taker_) return base::Instant::max();
    if (parts_.clock.now() < ends_at_) return ends_at_;
    hop_.reset();
    end({0, fmt::format("it did not answer within {} s",
                        std::chrono::duration_cast<std::chrono::seconds>(kTime).count())});
    return base::Instant::max();
  }

  Verdict on_connected(const std::optional<egress::Endpoint>&,
                       const std::optional<fetch::IpAddress>&) override {
    return Verdict::kGo;
  }

  Verdict on_head_line(std::string_view line) override {
    if (line.starts_with("HTTP/")) {
      reply_ = {status_of(line)};
    } else if (const auto value = value_of(line, "retry-after")) {
      reply_.retry_after = retry_after_of(*value);
    }
    return Verdict::kGo;
  }

  Taken on_data(std::string_view bytes) override {
    reply_.body += bytes.substr(0, kMostOfAnswer - std::min(kMostOfAnswer, reply_.body.size()));
    return Taken::kAll;
  }

  Given on_send(std::span<char> bytes) override {
    const std::size_t size = body_.copy(bytes.data(), bytes.size(), sent_);
    sent_ += size;
    return {Given::State::kSome, size};
  }

  Verdict on_rewind() override {
    sent_ = 0;
    return Verdict::kGo;
  }

  void on_done(const egress::HopEnd& hop_end) override {
    hop_.reset();
    if (hop_end.code == CURLE_OK) return end(std::move(reply_));
    if (hop_end.code == CURLE_COULDNT_CONNECT && !addresses_.empty()) return connect();
    end({0, hop_end.text});
  }

 private:
  void connect() {
    const fetch::IpAddress address = addresses_.front();
    addresses_.pop_front();
    sent_ = 0;
    reply_ = {};
    hop_ = parts_.connections->start({url_, address, "POST", parts_.fields, true, body_.size()}, *this);
    if (!hop_) end({0, "there is no memory for a request"});
  }

  void end(Reply reply) {
    ++number_;
    body_.clear();
    std::exchange(taker_, nullptr)(std::move(reply));
  }

  Parts& parts_;
  const egress::Url& url_;
  std::string body_;
  std::size_t sent_ = 0;
  Taker taker_;  ///< none: there is no request
  std::uint64_t number_ = 0;
  base::Instant ends_at_{};
  std::deque<fetch::IpAddress> addresses_;  ///< that were not tried
  Reply reply_;
  std::unique_ptr<egress::Hop> hop_;
};

HttpPoster::HttpPoster(std::unique_ptr<Parts> parts)
    : parts_(std::move(parts)),
      traces_(std::make_unique<Post>(*parts_, parts_->traces)),
      metrics_(std::make_unique<Post>(*parts_, parts_->metrics)) {}

HttpPoster::~HttpPoster() = default;

Result<std::unique_ptr<HttpPoster>> HttpPoster::create(boost::asio::io_context& context,
                                                       const base::Clock& clock, const Settings& settings) {
  auto traces = egress::Url::parse(url_of(settings.endpoint, "/v1/traces"));
  auto metrics = egress::Url::parse(url_of(settings.endpoint, "/v1/metrics"));
  if (!traces || !metrics)
    return fail(ErrorCode::kBadConfig, "the collector's address is no URL: " + settings.endpoint);
  const bool is_secure = traces->origin().scheme == "https";
  auto parts = std::make_unique<Parts>(clock, std::move(*traces), std::move(*metrics));
  parts->fields = {{"content-type", "application/json"}, {"user-agent", "wws/" + settings.version}};
  parts->fields.insert(parts->fields.end(), settings.headers.begin(), settings.headers.end());
  if (is_secure) {
    auto trust = egress::Trust::load({settings.ca_file, {}, {}, {}});
    if (!trust) return fail(trust);
    parts->trust = std::move(*trust);
  }
  auto polls = egress::PollSet::create(context);
  if (!polls) return fail(polls);
  parts->polls = std::move(*polls);
  const auto hosts = base::read_file(kHostsFile, kLargestHostsFile);
  auto resolver = egress::CaresResolver::create(context, *parts->polls, {"", hosts.value_or("")});
  if (!resolver) return fail(resolver);
  parts->resolver = std::move(*resolver);
  parts->names.emplace(*parts->resolver, clock);
  auto connections = egress::Connections::create(context, *parts->polls, parts->trust, {});
  if (!connections) return fail(connections);
  parts->connections = std::move(*connections);
  return std::unique_ptr<HttpPoster>(new HttpPoster(std::move(parts)));
}

void HttpPoster::post(Signal signal, const std::string& body, Taker taker) {
  (signal == Signal::kTraces ? *traces_ : *metrics_).begin(body, std::move(taker));
}

base::Instant HttpPoster::poll() { return std::min(traces_->poll(), metrics_->poll()); }

}  // namespace wws::telemetry
