// Names by DNS: c-ares in an event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "egress/hosts_file.h"
#include "egress/poll_set.h"
#include "egress/resolver.h"

namespace wws::egress {

/// Asks the machine's DNS servers, and before them its hosts file. Both are read when it is made, before the
/// process is confined, and not again. A name is asked for as it is: the search list of resolv.conf would
/// make another of it. Needs no thread. The parts outlive it.
class CaresResolver final : public Resolver {
 public:
  struct Options {
    std::string servers;  ///< ADDRESS:PORT, with commas; empty: those of resolv.conf
    std::string hosts;    ///< content of the hosts file
  };

  /// kIo: c-ares cannot be set up; the message says why.
  [[nodiscard]] static Result<std::unique_ptr<CaresResolver>> create(boost::asio::io_context& context,
                                                                     PollSet& polls, const Options& options);
  ~CaresResolver() override;

  void resolve(const std::string& name, Handler handler) override;

 private:
  class Channel;

  CaresResolver(std::unique_ptr<Channel> channel, const std::string& hosts);

  HostsFile hosts_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace wws::egress
