// What the supervisor counts, and tells the admin child.
#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "admin/endpoints.h"
#include "base/log.h"
#include "supervisor/admin_answers.h"
#include "supervisor/admin_process.h"
#include "supervisor/place.h"
#include "supervisor/site_change.h"
#include "supervisor/supervisor.h"

namespace wws::supervisor {
namespace {

namespace json = boost::json;
using metrics::Metric;
using metrics::TextWriter;
using Label = TextWriter::Label;

std::string reply(int status, const json::value& body) {
  return fmt::format("{} {}", status, json::serialize(body));
}

std::string to_json(const std::vector<std::string>& texts) {
  return json::serialize(json::array(texts.begin(), texts.end()));
}

/// Of a process that is ours, so that its number is still its own.
std::uint64_t resident_bytes(pid_t pid) {
  static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return resident * page;
}

std::int64_t whole_seconds(base::WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

SiteMessage& Supervisor::numbered(SiteMessage& site) {
  if (slots_.assign(site)) tell_of_routes();
  return site;
}

void Supervisor::begin_administration() {
  began_ = clock_.now();
  began_at_ = clock_.wall();
  if (is_counting()) begin_counting();
  if (supply_.admin) {
    begin_keeping_logs();
    add_service(runtime::roles::kAdmin, to_json(AdminMessage{supply_.admin->offer, served_->logging}));
  }
  begin_telemetry();
}

void Supervisor::begin_counting() {
  blocks_.emplace();
  blocks_->set_on_new([this](const metrics::Block& block) {
    // Those that are not there are told of all when they start.
    for (ServingChild* child : {child_of(runtime::roles::kAdmin), child_of(runtime::roles::kTelemetry)}) {
      if (child == nullptr) continue;
      if (const auto readable = block.open_for_reading())
        child->send(MessageType::kBlock, "", {readable->fd()});
    }
    pass_block(block);
  });
  if (!supply_.predecessor) return;
  auto past = PastCounts::create();
  if (!past) return log::warn("restart: counters begin anew: {}", past.error().message);
  past_.emplace(std::move(*past));
}

/// Who may ask and what there is can change at once; where the interface is, cannot.
std::optional<UsedLater> Supervisor::adopt_admin(const std::optional<AdminPlan>& plan) {
  UsedLater later{"admin.listen", "the place of the admin interface", "there is none"};
  if (!supply_.admin) return plan ? std::optional(later) : std::nullopt;
  later.until = "it is at " + supply_.admin->sockets.name();
  if (!plan) return later;
  admin::Offer& offer = supply_.admin->offer;
  const bool has_other_token = offer.token != plan->offer.token;
  if (has_other_token || offer.pages != plan->offer.pages) {
    if (has_other_token) log::info("reload: the admin interface has another token");
    if (offer.pages != plan->offer.pages)
      log::info("reload: the admin interface has {} panel",
                plan->offer.pages == admin::Pages::kPanel ? "a" : "no");
    offer = plan->offer;
    tell_service(runtime::roles::kAdmin, to_json(AdminMessage{offer, served_->logging}));
  }
  return plan->place == supply_.admin->sockets.place() ? std::nullopt : std::optional(later);
}

bool Supervisor::is_counting() const noexcept {
  return supply_.admin || supply_.telemetry || !reload_.smoke.empty();
}

ServingChild* Supervisor::child_of(const runtime::Role& role) const {
  const auto found = std::ranges::find_if(places_, [&](const auto& place) { return &place->role == &role; });
  return found == places_.end() ? nullptr : (*found)->child.get();
}

/// The admin child asks the store as a person does.
void Supervisor::link_admin() {
  ServingChild* admin = child_of(runtime::roles::kAdmin);
  const Place* store = service_place(runtime::roles::kStore.service);
  if (admin == nullptr || !admin->is_ready() || store == nullptr || !store->is_ready()) return;
  auto pair = Channel::make();
  if (!pair) return log::warn("operators do not see the key-value store: {}", pair.error().message);
  admin->send_link(runtime::roles::kStore.service, pair->ours.fd());
  store->child->send(MessageType::kLink, kOperatorLink, {pair->theirs.fd()});
}

void Supervisor::give_block(ServingChild& serving) {
  if (!blocks_) return;
  auto lease = blocks_->take();
  if (lease) return serving.give_block(std::move(*lease));
  log::warn("a serving process counts nothing: {}", lease.error().message);
}

void Supervisor::tell_of_counts(ServingChild& child) const {
  const auto tell = [&](const metrics::Block& block) {
    const auto readable = block.open_for_reading();
    if (!readable) return child.end("it cannot be given what was counted: " + readable.error().message);
    child.send(MessageType::kBlock, "", {readable->fd()});
  };
  for (const auto& block : blocks_->blocks()) tell(*block);
  // To a collector each server is one of its own, which counts from its start on.
  if (past_ && &child == child_of(runtime::roles::kAdmin)) tell(past_->block());
  child.send(MessageType::kRoutes, to_json(slots_.names()));
}

void Supervisor::tell_of_routes() {
  for (ServingChild* child : {child_of(runtime::roles::kAdmin), child_of(runtime::roles::kTelemetry)}) {
    if (child != nullptr) child->send(MessageType::kRoutes, to_json(slots_.names()));
  }
  tell_successor_of_counts();
}

/// Modules of what is wanted that were not there `before`, in ascending order.
void Supervisor::count_lookups(const std::vector<std::uint32_t>& before) {
  for (const std::uint32_t module : modules_of(wanted_)) {
    if (std::ranges::binary_search(before, module)) continue;
    ++(supply_.modules.files(module) ? counts_.cache_hits : counts_.cache_misses);
  }
}

std::vector<std::string> Supervisor::reasons_not_ready() const {
  std::vector<std::string> reasons;
  if (is_draining_) reasons.emplace_back("it was told to drain");
  if (stopping_ && successor_) return reasons;  // another server is as ready at this place
  if (stopping_) reasons.emplace_back("the server stops");
  if (!has_compiled_first_) reasons.emplace_back("modules are compiled");
  const bool serves =
      std::ranges::any_of(places_, [](const auto& place) { return place->serves() && place->is_ready(); });
  if (!serves) reasons.emplace_back("no serving process is ready");
  for (const auto& place : places_) {
    // What is asked of a store that is still another server's waits for it.
    if (predecessor_ && &place->role == &runtime::roles::kStore && !place->has_served) continue;
    // Requests need neither of these.
    const bool looks_on =
        &place->role == &runtime::roles::kAdmin || &place->role == &runtime::roles::kTelemetry;
    if (!place->serves() && place->is_used() && !place->is_ready() && !looks_on)
      reasons.push_back(fmt::format("the {} is not ready", place->role.name));
  }
  return reasons;
}

ModuleState Supervisor::module_state(std::uint32_t module) const {
  if (const auto aside = put_aside_.find(module); aside != put_aside_.end())
    return {"put_aside", aside->second};
  const auto& files = supply_.modules.files(module);
  if (!files) return {"pending"};
  if (!*files) return {"failed", files->error().message};
  return {"ready"};
}

std::string Supervisor::answer(std::string_view question) {
  using namespace std::string_view_literals;
  const auto state_of = [this](std::uint32_t module) { return module_state(module); };
  // Sums are told after this answer, and have all that the server before this one counted by now.
  if (past_) past_->refresh();
  if (question == admin::kStatsQuestion) return "200 {}";
  if (question == admin::kMetricsQuestion) return answer_for_metrics(metrics::Format::kPrometheus);
  if (question == admin::kOpenMetricsQuestion) return answer_for_metrics(metrics::Format::kOpenMetrics);
  if (question == "health"sv) return reply(200, json::object{{"status", "ok"}});
  if (question == "ready"sv) {
    const auto reasons = reasons_not_ready();
    return reply(
        reasons.empty() ? 200 : 503,
        json::object{{"ready", reasons.empty()}, {"reasons", json::array(reasons.begin(), reasons.end())}});
  }
  if (question == "status"sv) return reply(200, status_json());
  if (question == "workers"sv) return reply(200, workers_json(wanted_, state_of));
  if (question == "routes"sv) return reply(200, routes_json(*served_));
  if (question == "problems"sv) return reply(200, problems_json());
  if (question == "processes"sv) return reply(200, processes_json());
  if (question == "reload"sv) return begin_reload_on_request();
  if (question == "drain"sv) return begin_draining();
  if (question == "undrain"sv) return end_draining();
  if (question == admin::kOldWorkers) return reply(200, old_workers_json(*served_));
  if (question.starts_with(admin::kOldWorkers)) {
    if (const auto worker = old_worker_json(*served_, question.substr(admin::kOldWorkers.size() + 1)))
      return reply(200, *worker);
    return reply(404, "{}");  // as the original has it
  }
  return reply(404, json::object{{"error", "the supervisor does not know that"}});
}

std::string Supervisor::begin_reload_on_request() {
  if (stopping_ || !supply_.read_project)
    return reply(409, json::object{{"error", stopping_ ? "the server stops" : "there is no reload"}});
  log::info("the admin interface: the project is read again");
  reload(Cause::kSignal);
  return reply(202, json::object{{"reload", "begun"}});
}

/// Whether that one drains is its own affair: it was told what was so before.
std::string Supervisor::ask_the_other() {
  return reply(503,
               json::object{{"error", "another server takes this one's place at this moment: ask again"}});
}

std::string Supervisor::begin_draining() {
  if (stopping_ && successor_) return ask_the_other();
  if (!std::exchange(is_draining_, true))
    log::info("the admin interface: not ready for traffic from now on; what comes is served");
  return reply(200, json::object{{"draining", true}});
}

std::string Supervisor::end_draining() {
  if (stopping_ && successor_) return ask_the_other();
  if (std::exchange(is_draining_, false)) log::info("the admin interface: ready for traffic again");
  return reply(200, json::object{{"draining", false}});
}

json::object Supervisor::status_json() const {
  const auto reasons = reasons_not_ready();
  json::object modules = {{"ready", 0}, {"pending", 0}, {"failed", 0}, {"put_aside", 0}};
  for (const std::uint32_t module : modules_of(wanted_)) {
    json::value& count = modules[module_state(module).name];
    count = count.as_int64() + 1;
  }
  return {{"version", supply_.admin->version},
          {"commit", supply_.admin->commit},
          {"root", served_->root},
          {"ready", reasons.empty()},
          {"draining", is_draining_},
          {"reasons", json::array(reasons.begin(), reasons.end())},
          {"started", whole_seconds(began_at_)},
          {"uptime_seconds", in_seconds(clock_.now() - began_)},
          {"routes", served_->workers.size()},
          {"modules", std::move(modules)}};
}

json::array Supervisor::problems_json() const {
  json::array list;
  const auto add = [&](std::string_view kind, std::string_view file, std::string_view message) {
    list.push_back(json::object{{"kind", kind}, {"file", file}, {"message", message}});
  };
  if (!refusal_.empty()) add("project", "", refusal_);
  if (held_)
    add("version", "", "the files on disk are not served, and the version before them is: " + held_->why);
  for (const WorkerMessage& worker : wanted_.workers) {
    if (const auto found = misconfigured_.find(worker.file); found != misconfigured_.end())
      add("configuration", worker.file, found->second);
    const ModuleState state = module_state(worker.module);
    if (!state.error.empty())
      add(state.name == "put_aside" ? "put_aside" : "module", worker.file, state.error);
  }
  return list;
}

json::array Supervisor::processes_json() const {
  json::array list;
  const auto add = [&](const runtime::Role& role, unsigned number, pid_t pid, std::string_view state,
                       base::Instant started, std::uint64_t restarts) {
    list.push_back(json::object{{"role", short_name(role)},
                                {"number", number},
                                {"pid", pid},
                                {"state", state},
                                {"restarts", restarts},
                                {"uptime_seconds", pid == 0 ? 0.0 : in_seconds(clock_.now() - started)},
                                {"resident_bytes", pid == 0 ? 0 : resident_bytes(pid)}});
  };
  list.push_back(json::object{{"role", "supervisor"},
                              {"number", 1},
                              {"pid", getpid()},
                              {"state", "ready"},
                              {"restarts", 0},
                              {"uptime_seconds", in_seconds(clock_.now() - began_)},
                              {"resident_bytes", resident_bytes(getpid())}});
  for (const auto& place : places_) {
    if (place->next && place->next->child)
      add(place->role, place->number, place->next->child->pid(), "starting", clock_.now(), 0);
    if (!place->is_used()) continue;
    const pid_t pid = place->child ? place->child->pid() : 0;
    add(place->role, place->number, pid,
        pid == 0            ? "down"
        : place->is_ready() ? "ready"
                            : "starting",
        place->started, place->restarts);
  }
  for (const Leaving& leaving : leaving_)
    add(leaving.place->role, leaving.place->number, leaving.child->pid(), "leaving", began_, 0);
  for (const Leaving& former : former_services_)
    add(former.place->role, former.place->number, former.child->pid(), "leaving", began_, 0);
  return list;
}

std::string Supervisor::answer_for_metrics(metrics::Format format) const {
  TextWriter writer(format);
  write_own_metrics(writer);
  return "200 " + std::move(writer).take();
}

/// With what the supervisor before this one counted.
void Supervisor::write_own_metrics(metrics::Writer& writer) const {
  metrics::OwnCountsAdder adder(writer, past_ ? past_->counts() : std::span<const metrics::OwnCount>());
  write_new_metrics(adder);
}

/// Of this server alone.
void Supervisor::write_new_metrics(metrics::Writer& writer) const {
  writer.begin(Metric::kBuildInfo);
  const auto write_build = [&](const auto& its) {
    writer.sample(std::array{Label{"version", its.version}, Label{"commit", its.commit}}, 1);
  };
  if (supply_.admin) {
    write_build(*supply_.admin);
  } else if (supply_.telemetry) {
    write_build(*supply_.telemetry);
  }
  writer.begin(Metric::kStartTime);
  writer.sample(static_cast<std::uint64_t>(whole_seconds(began_at_)));
  writer.begin(Metric::kReady);
  writer.sample(reasons_not_ready().empty() ? 1 : 0);
  write_processes(writer);
  write_modules(writer);
  writer.begin(Metric::kReloads);
  writer.sample(Label{"result", "ok"}, counts_.reloads);
  writer.sample(Label{"result", "refused"}, counts_.reloads_refused);
  writer.sample(Label{"result", "smoke_failed"}, counts_.smoke_failures);
  writer.sample(Label{"result", "switched_back"}, counts_.switched_back);
}

void Supervisor::write_processes(metrics::Writer& writer) const {
  struct OfRole {
    std::uint64_t running = 0;
    std::uint64_t restarts = 0;
  };
  std::map<std::string_view, OfRole> roles;
  for (const auto& place : places_) {
    OfRole& role = roles[short_name(place->role)];
    role.running += place->child ? 1 : 0;
    role.restarts += place->restarts;
  }
  writer.begin(Metric::kProcesses);
  for (const auto& [name, role] : roles) writer.sample(Label{"role", name}, role.running);
  writer.begin(Metric::kRestarts);
  for (const auto& [name, role] : roles) writer.sample(Label{"role", name}, role.restarts);
  writer.begin(Metric::kResident);
  const auto write_one = [&](std::string_view role, unsigned number, pid_t pid) {
    const std::string text = std::to_string(number);
    writer.sample(std::array{Label{"role", role}, Label{"process", text}}, resident_bytes(pid));
  };
  write_one("supervisor", 1, getpid());
  for (const auto& place : places_) {
    if (place->child) write_one(short_name(place->role), place->number, place->child->pid());
  }
}

void Supervisor::write_modules(metrics::Writer& writer) const {
  writer.begin(Metric::kRoutes);
  writer.sample(served_->workers.size());
  std::map<std::string_view, std::uint64_t> states = {
      {"ready", 0}, {"pending", 0}, {"failed", 0}, {"put_aside", 0}};
  for (const std::uint32_t module : modules_of(wanted_)) ++states[module_state(module).name];
  writer.begin(Metric::kModules);
  for (const auto& [name, count] : states) writer.sample(Label{"state", name}, count);
  writer.begin(Metric::kModuleCache);
  writer.sample(Label{"result", "hit"}, counts_.cache_hits);
  writer.sample(Label{"result", "miss"}, counts_.cache_misses);
  const Compilation::Counts& compiles = compilation_.counts();
  writer.begin(Metric::kCompiles);
  writer.sample(Label{"result", "ok"}, compiles.good);
  writer.sample(Label{"result", "failed"}, compiles.failed);
  writer.begin(Metric::kCompileTime);
  writer.seconds({}, static_cast<std::uint64_t>(compiles.time.count()));
}

}  // namespace wws::supervisor
