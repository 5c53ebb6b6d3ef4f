// The supervisor's services while the server serves: they get other orders, and no request notices.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/log.h"
#include "supervisor/place.h"
#include "supervisor/site_change.h"
#include "supervisor/supervisor.h"

namespace wws::supervisor {
using boost::system::error_code;

/// Whether the services are there that the wanted version needs. If not, they are on their way, and
/// switch_site() is called when they are, or when they cannot be had.
bool Supervisor::have_services() {
  if (const auto& store = supply_.tables.store) prepare_store(*store);
  if (const auto& folders = supply_.tables.folders)
    prepare_service(runtime::roles::kFolders, to_json(*folders), NextFor::kWanted);
  if (const auto& egress = supply_.tables.egress)
    prepare_service(runtime::roles::kEgress, to_json(*egress), NextFor::kWanted);
  if (!are_services_ready()) return false;
  count_reload();
  return true;
}

bool Supervisor::are_services_ready() const {
  return std::ranges::all_of(places_,
                             [](const auto& place) { return !place->next || place->next->is_ready; });
}

/// A namespace that is new is told to the store that runs, since nobody else may have what it has. In Redis
/// everybody may: what it is connected with is another child's.
void Supervisor::prepare_store(const StoreMessage& wanted) {
  Place* place = service_place(runtime::roles::kStore.service);
  if (place == nullptr || !place->is_used())
    return prepare_service(runtime::roles::kStore, to_json(wanted), NextFor::kWanted);
  auto now = parse_store(place->orders);
  if (!now || (place->next && place->next->whom == NextFor::kServed)) return;
  if (!connect_alike(*now, wanted))
    return prepare_service(runtime::roles::kStore, to_json(wanted), NextFor::kWanted);
  if (now->spaces == wanted.spaces) return place->next.reset();
  now->spaces = wanted.spaces;  // its quotas are those of what is served
  std::string orders = to_json(*now);
  if (place->next && place->next->orders == orders) return;
  place->next = Place::Next{std::move(orders)};
  tell_next(*place);
}

/// A child with these orders begins beside the one that serves, unless there is one.
void Supervisor::prepare_service(const runtime::Role& role, std::string orders, NextFor whom) {
  Place* place = service_place(role.service);
  if (place == nullptr) {
    place = &add_service(role, "");
    place->has_served = true;  // the server lives without it
  }
  if (place->next && (place->next->orders == orders || place->next->whom > whom)) return;
  place->next.reset();
  if (place->orders == orders) return;
  place->next = Place::Next{std::move(orders), nullptr, whom};
  begin_next(*place);
}

void Supervisor::begin_next(Place& place) {
  if (&place.role == &runtime::roles::kStore && !is_store_free_) return;  // it is called again
  auto child = make_child(place);
  if (child) {
    place.next->child = *child;
    auto begun = (*child)->begin();
    if (begun) return supply_service(place, **child, place.next->orders);
    child = fail(begun);
  }
  boost::asio::post(context_, [this, &place, orders = place.next->orders, why = child.error().message] {
    if (place.next && place.next->orders == orders) refuse_next(place, why);
  });
}

/// One that does not run yet is told when it does.
void Supervisor::tell_next(Place& place) {
  if (!place.next || !place.is_used() || place.next->child || !place.is_ready()) return;
  const std::string& orders = place.next->orders;
  place.child->change_orders(
      orders, [this, &place, orders, child = std::weak_ptr(place.child)](const Result<void>& changed) {
        if (place.child == child.lock()) on_told(place, orders, changed);
      });
}

void Supervisor::on_told(Place& place, const std::string& orders, const Result<void>& changed) {
  const bool is_wanted = place.next && place.next->orders == orders;
  if (!changed) {
    if (is_wanted) refuse_next(place, changed.error().message);
    return;
  }
  place.orders = orders;
  log::info("reload: the {} has what is new", place.role.name);
  if (!is_wanted) return;
  place.next.reset();
  switch_site_later();
}

void Supervisor::on_next_ready(Place& place, std::string_view text) {
  log::info("reload: another {} (pid {}) is ready with what is new: {}", place.role.name,
            place.next->child->pid(), text);
  place.next->is_ready = true;
  if (place.next->whom == NextFor::kServed) adopt(place);
  switch_site_later();
}

/// What is served goes on with the services that it has.
void Supervisor::refuse_next(Place& place, const std::string& why) {
  const bool was_wanted = place.next->whom == NextFor::kWanted;
  const bool was_told = place.is_used() && !place.next->child;
  place.next.reset();
  if (!was_wanted) {
    log::error("reload: the {} goes on with what it was told for the version that was switched back: {}",
               place.role.name, why);
    return switch_site_later();
  }
  // Namespaces that the store was told of keep their places; these it has refused.
  if (const auto now = parse_store(place.orders); was_told && now) supply_.tables.store->spaces = now->spaces;
  undo_plan();
  is_reload_counted_ = true;  // as one that is refused
  refuse_reload(Error{ErrorCode::kBadConfig,
                      fmt::format("the {} cannot begin with what is new: {}", place.role.name, why)});
}

/// The services' tables as they were before the version that is wanted and not served. Nobody else has seen
/// their new entries, but for the store's.
ServiceTables Supervisor::tables_before() const {
  if (!before_) return supply_.tables;
  ServiceTables tables = before_->tables;
  if (tables.store && supply_.tables.store) tables.store->spaces = supply_.tables.store->spaces;
  return tables;
}

/// Of the wanted version.
void Supervisor::drop_nexts() {
  for (const auto& place : places_) {
    if (place->next && place->next->whom == NextFor::kWanted) place->next.reset();
  }
}

void Supervisor::undo_plan() {
  end_trial();
  drop_nexts();
  if (!before_) return;
  supply_.tables = tables_before();
  wanted_ = std::move(before_->wanted);
  misconfigured_ = std::move(before_->misconfigured);
  reload_ = std::move(before_->reload);
  before_.reset();
}

/// The wanted version is about to be served, and have_services().
void Supervisor::adopt_services() {
  before_.reset();
  for (const auto& place : places_) {
    if (place->next) adopt(*place);
  }
  served_tables_ = supply_.tables;
  tell_quotas();
}

/// Who asks from now on asks the next one. The one before ends when nobody waits for its answers, or after
/// the time that requests have at a stop.
void Supervisor::adopt(Place& place) {
  const auto before = std::exchange(place.child, std::move(place.next->child));
  place.orders = std::move(place.next->orders);
  place.next.reset();
  place.restart.cancel();
  place.started = clock_.now();
  if (&place.role == &runtime::roles::kStore) open_door();
  link_all(place);
  for (const Leaving& leaving : leaving_) {
    if (leaving.child->is_ready()) link(*leaving.child, place);
  }
  if (&place.role == &runtime::roles::kStore) link_admin();
  if (!before) return;
  before->send(MessageType::kStop, kStopForAnother);
  former_services_.push_back({before, &place});
  const std::chrono::seconds time(served_->stop_seconds);
  auto timer = std::make_shared<boost::asio::steady_timer>(context_, time);
  timer->async_wait([timer, time, child = std::weak_ptr(before)](error_code error) {
    const auto late = child.lock();
    if (!error && late)
      late->end(fmt::format("it was still asked for something {} s after another one took its place",
                            time.count()));
  });
}

/// Of the store, which takes them as it runs.
void Supervisor::tell_quotas() {
  Place* place = service_place(runtime::roles::kStore.service);
  if (place == nullptr || !place->is_used() || !served_tables_.store) return;
  auto now = parse_store(place->orders);
  const StoreMessage& wanted = *served_tables_.store;
  if (!now ||
      (now->quotas.per_namespace == wanted.quotas.per_namespace && now->quotas.total == wanted.quotas.total))
    return;
  log::info("reload: the key-value store has other quotas");
  now->quotas = wanted.quotas;
  now->redis.namespace_quota = wanted.redis.namespace_quota;
  tell_service(runtime::roles::kStore, to_json(*now));
}

/// It goes on with these orders, and starts with them the next time.
void Supervisor::tell_service(const runtime::Role& role, std::string orders) {
  const auto found = std::ranges::find_if(places_, [&](const auto& place) { return &place->role == &role; });
  if (found == places_.end()) return;
  Place& place = **found;
  place.orders = std::move(orders);
  if (place.is_ready()) place.child->send(MessageType::kService, place.orders);
}

/// Whether it is the end of one that does not fill the place any more, or not yet.
bool Supervisor::end_of_other_service(Place& place, const Death& death) {
  const auto former = std::ranges::find_if(
      former_services_, [&](const Leaving& leaving) { return leaving.child->pid() == death.pid; });
  if (former != former_services_.end()) {
    if (death.status != 0)
      log::warn("the {} before (pid {}), which was to leave, died: {}", place.role.name, death.pid,
                describe(death));
    former_services_.erase(former);
    return true;
  }
  if (!place.next || !place.next->child || place.next->child->pid() != death.pid) return false;
  refuse_next(place, death.last_words.empty() ? describe(death) : death.last_words);
  return true;
}

/// As `tables` has them, for a version that is served again. Entries keep their places: requests in flight of
/// the other version know theirs.
void Supervisor::take_services_back(ServiceTables tables) {
  if (tables.egress) {
    tables.egress->grants = served_tables_.egress->grants;
    prepare_service(runtime::roles::kEgress, to_json(*tables.egress), NextFor::kServed);
  }
  if (tables.store) {
    tables.store->spaces = served_tables_.store->spaces;
    const Place* place = service_place(runtime::roles::kStore.service);
    const auto now = parse_store(place->orders);
    if (now && !connect_alike(*now, *tables.store))
      prepare_service(runtime::roles::kStore, to_json(*tables.store), NextFor::kServed);
  }
  if (tables.egress) served_tables_.egress = std::move(tables.egress);
  if (tables.store) served_tables_.store = std::move(tables.store);
  tell_quotas();
}

}  // namespace wws::supervisor
