#include "supervisor/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/standard_streams.h"
#include "store/door.h"
#include "supervisor/access_log_file.h"
#include "supervisor/modules_message.h"
#include "supervisor/place.h"
#include "supervisor/site_change.h"

namespace wws::supervisor {
using boost::system::error_code;
namespace {

constexpr std::chrono::seconds kLongLife{10};
constexpr std::chrono::milliseconds kFirstWait{100};
constexpr std::chrono::seconds kLongestWait{10};
/// After the time the processes have for their requests.
constexpr std::chrono::seconds kStopReserve{2};
/// A process that fails so often before it ever served will not serve.
constexpr unsigned kStartAttempts = 3;

/// nohup ignores SIGHUP for us.
bool is_ignored(int signal_number) {
  struct sigaction action{};
  return sigaction(signal_number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// Whether a terminal can end us by closing.
bool has_terminal() {
  return static_cast<bool>(base::File(open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)));
}

}  // namespace

base::Duration Backoff::next(base::Duration lived) noexcept {
  if (lived >= kLongLife) short_lives_ = 0;
  const unsigned short_lives = short_lives_++;
  if (short_lives == 0) return base::Duration(0);
  const base::Duration wait = kFirstWait * (1U << std::min(short_lives - 1, 10U));
  return std::min(wait, base::Duration(kLongestWait));
}

Supervisor::Supervisor(Supply supply, unsigned processes, const Timing& timing)
    : supply_(std::move(supply)),
      timing_(timing),
      signals_(context_, SIGTERM, SIGINT, SIGUSR1),
      stop_timer_(context_),
      look_timer_(context_),
      alive_timer_(context_),
      store_timer_(context_),
      files_timer_(context_),
      compile_children_(context_, {.policy = supply_.policy}, [this] { compilation_.children_are_ready(); }),
      compilation_(
          context_, supply_.modules, supply_.compile_children, timing.compile_pause,
          [this](const runtime::CompileJob& job) {
            keep_children_ready();
            return compile_children_.start(job);
          },
          [this](std::uint32_t module) { on_compiled(module); }),
      served_(std::make_shared<const SiteMessage>(numbered(supply_.site))),
      served_text_(to_json(*served_)),
      served_tables_(supply_.tables),
      wanted_(supply_.site),
      reload_(supply_.reload),
      had_terminal_(has_terminal()),
      restart_timer_(context_) {
  signals_.add(SIGUSR2);
  if (!is_ignored(SIGHUP)) signals_.add(SIGHUP);
  for (unsigned i = 0; i < processes; ++i)
    places_.push_back(std::make_unique<Place>(context_, runtime::roles::kServe, i + 1, ""));
  if (supply_.tables.store) add_service(runtime::roles::kStore, to_json(*supply_.tables.store));
  if (supply_.tables.folders) add_service(runtime::roles::kFolders, to_json(*supply_.tables.folders));
  if (supply_.tables.egress) add_service(runtime::roles::kEgress, to_json(*supply_.tables.egress));
  begin_administration();
  if (supply_.predecessor) follow(std::move(supply_.predecessor));
}

Supervisor::Place& Supervisor::add_service(const runtime::Role& role, std::string orders) {
  return *places_.emplace_back(std::make_unique<Place>(context_, role, 1, std::move(orders)));
}

Supervisor::~Supervisor() { end_all(); }

Result<void> Supervisor::run(const std::function<void(ServiceManager&)>& on_ready) {
  on_ready_ = on_ready;
  wait_for_signal();
  look_later();
  keep_alive_later();
  begin_watching();
  look_at_probation();
  for (std::uint32_t i = 0; i < supply_.modules.size(); ++i) {
    if (supply_.modules.files(i)) log_failure(i);
  }
  // Also where no worker uses the store: one that comes later may.
  if (supply_.tables.store) most_spaces_ = std::max(most_spaces_, supply_.tables.store->spaces.size());
  auto versions = store::SharedState::create(most_spaces_);
  if (!versions) return fail(versions);
  versions_.emplace(std::move(*versions));
  note_awaited();
  if (served_->live) switch_site();
  if (!predecessor_) {
    for (const auto& place : places_) start(*place);
  }
  compiling_since_ = clock_.now();
  count_lookups({});
  has_compiled_first_ = supply_.modules.pending().empty();
  if (const std::size_t count = supply_.modules.pending().size(); count > 0) {
    log::info("compiling {} of {} modules; their routes answer when that is done", count,
              supply_.modules.size());
    compilation_.start();
  }
  prepare();
  while (!(stopping_ && all_gone())) turn();
  tell_successor_of_counts();
  return outcome_;
}

/// One handler, or until there are lines to be written.
void Supervisor::turn() {
  if (const auto limit = base::standard_streams_sleep_limit()) {
    context_.run_one_for(*limit);
  } else {
    context_.run_one();
  }
  base::flush_standard_streams_if_due(clock_.now());
}

void Supervisor::start(Place& place) {
  if (stopping_ || !place.is_used() || (&place.role == &runtime::roles::kStore && !is_store_free_)) return;
  place.started = clock_.now();
  const auto filled = fill(place);
  if (filled) return;
  place.child.reset();
  place.last_error = filled.error().message;
  log::error("{} {}: {}", place.role.name, place.number, place.last_error);
  start_again(place);
}

Result<void> Supervisor::fill(Place& place) {
  auto child = make_child(place);
  if (!child) return fail(child);
  place.child = std::move(*child);
  if (auto begun = place.child->begin(); !begun) return begun;
  supply(place);
  return {};
}

/// A process that fills the place, or is to. begin() is still to be called.
Result<std::shared_ptr<ServingChild>> Supervisor::make_child(Place& place) {
  const std::vector<base::File> none;
  const bool administers = &place.role == &runtime::roles::kAdmin;
  const std::vector<base::File>& listeners = place.serves() ? supply_.listeners
                                             : administers  ? supply_.admin->sockets.sockets()
                                                            : none;
  auto parts = ServingChild::start(place.role, hardening::to_argument(supply_.policy), listeners,
                                   supply_.modules.size());
  if (!parts) return fail(parts);
  const auto self = std::make_shared<std::weak_ptr<ServingChild>>();
  ServingChild::Handlers handlers{[this, &place, self](std::string_view text) {
                                    const auto child = self->lock();
                                    if (place.child == child) return on_ready(place, text);
                                    if (place.next && place.next->child == child) on_next_ready(place, text);
                                  },
                                  [this, self](std::string_view service) {
                                    const auto child = self->lock();
                                    const Place* lost = service_place(service);
                                    if (child && lost != nullptr) link(*child, *lost);
                                  },
                                  [this, &place](const Death& death) { on_death(place, death); },
                                  {}};
  if (administers) handlers.asked = [this](std::string_view question) { return answer(question); };
  if (&place.role == &runtime::roles::kTelemetry)
    handlers.asked = [this](std::string_view question) { return answer_for_telemetry(question); };
  auto child = std::make_shared<ServingChild>(context_, std::move(*parts), timing_, std::move(handlers));
  *self = child;
  return child;
}

void Supervisor::supply(Place& place) {
  ServingChild& child = *place.child;
  if (!place.serves()) return supply_service(place, child, place.orders);
  give_log(place, child);
  give_block(child);
  give_ring(child);
  if (is_beside_another()) child.send(MessageType::kListen, kLater);
  if (supply_.access_log) child.send(MessageType::kAccessLog, "", {supply_.access_log.fd()});
  supply(child, *served_, served_text_);
  place.started_for = served_;
}

void Supervisor::supply_service(const Place& place, ServingChild& child, const std::string& orders) {
  give_log(place, child);
  if (&place.role == &runtime::roles::kStore)
    child.send(MessageType::kVersions, std::to_string(most_spaces_), {versions_->fd()});
  child.send_orders(MessageType::kService, orders);
  if (&place.role == &runtime::roles::kAdmin) {
    tell_of_counts(child);
    tell_admin_of_logs(child);
  }
  if (&place.role == &runtime::roles::kTelemetry) tell_telemetry(child);
  if (&place.role == &runtime::roles::kAdmin && is_admin_free_) child.send(MessageType::kListen, "");
}

/// With what it takes to serve a site, which is `site_text` in JSON.
void Supervisor::supply(ServingChild& serving, const SiteMessage& site, std::string_view site_text) {
  const auto readable = versions_->open_for_reading();
  if (!readable) return serving.end("it cannot be given the store's versions: " + readable.error().message);
  serving.send(MessageType::kVersions, std::to_string(most_spaces_), {readable->fd()});
  std::vector<std::uint32_t> known = modules_of(site);
  std::erase_if(known, [this](std::uint32_t module) { return !supply_.modules.files(module); });
  send_modules(serving, known);
  serving.send_orders(MessageType::kSite, site_text);
}

/// After the first store child has the store: nobody else can have it then.
void Supervisor::open_door() {
  const auto& store = supply_.tables.store;
  if (door_watch_ || !store || store->kind != StoreKind::kFile) return;
  auto door = store::open_door(store->folder);
  if (!door)
    return log::warn("wws kv cannot reach the key-value store while this server runs: {}",
                     door.error().message);
  door_ = std::move(*door);
  door_watch_.emplace(context_, door_.fd());
  watch_door();
}

void Supervisor::watch_door() {
  door_watch_->readable([this](error_code error) {
    if (error || stopping_) return;
    const base::File person(accept4(door_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    const Place* store = service_place(runtime::roles::kStore.service);
    if (person && store->child && store->child->is_ready())
      store->child->send(MessageType::kLink, kPersonLink, {person.fd()});
    watch_door();
  });
}

Supervisor::Place* Supervisor::service_place(std::string_view name) const {
  const auto found = std::ranges::find_if(
      places_, [&](const auto& place) { return !place->serves() && place->role.service == name; });
  return found == places_.end() ? nullptr : found->get();
}

/// Gives a serving process and a service a socket between them, if the service is there.
void Supervisor::link(ServingChild& serving, const Place& service) {
  if (&serving == child_of(runtime::roles::kAdmin)) return link_admin();
  if (service.role.service[0] != '\0' && service.is_ready()) link(serving, service.role, *service.child);
}

void Supervisor::link(ServingChild& serving, const runtime::Role& role, ServingChild& service) {
  auto pair = Channel::make();
  if (!pair)
    return serving.end(fmt::format("it cannot be linked to the {}: {}", role.name, pair.error().message));
  serving.send_link(role.service, pair->ours.fd());
  service.send(MessageType::kLink, "", {pair->theirs.fd()});
}

void Supervisor::send_modules(ServingChild& child, const std::vector<std::uint32_t>& numbers) const {
  child.set_modules(supply_.modules.size());
  std::vector<ModuleNews> news;
  std::vector<int> descriptors;
  const auto flush = [&] {
    if (!news.empty()) child.send(MessageType::kModules, to_json(news), descriptors);
    news.clear();
    descriptors.clear();
  };
  for (const std::uint32_t number : numbers) {
    const Result<runtime::ModuleFiles>& files = *supply_.modules.files(number);
    const auto aside = put_aside_.find(number);
    if (aside != put_aside_.end()) {
      news.push_back({.number = number, .error = aside->second});
    } else if (!files) {
      news.push_back({.number = number, .error = files.error().message});
    } else {
      const bool has_snapshot = static_cast<bool>(files->snapshot);
      news.push_back({.number = number, .code = files->code->key, .has_snapshot = has_snapshot});
      descriptors.push_back(files->code->file.fd());
      if (has_snapshot) descriptors.push_back(files->snapshot.fd());
    }
    if (descriptors.size() + 2 > Channel::kMaxDescriptors || news.size() == Channel::kMaxDescriptors) flush();
  }
  flush();
}

void Supervisor::log_failure(std::uint32_t module) const {
  const Result<runtime::ModuleFiles>& files = *supply_.modules.files(module);
  if (files) return;
  const auto serves_in_its_place = [&](const WorkerMessage& old) {
    const auto& its_files = supply_.modules.files(old.module);
    return old.module != module && its_files && *its_files &&
           std::ranges::any_of(wanted_.workers, [&](const WorkerMessage& worker) {
             return worker.module == module && worker.file == old.file;
           });
  };
  const bool has_old = std::ranges::any_of(served_->workers, serves_in_its_place);
  log::error("{}: cannot be run, {}: {}", supply_.modules.file(module),
             has_old ? "what was there before goes on serving" : "its route answers 500",
             files.error().message);
  if (!wanted_.live) return;
  const std::string& file = supply_.modules.file(module);
  for (const std::string& line :
       server::excerpt_lines(server::describe_failure(wanted_.live->root, file, files.error().message)))
    log::error("{}", line);
}

/// Before many scripts are evaluated, and while somebody may edit one.
void Supervisor::keep_children_ready() {
  constexpr std::size_t kMany = 3;
  if (compile_children_.keeps_ready()) return;
  if (supply_.modules.pending_scripts() < kMany && !watcher_) return;
  if (const auto files = supply_.modules.engine_files())
    compile_children_.keep_ready(*files, supply_.modules.lines());
}

void Supervisor::on_compiled(std::uint32_t module) {
  // What failed and is wanted no more concerns nobody: its file is another by now.
  if (std::ranges::any_of(wanted_.workers, [&](const auto& worker) { return worker.module == module; }))
    log_failure(module);
  if (awaited_.erase(module) > 0) tell_all(module);
  switch_site_later();
  if (!compilation_.is_done()) return;
  has_compiled_first_ = true;
  if (!watcher_) compile_children_.rest();
  prepare();
  const auto took = clock_.now() - compiling_since_;
  log::info("all modules are compiled, after {:.1f} s", std::chrono::duration<double>(took).count());
  end_reload();
}

void Supervisor::tell_all(std::uint32_t module) {
  for (const auto& place : places_) {
    // One that is gone is supplied anew at its restart.
    if (place->child && place->serves()) send_modules(*place->child, {module});
  }
  for (const Leaving& leaving : leaving_) send_modules(*leaving.child, {module});
}

void Supervisor::on_ready(Place& place, std::string_view text) {
  log::info("{} {} (pid {}): {}", place.role.name, place.number, place.child->pid(), text);
  const bool is_store = &place.role == &runtime::roles::kStore;
  if (is_store) open_door();
  if (is_store && predecessor_ && !place.has_served) {
    link_those_that_wait(*place.child);
  } else {
    link_all(place);
  }
  if (place.serves()) link_later(*place.child);
  if (is_store || &place.role == &runtime::roles::kAdmin) link_admin();
  if (place.serves()) {
    for (const Leaving& leaving : leaving_) {
      if (leaving.place == &place) leaving.child->send(MessageType::kStop, kStopForAnother);
    }
  } else {
    tell_next(place);
    switch_site_later();
  }
  if (std::exchange(place.has_served, true)) return;
  if (is_beside_another()) return tell_prepared();
  begin_if_all_serve();
}

/// Sockets between one that is ready and those that are ready already.
void Supervisor::link_all(Place& place) {
  if (!place.serves()) link_trial(place);
  for (const auto& other : places_) {
    if (other->serves() == place.serves() || !other->child || !other->child->is_ready()) continue;
    link(place.serves() ? *place.child : *other->child, place.serves() ? *other : place);
  }
}

void Supervisor::begin_if_all_serve() {
  const bool all = std::ranges::all_of(places_, [](const auto& other) { return other->has_served; });
  if (all && on_ready_) std::exchange(on_ready_, nullptr)(supply_.manager);
  if (all) keep_children_ready();
}

void Supervisor::on_death(Place& place, const Death& death) {
  tell_admin_of_end(death.pid);
  const auto left = std::ranges::find_if(
      leaving_, [&](const Leaving& leaving) { return leaving.child->pid() == death.pid; });
  if (left != leaving_.end()) {
    if (death.status != 0)
      log::error("serving process {} (pid {}), which was to leave, died: {}", place.number, death.pid,
                 describe(death));
    leaving_.erase(left);
    if (stopping_) stop_services_if_alone();
    return;
  }
  if (end_of_other_service(place, death)) return;
  place.child.reset();
  if (stopping_) {
    if (&place.role == &runtime::roles::kStore) free_store();
    if (&place.role == &runtime::roles::kAdmin) free_admin();
    return stop_services_if_alone();
  }
  place.last_error = death.by == Death::By::kItself ? death.last_words : death.reason;
  const std::string how = describe(death);
  log::error("{} {} (pid {}) died: {}", place.role.name, place.number, death.pid, how);
  ++place.restarts;
  blame(death, how);
  start_again(place);
}

void Supervisor::blame(const Death& death, const std::string& how) {
  const bool was_killed =
      WIFSIGNALED(death.status) && WTERMSIG(death.status) == SIGKILL && death.by == Death::By::kItself;
  const bool for_memory = was_killed && memory_kills_.take();
  if (for_memory) {
    log::error(
        "the kernel killed it since memory ran out: lower --max-instances or [limits] memory, or allow the "
        "server more");
  }
  if (!death.module || !WIFSIGNALED(death.status) || death.by == Death::By::kSupervisor) return;
  const std::string& file = supply_.modules.file(*death.module);
  if (for_memory) {
    log::error("a guest of {} ran when it died, which need not be the one that took the memory: not counted",
               file);
    return;
  }
  const std::size_t deaths = deaths_.add(*death.module, clock_.now());
  log::error("a guest of {} ran when it died ({} of {} times){}", file, deaths, Deaths::kMost,
             was_killed ? "; the kill came from outside, which proves nothing unless it happens again" : "");
  if (deaths != Deaths::kMost || put_aside_.contains(*death.module)) return;
  put_aside_[*death.module] = fmt::format(
      "put aside: serving processes died {} times while it ran, within {} minutes (the last: {}); correct "
      "it, "
      "then start the server again",
      deaths, std::chrono::duration_cast<std::chrono::minutes>(Deaths::kWindow).count(), how);
  log::error("{}: {}", file, put_aside_[*death.module]);
  tell_all(*death.module);
}

void Supervisor::start_again(Place& place) {
  if (place.role.restart == runtime::Restart::kNever) return;
  if (!place.has_served && ++place.failed_starts >= kStartAttempts) {
    outcome_ =
        fail(ErrorCode::kInternal, fmt::format("no {} can start{}{}", place.role.name,
                                               place.last_error.empty() ? "" : ": ", place.last_error));
    return stop();
  }
  place.restart.expires_after(place.backoff.next(clock_.now() - place.started));
  place.restart.async_wait([this, &place](error_code error) {
    if (!error) start(place);
  });
}

void Supervisor::look_later() {
  look_timer_.expires_after(timing_.look_period);
  look_timer_.async_wait([this](error_code error) {
    if (error) return;
    for (const auto& place : places_) {
      if (place->child) place->child->look();
    }
    for (const Leaving& leaving : leaving_) leaving.child->look();
    for (const Leaving& former : former_services_) former.child->look();
    for (const auto& place : places_) {
      if (place->next && place->next->child) place->next->child->look();
    }
    look_at_trials();
    look_at_probation();
    if (past_ && successor_) past_->refresh();
    supply_.manager.retry();
    look_later();
  });
}

/// By this loop, so that one which stands still gives none.
void Supervisor::keep_alive_later() {
  const auto period = supply_.manager.period();
  if (!period) return;
  supply_.manager.keep_alive();
  alive_timer_.expires_after(*period);
  alive_timer_.async_wait([this](error_code error) {
    if (!error) keep_alive_later();
  });
}

void Supervisor::wait_for_signal() {
  signals_.async_wait([this](error_code error, int number) {
    if (error) return;
    // A terminal that closes is gone by now.
    if (number == SIGUSR1) {
      reopen_access_log();
    } else if (number == SIGUSR2) {
      restart();
    } else if (number == SIGHUP && !(had_terminal_ && !has_terminal())) {
      log::info("SIGHUP: the project is read again");
      reload(Cause::kSignal);
    } else {
      on_signal();
    }
    wait_for_signal();
  });
}

/// Lines that are written until a process has the new file are in the old one.
void Supervisor::reopen_access_log() {
  if (supply_.access_log_path.empty()) {
    log::info("SIGUSR1: there is no file of the access log to open anew (--access-log)");
    return;
  }
  auto file = open_access_log(supply_.access_log_path);
  if (!file) {
    log::error("{}; its lines go where they went", file.error().message);
    return;
  }
  supply_.access_log = std::move(*file);
  log::info("SIGUSR1: the access log was opened anew");
  for (const auto& place : places_) {
    if (place->child && place->serves())
      place->child->send(MessageType::kAccessLog, "", {supply_.access_log.fd()});
  }
  for (const Leaving& leaving : leaving_)
    leaving.child->send(MessageType::kAccessLog, "", {supply_.access_log.fd()});
}

void Supervisor::on_signal() {
  switch (stop_request_.on_signal(clock_.now())) {
    case StopRequest::Meaning::kStop:
      return stop();
    case StopRequest::Meaning::kSameAgain:
      return;
    case StopRequest::Meaning::kEndAtOnce:
      return end_all();
  }
}

void Supervisor::stop(StopFor whom) {
  if (stopping_) return;
  // Compilation goes on: a request in flight may wait for its module.
  stopping_ = true;
  end_trial();
  tried_.clear();
  for (const auto& place : places_) place->next.reset();
  if (whom == StopFor::kGood) {
    successor_.reset();
    supply_.manager.tell_stopping(
        fmt::format("stopping; requests in flight have {} s", served_->stop_seconds));
  }
  if (door_watch_) door_watch_->cancel();
  // The last process to close a listening socket ends it: from then on new clients are refused at once.
  supply_.listeners.clear();
  stop_children(whom);
  stop_services_if_alone();
  stop_timer_.expires_after(std::chrono::seconds(served_->stop_seconds) + kStopReserve);
  stop_timer_.async_wait([this](error_code error) {
    if (error) return;
    is_late_ = true;
    if (all_gone()) return;
    log::warn("serving processes did not stop in time and are killed");
    end_all();
  });
}

/// A child that is stuck is seen to by the timer. Services are needed until the last of the others is gone.
void Supervisor::stop_children(StopFor whom) {
  const std::string_view how = whom == StopFor::kAnother ? kStopForAnother : std::string_view();
  for (const auto& place : places_) {
    place->restart.cancel();
    if (place->child && place->serves()) place->child->send(MessageType::kStop, how);
  }
  for (const Leaving& leaving : leaving_) leaving.child->send(MessageType::kStop, how);
}

void Supervisor::end_all() {
  is_late_ = true;
  for (const auto& place : places_) {
    if (place->child) place->child->end_at_once();
    place->next.reset();
  }
  for (const Leaving& leaving : leaving_) leaving.child->end_at_once();
  for (const Leaving& former : former_services_) former.child->end_at_once();
  trial_.reset();
  tried_.clear();
}

void Supervisor::stop_services_if_alone() {
  const bool is_needed = std::ranges::any_of(
      places_, [](const auto& place) { return place->serves() && place->child != nullptr; });
  if (is_needed || !leaving_.empty()) return;
  for (const auto& place : places_) {
    // Who asked the admin child gets an answer, if nobody can ask again: the next one goes to the other
    // server.
    const bool has_time = successor_ && &place->role == &runtime::roles::kAdmin;
    if (place->child) place->child->send(MessageType::kStop, has_time ? kStopForAnother : "");
  }
  for (const Leaving& former : former_services_) former.child->send(MessageType::kStop, "");
}

bool Supervisor::all_gone() const {
  // What the server before this one still counts, the one after this one has from here.
  if (predecessor_ && !predecessor_->is_gone() && successor_ && !is_late_) return false;
  return leaving_.empty() && former_services_.empty() &&
         std::ranges::all_of(places_, [](const auto& place) { return place->child == nullptr; });
}

}  // namespace wws::supervisor
