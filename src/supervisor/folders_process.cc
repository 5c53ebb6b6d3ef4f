#include "supervisor/folders_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/wake.h"
#include "folders/folders_server.h"
#include "folders/thread_pool.h"
#include "link/frame.h"
#include "runtime/role.h"
#include "supervisor/folders_message.h"
#include "supervisor/linked_clients.h"
#include "supervisor/service_child.h"
#include "supervisor/watch.h"

namespace wws::supervisor {
using boost::system::error_code;
namespace {

/// So many calls wait for the disk at once.
constexpr std::size_t kThreads = 4;
/// A client that does not take its answers is stuck, or asks and never reads.
constexpr std::size_t kMostUnreadByFolders = std::size_t{64} << 20;

/// Folders that workers have, open. Each is opened once.
class OpenFolders {
 public:
  [[nodiscard]] std::vector<folders::Mounts> open(const FoldersMessage& message) {
    std::vector<folders::Mounts> all;
    for (const MountsMessage& mounts : message.mounts) {
      folders::Mounts& list = all.emplace_back();
      for (const FolderMessage& folder : mounts) {
        if (auto opened = open(folder.path)) list.push_back({std::move(opened), folder.guest.mode});
      }
      // With one of them missing the numbers of the others would not be those that the guest knows; its
      // requests fail.
      if (list.size() != mounts.size()) list.clear();
    }
    return all;
  }
  [[nodiscard]] std::size_t size() const noexcept { return folders_.size(); }

 private:
  std::shared_ptr<const base::File> open(const std::string& path) {
    const auto [known, is_new] = folders_.try_emplace(path);
    if (!is_new) return known->second;
    base::File folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (folder) {
      known->second = std::make_shared<const base::File>(std::move(folder));
    } else {
      log::warn("the mounted folder {}: {}", log::escaped(path), base::errno_text(errno));
    }
    return known->second;
  }

  std::map<std::string, std::shared_ptr<const base::File>> folders_;
};

hardening::FolderPaths to_paths(const FoldersMessage& message) {
  hardening::FolderPaths paths;
  for (const MountsMessage& mounts : message.mounts) {
    for (const FolderMessage& folder : mounts) {
      const bool writable = folder.guest.mode == wasm::GuestMount::Mode::kReadWrite;
      paths.mounted.push_back({folder.path, writable ? hardening::Rights::kWrite : hardening::Rights::kRead});
    }
  }
  return paths;
}

/// Files that guests may have open: what is left when folders, links and a reserve have theirs.
folders::FoldersServer::Limits limits_of_process() {
  folders::FoldersServer::Limits limits;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0)
    limits.open.in_all = std::min<std::size_t>(
        limits.open.in_all, files.rlim_cur > 400 ? files.rlim_cur - 300 : files.rlim_cur / 4);
  return limits;
}

/// Brings sockets, the server's threads and the supervisor's channel together in one event loop.
class FoldersLoop {
 public:
  FoldersLoop(ServiceOrders& orders, const base::Clock& clock, base::File channel, const base::Wake& wake)
      : loop_(orders, std::move(channel), clock),
        wake_(wake),
        wake_watch_(loop_.context(), wake.fd()),
        clients_(loop_.context(), kMostUnreadByFolders,
                 {[this](ClientId client, const link::Frame& frame) {
                    return server_->take(client, frame) == folders::FoldersServer::Verdict::kGood;
                  },
                  [this](ClientId client) { server_->remove_client(client); },
                  [this](ClientId client) { return server_->is_busy(client); },
                  [this](ClientId client) { return !server_->is_busy(client); }}) {}

  Result<void> ready(std::string_view text) { return loop_.ready(text); }

  void run(std::unique_ptr<folders::ThreadPool> pool, std::vector<folders::Mounts> mounts) {
    server_.emplace(folders::FoldersServer::Parts{
                        std::move(pool),
                        [this](ClientId client, std::string_view frames) { clients_.send(client, frames); },
                        [this] { wake_.notify(); }},
                    std::move(mounts), limits_of_process());
    watch();
    loop_.run({[this](base::File socket, std::string_view) {
                 server_->add_client(clients_.add(std::move(socket)));
               },
               [this] {
                 clients_.close_broken();
                 return base::Instant::max();
               },
               [this] { return server_->pending() == 0; }, [this] { return server_->is_unused(); }});
  }

 private:
  using ClientId = folders::FoldersServer::ClientId;

  void watch() {
    wake_watch_.readable([this](error_code error) {
      if (error) {
        log::error("the threads cannot be waited for: {}", error.message());
        loop_.stop();
        return;
      }
      wake_.clear();
      server_->poll();
      watch();
    });
  }

  ServiceLoop loop_;
  const base::Wake& wake_;
  Watch wake_watch_;
  LinkedClients clients_;
  std::optional<folders::FoldersServer> server_;
};

Result<void> keep_folders(ServiceOrders orders, base::File channel, hardening::Mode mode) {
  auto message = parse_folders(orders.question.payload);
  if (!message) return fail(message);
  log::set(message->logging);
  const base::SystemClock clock;
  OpenFolders open;
  std::vector<folders::Mounts> mounts = open.open(*message);
  auto wake = base::Wake::make();
  if (!wake) return fail(wake);
  FoldersLoop loop(orders, clock, std::move(channel), *wake);
  std::unique_ptr<folders::ThreadPool> pool;
  const auto confined = confine_service(runtime::roles::kFolders, mode,
                                        {nullptr, to_paths(*message), [&] -> Result<void> {
                                           pool = std::make_unique<folders::ThreadPool>(kThreads);
                                           return {};
                                         }});
  if (!confined) return confined;
  if (auto told = loop.ready(fmt::format("{} mounted folder{}", open.size(), open.size() == 1 ? "" : "s"));
      !told)
    return told;
  loop.run(std::move(pool), std::move(mounts));
  return {};
}

}  // namespace

int folders_main(std::span<const std::string> arguments) { return service_main(arguments, keep_folders); }

}  // namespace wws::supervisor
