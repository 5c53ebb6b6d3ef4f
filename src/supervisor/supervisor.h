// The parent process: starts serving processes, keeps them running, stops them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "admin/offer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "config/project_config.h"
#include "hardening/policy.h"
#include "metrics/pool.h"
#include "metrics/text.h"
#include "runtime/module_loader.h"
#include "runtime/role.h"
#include "store/shared_state.h"
#include "supervisor/admin_answers.h"
#include "supervisor/admin_socket.h"
#include "supervisor/compilation.h"
#include "supervisor/compile_children.h"
#include "supervisor/deaths.h"
#include "supervisor/memory_kills.h"
#include "supervisor/past_counts.h"
#include "supervisor/predecessor.h"
#include "supervisor/probation.h"
#include "supervisor/project_plan.h"
#include "supervisor/route_slots.h"
#include "supervisor/service_manager.h"
#include "supervisor/serving_child.h"
#include "supervisor/site_message.h"
#include "supervisor/stop_request.h"
#include "supervisor/successor.h"
#include "supervisor/timing.h"
#include "supervisor/trial.h"
#include "supervisor/watch.h"
#include "telemetry/settings.h"
#include "trace/ring.h"
#include "watch/watcher.h"

namespace wws::supervisor {

/// What the admin interface is made of.
struct AdminSupply {
  AdminSockets sockets;
  admin::Offer offer;
  std::string version;  ///< of this program
  std::string commit;   ///< empty: it is not known
};

/// What serving processes are given. Kept for as long as they may be restarted.
struct Supply {
  std::vector<base::File> listeners;  ///< kept until the stop: a crash loses no waiting connection
  runtime::ModuleLoader modules;
  SiteMessage site;                      ///< its workers have their modules
  ServiceTables tables;                  ///< there is a child for each that is there
  unsigned compile_children = 1;         ///< at once
  hardening::Policy policy{};            ///< of all children
  ServiceManager manager{};              ///< who is told that the server serves, lives and stops
  ReadProject read_project{};            ///< for a reload; empty: there is none
  std::optional<watch::Method> watch{};  ///< how changes are noticed; none: SIGHUP tells of them
  watch::Places places{};                ///< what is watched, until the project is read again
  std::string access_log_path{};         ///< opened anew at SIGUSR1; empty: the access log is in the log
  base::File access_log{};               ///< open there
  base::File predecessor{};              ///< channel to the server whose place this one takes; none: nobody's
  runtime::Program program{};  ///< what takes this one's place at SIGUSR2; no arguments: nothing does
  std::function<void(pid_t)>
      on_hand_over{};                  ///< tells who watches this process that it is another from now on
  std::optional<AdminSupply> admin{};  ///< none: nobody can ask
  std::optional<telemetry::Settings> telemetry{};  ///< none: no collector is told
  config::ReloadConfig reload{};                   ///< how a new version comes to be served
};

/// How soon a process that died is started again.
class Backoff {
 public:
  /// The wait before the next start, after a life of `lived`: none after a long life, else from nothing
  /// to ten seconds, doubling.
  [[nodiscard]] base::Duration next(base::Duration lived) noexcept;

 private:
  unsigned short_lives_ = 0;
};

/// Runs `processes` serving processes until SIGTERM or SIGINT, or until its terminal closes; a further
/// signal, a second later or more, ends them at once.
///
/// SIGHUP (unless it was ignored at the start, as nohup does), and where files are watched a change, has the
/// project read again. Modules that changed are compiled beside those that serve, and each route changes over
/// when its own is ready (site_change.h); what fails leaves what was there. A service that
/// gets other orders is told them, or another begins with them and takes its place (services.cc); and serving
/// processes are replaced one for one where the new site does not fit into what they
/// were laid out for.
///
/// Where the project wants smoke requests to be asked, a new version is served as a whole: when all of it has
/// code, and after a process of its own has answered them. If its workers then fail clearly more than those
/// before, the version before is served again.
///
/// SIGUSR1 has the file of the access log opened anew, for who rotates it.
///
/// SIGUSR2 has another server, of the program that is there by then, take this one's place without a lost
/// request (docs/restart.md): it prepares itself beside this one, which goes on if the other does not come to
/// serve.
///
/// Modules that have to be compiled are compiled meanwhile; the routes of the others are served.
/// A process that dies or stands still is reported and started again with back-off; the others go on. A
/// module whose guests were running at three such deaths within ten minutes is put aside: its routes answer
/// 500, so that the rest lives. The supervisor does no work of its own: no engine, no threads, no guests. It
/// never waits for a child, and takes nothing that one writes on trust.
class Supervisor {
 public:
  Supervisor(Supply supply, unsigned processes, const Timing& timing = default_timing());
  ~Supervisor();

