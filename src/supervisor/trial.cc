#include "supervisor/trial.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <string_view>
#include <utility>

#include "base/quantity.h"
#include "supervisor/channel.h"

namespace wws::supervisor {
using boost::system::error_code;
namespace {

constexpr std::string_view kVersionText = "HTTP/1.1 ";
constexpr std::size_t kHeadSize = kVersionText.size() + 3;
/// After a connection that ended: if the process did, that is told, and says more.
constexpr std::chrono::seconds kDeathTime{1};

using Head = std::array<char, kHeadSize>;

/// std::nullopt: what came is no answer.
std::optional<int> status_of(const Head& head) {
  const std::string_view text(head.data(), head.size());
  if (!text.starts_with(kVersionText)) return std::nullopt;
  int status = 0;
  for (const char c : text.substr(kVersionText.size())) {
    if (c < '0' || c > '9') return std::nullopt;
    status = status * 10 + (c - '0');
  }
  return status;
}

std::string request_text(const config::SmokeRequest& request) {
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: wws-smoke\r\nAccept: */*\r\nContent-Length: 0\r\n"
      "Connection: close\r\n\r\n",
      request.method, request.path);
}

}  // namespace

/// One request on its way. Handlers in the loop keep it.
struct Trial::Question {
  explicit Question(boost::asio::io_context& context) : socket(context), deadline(context) {}

  boost::asio::generic::stream_protocol::socket socket;
  boost::asio::steady_timer deadline;
  std::string text;
  Head head{};
};

Trial::Trial(boost::asio::io_context& context, config::ReloadConfig config, NameOf name_of, Done on_done)
    : context_(context),
      config_(std::move(config)),
      name_of_(std::move(name_of)),
      on_done_(std::move(on_done)) {}

void Trial::ask_next() {
  if (!on_done_) return;
  if (asked_ == config_.smoke.size()) return finish(std::nullopt);
  auto pair = Channel::make();
  if (!pair) return finish(fmt::format("{}: it cannot be asked: {}", name(), pair.error().message));
  const auto question = std::make_shared<Question>(context_);
  error_code error;
  base::File ours = std::move(pair->ours).take_socket();
  question->socket.assign(boost::asio::generic::stream_protocol(AF_UNIX, 0), ours.fd(), error);
  if (error) return finish(fmt::format("{}: it cannot be asked: {}", name(), error.message()));
  (void)ours.release();
  child_->send(MessageType::kConnection, "", {pair->theirs.fd()});
  question->text = request_text(config_.smoke[asked_]);
  wait(question, config_.time_limit,
       fmt::format("{}: no answer within {}", name(), base::format_duration(config_.time_limit)));
  boost::asio::async_write(question->socket, boost::asio::buffer(question->text),
                           [question](error_code /*reading tells*/, std::size_t /*count*/) {});
  boost::asio::async_read(question->socket, boost::asio::buffer(question->head),
                          [self = weak_from_this(), question](error_code failed, std::size_t /*count*/) {
                            const auto trial = self.lock();
                            if (!trial) return;
                            if (!failed) return trial->on_head(question);
                            trial->wait(question, kDeathTime,
                                        trial->name() + ": the connection ended without an answer");
                          });
}

/// Instead of what was waited for before.
void Trial::wait(const std::shared_ptr<Question>& question, base::Duration time, std::string why) {
  question->deadline.expires_after(time);
  question->deadline.async_wait([self = weak_from_this(), question, why = std::move(why)](error_code error) {
    const auto trial = self.lock();
    if (!error && trial) trial->finish(why);
  });
}

void Trial::on_head(const std::shared_ptr<Question>& question) {
  question->deadline.cancel();
  const config::SmokeRequest& request = config_.smoke[asked_];
  const auto status = status_of(question->head);
  if (!status) return finish(name() + ": what came is no answer");
  if (!request.wants(*status))
    return finish(fmt::format("{}: answered {} and not {}", name(), *status, status_text(request)));
  ++asked_;
  ask_next();
}

void Trial::on_death(const std::string& how) {
  finish(asked_ < config_.smoke.size() && child_ && child_->is_ready()
             ? fmt::format("{}: the process that was asked died: {}", name(), how)
             : "the process that was to be asked died: " + how);
}

void Trial::finish(std::optional<std::string> why) {
  const auto self = shared_from_this();
  if (auto done = std::exchange(on_done_, nullptr)) done(std::move(why));
}

std::string Trial::name() const { return name_of_(config_.smoke[asked_]); }

}  // namespace wws::supervisor
