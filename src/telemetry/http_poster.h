// Requests to the collector: libcurl and c-ares in an event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "telemetry/poster.h"
#include "telemetry/settings.h"

namespace wws::telemetry {

/// Speaks http or https with the one collector, over connections that are kept. Reads certificates and who
/// knows names when it is made, and no file after that; opens no thread. One thread; the parts outlive it,
/// and it goes before the context.
class HttpPoster final : public Poster {
 public:
  /// For one request, from its name to the end of its answer.
  static constexpr base::Duration kTime = std::chrono::seconds(10);

  /// kIo, kBadConfig: a library or a file that cannot be used; the message says which.
  [[nodiscard]] static Result<std::unique_ptr<HttpPoster>> create(boost::asio::io_context& context,
                                                                  const base::Clock& clock,
                                                                  const Settings& settings);
  ~HttpPoster() override;

  void post(Signal signal, const std::string& body, Taker taker) override;

  /// Ends what takes too long; says when it wants to be asked again.
  base::Instant poll();

 private:
  class Parts;
  class Post;
  explicit HttpPoster(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
  std::unique_ptr<Post> traces_;
  std::unique_ptr<Post> metrics_;
};

/// The collector at `endpoint`, for people: its scheme, name and port. kBadUsage: no absolute URL of http or
/// https, or one with a user's name, a query or a fragment.
[[nodiscard]] Result<std::string> collector_name(const std::string& endpoint);

}  // namespace wws::telemetry
