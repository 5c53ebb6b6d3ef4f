#include "supervisor/successor.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "supervisor/channel.h"

namespace wws::supervisor {
using boost::system::error_code;

namespace {

bool has_line(std::string_view text, std::string_view line) {
  while (!text.empty()) {
    const std::string_view first = text.substr(0, text.find('\n'));
    if (first == line) return true;
    text.remove_prefix(std::min(first.size() + 1, text.size()));
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<Successor>> Successor::start(boost::asio::io_context& context,
                                                    runtime::Program program,
                                                    const std::vector<base::File>& listeners,
                                                    const AdminSockets* admin, Handlers handlers) {
  auto pair = Channel::make();
  if (!pair) return fail(pair);
  program.environment.push_back(fmt::format("{}={}", kVariable, listeners.size()));
  std::vector<runtime::PassedDescriptor> descriptors = {{pair->theirs.fd(), kChannel}};
  const auto pass = [&](const std::vector<base::File>& sockets) {
    for (const base::File& socket : sockets)
      descriptors.emplace_back(socket.fd(), kChannel + static_cast<int>(descriptors.size()));
  };
  pass(listeners);
  if (admin != nullptr) {
    program.environment.push_back(
        fmt::format("{}={} {}", kAdminVariable, admin->sockets().size(), admin->place()));
    pass(admin->sockets());
  }
  auto process = runtime::spawn_program(program, descriptors);
  if (!process) return fail(process);
  return std::make_unique<Successor>(context, std::move(*process), std::move(pair->ours).take_socket(),
                                     std::move(handlers));
}

Successor::Successor(boost::asio::io_context& context, runtime::ChildProcess process, base::File channel,
                     Handlers handlers)
    : handlers_(std::move(handlers)),
      process_(std::move(process)),
      end_(context, process_.fd()),
      channel_(context, std::move(channel), ChannelLimits::of_supervisor(),
               {[this](const Message& message) { return on_message(message); },
                [this](const Result<void>& why) {
                  // Its end says more than that of its channel.
                  if (!why) fail_once(why.error().message);
                }}),
      self_(std::make_shared<Successor*>(this)) {
  watch_end();
}

Result<void> Successor::on_message(const Message& message) {
  if (message.type != MessageType::kPrepared)
    return wws::fail(ErrorCode::kInternal, "a message that is not known");
  wants_counts_ = has_line(message.payload, kWantsCounts);
  const auto prepared = handlers_.prepared;  // may destroy this
  prepared(message.payload);
  return {};
}

void Successor::watch_end() {
  end_.readable([self = std::weak_ptr(self_)](error_code error) {
    const auto alive = self.lock();
    if (error || !alive) return;
    const auto exit = (*alive)->process_.wait();
    (*alive)->fail_once(exit ? runtime::describe_exit(exit->status) : "it is gone");
  });
}

void Successor::fail_once(std::string why) {
  if (std::exchange(is_over_, true)) return;
  const auto failed = handlers_.failed;  // may destroy this
  failed(std::move(why));
}

void Successor::take_over(Draining draining) {
  const std::string_view text = draining == Draining::kYes ? kDraining : std::string_view();
  const auto asked =
      channel_.ask(MessageType::kTakeOver, text, [this](const Message& answer) -> Result<void> {
        if (std::exchange(is_over_, true)) return {};
        process_.let_go();
        handlers_.took_over(answer.payload == kWithAdmin ? AdminPlaceIs::kTaken : AdminPlaceIs::kLeft);
        return {};
      });
  if (!asked) fail_once(asked.error().message);
}

// What cannot be sent is lost with the channel, whose end is told.

void Successor::tell_counted(std::string_view text) {
  if (wants_counts_) (void)channel_.send(MessageType::kCounted, text);
}

void Successor::tell_block(const base::File& readable) {
  if (wants_counts_) (void)channel_.send(MessageType::kBlock, "", {readable.fd()});
}

void Successor::tell_admin_free() {
  if (wants_counts_) (void)channel_.send(MessageType::kAdminFree, "");
}

void Successor::tell_known() { (void)channel_.send(MessageType::kKnown, ""); }

void Successor::tell_store_free() { (void)channel_.send(MessageType::kStoreFree, ""); }

}  // namespace wws::supervisor
