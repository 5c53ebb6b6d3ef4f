#include "wasm/instance.h"

#include <fcntl.h>

#include "wasm/epoch_timer.h"
#include "wasm/test_engine.h"

namespace wws::wasm {
namespace {

using State = Instance::State;
class InstanceTest : public testing::EngineTest {};
using testing::TestHost;

TEST_F(InstanceTest, ReturnsFromItsEntry) {
  const auto module = load("returns");
  ASSERT_TRUE(module) << module.error().message;
  Guest host = guest();
  EXPECT_TRUE(run(*module, host));
}

TEST_F(InstanceTest, TellsTheTimeToItsEntryWhereThatIsMeasured) {
  const auto module = load("returns");
  Guest unknown = guest();
  ASSERT_TRUE(run(*module, unknown));
  EXPECT_FALSE(unknown.start_time());
  Guest measured = guest();
  measured.measure_start();
  ASSERT_TRUE(run(*module, measured));
  EXPECT_EQ(measured.start_time(), base::Duration(0)) << "by a clock that stands still";
  EXPECT_EQ(measured.memory_peak(), 0U) << "it has none";
}

TEST_F(InstanceTest, CopiesStandardInputToStandardOutput) {
  const auto module = load("copies");
  ASSERT_TRUE(module) << module.error().message;
  const std::string input = "hello\n" + std::string(10'000, 'x');
  Guest host = guest(input);
  ASSERT_TRUE(run(*module, host));
  EXPECT_EQ(host.wasi().stdout_bytes(), input);
}

/// Makes `count` pieces "abc".
class Pieces final : public StdinSource {
 public:
  explicit Pieces(int count) : left_(count) {}
  std::string_view next() override { return left_-- > 0 ? "abc" : ""; }

 private:
  int left_;
};

TEST_F(InstanceTest, FillsAReadFromManyPiecesOfASource) {
  const auto module = load("reads_once");
  ASSERT_TRUE(module) << module.error().message;
  Pieces pieces(1000);
  Guest host = guest();
  host.wasi().give_stdin(pieces);
  ASSERT_TRUE(run(*module, host));
  EXPECT_EQ(host.wasi().stdout_bytes().size(), 3000U);
  EXPECT_TRUE(host.wasi().stdout_bytes().ends_with("abcabc"));
}

// A guest that read all of a large input in one call kept the thread for as long as that took.
TEST_F(InstanceTest, EndsAReadThatWouldKeepTheThread) {
  const auto module = load("reads_once");
  Pieces pieces(600'000);
  Guest host = guest();
  host.wasi().give_stdin(pieces);
  ASSERT_TRUE(run(*module, host));
  EXPECT_EQ(host.wasi().stdout_bytes().size(), 512U << 10);
}

TEST_F(InstanceTest, ReportsATrapWithTheFunctionsThatLedToIt) {
  const auto module = load("traps");
  Guest host = guest();
  const auto result = run(*module, host);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kGuestTrap);
  EXPECT_NE(result.error().message.find("unreachable"), std::string::npos) << result.error().message;
}

TEST_F(InstanceTest, EndsEndlessRecursionAtTheStackLimit) {
  const auto module = load("recurses");
  Guest host = guest();
  const auto result = run(*module, host);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kStackLimit);
  EXPECT_NE(result.error().message.find("its stack of 512KiB"), std::string::npos) << result.error().message;
}

/// Host calls were no place to end a guest: code without loops kept its thread for as long as it liked.
TEST_F(InstanceTest, EndsAGuestThatMakesHostCallsInAStraightLineForTooLong) {
  const auto module = load("straight_line");
  ASSERT_TRUE(module) << module.error().message;
  Guest quick = guest();
  EXPECT_TRUE(run(*module, quick));
  TestHost::tick_length = std::chrono::milliseconds(10);
  Guest slow = guest();
  const auto result = run(*module, slow);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCpuTimeLimit);
  EXPECT_NE(result.error().message.find("without a loop"), std::string::npos) << result.error().message;
}

TEST_F(InstanceTest, GivesEachGuestItsOwnStackLimit) {
  const auto module = load("recurses_to_depth");
  ASSERT_TRUE(module) << module.error().message;
  const auto depth_fits = [&](std::uint32_t depth, std::size_t stack) {
    GuestLimits limits;
    limits.stack_bytes = stack;
    const std::string input(reinterpret_cast<const char*>(&depth), sizeof depth);
    Guest host = guest(input, limits);
    return run(*module, host).has_value();
  };
  EXPECT_TRUE(depth_fits(1000, std::size_t{512} << 10));
  EXPECT_FALSE(depth_fits(1000, std::size_t{16} << 10));
  EXPECT_TRUE(depth_fits(100, std::size_t{16} << 10));
  EXPECT_FALSE(depth_fits(1'000'000, std::size_t{1} << 30));  // the engine's own limit holds
}

TEST_F(InstanceTest, TakesExitCodeZeroAsSuccessAndOthersAsFailure) {
  const auto module = load("exits");
  Guest zero = guest(std::string_view("\0", 1));
  EXPECT_TRUE(run(*module, zero));
  Guest seven = guest("\x07");
  const auto result = run(*module, seven);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kGuestExit);
  EXPECT_EQ(result.error().message, "left with exit code 7");
}