  /// `on_ready` is called once, when all processes serve for the first time, to tell people and the manager.
  /// Returns after a stop; an error when serving cannot even begin.
  [[nodiscard]] Result<void> run(const std::function<void(ServiceManager&)>& on_ready);

 private:
  struct Place;
  struct Leaving;
  /// Which version needs other orders for a service: the one that is wanted, or one that is served already,
  /// which goes before.
  enum class NextFor { kWanted, kServed };

  void turn();
  void start(Place& place);
  [[nodiscard]] Result<void> fill(Place& place);
  [[nodiscard]] Result<std::shared_ptr<ServingChild>> make_child(Place& place);
  void supply(Place& place);
  void supply_service(const Place& place, ServingChild& child, const std::string& orders);
  void supply(ServingChild& serving, const SiteMessage& site, std::string_view site_text);
  Place& add_service(const runtime::Role& role, std::string orders);
  void open_door();
  void watch_door();
  void link(ServingChild& serving, const Place& service);
  void link(ServingChild& serving, const runtime::Role& role, ServingChild& service);
  void send_modules(ServingChild& child, const std::vector<std::uint32_t>& numbers) const;
  void keep_children_ready();
  void log_failure(std::uint32_t module) const;
  void on_compiled(std::uint32_t module);
  void tell_all(std::uint32_t module);
  void on_ready(Place& place, std::string_view text);
  void link_all(Place& place);
  void begin_if_all_serve();
  [[nodiscard]] Place* service_place(std::string_view name) const;
  void on_death(Place& place, const Death& death);
  void blame(const Death& death, const std::string& how);
  void start_again(Place& place);
  enum class Cause { kSignal, kFiles };
  void reload(Cause cause);
  void begin_watching();
  void wait_for_files();
  void look_at_files();
  void read_project();
  void read_some();
  void take_plan();
  void switch_site_later();
  void switch_site();
  void serve(SiteMessage site, std::string text);
  void replace(Place& place, std::string_view why);
  void note_awaited();
  void note_static_files(const watch::Change& change);
  void note_failures(SiteMessage& site) const;
  void count_reload();
  void refuse_reload(const Error& error);
  void let_go();
  void end_reload();
  void look_later();
  void keep_alive_later();
  void reopen_access_log();
  void wait_for_signal();
  void on_signal();
  void restart();
  void judge_successor(std::string_view failing);
  void give_up_restart(const std::string& why);
  void hand_over(Successor::AdminPlaceIs admin);
  void free_store();
  void pass_counts();
  void pass_block(const metrics::Block& block);
  void tell_successor_of_counts();
  void free_admin();
  void take_admin();
  [[nodiscard]] bool is_beside_another() const noexcept { return predecessor_ && !has_taken_over_; }
  void follow(base::File channel);
  void prepare();
  void link_later(ServingChild& serving);
  void link_those_that_wait(ServingChild& store);
  void tell_prepared();
  void take_over(Successor::Draining draining);
  enum class StopFor { kGood, kAnother };
  void stop(StopFor whom = StopFor::kGood);
  void stop_children(StopFor whom);
  void end_all();
  [[nodiscard]] bool all_gone() const;
  void stop_services_if_alone();

  // Services that get other orders: services.cc.
  [[nodiscard]] bool have_services();
  [[nodiscard]] bool are_services_ready() const;
  void prepare_store(const StoreMessage& wanted);
  void prepare_service(const runtime::Role& role, std::string orders, NextFor whom);
  void begin_next(Place& place);
  void tell_next(Place& place);
  void on_told(Place& place, const std::string& orders, const Result<void>& changed);
  void on_next_ready(Place& place, std::string_view text);
  void refuse_next(Place& place, const std::string& why);
  [[nodiscard]] ServiceTables tables_before() const;
  void drop_nexts();
  void undo_plan();
  void adopt_services();
  void adopt(Place& place);
  void tell_quotas();
  void tell_service(const runtime::Role& role, std::string orders);
  void take_services_back(ServiceTables tables);
  [[nodiscard]] bool end_of_other_service(Place& place, const Death& death);

