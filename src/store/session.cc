#include "store/session.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "kv/embedded_store.h"
#include "kv/redis_store.h"
#include "store/codec.h"
#include "store/door.h"
#include "store/frame_kind.h"

namespace wws::store {
namespace {

/// Through the server: its supervisor passes the socket on to the store child.
class RemoteSession final : public Session {
 public:
  explicit RemoteSession(base::File socket) : socket_(std::move(socket)) {}

  Result<std::vector<kv::NamespaceInfo>> namespaces() override {
    auto answer = exchange(FrameKind::kNames, 0, [](std::string&) {});
    if (!answer) return fail(answer);
    auto names = decode_names(answer->payload);
    if (answer->kind != FrameKind::kNamesAre || !names) return broken();
    return std::move(*names);
  }

  Result<kv::Outcome> ask(const std::string& name, kv::Request request) override {
    const auto space = open_space(name);
    if (!space) return std::unexpected(space.error());
    if (!*space) return kv::Outcome(std::unexpected(space->error()));
    auto answer = exchange(FrameKind::kRequest, **space, [&](std::string& bytes) { encode(request, bytes); });
    if (!answer) return fail(answer);
    auto outcome = decode_outcome(answer->payload);
    if (answer->kind != FrameKind::kOutcome || !outcome) return broken();
    return std::move(*outcome);
  }

 private:
  struct Answer {
    FrameKind kind{};
    std::uint16_t space = 0;
    std::string payload;
  };

  static std::unexpected<Error> broken() {
    return fail(ErrorCode::kIo,
                "the server that has the store answers in another way than this program asks");
  }

  Result<std::expected<std::uint16_t, kv::Failure>> open_space(const std::string& name) {
    using Space = std::expected<std::uint16_t, kv::Failure>;
    if (const auto known = spaces_.find(name); known != spaces_.end()) return Space(known->second);
    auto answer = exchange(FrameKind::kOpen, 0, [&](std::string& bytes) { bytes += name; });
    if (!answer) return fail(answer);
    if (answer->kind != FrameKind::kOpened) return broken();
    if (!answer->payload.empty()) {
      const auto why = decode_outcome(answer->payload);
      return why && !*why ? Result<Space>(Space(std::unexpected(why->error()))) : Result<Space>(broken());
    }
    spaces_.emplace(name, answer->space);
    return Space(answer->space);
  }

  template <class Write>
  Result<Answer> exchange(FrameKind kind, std::uint16_t space, Write&& write) {
    std::string frame;
    append_frame(frame, kind, ++last_id_, space, std::forward<Write>(write));
    if (!base::write_all(socket_.fd(), frame)) return gone();
    std::optional<Answer> answer;
    std::array<char, 65536> buffer{};
    while (!answer) {
      const ssize_t count = recv(socket_.fd(), buffer.data(), buffer.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return gone();
      const auto progress =
          reader_.read({buffer.data(), static_cast<std::size_t>(count)}, [&](const Frame& read) {
            if (read.id == last_id_)
              answer = Answer{read.kind_as<FrameKind>(), read.subject, std::string(read.payload)};
            return true;
          });
      if (progress == FrameReader::Progress::kBroken) return broken();
    }
    return std::move(*answer);
  }

  static std::unexpected<Error> gone() {
    return fail(ErrorCode::kIo, "the server that has the store has gone");
  }

  base::File socket_;
  FrameReader reader_;
  std::uint32_t last_id_ = 0;
  std::map<std::string, std::uint16_t> spaces_;
};

/// Has a store, and drives it.
class DirectSession : public Session {
 public:
  DirectSession(std::unique_ptr<base::SystemClock> clock, std::unique_ptr<kv::Store> store)
      : clock_(std::move(clock)), store_(std::move(store)) {}

  Result<std::vector<kv::NamespaceInfo>> namespaces() override { return store_->namespaces(); }

  Result<kv::Outcome> ask(const std::string& name, kv::Request request) override {
    const auto space = store_->open_namespace(name);
    if (!space) return kv::Outcome(std::unexpected(space.error()));
    std::optional<kv::Outcome> answer;
    kv::Handlers handlers;
    handlers.durable = [&](const kv::Outcome& outcome) { answer = outcome; };
    store_->submit(*space, std::move(request), std::move(handlers));
    drive_until(answer);
    return std::move(*answer);
  }

 protected:
  template <class T>
  void drive_until(const std::optional<T>& answer) {
    for (store_->poll(); !answer; store_->poll()) {
      pollfd wake = {store_->wake_fd(), POLLIN, 0};
      constexpr int kSoon = 10;  // milliseconds; the store may have something to do by itself
      ::poll(&wake, 1, kSoon);
    }
  }

 private:
  std::unique_ptr<base::SystemClock> clock_;  ///< the store's
  std::unique_ptr<kv::Store> store_;
};

/// In Redis: people are told why it cannot be reached.
class RedisSession final : public DirectSession {
 public:
  /// `redis` is the store.
  RedisSession(std::unique_ptr<base::SystemClock> clock, std::unique_ptr<kv::Store> store,
               kv::RedisStore& redis)
      : DirectSession(std::move(clock), std::move(store)), redis_(redis) {}

  Result<std::vector<kv::NamespaceInfo>> namespaces() override {
    using Names = std::expected<std::vector<std::string>, kv::Failure>;
    std::optional<Names> found;
    redis_.find_namespaces([&](const Names& names) { found = names; });
    drive_until(found);
    if (!*found) return unreachable();
    for (const std::string& name : **found) {  // their bytes come with any reply
      if (auto asked = ask(name, kv::GetMany{}); !asked) return fail(asked);
    }
    return DirectSession::namespaces();
  }

  Result<kv::Outcome> ask(const std::string& name, kv::Request request) override {
    auto outcome = DirectSession::ask(name, std::move(request));
    if (outcome && !*outcome && outcome->error() == kv::Failure::kUnavailable) return unreachable();
    return outcome;
  }

 private:
  [[nodiscard]] std::unexpected<Error> unreachable() const {
    return fail(ErrorCode::kIo,
                redis_.problem().empty() ? "Redis: does not answer" : "Redis: " + redis_.problem());
  }

  kv::RedisStore& redis_;
};

}  // namespace

Result<std::unique_ptr<Session>> Session::open(kv::RedisOptions options) {
  constexpr std::chrono::milliseconds kPatience{5000};  // of people, who come once
  options.limit = std::max(options.limit, kPatience);
  auto clock = std::make_unique<base::SystemClock>();
  auto store = kv::RedisStore::open(options, *clock);
  if (!store) return fail(store);
  if (auto started = (*store)->start(); !started) return fail(started);
  kv::RedisStore& redis = **store;
  return std::make_unique<RedisSession>(std::move(clock), std::move(*store), redis);
}

Result<std::unique_ptr<Session>> Session::open(const std::filesystem::path& folder, IfMissing if_missing) {
  std::error_code ignored;
  if (if_missing == IfMissing::kFail && !std::filesystem::exists(folder / "kv.sqlite", ignored))
    return fail(ErrorCode::kNotFound, fmt::format("{}: there is no key-value store", folder.string()));
  if (auto socket = connect_to_door(folder)) return std::make_unique<RemoteSession>(std::move(*socket));
  auto clock = std::make_unique<base::SystemClock>();
  auto store = kv::EmbeddedStore::open(folder, *clock, {});
  if (!store) return fail(store);
  if (auto started = (*store)->start(); !started) return fail(started);
  return std::make_unique<DirectSession>(std::move(clock), std::move(*store));
}

}  // namespace wws::store
