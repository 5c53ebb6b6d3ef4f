#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>

#include "metrics/totals.h"
#include "supervisor/admin_answers.h"
#include "supervisor/admin_process.h"
#include "supervisor/admin_socket.h"
#include "supervisor/counted_message.h"
#include "supervisor/past_counts.h"
#include "supervisor/route_slots.h"

namespace wws::supervisor {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

WorkerMessage worker(const std::string& file) {
  WorkerMessage message;
  message.file = file;
  return message;
}

TEST(RouteSlots, KeepThePlaceOfARouteThatComesBack) {
  RouteSlots slots;
  SiteMessage site;
  site.workers = {worker("a.wasm"), worker("b.wasm")};
  EXPECT_TRUE(slots.assign(site));
  EXPECT_EQ(site.workers[0].route_slot, metrics::kFirstSlot);
  SiteMessage next;
  next.workers = {worker("b.wasm"), worker("c.wasm")};
  EXPECT_TRUE(slots.assign(next));
  EXPECT_EQ(next.workers[0].route_slot, site.workers[1].route_slot);
  EXPECT_FALSE(slots.assign(site));
  EXPECT_EQ(slots.names(), (std::vector<std::string>{"/a", "/b", "/c"}));
}

TEST(RouteSlots, AreGivenToPatternsToo) {
  RouteSlots slots;
  SiteMessage site;
  site.workers = {worker("a.wasm")};
  slots.assign(site);
  EXPECT_EQ(slots.place("/b"), metrics::kFirstSlot + 1);
  EXPECT_EQ(slots.place("/a"), metrics::kFirstSlot);
  EXPECT_EQ(slots.names(), (std::vector<std::string>{"/a", "/b"}));
}

TEST(CountedMessage, CrossesAChannel) {
  const CountedMessage message{
      metrics::Layout::own(),
      {"/", "/[id]"},
      {{"wws_reloads", {{"result", "ok"}}, 3}, {"wws_compile_seconds", {}, UINT64_MAX}}};
  const auto parsed = parse_counted(to_json(message));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->layout.cells, message.layout.cells);
  EXPECT_EQ(parsed->layout.route, message.layout.route);
  EXPECT_EQ(parsed->layout.slots, metrics::kSlots);
  EXPECT_EQ(parsed->layout.gauges, message.layout.gauges);
  EXPECT_EQ(parsed->routes, message.routes);
  ASSERT_EQ(parsed->counts.size(), 2U);
  EXPECT_EQ(parsed->counts[0].labels, message.counts[0].labels);
  EXPECT_EQ(parsed->counts[1].value, UINT64_MAX);
}

TEST(CountedMessage, OfAnotherFormIsNotRead) {
  json::object object = json::parse(to_json(CountedMessage{metrics::Layout::own(), {}, {}})).as_object();
  object["later"] = "something";
  EXPECT_TRUE(parse_counted(json::serialize(object)));
  object["form"] = 2;
  EXPECT_FALSE(parse_counted(json::serialize(object)));
  for (const char* text : {"", "[]", "{}", R"({"form":1})", R"({"form":1,"cells":3})"})
    EXPECT_FALSE(parse_counted(text)) << text;
}

TEST(PastCounts, BeginAnewWhereTheServerBeforeTellsNonsense) {
  RouteSlots slots;
  auto counts = PastCounts::create();
  ASSERT_TRUE(counts);
  EXPECT_FALSE(counts->take("nonsense", slots));
  EXPECT_TRUE(counts->is_told());
  auto block = metrics::Block::create();
  block->recorder().add(metrics::Counter::kFetches);
  counts->add(std::move(*block->open_for_reading()));
  counts->refresh();
  metrics::Totals totals;
  counts->block().add_to(totals);
  EXPECT_EQ(totals.of(metrics::Counter::kFetches), 0U);
  // And what it tells in order is taken, also after that.
  EXPECT_TRUE(counts->take(to_json(CountedMessage{metrics::Layout::own(), {"/a"}, {}}), slots));
}

TEST(RouteSlots, HaveOneForThoseThatAreTooMany) {
  RouteSlots slots;
  SiteMessage site;
  for (int i = 0; i < metrics::kSlots; ++i) site.workers.push_back(worker(std::to_string(i) + ".wasm"));
  slots.assign(site);
  EXPECT_EQ(slots.names().size(), metrics::kSlots - metrics::kFirstSlot);
  EXPECT_EQ(site.workers[metrics::kSlots - metrics::kFirstSlot - 1].route_slot, metrics::kSlots - 1);
  EXPECT_EQ(site.workers.back().route_slot, metrics::kOtherSlot);
}

TEST(AdminAnswers, NeverShowAVariable) {
  SiteMessage site;
  site.root = "/p";
  site.workers = {worker("a.wasm")};
  site.workers[0].config.vars = {{"KEY", "hunter2"}};
  site.workers[0].config.kv_namespace = "n";
  site.workers[0].config.kv_bindings = {{"A", "a"}};
  const auto state = [](std::uint32_t) { return ModuleState{"failed", "why"}; };
  const std::string text = json::serialize(workers_json(site, state));
  EXPECT_NE(text.find(R"("KEY":"***")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("error":"why")"), std::string::npos);
  EXPECT_NE(text.find(R"("kv_bindings":{"A":"a"})"), std::string::npos);
  const auto old = old_worker_json(site, worker_id("a.wasm"));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->at("vars"), (json::object{{"KEY", "***"}}));
  EXPECT_EQ(old->at("data"), (json::object{{"kv", "n"}}));
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_FALSE(old_worker_json(site, "x"));
}

