// Logs of the server's processes that the admin child reads: each process has memory of its own for it.
#include <sys/types.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/log_ring.h"
#include "supervisor/admin_answers.h"
#include "supervisor/place.h"
#include "supervisor/supervisor.h"

namespace wws::supervisor {
namespace {

namespace json = boost::json;

std::string process_json(std::string_view role, unsigned number, pid_t pid) {
  return json::serialize(json::object{{"role", role}, {"number", number}, {"pid", pid}});
}

/// New memory for a process; null, with a warning, where the system has none: the process does without.
std::unique_ptr<base::LogRing> make_ring(std::string_view whose) {
  auto ring = base::LogRing::create();
  if (ring) return std::move(*ring);
  log::warn("the log of {} is not shown to operators: {}", whose, ring.error().message);
  return nullptr;
}

/// Has the admin child read a process's log.
void tell_of_log(ServingChild& admin, const std::string& process, const base::LogRing& ring) {
  const auto readable = ring.open_for_reading();
  if (!readable) return log::warn("a log is not shown to operators: {}", readable.error().message);
  admin.send(MessageType::kLogOf, process, {readable->fd()});
}

}  // namespace

void Supervisor::begin_keeping_logs() {
  log_ = make_ring("the supervisor");
  if (log_) log_->keep_log();
}

void Supervisor::give_log(const Place& place, ServingChild& child) {
  if (!supply_.admin) return;
  auto ring = make_ring(place.role.name);
  if (!ring) return;
  child.give_log(std::move(ring));
  ServingChild* admin = child_of(runtime::roles::kAdmin);
  if (admin == nullptr || admin == &child) return;  // it is told of all when it has its orders
  tell_of_log(*admin, process_json(short_name(place.role), place.number, child.pid()), *child.log());
}

void Supervisor::tell_admin_of_logs(ServingChild& admin) const {
  if (log_) tell_of_log(admin, process_json("supervisor", 1, getpid()), *log_);
  const auto tell = [&](const Place& place, const ServingChild& child) {
    if (child.log() != nullptr)
      tell_of_log(admin, process_json(short_name(place.role), place.number, child.pid()), *child.log());
  };
  for (const auto& place : places_) {
    if (place->child) tell(*place, *place->child);
    if (place->next && place->next->child) tell(*place, *place->next->child);
  }
  for (const Leaving& leaving : leaving_) tell(*leaving.place, *leaving.child);
  for (const Leaving& former : former_services_) tell(*former.place, *former.child);
}

/// What it said last is read before its memory goes.
void Supervisor::tell_admin_of_end(pid_t pid) {
  ServingChild* admin = child_of(runtime::roles::kAdmin);
  if (!stopping_ && admin != nullptr && admin->pid() != pid)
    admin->send(MessageType::kLogOf, json::serialize(json::object{{"pid", pid}}));
}

}  // namespace wws::supervisor