TEST_F(InstanceTest, RefusesAnImportThatNoOneProvides) {
  const auto module = load("needs_unknown");
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().code, ErrorCode::kBadModule);
  EXPECT_NE(module.error().message.find("no_such_function"), std::string::npos) << module.error().message;
}

/// What could not be mapped was taken for a lack of memory, also where a module asks for more than may be.
TEST_F(InstanceTest, TellsAModuleThatDoesNotFitFromASystemThatHasNoRoom) {
  const auto large = load("two_tables");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kBadModule) << large.error().message;
  const auto no_file = engine_.map(base::File(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  ASSERT_FALSE(no_file);
  EXPECT_EQ(no_file.error().code, ErrorCode::kOverloaded) << no_file.error().message;
}

TEST_F(InstanceTest, RefusesAModuleWithoutEntry) {
  const auto module = load("no_entry");
  ASSERT_TRUE(module) << module.error().message;
  EXPECT_FALSE(module->exports_function("_start"));
  Guest host = guest();
  const auto result = run(*module, host);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBadModule);
}

TEST_F(InstanceTest, YieldsAtATickSoThatTwoGuestsTakeTurns) {
  const auto module = load("ticks");
  ASSERT_TRUE(module) << module.error().message;
  Guest host_a = guest();
  Guest host_b = guest();
  auto a = start(*module, host_a, 1);
  auto b = start(*module, host_b, 2);
  ASSERT_TRUE(a && b);
  State state_a = State::kYielded;
  State state_b = State::kYielded;
  while (state_a != State::kDone || state_b != State::kDone) {
    if (state_a != State::kDone) state_a = a->poll();
    if (state_b != State::kDone) state_b = b->poll();
  }
  EXPECT_TRUE(a->result() && b->result());
  EXPECT_EQ(TestHost::ticks, (std::vector{0, 0, 1, 1, 2, 2}));
}

TEST_F(InstanceTest, IsInterruptedByTheEpochTimerAtItsTimeLimit) {
  const auto timer = EpochTimer::create(engine_);
  ASSERT_TRUE(timer) << timer.error().message;
  auto& armed = const_cast<EpochTimer&>(*timer);
  for (const char* name : {"spins", "spins_in_start"}) {
    const auto module = load(name);
    ASSERT_TRUE(module) << module.error().message;
    GuestLimits limits;
    limits.cpu_time = std::chrono::milliseconds(5);
    Guest host(system_clock_, random_, limits, {});
    auto instance = start(*module, host, 1);
    ASSERT_TRUE(instance);
    armed.slice_begins();
    while (instance->poll() != State::kDone) {
    }
    armed.slice_ends();
    ASSERT_FALSE(instance->result()) << name;
    EXPECT_EQ(instance->result().error().code, ErrorCode::kCpuTimeLimit) << name;
    EXPECT_NE(instance->result().error().detail.find("function"), std::string::npos) << name;
  }
}

TEST_F(InstanceTest, EndsAGuestThatIsDestroyedBetweenTwoSlices) {
  const auto module = load("ticks");
  for (int i = 0; i < 100; ++i) {  // more than there are slots: each end gives its slot back
    Guest host = guest();
    auto instance = start(*module, host, 1);
    ASSERT_TRUE(instance);
    ASSERT_EQ(instance->poll(), State::kYielded);
  }
}

TEST_F(InstanceTest, SleepsWithoutAThreadUntilItsTime) {
  const auto module = load("sleeps");
  ASSERT_TRUE(module) << module.error().message;
  const std::int64_t nanoseconds = std::int64_t{2} * 1'000'000'000;
  const std::string input(reinterpret_cast<const char*>(&nanoseconds), sizeof nanoseconds);
  Guest host = guest(input);
  auto instance = start(*module, host, 1);
  ASSERT_EQ(instance->poll(), State::kWaiting);
  EXPECT_EQ(host.wake_at(), clock_.now() + std::chrono::seconds(2));
  clock_.advance(std::chrono::seconds(1));
  ASSERT_EQ(instance->poll(), State::kWaiting);  // woken early: waits on
  clock_.advance(std::chrono::seconds(1));
  ASSERT_EQ(instance->poll(), State::kDone);
  EXPECT_TRUE(instance->result());
  EXPECT_EQ(host.wasi().stdout_bytes(), "awake");
}

