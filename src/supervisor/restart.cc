// The supervisor's restart: a server that takes the place of another (docs/restart.md).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/log.h"
#include "supervisor/counted_message.h"
#include "supervisor/place.h"
#include "supervisor/supervisor.h"

namespace wws::supervisor {
using boost::system::error_code;
namespace {

/// For another server to be prepared. It may have everything to compile anew.
constexpr std::chrono::minutes kLongestPreparation{10};
/// For requests that use the store to end, before it changes hands all the same.
constexpr std::chrono::seconds kLongestStoreUse{5};

}  // namespace

// --- the server that is there ---

void Supervisor::restart() {
  if (stopping_ || supply_.program.arguments.empty()) return;
  if (is_beside_another()) return log::warn("SIGUSR2: this server does not serve yet");
  if (successor_)
    return log::warn("SIGUSR2: another server (pid {}) is about to take this one's place already",
                     successor_->pid());
  if (!is_store_free_) {
    restarts_later_ = true;
    return log::info("SIGUSR2: the server before this one still has the store; this waits for it");
  }
  auto successor = Successor::start(context_, supply_.program, supply_.listeners,
                                    supply_.admin ? &supply_.admin->sockets : nullptr,
                                    {[this](std::string_view failing) { judge_successor(failing); },
                                     [this](Successor::AdminPlaceIs admin) { hand_over(admin); },
                                     [this](const std::string& why) { give_up_restart(why); }});
  const std::string& program = supply_.program.arguments.front();
  if (!successor) return log::error("restart: {}: {}; this one goes on", program, successor.error().message);
  successor_ = std::move(*successor);
  log::info("SIGUSR2: {} (pid {}) is to take this server's place", program, successor_->pid());
  restart_timer_.expires_after(kLongestPreparation);
  restart_timer_.async_wait([this](error_code error) {
    if (!error)
      give_up_restart(fmt::format("it was not prepared within {} min", kLongestPreparation.count()));
  });
}

/// It must not do worse than this one: a worker that runs here has to run there.
void Supervisor::judge_successor(std::string_view failing) {
  while (!failing.empty()) {
    const std::string_view file = failing.substr(0, failing.find('\n'));
    failing.remove_prefix(std::min(file.size() + 1, failing.size()));
    const auto runs_here = [&](const WorkerMessage& worker) {
      const auto& files = supply_.modules.files(worker.module);
      return worker.file == file && files && *files;
    };
    if (std::ranges::any_of(served_->workers, runs_here))
      return give_up_restart(fmt::format("it cannot run {}, which this server runs", log::escaped(file)));
  }
  pass_counts();
  successor_->take_over(is_draining_ ? Successor::Draining::kYes : Successor::Draining::kNo);
}

void Supervisor::give_up_restart(const std::string& why) {
  restart_timer_.cancel();
  const pid_t pid = successor_->pid();
  successor_.reset();
  if (!stopping_)
    log::error("restart: the other server (pid {}) does not serve: {}; this one goes on", pid, why);
}

/// Before it serves: it tells no sum that is less than what this server told.
void Supervisor::pass_counts() {
  if (!blocks_ || !successor_->wants_counts()) return;
  tell_successor_of_counts();
  for (const auto& block : blocks_->blocks()) pass_block(*block);
  if (past_) pass_block(past_->block());
}

void Supervisor::pass_block(const metrics::Block& block) {
  if (!successor_ || !successor_->wants_counts()) return;
  if (const auto readable = block.open_for_reading()) return successor_->tell_block(*readable);
  log::warn("restart: the other server is not told all that was counted: there is no descriptor left");
}

void Supervisor::tell_successor_of_counts() {
  if (!blocks_ || !successor_ || !successor_->wants_counts()) return;
  metrics::OwnCountsNoter noter;
  write_own_metrics(noter);
  successor_->tell_counted(
      to_json(CountedMessage{metrics::Layout::own(), slots_.names(), std::move(noter).take()}));
}

/// Who reads counters one after the other finds this server's until nobody gets them any more, and then those
/// of the other, which are not less.
void Supervisor::free_admin() {
  if (!successor_ || std::exchange(is_admin_free_told_, true)) return;
  tell_successor_of_counts();
  successor_->tell_admin_free();
}

void Supervisor::hand_over(Successor::AdminPlaceIs admin) {
  restart_timer_.cancel();
  if (admin == Successor::AdminPlaceIs::kTaken) supply_.admin->sockets.leave_file();
  const pid_t pid = successor_->pid();
  log::info("restart: the server with pid {} serves from now on; this one ends with its last request", pid);
  supply_.manager.tell_successor(pid);
  successor_->tell_known();
  if (supply_.on_hand_over) supply_.on_hand_over(pid);
  stop(StopFor::kAnother);
  if (ServingChild* child = child_of(runtime::roles::kAdmin)) {
    child->stop_accepting([this](const Result<void>&) { free_admin(); });
    child->send(MessageType::kStop, kStopForAnother);
  } else {
    free_admin();
  }
  Place* store = service_place(runtime::roles::kStore.service);
  if (store == nullptr || !store->child || supply_.tables.store->kind != StoreKind::kFile)
    return free_store();
  // A child that still opens the store would find that nobody uses it, and end.
  link_those_that_wait(*store->child);
  store->child->send(MessageType::kStop, kStopForAnother);
  store_timer_.expires_after(kLongestStoreUse);
  store_timer_.async_wait([this](error_code error) {
    const Place* late = service_place(runtime::roles::kStore.service);
    if (!error && late->child) late->child->send(MessageType::kStop, "");
  });
}

void Supervisor::free_store() {
  if (successor_) successor_->tell_store_free();
}

// --- the server that comes ---

void Supervisor::follow(base::File channel) {
  is_store_free_ = false;
  is_admin_free_ = false;
  supply_.manager.be_silent();
  predecessor_.emplace(
      context_, std::move(channel),
      Predecessor::Handlers{[this](Successor::Draining draining) { take_over(draining); },
                            [this] {
                              supply_.manager.speak();
                              begin_if_all_serve();
                            },
                            [this](std::string_view text) {
                              if (past_ && past_->take(text, slots_)) tell_of_routes();
                              if (past_) past_->refresh();
                            },
                            [this](base::File memory) {
                              if (past_) past_->add(std::move(memory));
                            },
                            [this] { take_admin(); },
                            [this] {
                              is_store_free_ = true;
                              if (Place* store = service_place(runtime::roles::kStore.service)) {
                                store->is_used() ? start(*store) : begin_next(*store);
                              }
                              if (std::exchange(restarts_later_, false)) restart();
                            },
                            [this] {
                              outcome_ =
                                  fail(ErrorCode::kIo, "the server whose place this one was to take is gone");
                              stop();
                            },
                            [this] {
                              if (past_) past_->end();
                            }});
}

/// Nothing serves before all has code: until then the other server does, and better. The store is the
/// other's.
void Supervisor::prepare() {
  if (!predecessor_ || has_begun_ || stopping_ || !compilation_.is_done()) return;
  has_begun_ = true;
  for (const auto& place : places_) start(*place);
}

/// What it asks before this server has the store waits in a socket.
void Supervisor::link_later(ServingChild& serving) {
  const Place* store = service_place(runtime::roles::kStore.service);
  if (!predecessor_ || store == nullptr || store->has_served) return;
  auto pair = Channel::make();
  if (!pair) return serving.end("it cannot be linked to the store child: " + pair.error().message);
  serving.send_link(runtime::roles::kStore.service, pair->ours.fd());
  store_links_.push_back(std::move(pair->theirs).take_socket());
}

void Supervisor::link_those_that_wait(ServingChild& store) {
  for (const base::File& link : std::exchange(store_links_, {}))
    store.send(MessageType::kLink, "", {link.fd()});
}

void Supervisor::tell_prepared() {
  const bool all = std::ranges::all_of(places_, [](const auto& place) {
    return place->has_served || &place->role == &runtime::roles::kStore;
  });
  if (!all) return;
  std::string failing;
  for (const WorkerMessage& worker : served_->workers) {
    const auto& files = supply_.modules.files(worker.module);
    if (files && !*files) failing += worker.file + '\n';
  }
  log::info("prepared to take the place of the server before this one");
  predecessor_->tell_prepared(failing,
                              past_ ? Predecessor::Counts::kWanted : Predecessor::Counts::kNotWanted);
}

void Supervisor::take_admin() {
  is_admin_free_ = true;
  if (past_) past_->refresh();
  if (ServingChild* child = child_of(runtime::roles::kAdmin)) child->send(MessageType::kListen, "");
}

void Supervisor::take_over(Successor::Draining draining) {
  has_taken_over_ = true;
  // Without the interface nobody could take it back.
  is_draining_ = supply_.admin && draining == Successor::Draining::kYes;
  if (is_draining_)
    log::info("the server before this one was told to drain, and so this one is not ready for traffic");
  for (const auto& place : places_) {
    if (place->child && place->serves()) place->child->send(MessageType::kListen, "");
  }
  // One that tells what it counted says too when it tells nobody else.
  if (!past_ || !past_->is_told()) take_admin();
  const bool has_admin = supply_.admin && supply_.admin->sockets.are_passed();
  if (has_admin) supply_.admin->sockets.take_file();
  predecessor_->tell_took_over(has_admin ? Successor::AdminPlaceIs::kTaken : Successor::AdminPlaceIs::kLeft);
}

}  // namespace wws::supervisor
