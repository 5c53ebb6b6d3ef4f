#include "wasm/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/log.h"
#include "wasm/bridge.h"
#include "wasm/guest.h"

namespace wws::wasm {
namespace {

// GuestMemory and Value are passed as the bridge's own types: same layout, same way of passing.
static_assert(sizeof(GuestMemory) == sizeof(wwsb_memory) && std::is_trivially_copyable_v<GuestMemory> &&
              std::is_standard_layout_v<GuestMemory>);
static_assert(sizeof(Value) == sizeof(wwsb_value) && alignof(Value) == alignof(wwsb_value));
static_assert(static_cast<std::int32_t>(CallStatus::kDone) == WWSB_CALL_DONE &&
              static_cast<std::int32_t>(CallStatus::kPending) == WWSB_CALL_PENDING &&
              static_cast<std::int32_t>(CallStatus::kStop) == WWSB_CALL_STOP);

constexpr std::uint32_t kFewestInstances = 16;

std::vector<wwsb_text> to_texts(std::span<const std::string_view> names) {
  std::vector<wwsb_text> texts;
  for (const std::string_view name : names) texts.push_back({name.data(), name.size()});
  return texts;
}

std::int32_t on_epoch(void* host) noexcept {
  switch (static_cast<Guest*>(host)->on_tick()) {
    case Guest::AtTick::kContinue:
      return WWSB_EPOCH_CONTINUE;
    case Guest::AtTick::kYield:
      return WWSB_EPOCH_YIELD;
    case Guest::AtTick::kStop:
      break;
  }
  return WWSB_EPOCH_STOP;
}

std::int32_t on_memory_growth(void* host, std::size_t current, std::size_t desired) noexcept {
  return static_cast<Guest*>(host)->allow_memory(current, desired) ? 1 : 0;
}

std::int32_t on_table_growth(void* host, std::size_t current, std::size_t desired) noexcept {
  return static_cast<Guest*>(host)->allow_table(current, desired) ? 1 : 0;
}

void on_entry(void* host) noexcept { static_cast<Guest*>(host)->entry_begins(); }

std::string take_bytes(wwsb_bytes* bytes) {
  const std::unique_ptr<wwsb_bytes, BridgeDeleter<&wwsb_bytes_delete>> owned(bytes);
  std::size_t size = 0;
  const std::uint8_t* data = wwsb_bytes_data(bytes, &size);
  return {reinterpret_cast<const char*>(data), size};
}

/// Whether the system refused something, by the way in which Rust writes its errors. Else it is the module's
/// fault.
bool is_of_the_system(std::string_view cause) noexcept {
  return cause.find("(os error ") != std::string_view::npos;
}

std::unexpected<Error> not_mapped(wwsb_error* error) {
  std::string cause = take_text(error);
  const auto kind = is_of_the_system(cause) ? ErrorCode::kOverloaded : ErrorCode::kBadModule;
  return fail(kind, std::move(cause));
}

wwsb_guest_call on_guest_call(void* host) noexcept {
  const GuestCall& call = static_cast<Guest*>(host)->wanted_call();
  wwsb_guest_call wanted{call.name, call.count, {}};
  std::ranges::copy(call.arguments, wanted.arguments);
  return wanted;
}

void on_guest_result(void* host, std::int32_t has_result, std::int32_t result) noexcept {
  static_cast<Guest*>(host)->give_call_result(has_result != 0 ? std::optional(result) : std::nullopt);
}

constexpr wwsb_hooks kHooks = {&on_epoch, &on_memory_growth, &on_table_growth,
                               &on_entry, &on_guest_call,    &on_guest_result};

wwsb_config to_config(const EngineSettings& settings) {
  wwsb_config config{};
  config.allocation = settings.allocation == Allocation::kPool ? WWSB_ALLOCATE_POOL : WWSB_ALLOCATE_ON_DEMAND;
  config.memory_reset = settings.memory_reset == MemoryReset::kScan ? WWSB_RESET_SCAN : WWSB_RESET_MADVISE;
  config.instances = settings.instances;
  config.memory_bytes = settings.memory_bytes;
  config.table_elements = settings.table_elements;
  config.stack_bytes = settings.stack_bytes;
  config.keep_resident = settings.keep_resident;
  config.idle_resident = settings.idle_resident;
  config.warm_slots = std::min(settings.warm_slots, settings.instances);
  config.parallel_compilation = settings.parallel_compilation ? 1 : 0;
  config.source_lines = settings.source_lines == SourceLines::kShown ? 1 : 0;
  config.wake_fd = settings.wake_fd;
  return config;
}

bool suspends(Suspends when, WaitsFor waits_for) noexcept {
  return when == Suspends::kMay || (when == Suspends::kForFiles && waits_for == WaitsFor::kFiles);
}

std::vector<wwsb_function> to_functions(std::span<const HostFunction> functions, WaitsFor waits_for) {
  std::vector<wwsb_function> result;
  result.reserve(functions.size());
  for (const HostFunction& function : functions) {
    // The two function types differ in name only (asserted above); the way over void() says it is meant.
    const auto call = reinterpret_cast<wwsb_host_call>(reinterpret_cast<void (*)()>(function.call));
    result.push_back({function.module, function.name, function.parameters, function.results,
                      suspends(function.suspends, waits_for) ? 1 : 0, call});
  }
  return result;
}

/// The next thing to try when `settings` cannot be had; false when there is none.
bool make_smaller(EngineSettings& settings) {
  if (settings.allocation == Allocation::kOnDemand) return false;
  if (settings.instances / 4 >= kFewestInstances) {
    settings.instances /= 4;
  } else {
    settings.allocation = Allocation::kOnDemand;
  }
  return true;
}

}  // namespace

Result<EngineSettings> serving_settings(std::uint32_t instances, std::optional<MemoryReset> reset) {
  const bool can_scan = wwsb_scan_available() != 0;
  if (reset == MemoryReset::kScan && !can_scan) {
    return fail(ErrorCode::kBadConfig,
                "memory_reset is \"scan\", which needs Linux 6.7 or newer; use \"auto\" or \"madvise\"");
  }
  EngineSettings settings;
  settings.instances = instances;
#ifdef __SANITIZE_ADDRESS__
  // AddressSanitizer keeps shadow for all that is reserved, and its own stacks for fibers.
  settings.instances = std::min(instances, kFewestInstances);
#endif
  if (reset.value_or(can_scan ? MemoryReset::kScan : MemoryReset::kMadvise) == MemoryReset::kScan) {
    settings.memory_reset = MemoryReset::kScan;
    settings.keep_resident = std::uint64_t{4} << 20;
  } else {
    // Without a scan all of keep_resident is zeroed, touched or not: keep it small.
    settings.memory_reset = MemoryReset::kMadvise;
    settings.keep_resident = std::uint64_t{64} << 10;
  }
  return settings;
}

EngineSettings compiling_settings(SourceLines lines) {
  EngineSettings settings;
  settings.source_lines = lines;
  settings.allocation = Allocation::kOnDemand;
  return settings;
}

void Engine::Deleter::operator()(wwsb_engine* engine) const noexcept { wwsb_engine_delete(engine); }

Engine::Engine(EngineSettings settings, std::unique_ptr<wwsb_engine, Deleter> engine) noexcept
    : settings_(settings), engine_(std::move(engine)) {}

Result<Engine> Engine::create(const EngineSettings& wanted, std::span<const HostFunction> functions) {
  const std::vector<wwsb_function> table = to_functions(functions, wanted.waits_for);
  EngineSettings settings = wanted;
  while (true) {
    const wwsb_config config = to_config(settings);
    wwsb_engine* engine = nullptr;
    wwsb_error* error = wwsb_engine_new(&config, table.data(), table.size(), &kHooks, &engine);
    if (error == nullptr) return Engine(settings, std::unique_ptr<wwsb_engine, Deleter>(engine));
    const std::string cause = take_text(error);
    if (!make_smaller(settings)) {
      return fail(ErrorCode::kInternal, "the WebAssembly engine cannot start: " + cause);
    }
    if (settings.allocation == Allocation::kPool) {
      log::warn("the pool of instances cannot be had ({}); trying {} instances", cause, settings.instances);
    } else {
      log::warn("the pool of instances cannot be had ({}); mapping memory for each request, slower", cause);
    }
  }
}

Result<std::string> Engine::compile(std::string_view wasm) const {
  wwsb_bytes* bytes = nullptr;
  if (wwsb_error* error = wwsb_compile(engine_.get(), reinterpret_cast<const std::uint8_t*>(wasm.data()),
                                       wasm.size(), &bytes)) {
    return fail(ErrorCode::kBadModule, take_text(error));
  }
  return take_bytes(bytes);
}

Result<void> check_image(std::string_view wasm) {
  wwsb_error* error = wwsb_check_image(reinterpret_cast<const std::uint8_t*>(wasm.data()), wasm.size());
  if (error == nullptr) return {};
  return fail(ErrorCode::kBadModule, take_text(error));
}

Result<void> Engine::take_image(const Module& module, const Calls& calls, Guest& guest,
                                const base::File& image) {
  std::int32_t outcome = WWSB_FAILED;
  guest.slice_begins();
  wwsb_error* error = wwsb_take_image(module.module_.get(), calls.calls_.get(), &guest,
                                      guest.limits().stack_bytes, image.fd(), &outcome);
  guest.slice_ends();
  if (error == nullptr) return {};
  auto ended = guest.outcome(to_ending(outcome), take_text(error));
  // A guest that leaves with code 0 has ended well, but has not come to the end of its initialisation.
  return ended ? fail(ErrorCode::kGuestExit, "left while it was initialised") : fail(ended);
}

Result<Module> Engine::map(base::File code) const {
  wwsb_module* module = nullptr;
  if (wwsb_error* error = wwsb_module_map(engine_.get(), code.release(), &module)) return not_mapped(error);
  return Module(std::unique_ptr<wwsb_module, Module::Deleter>(module));
}

Result<Module> Engine::begin_with(const Module& module, base::File image) const {
  wwsb_module* beginning = nullptr;
  if (wwsb_error* error =
          wwsb_module_begin_with(engine_.get(), module.module_.get(), image.release(), &beginning)) {
    return not_mapped(error);
  }
  return Module(std::unique_ptr<wwsb_module, Module::Deleter>(beginning));
}

void Engine::tick() const noexcept { wwsb_engine_tick(engine_.get()); }

std::string Engine::fingerprint() const {
  return fmt::format("{}-{:016x}", wwsb_wasmtime_version(), wwsb_engine_fingerprint(engine_.get()));
}

std::vector<std::uint64_t> Engine::take_woken() const {
  std::vector<std::uint64_t> ids;
  std::array<std::uint64_t, 64> batch{};
  std::size_t count = 0;
  do {
    count = wwsb_engine_take_woken(engine_.get(), batch.data(), batch.size());
    ids.insert(ids.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(count));
  } while (count == batch.size());
  return ids;
}

void Module::Deleter::operator()(wwsb_module* module) const noexcept { wwsb_module_delete(module); }

bool Module::exports_function(std::string_view name) const noexcept {
  return wwsb_module_exports_function(module_.get(), name.data(), name.size()) != 0;
}

void Calls::Deleter::operator()(wwsb_calls* calls) const noexcept { wwsb_calls_delete(calls); }

Result<Calls> Module::find_calls(std::span<const std::string_view> names) const {
  const std::vector<wwsb_text> texts = to_texts(names);
  wwsb_calls* calls = nullptr;
  if (wwsb_error* error = wwsb_calls_new(module_.get(), texts.data(), texts.size(), &calls)) {
    return fail(ErrorCode::kBadModule, take_text(error));
  }
  return Calls(std::unique_ptr<wwsb_calls, Calls::Deleter>(calls));
}

}  // namespace wws::wasm
