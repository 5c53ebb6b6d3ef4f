// What the server calls (docs/abi.md): wws_init evaluates the user's script, wws_handle answers a request.
#include <wasi/api.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "atoms.h"
#include "dispatch.h"
#include "files.h"
#include "filled.h"
#include "loop.h"
#include "mentions.h"
#include "modules.h"
#include "native.h"
#include "quickjs.h"
#include "rejections.h"
#include "value.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

/// Of the stack in memory, which has 512 KiB. Calls take more than twice as much of the stack that
/// WebAssembly's own engine keeps, of which a script has 1 MiB: about 1,200 calls stay below that end of the
/// instance, and get an exception that a script can catch.
constexpr std::size_t kStackBytes = std::size_t{384} << 10;
/// A request's memory is thrown away behind it: below this much it has no collection.
constexpr std::size_t kCollectAbove = std::size_t{48} << 20;

/// What a request allocates comes from here, as long as it is enough: on few pages, which are all that has to
/// be restored behind it.
constexpr std::size_t kRegionBytes = std::size_t{256} << 10;
alignas(std::uint64_t) std::array<std::byte, kRegionBytes> region;

/// The namespace of `wws:main`.
constinit Value main_module;

void write_log(std::string_view text) { wws_v1_log(WWS_V1_ERROR, text.data(), text.size()); }

/// Says what was thrown, and ends the instance.
[[noreturn]] void give_up() {
  const Value error(JS_GetException(context()));
  const Value describe = main_module.property("describe");
  JSValueConst arguments[] = {error.get()};
  const Value text(JS_Call(context(), describe.get(), JS_UNDEFINED, 1, arguments));
  const Utf8 utf8(text.is_exception() ? error.get() : text.get());
  write_log(utf8.failed() ? "an error that has no text" : utf8.view());
  __wasi_proc_exit(1);
}

/// What does not depend on the script, so that it can be kept for all: the engine, and the web platform in
/// it.
[[gnu::constructor]] void make_engine() {
  JSRuntime* runtime = JS_NewRuntime();
  JS_SetMaxStackSize(runtime, kStackBytes);
  JS_SetGCThreshold(runtime, SIZE_MAX);
  set_context(JS_NewContext(runtime));
  atoms::make(context());
  find_modules(runtime);
  add_native_module(context());
  main_module = load_engine_module("wws:main");
  if (main_module.is_exception()) give_up();
  watch_rejections(runtime, main_module.property("describeRejection"));
  JS_RunGC(runtime);
  JS_MakeImmortal(runtime);
}

Value call(const Value& function, const Value& argument) {
  JSValueConst arguments[] = {argument.get()};
  return Value(JS_Call(context(), function.get(), JS_UNDEFINED, 1, arguments));
}

void resume() {
  std::uint64_t state = 0;
  wws_v1_random(&state, sizeof state);
  JS_SetRandomState(context(), state);
}

/// What a script has at its top level already: a property of env, and for old workers a global constant,
/// where what is global already stays.
void define(std::string_view name, const Value& value) {
  const Value env = main_module.property("env");
  const Value global(JS_GetGlobalObject(context()));
  const JSAtom atom = atoms::of(name);
  JS_DefinePropertyValue(context(), env.get(), atom, Value::copy(value.get()).release(), JS_PROP_C_W_E);
  if (JS_HasProperty(context(), global.get(), atom) == 0)
    JS_SetProperty(context(), global.get(), atom, Value::copy(value.get()).release());
  JS_FreeAtom(context(), atom);
}

/// [vars], and the namespaces of [data.kv.bindings].
void define_environment(const Files& files) {
  each_entry(files.variables(),
             [](std::string_view name, std::string_view value) { define(name, Value(new_string(value))); });
  const Value make_namespace = main_module.property("namespaceOf");
  each_entry(files.bindings(), [&](std::string_view name, std::string_view) {
    const Value made = call(make_namespace, Value(new_string(name)));
    if (made.is_exception()) give_up();
    define(name, made);
  });
}

void initialise() {
  resume();  // the engine is one for many scripts
  static const auto files = Files::read();
  if (!files) {
    write_log("standard input holds no list of the script's files");
    __wasi_proc_exit(1);
  }
  if (mention_streams(*files) && call(main_module.property("evaluateStreams"), Value()).is_exception())
    give_up();
  const bool has_buffer = mention_buffer(*files);
  if (has_buffer && call(main_module.property("defineBuffer"), Value()).is_exception()) give_up();
  define_environment(*files);
  const Value entry = load_entry(*files);
  if (entry.is_exception()) give_up();
  if (!has_buffer && !files->imports().has_node_modules()) forget_node_modules();
  if (call(main_module.property("use"), entry).is_exception()) give_up();
  run_jobs();
  report_rejections();
  JSRuntime* runtime = JS_GetRuntime(context());
  JS_RunGC(runtime);
  JS_SetGCThreshold(runtime, kCollectAbove);
  JS_MakeImmortal(runtime);
  JS_AllocateFrom(runtime, region.data(), region.size());
}

}  // namespace
}  // namespace wws::js

extern "C" {
WWS_V1_EXPORT(wws_init) void wws_init() { wws::js::initialise(); }
WWS_V1_EXPORT(wws_resume) void wws_resume() { wws::js::resume(); }
WWS_V1_EXPORT(wws_handle) void wws_handle() { wws::js::dispatch(); }
}
