// The supervisor's reloads.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "supervisor/place.h"
#include "supervisor/site_change.h"
#include "supervisor/supervisor.h"

namespace wws::supervisor {
using boost::system::error_code;
namespace {

/// For which the loop may be held up at once.
constexpr std::chrono::milliseconds kSlice{5};

bool is_same(const WorkerMessage& one, const WorkerMessage& other) {
  SiteMessage a;
  SiteMessage b;
  a.workers.push_back(one);
  b.workers.push_back(other);
  return one.module == other.module && to_json(a) == to_json(b);
}

/// What a reload changes, for the log: some files by name.
std::string describe_change(const SiteMessage& from, const SiteMessage& to) {
  constexpr std::size_t kMostNamed = 5;
  std::vector<std::string> parts;
  std::unordered_map<std::string, const WorkerMessage*> before;
  for (const WorkerMessage& worker : from.workers) before.emplace(worker.file, &worker);
  for (const WorkerMessage& worker : to.workers) {
    const auto old = before.find(worker.file);
    if (old == before.end()) {
      parts.push_back(worker.file + " added");
      continue;
    }
    if (!is_same(*old->second, worker)) parts.push_back(worker.file + " changed");
    before.erase(old);
  }
  for (const auto& [file, worker] : before) parts.push_back(file + " removed");
  const std::size_t named = std::min(parts.size(), kMostNamed);
  std::string text;
  for (std::size_t i = 0; i < named; ++i) text += (i > 0 ? ", " : "") + log::escaped(parts[i]);
  if (parts.size() > named) text += fmt::format(" and {} more", parts.size() - named);
  return text;
}

}  // namespace

void Supervisor::begin_watching() {
  if (!supply_.watch || !supply_.read_project) return;
  watcher_.emplace(std::move(supply_.places), *supply_.watch, clock_);
  if (watcher_->fd() >= 0) files_watch_.emplace(context_, watcher_->fd());
  wait_for_files();
  look_at_files();
}

void Supervisor::wait_for_files() {
  if (!files_watch_) return;
  files_watch_->readable([this](error_code error) {
    if (error) return;
    look_at_files();
    wait_for_files();
  });
}

void Supervisor::look_at_files() {
  const auto change = watcher_->look();
  if (watcher_->fd() < 0) files_watch_.reset();
  if (const base::Instant next = watcher_->next_look(); next != base::Instant::max()) {
    files_timer_.expires_at(next);
    files_timer_.async_wait([this](error_code error) {
      if (!error) look_at_files();
    });
  }
  if (!change) return;
  note_static_files(*change);
  reload(Cause::kFiles);
}

/// They are served as they are found: only pages that show them have to be told.
void Supervisor::note_static_files(const watch::Change& change) {
  const std::string files = (served_->files.base / served_->files.folder).lexically_normal().native();
  for (const std::filesystem::path& path : change.paths) {
    // Hidden files are not served: editors write such ones for a moment.
    if (!path.native().starts_with(files) || path.filename().native().starts_with('.')) continue;
    static_news_ = std::max(static_news_, path.extension() == ".css" ? News::kStyles : News::kFiles);
  }
  if (change.is_unknown) static_news_ = News::kFiles;
}

void Supervisor::reload(Cause cause) {
  if (stopping_ || !supply_.read_project) return;
  cause_ = cause;
  if (std::exchange(is_reading_, true)) {
    reads_again_ = true;
    return;
  }
  is_reloading_ = true;
  supply_.manager.tell_reloading();
  boost::asio::post(context_, [this] { read_project(); });
}

void Supervisor::read_project() {
  auto plan = supply_.read_project();
  if (!plan) {
    is_reading_ = false;
    return refuse_reload(plan.error());
  }
  plan_ = std::move(*plan);
  supply_.modules.begin_update(plan_->site.root, plan_->sources);
  read_some();
}

void Supervisor::read_some() {
  if (!supply_.modules.update_some(kSlice)) {
    boost::asio::post(context_, [this] { read_some(); });
    return;
  }
  is_reading_ = false;
  take_plan();
  plan_.reset();
}

void Supervisor::take_plan() {
  assign_modules(plan_->site, supply_.modules);
  (void)numbered(plan_->site);
  ServiceTables tables = tables_before();
  auto merged = merge_tables(tables, *plan_, most_spaces_);
  if (!merged) return refuse_reload(merged.error());
  if (!before_) before_ = Before{supply_.tables, wanted_, misconfigured_, reload_};
  supply_.tables = std::move(tables);
  refusal_.clear();
  std::vector<UsedLater> later = std::move(*merged);
  std::ranges::move(plan_->later, std::back_inserter(later));
  if (auto admin = adopt_admin(plan_->admin)) later.push_back(std::move(*admin));
  for (const UsedLater& one : later)
    log::warn("reload: {} is used from the next start on, or SIGUSR2; until then {}",
              name_for_log(one, plan_->key_places), one.until);
  const std::string changed = describe_change(wanted_, plan_->site);
  if (!changed.empty() || cause_ == Cause::kSignal)
    log::info("reload: {}", changed.empty() ? "no worker changed" : changed);
  if (watcher_) watcher_->set_places(std::move(plan_->places));
  const std::vector<std::uint32_t> before = modules_of(wanted_);
  wanted_ = std::move(plan_->site);
  misconfigured_ = std::move(plan_->misconfigured);
  take_reload_config(std::move(plan_->reload));
  std::vector<std::uint32_t> pending;
  for (const std::uint32_t module : modules_of(wanted_)) {
    if (!supply_.modules.files(module)) {
      pending.push_back(module);
    } else if (!std::ranges::binary_search(before, module)) {
      log_failure(module);
    }
  }
  count_lookups(before);
  count_reload();  // the one before, if it came to nothing else
  is_reload_counted_ = false;
  if (!pending.empty()) compiling_since_ = clock_.now();
  switch_site();
  compilation_.add(pending);
  end_reload();
  if (watcher_) look_at_files();  // there may be other places now
}

/// As a good one: it is known by now that it can be served, or that it is not the services that it lacks.
void Supervisor::count_reload() {
  if (!std::exchange(is_reload_counted_, true)) ++counts_.reloads;
}

void Supervisor::refuse_reload(const Error& error) {
  log::error("reload: {}; what was served goes on", error.message);
  refusal_ = error.message;
  ++counts_.reloads_refused;
  switch_site();
  end_reload();
}

/// Several modules may become ready in one turn.
void Supervisor::switch_site_later() {
  if (std::exchange(is_switching_, true)) return;
  boost::asio::post(context_, [this] {
    is_switching_ = false;
    switch_site();
    end_reload();
  });
}

void Supervisor::switch_site() {
  if (stopping_) return;
  const auto code = [this](std::uint32_t module) -> CodeState {
    const auto& state = supply_.modules.files(module);
    if (!state) return {};
    if (!*state) return {CodeState::Kind::kFailed, state->error().message};
    return {CodeState::Kind::kReady};
  };
  SiteMessage for_now = site_for_now(wanted_, *served_, code, misconfigured_);
  if (may_serve(for_now)) {
    adopt_services();
  } else {
    for_now = *served_;
  }
  for_now.live = served_->live;
  std::string text = to_json(for_now);
  if (for_now.live) {
    const News news = std::exchange(static_news_, News::kNone);
    if (news == News::kFiles || text != served_text_) ++for_now.live->revision;
    if (news == News::kStyles) ++for_now.live->styles;
    note_failures(for_now);
    text = to_json(for_now);
  }
  if (text != served_text_) serve(std::move(for_now), std::move(text));
  let_go();
}

/// From now on another site, in JSON `text`.
void Supervisor::serve(SiteMessage site, std::string text) {
  // Those of the present site were told when they had code.
  const std::vector<std::uint32_t> told = modules_of(*served_);
  std::vector<std::uint32_t> news = modules_of(site);
  std::erase_if(news, [&](std::uint32_t module) {
    return !supply_.modules.files(module) || std::ranges::binary_search(told, module);
  });
  served_ = std::make_shared<const SiteMessage>(std::move(site));
  served_text_ = std::move(text);
  note_awaited();
  for (const auto& place : places_) {
    if (!place->serves() || !place->child) continue;
    if (needs_new_process(*place->started_for, *served_)) {
      replace(*place, "for one that has room for the new site");
      continue;
    }
    send_modules(*place->child, news);
    place->child->send_orders(MessageType::kSite, served_text_);
  }
}

/// The other one serves until this one does.
void Supervisor::replace(Place& place, std::string_view why) {
  log::info("reload: serving process {} is replaced, {}", place.number, why);
  leaving_.push_back({std::exchange(place.child, nullptr), &place});
  place.restart.cancel();
  start(place);
}

void Supervisor::note_awaited() {
  for (const std::uint32_t module : modules_of(*served_)) {
    if (!supply_.modules.files(module)) awaited_.insert(module);
  }
}

/// What could not take the place of what is served. A file that failed before and is compiled again has
/// failed until that is done.
void Supervisor::note_failures(SiteMessage& site) const {
  const std::string& root = site.live->root;
  std::vector<server::Failure>& failures = site.live->failures;
  const std::vector<server::Failure> before = std::exchange(failures, {});
  if (!refusal_.empty()) failures.push_back(server::describe_failure(root, "the project", refusal_));
  if (held_) failures.push_back(server::describe_failure(root, "the new version", held_->why));
  for (const WorkerMessage& worker : wanted_.workers) {
    if (const auto found = misconfigured_.find(worker.file); found != misconfigured_.end()) {
      failures.push_back(server::describe_failure(root, worker.file, found->second));
    } else if (const auto& files = supply_.modules.files(worker.module); !files) {
      std::ranges::copy_if(before, std::back_inserter(failures), [&](const server::Failure& failure) {
        return failure.file == log::escaped(worker.file);
      });
    } else if (!*files) {
      failures.push_back(server::describe_failure(root, worker.file, files->error().message));
    }
  }
}

void Supervisor::let_go() {
  if (is_reading_) return;  // of what it has found nobody knows yet
  std::vector<std::uint32_t> used = modules_of(wanted_);
  std::ranges::copy(modules_of(*served_), std::back_inserter(used));
  std::ranges::copy(awaited_, std::back_inserter(used));
  if (previous_) std::ranges::copy(modules_of(*previous_), std::back_inserter(used));
  if (before_) std::ranges::copy(modules_of(before_->wanted), std::back_inserter(used));
  const auto gone = supply_.modules.keep_only(used);
  for (const std::uint32_t module : gone) {
    compilation_.forget(module);
    deaths_.forget(module);
    put_aside_.erase(module);
  }
  // What was compiled for one of them may have been for others too.
  if (!gone.empty()) compilation_.add(supply_.modules.pending());
}

void Supervisor::end_reload() {
  if (!is_reloading_ || is_reading_) return;
  if (std::exchange(reads_again_, false)) return reload(cause_);
  if (!compilation_.is_done() || is_switching_ || trial_ || !are_services_ready()) return;
  is_reloading_ = false;
  count_reload();
  supply_.manager.tell_reloaded();
}

}  // namespace wws::supervisor
