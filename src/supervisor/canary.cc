// The supervisor's care with new versions: they are asked before they are served, and watched after that.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "config/diagnostics.h"
#include "http/url.h"
#include "metrics/totals.h"
#include "router/route_table.h"
#include "supervisor/place.h"
#include "supervisor/site_change.h"
#include "supervisor/supervisor.h"

namespace wws::supervisor {
using boost::system::error_code;
namespace {

/// For which a process that was asked may finish what it has begun, and write its log.
constexpr std::chrono::seconds kLeaveTime{2};

/// Requests with the worker that answers them: "GET /health (health.js)".
Trial::NameOf names_in(const SiteMessage& site) {
  std::vector<router::Route> routes;
  for (const WorkerMessage& worker : site.workers)
    routes.push_back(router::make_route(worker.file, site.prefix));
  config::Diagnostics nothing_new;
  return [table = router::RouteTable::build(std::move(routes), nothing_new)](
             const config::SmokeRequest& request) {
    const auto target = http::split_target(request.path);
    const auto path = target ? http::normalise_path(target->path) : std::nullopt;
    const auto match = path ? table.match(*path) : std::nullopt;
    if (!match) return name_of(request);
    return fmt::format("{} ({})", name_of(request), log::escaped(table.routes()[match->route].file));
  };
}

std::string names_of(const std::vector<config::SmokeRequest>& requests) {
  std::string text;
  for (const config::SmokeRequest& request : requests)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name_of(request), status_text(request));
  return text;
}

std::string name_of_slot(const std::vector<std::string>& names, std::size_t slot) {
  if (slot < metrics::kFirstSlot || slot - metrics::kFirstSlot >= names.size()) return "some routes";
  return names[slot - metrics::kFirstSlot];
}

}  // namespace

/// What tells one version from another: all of its site but what pages in development are told, and what its
/// services do.
std::string Supervisor::key_of(SiteMessage site, const ServiceTables& tables) {
  site.live.reset();
  std::string key = to_json(site);
  if (tables.egress) key += to_json(*tables.egress);
  if (tables.folders) key += to_json(*tables.folders);
  if (tables.store) {
    StoreMessage store = *tables.store;
    store.spaces.clear();  // it keeps those that nobody uses any more
    key += to_json(store);
  }
  return key;
}

/// Whether a site may take the place of the one that is served, now. If not, it is tried, or will be when all
/// of it has code, or it was and is held back.
bool Supervisor::may_serve(const SiteMessage& site) {
  if (reload_.smoke.empty()) {
    end_trial();
    end_probation();
    held_.reset();
    return have_services();
  }
  if (!is_compiled()) {
    end_trial();
    return false;
  }
  std::string key = key_of(site, supply_.tables);
  if (key == key_of(*served_, served_tables_)) {
    end_trial();
    held_.reset();
    return have_services();
  }
  if (held_ && held_->key == key) return false;
  if (trial_ && trial_key_ != key) end_trial();
  if (!have_services()) return false;
  if (key == passed_) {
    passed_.clear();
    held_.reset();
    begin_probation();
    return true;
  }
  held_.reset();
  if (!trial_ || trial_key_ != key) try_out(site, std::move(key));
  return false;
}

/// As far as it can be.
bool Supervisor::is_compiled() const {
  return std::ranges::all_of(wanted_.workers, [this](const WorkerMessage& worker) {
    return supply_.modules.files(worker.module).has_value();
  });
}

void Supervisor::try_out(const SiteMessage& site, std::string key) {
  end_trial();
  passed_.clear();
  log::info("reload: the new version is asked before it is served: {}", names_of(reload_.smoke));
  trial_ = std::make_shared<Trial>(context_, reload_, names_in(site),
                                   [this](const std::optional<std::string>& why) { on_tried(why); });
  trial_key_ = std::move(key);
  if (const auto started = start_trial(site); !started)
    on_tried("no process can be started to ask it: " + started.error().message);
}

/// A serving process as all others, but for its listening sockets, and what it does is neither counted nor in
/// the access log.
Result<void> Supervisor::start_trial(const SiteMessage& site) {
  const std::vector<base::File> no_listeners;
  auto parts = ServingChild::start(runtime::roles::kServe, hardening::to_argument(supply_.policy),
                                   no_listeners, supply_.modules.size());
  if (!parts) return fail(parts);
  const auto self = std::make_shared<std::weak_ptr<ServingChild>>();
  // One whose trial is over gets no other link: what its grants and folders were may mean others by now.
  ServingChild::Handlers handlers{[this, self](std::string_view) {
                                    if (trial_ && trial_->child() == self->lock()) on_trial_ready();
                                  },
                                  [this, self](std::string_view service) {
                                    const Place* lost = service_place(service);
                                    if (trial_ && trial_->child() == self->lock() && lost != nullptr)
                                      link_trial(*lost);
                                  },
                                  [this](const Death& death) { end_tried(death); },
                                  {}};
  const auto child =
      std::make_shared<ServingChild>(context_, std::move(*parts), timing_, std::move(handlers));
  *self = child;
  if (auto begun = child->begin(); !begun) return begun;
  trial_->set_child(child);
  SiteMessage asked = site;
  asked.live.reset();
  asked.access_lines = server::AccessLog::Lines::kOff;
  supply(*child, asked, to_json(asked));
  return {};
}