TEST_F(InstanceTest, ASleepOfADayEndsAtTheTimeLimit) {
  const auto module = load("sleeps");
  const std::int64_t nanoseconds = std::int64_t{86'400} * 1'000'000'000;
  const std::string input(reinterpret_cast<const char*>(&nanoseconds), sizeof nanoseconds);
  Guest host = guest(input);
  auto instance = start(*module, host, 1);
  ASSERT_EQ(instance->poll(), State::kWaiting);
  clock_.advance(host.wake_at() - clock_.now());
  ASSERT_EQ(instance->poll(), State::kDone);
  ASSERT_FALSE(instance->result());
  EXPECT_EQ(instance->result().error().code, ErrorCode::kTimeLimit);
}

TEST_F(InstanceTest, GoesOnWhenAHostFunctionThatSuspendsAnswers) {
  const auto module = load("calls_wait");
  ASSERT_TRUE(module) << module.error().message;
  TestHost::answer_after = 3;
  Guest host = guest();
  auto instance = start(*module, host, 77);
  ASSERT_EQ(instance->poll(), State::kWaiting);
  EXPECT_TRUE(engine_.take_woken().empty());
  instance->wake();
  instance->wake();  // twice is once
  std::uint64_t count = 0;
  EXPECT_EQ(::read(wake_.fd(), &count, sizeof count), 8);
  EXPECT_EQ(engine_.take_woken(), (std::vector<std::uint64_t>{77}));
  ASSERT_EQ(instance->poll(), State::kWaiting);
  ASSERT_EQ(instance->poll(), State::kDone);
  EXPECT_EQ(host.wasi().stdout_bytes(), "2");
}

TEST_F(InstanceTest, EndsAGuestThatIsDestroyedWhileItWaits) {
  const auto module = load("calls_wait");
  TestHost::answer_after = 1'000'000;
  for (int i = 0; i < 100; ++i) {
    Guest host = guest();
    auto instance = start(*module, host, 1);
    ASSERT_EQ(instance->poll(), State::kWaiting);
  }
}

TEST_F(InstanceTest, RefusesMemoryBeyondTheLimitAndSaysSoWhenTheGuestFails) {
  const auto module = load("grows");
  GuestLimits limits;
  limits.memory_bytes = std::size_t{16} << 20;
  Guest copes = guest("", limits);
  EXPECT_TRUE(run(*module, copes));
  EXPECT_TRUE(copes.growth_refused());
  EXPECT_EQ(copes.memory_peak(), (std::size_t{15} << 20) + (std::size_t{64} << 10)) << "16 pages at a time";
  Guest fails = guest("x", limits);
  const auto result = run(*module, fails);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kMemoryLimit);
}

TEST_F(InstanceTest, EndsAGuestThatWritesTooMuchOutput) {
  const auto module = load("floods");
  GuestLimits limits;
  limits.output_bytes = std::size_t{1} << 20;
  Guest host = guest("\x01", limits);
  const auto result = run(*module, host);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kOutputLimit);
  EXPECT_LE(host.wasi().stdout_bytes().size(), limits.output_bytes);
}

TEST_F(InstanceTest, RunsOutOfSlotsWithAnErrorAndRecovers) {
  const auto module = load("ticks");
  std::vector<std::unique_ptr<Guest>> hosts;
  std::vector<Instance> instances;
  for (std::uint32_t i = 0; i < engine_.settings().instances; ++i) {
    hosts.push_back(std::make_unique<Guest>(guest()));
    instances.push_back(*start(*module, *hosts.back(), i));
    ASSERT_EQ(instances.back().poll(), State::kYielded);
  }
  Guest late = guest();
  EXPECT_FALSE(run(*module, late));
  instances.pop_back();
  Guest next = guest();
  EXPECT_TRUE(run(*module, next));
}

TEST(EngineRolesTest, CompilingAndServingEnginesHaveOneFingerprint) {
  const auto compiling = Engine::create(compiling_settings(), wasi_stdio_functions());
  const auto serving = Engine::create(*serving_settings(16), wasi_stdio_functions());
  ASSERT_TRUE(compiling && serving);
  EXPECT_EQ(compiling->fingerprint(), serving->fingerprint());
}

TEST(EngineRolesTest, APoolThatCannotBeReservedBecomesASmallerOne) {
  EngineSettings settings = *serving_settings(16);
  settings.instances = 100'000;  // 400 TiB
  const auto engine = Engine::create(settings, wasi_stdio_functions());
  ASSERT_TRUE(engine);
  EXPECT_LT(engine->settings().instances, settings.instances);
}

TEST(EngineRolesTest, BytesThatAreNotAModuleAreRefused) {
  const auto engine = Engine::create(compiling_settings(), wasi_stdio_functions());
  ASSERT_TRUE(engine);
  for (const char* bytes : {"", "hello", "\0asm"}) {
    const auto code = engine->compile(bytes);
    ASSERT_FALSE(code);
    EXPECT_EQ(code.error().code, ErrorCode::kBadModule);
  }
}

}  // namespace
}  // namespace wws::wasm
