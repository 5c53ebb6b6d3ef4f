// Random sequences of calls of wws_v1, against a client and a clock that behave at random too: whatever a
// guest does, it ends as the documents say, and nothing outside of it is harmed. Run it with the sanitizers.
//
// usage: wws_native_sequences_test [--gtest_filter=*Long*]
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "abi/host_functions.h"
#include "base/file.h"
#include "runtime/invocation.h"

namespace wws {
namespace {

constexpr std::size_t kOutput = std::size_t{1} << 20;

class NativeSequences : public ::testing::Test {
 protected:
  NativeSequences()
      : engine_(*wasm::Engine::create(*wasm::serving_settings(4), abi::host_functions())),
        worker_(worker("random_calls")),
        neighbour_(worker("echo_stream")) {}

  runtime::Worker worker(const std::string& guest) const {
    const auto wasm = base::read_file(std::string(WWS_SOURCE_DIR) + "/build/guests/" + guest + ".wasm");
    if (!wasm) throw std::runtime_error(guest + ".wasm is missing; build it with tests/guests/build");
    const auto code = engine_.compile(*wasm);
    base::File file(memfd_create("code", MFD_CLOEXEC));
    if (write(file.fd(), code->data(), code->size()) != static_cast<ssize_t>(code->size())) std::abort();
    config::WorkerConfig config;
    config.vars = {{"greeting", "good day"}, {"empty", ""}};
    config.limits.output = kOutput;
    return runtime::make_worker(guest + ".wasm", "/x/[...rest]", config,
                                std::make_shared<runtime::LazyModule>(std::move(file)));
  }

  /// One run with this seed. How it ended: "returned", or the error.
  std::string run(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto chance = [&](unsigned in) { return random() % in == 0; };
    const std::string query = std::to_string(seed);
    const std::string body(random() % 3000, 'b');
    http::Request request;
    request.method = "POST";
    request.path = "/x/y";
    request.query = query;
    request.has_query = true;
    request.fields = {{"Host", "t"}, {"X-Twice", "1"}, {"X-Twice", "2"}};
    request.body = body;
    request.body_follows = chance(2);
    auto invocation = runtime::Invocation::create(
        clock_, random_, {std::shared_ptr<void>(), &worker_},
        {request, {{"rest", "y"}}, config::UrlForm::kFull, seed, {}});
    std::size_t sent = 0;
    for (int polls = 0; (*invocation)->step(engine_) != wasm::Instance::State::kDone; ++polls) {
      EXPECT_LT(polls, 10'000) << "seed " << seed;
      if (polls == 10'000) break;
      abi::NativeExchange& exchange = *(*invocation)->exchange();
      clock_.advance(std::chrono::microseconds(random() % 2000));
      if ((*invocation)->wake_at() != base::Instant::max() && chance(4)) {
        clock_.advance(std::max(base::Duration(0), (*invocation)->wake_at() - clock_.now()));
      }
      if (exchange.wants_body() && chance(2)) exchange.give_body(std::string(random() % 70'000, 'm'));
      if (request.body_follows && chance(8)) exchange.end_body();
      if (chance(40)) exchange.close();
      if (exchange.has_output() && chance(2)) {
        std::string taken;
        exchange.take_output(taken);
        EXPECT_LE(taken.size(), abi::NativeExchange::kWindow);
        sent += taken.size();
      }
    }
    const auto response = (*invocation)->finish();
    if (!response) {
      const Error& error = response.error();
      if (error.code == ErrorCode::kGuestTrap) {
        EXPECT_NE(error.message.find("wws_v1."), std::string::npos)
            << "seed " << seed << ": " << error.message;
      }
      return std::string(base::name(error.code));
    }
    const std::string& rest = std::get<std::string>(response->body);
    EXPECT_LE(sent + rest.size(), kOutput);
    EXPECT_TRUE(response->status >= 200 && response->status <= 999);
    return "returned";
  }

  /// Another guest answers right, whatever ran before it in the same memory.
  void expect_neighbour_unharmed() {
    http::Request request;
    request.method = "POST";
    request.path = "/";
    request.body = "unharmed";
    auto invocation = runtime::Invocation::create(clock_, random_, {std::shared_ptr<void>(), &neighbour_},
                                                   {request, {}, {}, 1, {}});
    while ((*invocation)->step(engine_) != wasm::Instance::State::kDone) {
    }
    const auto response = (*invocation)->finish();
    ASSERT_TRUE(response);
    EXPECT_EQ(std::get<std::string>(response->body), "unharmed");
  }

  void run_all(std::uint64_t seeds) {
    const std::set<std::string> documented = {"returned", "guest-trap", "output-limit", "time-limit"};
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
      const std::string end = run(seed);
      EXPECT_TRUE(documented.contains(end)) << "seed " << seed << " ended with " << end;
      seen.insert(end);
      if (seed % 50 == 0) expect_neighbour_unharmed();
    }
    // A generator that never returns, or never goes wrong, tests nothing.
    EXPECT_TRUE(seen.contains("returned"));
    EXPECT_TRUE(seen.contains("guest-trap"));
  }

  base::ManualClock clock_;
  base::Random random_;
  wasm::Engine engine_;
  runtime::Worker worker_;
  runtime::Worker neighbour_;
};

TEST_F(NativeSequences, EndAsDocumented) { run_all(2'000); }

TEST_F(NativeSequences, LongEndAsDocumented) { run_all(200'000); }

}  // namespace
}  // namespace wws