  // Versions that are asked before they are served: canary.cc.
  [[nodiscard]] bool may_serve(const SiteMessage& site);
  [[nodiscard]] bool is_compiled() const;
  [[nodiscard]] static std::string key_of(SiteMessage site, const ServiceTables& tables);
  void try_out(const SiteMessage& site, std::string key);
  [[nodiscard]] Result<void> start_trial(const SiteMessage& site);
  void on_trial_ready();
  void on_tried(const std::optional<std::string>& why);
  void end_trial();
  void end_tried(const Death& death);
  void look_at_trials();
  void link_trial(const Place& service);
  void take_reload_config(config::ReloadConfig config);
  void begin_counting();
  [[nodiscard]] RouteCounts route_counts() const;
  void begin_probation();
  void end_probation();
  void look_at_probation();
  void switch_back(const Probation::Finding& finding);

  // The admin interface: administration.cc.
  [[nodiscard]] SiteMessage& numbered(SiteMessage& site);
  void give_block(ServingChild& serving);
  void begin_administration();
  [[nodiscard]] bool is_counting() const noexcept;
  void tell_of_counts(ServingChild& child) const;
  void tell_of_routes();
  [[nodiscard]] ServingChild* child_of(const runtime::Role& role) const;
  void link_admin();
  void begin_keeping_logs();
  void give_log(const Place& place, ServingChild& child);
  void tell_admin_of_logs(ServingChild& admin) const;
  void tell_admin_of_end(pid_t pid);
  [[nodiscard]] std::optional<UsedLater> adopt_admin(const std::optional<AdminPlan>& plan);
  void count_lookups(const std::vector<std::uint32_t>& before);
  [[nodiscard]] std::vector<std::string> reasons_not_ready() const;
  [[nodiscard]] std::string answer(std::string_view question);
  [[nodiscard]] std::string answer_for_metrics(metrics::Format format) const;
  [[nodiscard]] std::string begin_reload_on_request();
  [[nodiscard]] static std::string ask_the_other();
  [[nodiscard]] std::string begin_draining();
  [[nodiscard]] std::string end_draining();
  [[nodiscard]] ModuleState module_state(std::uint32_t module) const;
  [[nodiscard]] boost::json::object status_json() const;
  [[nodiscard]] boost::json::array problems_json() const;
  [[nodiscard]] boost::json::array processes_json() const;
  void write_own_metrics(metrics::Writer& writer) const;
  void write_new_metrics(metrics::Writer& writer) const;
  void write_processes(metrics::Writer& writer) const;
  void write_modules(metrics::Writer& writer) const;

  // What goes to a collector: telemetry.cc.
  void begin_telemetry();
  void give_ring(ServingChild& serving);
  void tell_telemetry(ServingChild& child);
  [[nodiscard]] std::string answer_for_telemetry(std::string_view question) const;

