// Guest execution alone: no sockets, so that no load generator takes a core (docs/performance.md).
//
// usage: guest_driver MODULE.wasm SECONDS PROCESSES [signal|thread]
//
// Starts so many processes, each pinned to a core and running the module again and again in fresh instances,
// as a serving process would; prints runs a second of each and of all. Then does the same with a plain CPU
// loop: what the machine itself loses when both cores are busy. `thread` ticks the epoch from a second
// thread instead of by signal (docs/adr/0004-epoch-signal.md).
#include <fmt/format.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "abi/host_functions.h"
#include "base/log.h"
#include "runtime/invocation.h"
#include "wasm/epoch_timer.h"

namespace {

using namespace wws;
using Clock = std::chrono::steady_clock;

constexpr const char* kRequest = "benchmark";

/// What the processes share: a common start and a result each.
struct Shared {
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::atomic<std::uint64_t> runs[64]{};
};

void pin(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

/// Calls `once` for so long and returns how often.
std::uint64_t repeat(Shared& shared, std::chrono::seconds time, const std::function<void()>& once) {
  for (int i = 0; i < 200; ++i) once();  // warm
  ++shared.ready;
  while (!shared.go) sched_yield();
  std::uint64_t count = 0;
  const auto end = Clock::now() + time;
  while (Clock::now() < end) {
    for (int i = 0; i < 16; ++i) once();
    count += 16;
  }
  return count;
}

[[noreturn]] void die(const std::string& message) {
  fmt::print(stderr, "guest_driver: {}\n", message);
  std::exit(1);
}

/// The other way to tick: a thread that wakes up every millisecond.
class TickerThread {
 public:
  explicit TickerThread(const wasm::Engine& engine)
      : thread_([this, &engine] {
          while (!stop_) {
            std::this_thread::sleep_for(wasm::EpochTimer::kPeriod);
            engine.tick();
          }
        }) {}
  ~TickerThread() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

enum class Ticks { kSignal, kThread };

std::uint64_t run_guests(Shared& shared, const std::string& wasm, std::chrono::seconds time, Ticks ticks) {
  const base::SystemClock clock;
  base::Random random;
  auto engine = wasm::Engine::create(*wasm::serving_settings(64), abi::host_functions());
  if (!engine) die(engine.error().message);
  auto timer = wasm::EpochTimer::create(*engine);
  if (!timer) die(timer.error().message);
  std::optional<TickerThread> thread;
  if (ticks == Ticks::kThread) thread.emplace(*engine);
  auto code = engine->compile(wasm);
  if (!code) die(code.error().message);
  base::File file(memfd_create("code", MFD_CLOEXEC));
  if (write(file.fd(), code->data(), code->size()) != static_cast<ssize_t>(code->size())) die("no memory");
  auto worker =
      runtime::make_worker(kRequest, "/", {}, std::make_shared<runtime::LazyModule>(std::move(file)));
  http::Request request;
  request.method = "GET";
  request.host = "127.0.0.1:8080";
  request.path = "/hello";
  request.fields = {{"Host", "127.0.0.1:8080"}};
  return repeat(shared, time, [&] {
    auto run = runtime::Invocation::create(clock, random, {std::shared_ptr<void>(), &worker},
                                           {request, {}, config::UrlForm::kFull, 1, {}});
    if (!run) die(run.error().message);
    if (!thread) timer->slice_begins();
    while ((*run)->step(*engine) != wasm::Instance::State::kDone) {
    }
    timer->slice_ends();
    if (auto response = (*run)->finish(); !response) die(response.error().message);
  });
}

std::uint64_t run_plain_loop(Shared& shared, std::chrono::seconds time) {
  return repeat(shared, time, [] {
    for (volatile unsigned i = 0; i < 20'000;) i = i + 1;
  });
}

/// Runs `body` in `processes` processes and returns the runs a second of each.
std::vector<double> measure(unsigned processes, std::chrono::seconds time,
                            const std::function<std::uint64_t(Shared&)>& body) {
  auto* shared =
      new (mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared;
  for (unsigned i = 0; i < processes; ++i) {
    if (fork() == 0) {
      pin(i);
      shared->runs[i] = body(*shared);
      _exit(0);
    }
  }
  while (shared->ready < static_cast<int>(processes)) usleep(1000);
  shared->go = true;
  while (wait(nullptr) > 0) {
  }
  std::vector<double> rates;
  for (unsigned i = 0; i < processes; ++i) {
    rates.push_back(static_cast<double>(shared->runs[i]) / static_cast<double>(time.count()));
  }
  munmap(shared, sizeof(Shared));
  return rates;
}

double sum(const std::vector<double>& rates) {
  double total = 0;
  for (const double rate : rates) total += rate;
  return total;
}

double scaling(const char* what, unsigned processes, std::chrono::seconds time,
               const std::function<std::uint64_t(Shared&)>& body) {
  const double one = sum(measure(1, time, body));
  const double all = sum(measure(processes, time, body));
  fmt::print("{}: one process {:.0f}/s, {} processes {:.0f}/s in all: {:.3f} x\n", what, one, processes, all,
             all / one);
  return all / one;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) die("usage: guest_driver MODULE.wasm SECONDS PROCESSES [signal|thread]");
  const Ticks ticks = argc == 5 && std::string(argv[4]) == "thread" ? Ticks::kThread : Ticks::kSignal;
  base::log::set_level(base::log::Level::kError);
  auto wasm = base::read_file(argv[1]);
  if (!wasm) die(wasm.error().message);
  const std::chrono::seconds time(std::atoi(argv[2]));
  const auto processes = static_cast<unsigned>(std::atoi(argv[3]));
  const double guests = scaling(argv[1], processes, time,
                                [&](Shared& shared) { return run_guests(shared, *wasm, time, ticks); });
  const double plain = scaling("plain CPU loop", processes, time,
                               [&](Shared& shared) { return run_plain_loop(shared, time); });
  fmt::print("guests scale {:.3f} x as well as the plain loop (goal 0.9, aim 0.95)\n", guests / plain);
}
