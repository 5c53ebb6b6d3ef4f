#include "supervisor/predecessor.h"

#include <fcntl.h>

#include <utility>

#include "base/log.h"
#include "supervisor/environment.h"
#include "supervisor/serving_process.h"
#include "supervisor/successor.h"

namespace wws::supervisor {

Result<std::optional<Inheritance>> Inheritance::take_from_environment() {
  const std::string text = take_variable(Successor::kVariable);
  if (text.empty()) return std::nullopt;
  const auto count = to_number(text);
  const bool is_channel = fcntl(Successor::kChannel, F_GETFD) >= 0;
  if (!count || *count == 0 || *count > kMaxListeners || !is_channel)
    return fail(ErrorCode::kBadUsage, std::string(Successor::kVariable) +
                                          " is for a server that starts its successor: do not set it");
  Inheritance inheritance;
  const auto own = [](int fd) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return base::File(fd);
  };
  inheritance.channel = own(Successor::kChannel);
  for (std::uint64_t i = 0; i < *count; ++i)
    inheritance.listeners.push_back(own(Successor::kChannel + 1 + static_cast<int>(i)));
  return inheritance;
}

Predecessor::Predecessor(boost::asio::io_context& context, base::File channel, Handlers handlers)
    : handlers_(std::move(handlers)),
      channel_(context, std::move(channel), ChannelLimits::of_supervisor(),
               {[this](Message message) { return obey(std::move(message)); },
                [this](const Result<void>& why) {
                  if (!why) log::error("the server before this one: {}", why.error().message);
                  on_ended();
                }}) {}

Result<void> Predecessor::obey(Message message) {
  switch (message.type) {
    case MessageType::kTakeOver:
      question_ = std::move(message);
      has_taken_over_ = true;
      handlers_.take_over();
      return {};
    case MessageType::kKnown:
      handlers_.known();
      return {};
    case MessageType::kStoreFree:
      if (!std::exchange(is_store_free_, true)) handlers_.store_free();
      return {};
    default:
      return fail(ErrorCode::kInternal, "a message that is not known");
  }
}

void Predecessor::on_ended() {
  if (!has_taken_over_) return handlers_.gone();
  if (!std::exchange(is_store_free_, true)) handlers_.store_free();
}

void Predecessor::tell_prepared(std::string_view failing) {
  constexpr std::size_t kLongest = std::size_t{32} << 10;  // more say no more
  (void)channel_.send(MessageType::kPrepared, failing.substr(0, kLongest));
}

void Predecessor::tell_took_over() { (void)channel_.answer(question_, MessageType::kReady, ""); }

}  // namespace wws::supervisor