  // The loop goes last: handlers that it still holds are dropped with it, and none is called.
  boost::asio::io_context context_{1};
  Supply supply_;
  Timing timing_;
  Deaths deaths_;
  MemoryKills memory_kills_;
  std::unordered_map<std::uint32_t, std::string> put_aside_;  ///< and why
  base::SystemClock clock_;
  boost::asio::signal_set signals_;
  StopRequest stop_request_;
  boost::asio::steady_timer stop_timer_;
  boost::asio::steady_timer look_timer_;
  boost::asio::steady_timer alive_timer_;
  boost::asio::steady_timer store_timer_;
  boost::asio::steady_timer files_timer_;
  CompileChildren compile_children_;
  Compilation compilation_;
  base::Instant compiling_since_{};
  std::vector<std::unique_ptr<Place>> places_;  ///< of serving processes, and then of services
  std::vector<Leaving> leaving_;                ///< serving processes
  std::vector<Leaving> former_services_;        ///< that others have taken the place of
  /// What the admin interface tells.
  struct Counts {
    std::uint64_t cache_hits = 0;
    std::uint64_t cache_misses = 0;
    std::uint64_t reloads = 0;
    std::uint64_t reloads_refused = 0;
    std::uint64_t smoke_failures = 0;
    std::uint64_t switched_back = 0;
  };
  std::optional<metrics::Pool> blocks_;     ///< of serving processes; none: nobody wants to know
  std::optional<trace::RingPool> rings_{};  ///< of serving processes; none: nobody takes spans
  std::unique_ptr<base::LogRing> log_;      ///< of this process; null: nobody asks
  std::optional<PastCounts> past_;          ///< of the server before this one; none: there is none
  RouteSlots slots_;
  Counts counts_;
  base::Instant began_{};
  base::WallTime began_at_{};
  bool has_compiled_first_ = false;  ///< what was there at the start
  bool is_draining_ = false;
  std::shared_ptr<const SiteMessage> served_;
  std::string served_text_;      ///< the same in JSON: one of a hundred workers takes a millisecond
  ServiceTables served_tables_;  ///< of the services, as what is served needs them
  SiteMessage wanted_;           ///< what is served when all of it has code, and the services that it needs
  Misconfigured misconfigured_;  ///< of `wanted_`, as in ProjectPlan
  std::string refusal_;          ///< why the project as it is now cannot be served; empty: it can
  config::ReloadConfig reload_;  ///< of `wanted_`
  /// What was wanted before a version that is not served yet.
  struct Before {
    ServiceTables tables;
    SiteMessage wanted;
    Misconfigured misconfigured;
    config::ReloadConfig reload;
  };
  std::optional<Before> before_;
  /// A version that is not served though it could be. It is known by its site in JSON, as all below.
  struct Held {
    enum class By { kTrial, kProbation } by = By::kTrial;
    std::string key;
    std::string why;
  };
  std::optional<Held> held_;
  std::shared_ptr<Trial> trial_;  ///< under way
  std::string trial_key_;         ///< of what
  std::string passed_;  ///< the version that was tried last and may be served; empty: it is, or none
  std::vector<std::shared_ptr<ServingChild>> tried_;  ///< processes of trials, which are to leave
  Probation probation_;                               ///< of what is served
  std::shared_ptr<const SiteMessage> previous_;       ///< what was served before it
  ServiceTables previous_tables_;                     ///< with these
  enum class News { kNone, kStyles, kFiles } static_news_ = News::kNone;  ///< of static files, to be told
  std::set<std::uint32_t> awaited_;  ///< modules without code that were in a site: requests may wait for them
  std::optional<ProjectPlan> plan_;  ///< while its files are looked up
  std::optional<watch::Watcher> watcher_;
  std::optional<Watch> files_watch_;  ///< of its events
  Cause cause_ = Cause::kSignal;      ///< of the reload that is on its way
  bool is_reading_ = false;           ///< a reload is at the project's files
  bool reads_again_ = false;          ///< and another is to follow
  bool is_reload_counted_ = true;     ///< of the version that is wanted it is known whether it is refused
  bool is_reloading_ = false;         ///< until all that is wanted has code, or has none
  bool is_switching_ = false;         ///< switch_site() is to be called
  bool had_terminal_;
  std::size_t most_spaces_ = 255;               ///< with so many the versions are one page
  std::optional<store::SharedState> versions_;  ///< of the store's namespaces
  base::File door_;                             ///< by which people come to the store
  std::optional<Watch> door_watch_;
  std::optional<Predecessor> predecessor_;
  std::vector<base::File> store_links_;  ///< the store's ends, for when it is there
  bool has_begun_ = false;               ///< processes were started
  bool has_taken_over_ = false;          ///< from the predecessor
  bool is_store_free_ = true;            ///< no predecessor has it
  bool is_admin_free_ = true;            ///< no predecessor answers operators
  bool is_admin_free_told_ = false;      ///< to the successor
  bool restarts_later_ = false;
  std::unique_ptr<Successor> successor_;
  boost::asio::steady_timer restart_timer_;
  std::function<void(ServiceManager&)> on_ready_;
  bool stopping_ = false;
  bool is_late_ = false;  ///< and has had its time
  Result<void> outcome_;
};

}  // namespace wws::supervisor
