#include "supervisor/service_manager.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>

namespace wws::supervisor {
namespace {

namespace fs = std::filesystem;

/// The socket of a service manager.
class Manager {
 public:
  /// `name`: as NOTIFY_SOCKET has it.
  explicit Manager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(socket_.fd(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  }

  /// The next message, if there is one.
  [[nodiscard]] std::optional<std::string> take() const {
    std::string text(1000, '\0');
    const ssize_t size = recv(socket_.fd(), text.data(), text.size(), MSG_DONTWAIT);
    if (size < 0) return std::nullopt;
    text.resize(static_cast<std::size_t>(size));
    return text;
  }

 private:
  base::File socket_;
};

std::string abstract_name() { return "@wws-service-manager-test-" + std::to_string(getpid()); }

TEST(ServiceManager, IsToldOfEachPhase) {
  const Manager manager(abstract_name());
  ServiceManager told({abstract_name(), ""});
  told.tell_status("loading");
  EXPECT_EQ(manager.take(), "STATUS=loading");
  told.tell_ready("serving\nREADY=0");
  EXPECT_EQ(manager.take(), "READY=1\nSTATUS=serving\\x0aREADY=0");
  told.tell_stopping("stopping");
  EXPECT_EQ(manager.take(), "STOPPING=1\nSTATUS=stopping");
  told.tell_ready("serving");
  told.retry();
  EXPECT_EQ(manager.take(), std::nullopt);
}

TEST(ServiceManager, MayBeAPath) {
  std::string folder = (fs::temp_directory_path() / "wws-manager-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/notify";
  {
    const Manager manager(path);
    ServiceManager({path, ""}).tell_ready("serving");
    EXPECT_EQ(manager.take(), "READY=1\nSTATUS=serving");
  }
  fs::remove_all(folder);
}

TEST(ServiceManager, IsNotWaitedForAndHearsTheNewestLater) {
  const Manager manager(abstract_name());
  ServiceManager told({abstract_name(), "2000000"});
  for (int i = 0; i < 10'000; ++i) told.keep_alive();  // more than any queue has room for
  told.tell_ready("serving");
  told.tell_stopping("stopping");
  while (const auto message = manager.take()) EXPECT_EQ(message, "WATCHDOG=1");
  told.retry();
  EXPECT_EQ(manager.take(), "STOPPING=1\nSTATUS=stopping");
  told.retry();
  EXPECT_EQ(manager.take(), std::nullopt);
}

TEST(ServiceManager, WantsASignOfLifeTwiceInItsTime) {
  const auto period = [](const std::string& usec, const std::string& pid = "") {
    return ServiceManager({abstract_name(), usec, pid}).period();
  };
  EXPECT_EQ(period("10000000"), std::chrono::seconds(5));
  EXPECT_EQ(period("10000000", std::to_string(getpid())), std::chrono::seconds(5));
  EXPECT_EQ(period("10000000", "1"), std::nullopt);
  for (const std::string usec : {"", "0", "-1", "x", "1s"}) EXPECT_EQ(period(usec), std::nullopt) << usec;
  EXPECT_GT(period("18446744073709551615"), std::chrono::hours(24));
}

TEST(ServiceManager, HearsOneServerAtATime) {
  const Manager manager(abstract_name());
  ServiceManager before({abstract_name(), ""});
  ServiceManager next({abstract_name(), ""});
  next.be_silent();
  before.tell_ready("serving");
  EXPECT_EQ(manager.take(), "READY=1\nSTATUS=serving");
  next.tell_status("loading");
  next.keep_alive();
  EXPECT_EQ(manager.take(), std::nullopt);
  before.tell_successor(4711);
  EXPECT_EQ(manager.take(), "MAINPID=4711\nSTATUS=the server with pid 4711 takes over");
  before.tell_stopping("stopping");
  before.keep_alive();
  EXPECT_EQ(manager.take(), std::nullopt);
  next.speak();
  next.tell_ready("serving too");
  EXPECT_EQ(manager.take(), "READY=1\nSTATUS=serving too");
}

TEST(ServiceManager, ThatIsNotThereIsNoTrouble) {
  for (const std::string& name :
       {std::string(), std::string("relative"), std::string("@"), std::string("/"),
        "/" + std::string(200, 'x'), abstract_name(), std::string("/no/such/socket")}) {
    ServiceManager told({name, "1000"});
    told.tell_ready("serving");
    told.keep_alive();
    told.retry();
  }
  EXPECT_EQ(ServiceManager({"", "1000"}).period(), std::nullopt);
}

TEST(ServiceManager, IsTakenOutOfTheEnvironment) {
  setenv("NOTIFY_SOCKET", "/run/x", 1);
  setenv("WATCHDOG_USEC", "5", 1);
  setenv("WATCHDOG_PID", "6", 1);
  const auto taken = ServiceManager::Variables::take_from_environment();
  EXPECT_EQ(taken.socket, "/run/x");
  EXPECT_EQ(taken.watchdog_usec, "5");
  EXPECT_EQ(taken.watchdog_pid, "6");
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    EXPECT_EQ(getenv(name), nullptr) << name;
}

}  // namespace
}  // namespace wws::supervisor