void Supervisor::on_trial_ready() {
  for (const auto& place : places_) {
    if (!place->serves()) link_trial(*place);
  }
  trial_->ask();
}

/// With the service as the new version is to have it.
void Supervisor::link_trial(const Place& service) {
  if (!trial_ || !trial_->child() || !trial_->child()->is_ready()) return;
  if (service.next && service.next->child && service.next->is_ready) {
    link(*trial_->child(), service.role, *service.next->child);
  } else {
    link(*trial_->child(), service);
  }
}

void Supervisor::on_tried(const std::optional<std::string>& why) {
  end_trial();
  std::string key = std::exchange(trial_key_, {});
  if (why) {
    log::error("reload: the new version is not served, and what was served goes on: {}", *why);
    held_ = Held{Held::By::kTrial, std::move(key), *why};
    ++counts_.smoke_failures;
    drop_nexts();
  } else {
    log::info("reload: the new version answered as wanted, and is served from now on");
    passed_ = std::move(key);
  }
  switch_site_later();
}

/// The process is given a moment: its log may have more to say.
void Supervisor::end_trial() {
  const auto trial = std::exchange(trial_, nullptr);
  if (!trial || !trial->child()) return;
  trial->child()->send(MessageType::kStop, "");
  tried_.push_back(trial->child());
  auto timer = std::make_shared<boost::asio::steady_timer>(context_, kLeaveTime);
  timer->async_wait([timer, child = std::weak_ptr(trial->child())](error_code error) {
    const auto late = child.lock();
    if (!error && late) late->end_at_once();
  });
}

void Supervisor::end_tried(const Death& death) {
  if (const auto trial = trial_; trial && trial->child() && trial->child()->pid() == death.pid)
    trial->on_death(describe(death));
  std::erase_if(tried_, [&](const auto& child) { return child->pid() == death.pid; });
}

void Supervisor::look_at_trials() {
  if (trial_ && trial_->child()) trial_->child()->look();
}

/// Another reading of the project: what failed its trial is tried again, and what was switched back if
/// something changed.
void Supervisor::take_reload_config(config::ReloadConfig config) {
  if (held_ && (held_->by == Held::By::kTrial || config != reload_)) held_.reset();
  reload_ = std::move(config);
  if (reload_.smoke.empty()) return;
  if (!blocks_) {
    begin_counting();
    for (const auto& place : places_) {
      if (place->serves() && place->child) replace(*place, "for one that counts what fails");
    }
  }
  // The first look is what a version that comes right after this is compared with.
  if (!probation_.has_looked()) look_at_probation();
}

RouteCounts Supervisor::route_counts() const {
  metrics::Totals totals;
  for (const auto& block : blocks_->blocks()) block->add_to(totals);
  RouteCounts counts(metrics::kSlots);
  for (metrics::RouteSlot slot = metrics::kOtherSlot; slot < metrics::kSlots; ++slot) {
    const metrics::RouteTotals& route = totals.of(slot);
    for (const std::uint64_t count : route.requests) counts[slot].requests += count;
    counts[slot].failures = route.failures;
  }
  return counts;
}

/// What is served now is what there is to go back to.
void Supervisor::begin_probation() {
  end_probation();
  probation_.begin(clock_.now(), reload_.probation, route_counts());
  if (!probation_.is_on()) return;
  previous_ = served_;
  previous_tables_ = served_tables_;
}

void Supervisor::end_probation() {
  probation_.end();
  previous_.reset();
}

void Supervisor::look_at_probation() {
  if (stopping_ || !blocks_ || reload_.smoke.empty()) return;
  if (const auto finding = probation_.look(clock_.now(), route_counts())) return switch_back(*finding);
  if (!previous_ || probation_.is_on()) return;
  previous_.reset();
  let_go();
}

void Supervisor::switch_back(const Probation::Finding& finding) {
  const double seconds = std::chrono::duration<double>(finding.served).count();
  const std::string why = fmt::format(
      "{} failed at {} of {} requests within {:.0f} s of the new version, and at {} of {} in the "
      "minute before",
      name_of_slot(slots_.names(), finding.route), finding.since.failures, finding.since.requests, seconds,
      finding.before.failures, finding.before.requests);
  log::warn(
      "reload: switched back to the version before: {}; the files on disk are newer than what is served, "
      "until something in them changes",
      why);
  ++counts_.switched_back;
  held_ = Held{Held::By::kProbation, key_of(*served_, served_tables_), why};
  take_services_back(std::move(previous_tables_));
  SiteMessage site = *std::exchange(previous_, nullptr);
  site.live = served_->live;
  if (site.live) ++site.live->revision;
  std::string text = to_json(site);
  serve(std::move(site), std::move(text));
  switch_site();
}

}  // namespace wws::supervisor
