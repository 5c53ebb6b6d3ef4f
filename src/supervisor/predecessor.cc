#include "supervisor/predecessor.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "supervisor/environment.h"
#include "supervisor/serving_process.h"

namespace wws::supervisor {

namespace {

std::unexpected<Error> not_to_be_set(const char* variable) {
  return fail(ErrorCode::kBadUsage,
              std::string(variable) + " is for a server that starts its successor: do not set it");
}

/// Takes the next descriptors, from kChannel on.
class Descriptors {
 public:
  base::File next() {
    fcntl(next_, F_SETFD, FD_CLOEXEC);
    return base::File(next_++);
  }
  std::vector<base::File> next(std::uint64_t count) {
    std::vector<base::File> files;
    for (std::uint64_t i = 0; i < count; ++i) files.push_back(next());
    return files;
  }

 private:
  int next_ = Successor::kChannel;
};

}  // namespace

Result<std::optional<Inheritance>> Inheritance::take_from_environment() {
  const std::string text = take_variable(Successor::kVariable);
  const std::string admin = take_variable(Successor::kAdminVariable);
  if (text.empty()) return std::nullopt;
  const auto count = to_number(text);
  const bool is_channel = fcntl(Successor::kChannel, F_GETFD) >= 0;
  if (!count || *count == 0 || *count > kMaxListeners || !is_channel)
    return not_to_be_set(Successor::kVariable);
  Descriptors descriptors;
  Inheritance inheritance;
  inheritance.channel = descriptors.next();
  inheritance.listeners = descriptors.next(*count);
  if (admin.empty()) return inheritance;
  const std::size_t space = std::min(admin.find(' '), admin.size() - 1);
  const auto sockets = to_number(admin.substr(0, space));
  if (!sockets || *sockets == 0 || *sockets > kMaxListeners) return not_to_be_set(Successor::kAdminVariable);
  inheritance.admin = {admin.substr(space + 1), descriptors.next(*sockets)};
  return inheritance;
}

Predecessor::Predecessor(boost::asio::io_context& context, base::File channel, Handlers handlers)
    : handlers_(std::move(handlers)),
      // A parent's: it is trusted as a child trusts its supervisor.
      channel_(context, std::move(channel), ChannelLimits::of_child(),
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
      handlers_.take_over(question_.payload == kDraining ? Successor::Draining::kYes
                                                         : Successor::Draining::kNo);
      return {};
    case MessageType::kKnown:
      handlers_.known();
      return {};
    case MessageType::kCounted:
      handlers_.counted(message.payload);
      return {};
    case MessageType::kBlock:
      for (base::File& memory : message.descriptors) handlers_.block(std::move(memory));
      return {};
    case MessageType::kAdminFree:
      if (!std::exchange(is_admin_free_, true)) handlers_.admin_free();
      return {};
    case MessageType::kStoreFree:
      if (!std::exchange(is_store_free_, true)) handlers_.store_free();
      return {};
    default:
      return fail(ErrorCode::kInternal, "a message that is not known");
  }
}

void Predecessor::on_ended() {
  is_gone_ = true;
  if (!has_taken_over_) return handlers_.gone();
  if (!std::exchange(is_store_free_, true)) handlers_.store_free();
  if (!std::exchange(is_admin_free_, true)) handlers_.admin_free();
  handlers_.ended();
}

void Predecessor::tell_prepared(std::string_view failing, Counts counts) {
  constexpr std::size_t kLongest = std::size_t{32} << 10;  // more say no more
  // To a server that does not know it, it is a file of no worker.
  std::string text = counts == Counts::kWanted ? std::string(kWantsCounts) + '\n' : std::string();
  text += failing.substr(0, kLongest);
  (void)channel_.send(MessageType::kPrepared, text);
}

void Predecessor::tell_took_over(Successor::AdminPlaceIs admin) {
  const bool is_taken = admin == Successor::AdminPlaceIs::kTaken;
  (void)channel_.answer(question_, MessageType::kReady, is_taken ? kWithAdmin : std::string_view());
}

}  // namespace wws::supervisor
