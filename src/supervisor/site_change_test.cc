#include "supervisor/site_change.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace wws::supervisor {
namespace {

WorkerMessage worker(std::string file, std::uint32_t module) {
  WorkerMessage message;
  message.file = std::move(file);
  message.module = module;
  return message;
}

SiteMessage site(std::vector<WorkerMessage> workers) {
  SiteMessage message;
  message.workers = std::move(workers);
  return message;
}

/// File and module of each worker.
std::map<std::string, std::uint32_t> routes(const SiteMessage& site) {
  std::map<std::string, std::uint32_t> all;
  for (const WorkerMessage& one : site.workers) all.emplace(one.file, one.module);
  return all;
}

/// Modules below 100 are ready, those below 200 pending, and the others failed.
CodeState state(std::uint32_t module) {
  using Kind = CodeState::Kind;
  if (module < 100) return {Kind::kReady};
  return module < 200 ? CodeState{Kind::kPending} : CodeState{Kind::kFailed, "bad"};
}

using Routes = std::map<std::string, std::uint32_t>;

TEST(SiteForNow, ChangesEachRouteWhenItsOwnModuleIsReady) {
  const SiteMessage served = site({worker("a.wasm", 1), worker("b.wasm", 2), worker("c.wasm", 3)});
  const SiteMessage wanted = site({worker("a.wasm", 4), worker("b.wasm", 100), worker("c.wasm", 200)});
  EXPECT_EQ(routes(site_for_now(wanted, served, state, {})),
            (Routes{{"a.wasm", 4}, {"b.wasm", 2}, {"c.wasm", 3}}));
}

TEST(SiteForNow, WaitsOrFailsWhereThereWasNothing) {
  const SiteMessage wanted = site({worker("a.wasm", 100), worker("b.wasm", 200)});
  EXPECT_EQ(routes(site_for_now(wanted, site({}), state, {})), (Routes{{"a.wasm", 100}, {"b.wasm", 200}}));
  // What was there failed too.
  EXPECT_EQ(routes(site_for_now(wanted, site({worker("a.wasm", 201), worker("b.wasm", 201)}), state, {})),
            (Routes{{"a.wasm", 100}, {"b.wasm", 200}}));
}

TEST(SiteForNow, KeepsAVersionThatIsStillCompiled) {
  const SiteMessage served = site({worker("a.wasm", 101), worker("b.wasm", 101)});
  const SiteMessage wanted = site({worker("a.wasm", 100), worker("b.wasm", 200)});
  EXPECT_EQ(routes(site_for_now(wanted, served, state, {})), (Routes{{"a.wasm", 101}, {"b.wasm", 101}}));
}

TEST(SiteForNow, LeavesOutWhatIsWantedNoMore) {
  EXPECT_TRUE(site_for_now(site({}), site({worker("a.wasm", 1)}), state, {}).workers.empty());
}

TEST(SiteForNow, KeepsTheVersionOfAnotherFileOfTheSameRoute) {
  const SiteMessage served = site({worker("a/index.wasm", 1)});
  EXPECT_EQ(routes(site_for_now(site({worker("a.wasm", 100)}), served, state, {})),
            (Routes{{"a/index.wasm", 1}}));
}

TEST(SiteForNow, KeepsAWorkerWhoseConfigurationIsBad) {
  const SiteMessage served = site({worker("a.wasm", 1)});
  EXPECT_EQ(routes(site_for_now(site({worker("a.wasm", 2), worker("b.wasm", 3)}), served, state,
                                {{"a.wasm", "bad"}, {"b.wasm", "bad"}})),
            (Routes{{"a.wasm", 1}}));
}

TEST(NeedsNewProcess, WhereMoreIsUsedThanWasLaidOut) {
  const SiteMessage small = site({worker("a.wasm", 1)});
  SiteMessage large = small;
  large.workers[0].config.limits.memory *= 2;
  EXPECT_FALSE(needs_new_process(small, small));
  EXPECT_TRUE(needs_new_process(small, large));
  EXPECT_FALSE(needs_new_process(large, small));
  SiteMessage mounts = small;
  mounts.workers[0].mounts.emplace();
  EXPECT_TRUE(needs_new_process(small, mounts));
  SiteMessage elsewhere = small;
  elsewhere.files.base = "/elsewhere";
  EXPECT_TRUE(needs_new_process(small, elsewhere));
}

ProjectPlan plan_with_spaces(std::vector<std::string> spaces) {
  ProjectPlan plan;
  for (std::size_t i = 0; i < spaces.size(); ++i) {
    plan.site.workers.push_back(worker(spaces[i] + ".wasm", 0));
    plan.site.workers.back().kv_space = static_cast<std::uint16_t>(i);
  }
  plan.tables.store.emplace().spaces = std::move(spaces);
  return plan;
}

TEST(MergeTables, KeepsPlacesAndAddsAtTheEnd) {
  ServiceTables tables;
  ProjectPlan first = plan_with_spaces({"a", "b"});
  ASSERT_TRUE(merge_tables(tables, first, 10));
  ProjectPlan second = plan_with_spaces({"c", "b"});
  ASSERT_TRUE(merge_tables(tables, second, 10));
  EXPECT_EQ(tables.store->spaces, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(second.site.workers[0].kv_space, 2);
  EXPECT_EQ(second.site.workers[1].kv_space, 1);
  ProjectPlan third = plan_with_spaces({"a"});
  ASSERT_TRUE(merge_tables(tables, third, 10));
  EXPECT_EQ(tables.store->spaces.size(), 3U);
  EXPECT_FALSE(tables.egress || tables.folders);
}

TEST(MergeTables, KeepsThePlacesOfBindings) {
  ServiceTables tables;
  ProjectPlan first = plan_with_spaces({"a", "b"});
  ASSERT_TRUE(merge_tables(tables, first, 10));
  ProjectPlan second = plan_with_spaces({"c", "b"});
  second.site.workers[0].kv_space = std::nullopt;
  second.site.workers[0].kv_bindings = {{"B", 1}, {"C", 0}};
  ASSERT_TRUE(merge_tables(tables, second, 10));
  EXPECT_EQ(tables.store->spaces, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(second.site.workers[0].kv_bindings, (abi::KvBindings{{"B", 1}, {"C", 2}}));
  ProjectPlan third = plan_with_spaces({"d"});
  third.site.workers[0].kv_space = std::nullopt;
  third.site.workers[0].kv_bindings = {{"D", 0}};
  EXPECT_FALSE(merge_tables(tables, third, 3));
}

TEST(MergeTables, FailsWhereThereIsNoRoom) {
  ServiceTables tables;
  ProjectPlan plan = plan_with_spaces({"a", "b", "c"});
  EXPECT_FALSE(merge_tables(tables, plan, 2));
}

TEST(MergeTables, SaysWhatOnlyAnotherStartChanges) {
  ServiceTables tables;
  ProjectPlan first = plan_with_spaces({"a"});
  ASSERT_TRUE(merge_tables(tables, first, 10));
  ProjectPlan second = plan_with_spaces({"a"});
  second.tables.store->folder = "/elsewhere";
  const auto later = merge_tables(tables, second, 10);
  ASSERT_TRUE(later);
  ASSERT_EQ(later->size(), 1U);
  EXPECT_EQ(name_for_log(later->front(), {{"kv.place", "wws.toml:3"}}), "wws.toml:3: [kv] place");
  EXPECT_EQ(name_for_log(later->front(), {}), "the place of the key-value store");
  EXPECT_TRUE(tables.store->folder.empty());
}

TEST(MergeTables, TakesQuotasAndWhatAStoreIsConnectedWith) {
  ServiceTables tables;
  ProjectPlan first = plan_with_spaces({"a"});
  first.tables.store->kind = StoreKind::kRedis;
  first.tables.store->redis.hosts = {{"h"}};
  ASSERT_TRUE(merge_tables(tables, first, 10));
  ProjectPlan quotas = plan_with_spaces({"a"});
  quotas.tables.store = first.tables.store;
  quotas.tables.store->quotas.per_namespace = 5;
  quotas.tables.store->redis.namespace_quota = 5;
  const StoreMessage running = *tables.store;
  auto later = merge_tables(tables, quotas, 10);
  ASSERT_TRUE(later);
  EXPECT_TRUE(later->empty());
  EXPECT_EQ(tables.store->redis.namespace_quota, 5U);
  EXPECT_TRUE(connect_alike(running, *tables.store));
  ProjectPlan password = plan_with_spaces({"a"});
  password.tables.store = quotas.tables.store;
  password.tables.store->redis.password = "other";
  later = merge_tables(tables, password, 10);
  ASSERT_TRUE(later);
  EXPECT_TRUE(later->empty());
  EXPECT_FALSE(connect_alike(running, *tables.store));
  ProjectPlan elsewhere = plan_with_spaces({"a"});
  elsewhere.tables.store = password.tables.store;
  elsewhere.tables.store->redis.hosts = {{"i"}};
  elsewhere.tables.store->redis.password = "of another";
  later = merge_tables(tables, elsewhere, 10);
  ASSERT_TRUE(later);
  EXPECT_EQ(later->size(), 1U);
  EXPECT_EQ(tables.store->redis.password, "other");
}

TEST(MergeTables, GivesWorkersThePlacesOfTheirGrantsAndFolders) {
  const auto make = [](const std::string& host, const std::string& folder) {
    ProjectPlan plan;
    plan.site.workers.push_back(worker("a.wasm", 0));
    plan.site.workers[0].fetch_grant = 0;
    plan.site.workers[0].mounts.emplace();
    plan.tables.egress.emplace().grants.emplace_back().hosts = {host};
    plan.tables.folders.emplace().mounts.push_back({{folder, {"/x", wasm::GuestMount::Mode::kReadOnly}}});
    return plan;
  };
  ServiceTables tables;
  ProjectPlan first = make("a.example", "/a");
  ASSERT_TRUE(merge_tables(tables, first, 10));
  ProjectPlan second = make("b.example", "/b");
  ASSERT_TRUE(merge_tables(tables, second, 10));
  EXPECT_EQ(second.site.workers[0].fetch_grant, 1);
  EXPECT_EQ(second.site.workers[0].mounts->place, 1);
  EXPECT_EQ(tables.egress->grants.size(), 2U);
}

}  // namespace
}  // namespace wws::supervisor