TEST(AdminMessage, ComesOutAsItWentIn) {
  const auto read = parse_admin(
      to_json(AdminMessage{{"to\"ken", admin::Pages::kPanel}, {log::Level::kWarn, log::Form::kJson}}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->offer.token, "to\"ken");
  EXPECT_EQ(read->offer.pages, admin::Pages::kPanel);
  EXPECT_EQ(read->logging.level, log::Level::kWarn);
  for (const char* text : {"", "{}", "[]"}) EXPECT_FALSE(parse_admin(text)) << text;
}

TEST(AdminPlace, IsAnAddressOrAFile) {
  const auto address = [](const std::string& text) {
    const auto place = parse_admin_place(text);
    return place && std::holds_alternative<AdminAddress>(*place) ? std::get<AdminAddress>(*place)
                                                                 : AdminAddress{"none", 1};
  };
  EXPECT_EQ(address("127.0.0.1:9000").host, "127.0.0.1");
  EXPECT_EQ(address("127.0.0.1:9000").port, 9000);
  EXPECT_EQ(address("[::1]:9000").host, "[::1]");
  const auto file = parse_admin_place("unix:a/b:1");
  ASSERT_TRUE(file);
  EXPECT_EQ(std::get<AdminPath>(*file).path, "a/b:1");
  for (const char* wrong :
       {"", "9000", ":9000", "127.0.0.1", "127.0.0.1:", "h:65536", "h:1x", "unix:", "[::1]"})
    EXPECT_FALSE(parse_admin_place(wrong)) << wrong;
}

class AdminSocketTest : public ::testing::Test {
 protected:
  AdminSocketTest() {
    std::string name = (fs::temp_directory_path() / "wws-admin-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~AdminSocketTest() override { fs::remove_all(folder_); }
  [[nodiscard]] AdminPath path() const { return {folder_ / "s"}; }
  fs::path folder_;
};

TEST_F(AdminSocketTest, IsForItsOwnerAndGoesWithIt) {
  {
    const auto sockets = AdminSockets::open(path());
    ASSERT_TRUE(sockets) << sockets.error().message;
    struct stat status{};
    ASSERT_EQ(stat(path().path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    const auto second = AdminSockets::open(path());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find("another server listens there"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(path().path));
}

TEST_F(AdminSocketTest, TakesThePlaceOfOneThatWasLeftBehind) {
  // A server that was killed leaves the file of its socket.
  fs::path kept = folder_ / "kept";
  {
    const auto sockets = AdminSockets::open(path());
    ASSERT_TRUE(sockets);
    fs::rename(path().path, kept);
  }
  fs::rename(kept, path().path);
  EXPECT_TRUE(AdminSockets::open(path()));
}

/// Copies of the sockets, as another process gets them.
PassedAdmin passed_on(const AdminSockets& sockets) {
  PassedAdmin passed{sockets.place(), {}};
  for (const base::File& socket : sockets.sockets()) passed.sockets.push_back(std::move(*socket.duplicate()));
  return passed;
}

TEST_F(AdminSocketTest, LeavesItsFileToTheServerThatTakesTheSocket) {
  auto first = std::make_unique<AdminSockets>(std::move(*AdminSockets::open(path())));
  {
    const auto given_up = AdminSockets::open(path(), passed_on(*first));
    ASSERT_TRUE(given_up) << given_up.error().message;
    EXPECT_TRUE(given_up->are_passed());
    EXPECT_EQ(given_up->name(), first->name());
  }
  EXPECT_TRUE(fs::exists(path().path)) << "it is the first server's until the other one serves";
  {
    auto second = AdminSockets::open(path(), passed_on(*first));
    ASSERT_TRUE(second);
    second->take_file();
    first->leave_file();
    first.reset();
    EXPECT_TRUE(fs::exists(path().path));
  }
  EXPECT_FALSE(fs::exists(path().path));
}

TEST_F(AdminSocketTest, TakesASocketForItsOwnPlaceAlone) {
  const auto first = AdminSockets::open(AdminAddress{"127.0.0.1", 0});
  ASSERT_TRUE(first) << first.error().message;
  const auto taken = AdminSockets::open(AdminAddress{"127.0.0.1", 0}, passed_on(*first));
  ASSERT_TRUE(taken);
  EXPECT_TRUE(taken->are_passed());
  EXPECT_EQ(taken->name(), first->name()) << "with the port that was chosen";
  const auto elsewhere = AdminSockets::open(path(), passed_on(*first));
  ASSERT_TRUE(elsewhere);
  EXPECT_FALSE(elsewhere->are_passed());
}

TEST_F(AdminSocketTest, LeavesOtherFilesAlone) {
  std::ofstream(path().path) << "mine";
  const auto sockets = AdminSockets::open(path());
  ASSERT_FALSE(sockets);
  EXPECT_NE(sockets.error().message.find("it is no socket"), std::string::npos);
  EXPECT_TRUE(fs::exists(path().path));
  EXPECT_FALSE(AdminSockets::open(AdminPath{folder_ / std::string(120, 'x')}));
}

}  // namespace
}  // namespace wws::supervisor
