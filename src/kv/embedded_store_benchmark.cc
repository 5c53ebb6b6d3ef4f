// What durable writes cost beside a plain sync of the same disk. Goals at -O2 where fdatasync takes less than
// 0.5 ms: a put alone within 1.5 syncs, 64 at a time 40 times as many as one, and 20,000 increments of one
// key a second.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kv/embedded_store.h"
#include "kv/test_driver.h"

namespace wws::kv {
namespace {

/// A folder on the disk that is to be measured: WWS_KV_BENCHMARK_DIR, else where the benchmark runs.
class Folder {
 public:
  Folder() {
    const char* chosen = ::getenv("WWS_KV_BENCHMARK_DIR");
    std::string name = std::string(chosen ? chosen : ".") + "/wws_kv_benchmark.XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

using Times = std::vector<double>;

double now_us() {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void report(benchmark::State& state, Times& times) {
  std::ranges::sort(times);
  state.counters["p50_us"] = times[times.size() / 2];
  state.counters["p99_us"] = times[times.size() * 99 / 100];
}

/// The yardstick: 4 KiB over what is there, and fdatasync.
void sync_of_this_disk(benchmark::State& state) {
  const Folder folder;
  const base::File file(::open((folder.path() / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const std::string page(4096, 'x');
  const auto pages = state.range(0);
  for (std::int64_t i = 0; i < 1'000; ++i)
    benchmark::DoNotOptimize(::pwrite(file.fd(), page.data(), 4096, i * 4096));
  ::fsync(file.fd());
  std::int64_t at = 0;
  Times times;
  for (auto _ : state) {
    const double begin = now_us();
    for (std::int64_t i = 0; i < pages; ++i, at = (at + 1) % 1'000)
      benchmark::DoNotOptimize(::pwrite(file.fd(), page.data(), 4096, at * 4096));
    ::fdatasync(file.fd());
    times.push_back(now_us() - begin);
  }
  report(state, times);
}
BENCHMARK(sync_of_this_disk)->Arg(1)->Arg(4)->Iterations(2'000)->UseRealTime();

enum class Load { kHotKey, kPuts };

/// `state.range(0)` operations in flight, each followed by the next when it is durable.
void writes(benchmark::State& state, Load load) {
  const Folder folder;
  const base::SystemClock clock;
  auto store = std::move(EmbeddedStore::open(folder.path(), clock, {}).value());
  if (!store->start()) return state.SkipWithError("no thread");
  const NamespaceId space = store->open_namespace("benchmark").value();
  const auto clients = static_cast<std::size_t>(state.range(0));
  const std::string value(100, 'v');
  std::size_t done = 0;
  Times times;
  std::vector<double> begun(clients);
  const auto next = [&](auto& self, std::size_t client) -> void {
    begun[client] = now_us();
    auto request = load == Load::kHotKey ? Request(Increment{"hot"})
                                         : Request(Put{"key" + std::to_string(client), value});
    store->submit(space, std::move(request), {{}, [&, client](const Outcome& outcome) {
                                                if (!outcome) state.SkipWithError("a write failed");
                                                times.push_back(now_us() - begun[client]);
                                                ++done;
                                                self(self, client);
                                              }});
  };
  for (std::size_t client = 0; client < clients; ++client) next(next, client);
  TestDriver driver(*store);
  for (auto _ : state) {
    for (const std::size_t goal = done + 1'000; done < goal;) driver.turn();
  }
  report(state, times);
  state.SetItemsProcessed(static_cast<std::int64_t>(done));
}
BENCHMARK_CAPTURE(writes, puts, Load::kPuts)->Arg(1)->Iterations(3)->UseRealTime();
BENCHMARK_CAPTURE(writes, puts, Load::kPuts)->Arg(64)->Iterations(200)->UseRealTime();
BENCHMARK_CAPTURE(writes, hot_key, Load::kHotKey)->Arg(64)->Iterations(200)->UseRealTime();

/// A record that memory has, and one that only the file has.
void get(benchmark::State& state, std::size_t cache_bytes) {
  const Folder folder;
  const base::SystemClock clock;
  auto store = std::move(EmbeddedStore::open(folder.path(), clock, {.cache_bytes = cache_bytes}).value());
  if (!store->start()) return state.SkipWithError("no thread");
  const NamespaceId space = store->open_namespace("benchmark").value();
  TestDriver driver(*store);
  for (int i = 0; i < 1'000; ++i) driver.submit(space, Put{"key" + std::to_string(i), std::string(100, 'v')});
  driver.run_until_idle();
  int i = 0;
  for (auto _ : state) {
    store->submit(space, Get{"key" + std::to_string(i = (i + 1) % 1'000)}, {{}, [](const Outcome&) {}});
    store->poll();
  }
}
BENCHMARK_CAPTURE(get, from_memory, std::size_t{32} << 20);
BENCHMARK_CAPTURE(get, from_the_file, 0);

}  // namespace
}  // namespace wws::kv
