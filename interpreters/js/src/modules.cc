#include "modules.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "common_js.h"
#include "loop.h"
#include "native.h"
#include "positions.h"
#include "rejections.h"
#include "web_modules.h"

namespace wws::js {
namespace {

using namespace std::literals;

constexpr std::string_view kOwn = "wws:";

/// Modules of Node's that the engine has: `node:NAME` is in web/node_NAME.js.
constexpr std::string_view kNode = "node:";
/// What an import gives that a package replaces by nothing.
constexpr const char* kNothing = "wws:nothing";
/// Who imports what require() gives.
constexpr const char* kRequire = "wws:require";

/// Those of the script.
const Files* users_files = nullptr;

bool is_own(std::string_view name) { return name.starts_with(kOwn) || name.starts_with(kNode); }

/// `name` as seen from the file `base`, both relative to the project; std::nullopt: it is outside of it.
std::optional<std::string> resolve(std::string_view base, std::string_view name) {
  std::string path;
  if (!name.starts_with('/')) {
    const std::size_t slash = base.rfind('/');
    if (slash != std::string_view::npos) path = base.substr(0, slash);
  }
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    name.remove_prefix(std::min(end + 1, name.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      if (!path.empty()) path += '/';
      path += part;
      continue;
    }
    if (path.empty()) return std::nullopt;
    const std::size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
  }
  return path;
}

bool is_path(std::string_view name) {
  return name.starts_with('/') || name.starts_with("./") || name.starts_with("../");
}

char* refuse(const char* base, const char* name, const char* why) {
  JS_ThrowReferenceError(context(), "%s imports \"%s\": %s", base, name, why);
  return nullptr;
}

/// A name that the server has not seen in the text: a path that was put together may be that of a file that
/// is there.
char* find_late(JSContext* context, const char* base, const char* name) {
  const auto path = is_path(name) ? resolve(base, name) : std::nullopt;
  if (path && file_text(*path) != nullptr) return js_strdup(context, path->c_str());
  return refuse(
      base, name,
      "it is not there; what is imported is found by its name in the text of the script: import(\"NAME\")");
}

char* normalise(JSContext* context, const char* base, const char* name, void*) {
  if (is_own(base)) return js_strdup(context, name);
  const Imports::Entry* found = imports().find(base, name, ImportStyle::kImport);
  if (found == nullptr) return find_late(context, base, name);
  const std::string target(found->target);
  switch (found->kind) {
    case ImportKind::kMissing:
      return refuse(base, name, target.c_str());
    case ImportKind::kNodeModule:
      return js_strdup(context, (std::string(kNode) + target).c_str());
    case ImportKind::kNothing:
      return js_strdup(context, kNothing);
    default:
      return js_strdup(context, target.c_str());
  }
}

/// The type of what is imported, by the import's attributes, else by the name.
std::string type_of(std::string_view name, JSValueConst attributes) {
  if (JS_IsObject(attributes)) {
    const Value type(JS_GetPropertyStr(context(), attributes, "type"));
    if (JS_IsString(type.get())) return std::string(Utf8(type.get()).view());
  }
  if (name.ends_with(".json")) return "json";
  if (name.ends_with(".txt") || name.ends_with(".html") || name.ends_with(".css") || name.ends_with(".md") ||
      name.ends_with(".svg") || name.ends_with(".sql"))
    return "text";
  return "javascript";
}

int set_default(JSContext* context, JSModuleDef* module) {
  return JS_SetModuleExport(context, module, "default", JS_GetModulePrivateValue(context, module));
}

/// A module whose default export is one value.
JSModuleDef* module_of_value(const char* name, JSValue value) {
  if (JS_IsException(value)) return nullptr;
  JSModuleDef* module = JS_NewCModule(context(), name, set_default);
  if (module == nullptr) {
    JS_FreeValue(context(), value);
    return nullptr;
  }
  JS_AddModuleExport(context(), module, "default");
  JS_SetModulePrivateValue(context(), module, value);
  return module;
}

JSModuleDef* module_of(const Value& function) {
  if (JS_VALUE_GET_TAG(function.get()) != JS_TAG_MODULE) return nullptr;
  return static_cast<JSModuleDef*>(JS_VALUE_GET_PTR(function.get()));
}

/// Compiles text of which functions keep what `mode` says.
Value compile_text(const char* name, std::string_view source, int flags, JSSourceMode mode) {
  const Positions positions(positions_of(name));
  JSRuntime* runtime = JS_GetRuntime(context());
  JS_SetSourceMode(runtime, mode);
  Value function(JS_Eval(context(), source.data(), source.size(), name, flags | JS_EVAL_FLAG_COMPILE_ONLY));
  JS_SetSourceMode(runtime, JS_SOURCE_COPY);
  return function;
}

PackedText find_own(std::string_view name) {
  if (name.starts_with(kOwn)) return find_web_module(name.substr(kOwn.size()));
  std::string file = "node_" + std::string(name.substr(kNode.size()));
  std::ranges::replace(file, '/', '_');
  return find_web_module(file);
}

/// A module of the engine's own, and the end of its text; undefined: there is none of this name.
Value compile_own(const char* name) {
  const PackedText packed = find_own(name);
  if (packed.size == 0) return Value();
  const UnpackedText text(packed);
  if (text.view().empty())
    return Value(JS_ThrowInternalError(context(), "the engine has the text of %s no more", name));
  Value function = compile_text(name, text.view(), JS_EVAL_TYPE_MODULE, JS_SOURCE_NONE);
  std::ranges::fill(packed.bytes, 0);
  return function;
}

/// A module of the user's, whose text stays where it is.
JSModuleDef* compile(const char* name, const std::string& source) {
  const Value function = compile_text(name, source, JS_EVAL_TYPE_MODULE, JS_SOURCE_LENT);
  if (function.is_exception()) return nullptr;
  JSModuleDef* module = module_of(function);
  const Value meta(JS_GetImportMeta(context(), module));
  const std::string url = "file:///" + std::string(name);
  JS_DefinePropertyValueStr(context(), meta.get(), "url", new_string(url), JS_PROP_C_W_E);
  return module;
}

JSModuleDef* load(JSContext* context, const char* name, void*, JSValueConst attributes) {
  if (std::string_view(name) == kNothing) return module_of_value(name, JS_NewObject(context));
  if (is_own(name)) {
    const Value function = compile_own(name);
    if (JSModuleDef* module = module_of(function)) return module;
    if (!function.is_exception()) JS_ThrowReferenceError(context, "the engine has no module %s", name);
    return nullptr;
  }
  const std::string* file = file_text(name);
  if (file == nullptr) {
    JS_ThrowReferenceError(context, "the server has not sent the file %s", name);
    return nullptr;
  }
  const std::string& content = *file;
  const std::string type = type_of(name, attributes);
  if (type == "json")
    return module_of_value(name, JS_ParseJSON(context, content.c_str(), content.size(), name));
  if (type == "text") return module_of_value(name, new_string(content));
  if (type == "bytes") {
    return module_of_value(
        name,
        JS_NewUint8ArrayCopy(context, reinterpret_cast<const std::uint8_t*>(content.data()), content.size()));
  }
  if (type == "javascript")
    return imports().kind_of(name) == ImportKind::kCommonJs ? common_js_module(name) : compile(name, content);
  JS_ThrowTypeError(context, "%s is imported with the type \"%s\"; there are json, text and bytes", name,
                    type.c_str());
  return nullptr;
}

/// Attributes other than `type` are none.
int check_attributes(JSContext*, void*, JSValueConst) { return 0; }

/// As a literal of the language.
std::string quoted(const char* text) {
  const Value value(new_string(text));
  const Value json(JS_JSONStringify(context(), value.get(), JS_UNDEFINED, JS_UNDEFINED));
  return std::string(Utf8(json.get()).view());
}

/// The namespace of a module of whose evaluation this is the promise.
Value namespace_of(JSModuleDef* module, const Value& result) {
  switch (JS_PromiseState(context(), result.get())) {
    case JS_PROMISE_REJECTED:
      JS_PromiseMarkAsHandled(context(), result.get());
      return Value(JS_Throw(context(), JS_PromiseResult(context(), result.get())));
    case JS_PROMISE_PENDING:
      return Value(JS_ThrowTypeError(
          context(), "an await at the top level waits for what does not come before the first request"));
    default:
      return Value(JS_GetModuleNamespace(context(), module));
  }
}

/// Evaluates what was compiled, a module or a script, and what jobs that leaves.
Value evaluate(Value function) {
  JSModuleDef* module = module_of(function);
  Value result(JS_EvalFunction(context(), function.release()));
  if (result.is_exception()) return result;
  run_jobs();
  return module == nullptr ? Value() : namespace_of(module, result);
}

/// What a script with `module.exports` exports, as if it were a module.
Value evaluate_common_js(const std::string& name) {
  Value exports = run_common_js(name.c_str());
  if (exports.is_exception() || !JS_IsObject(exports.get())) return exports;
  run_jobs();
  const Value other(JS_GetPropertyStr(context(), exports.get(), "default"));
  if (other.is_exception()) return Value(JS_EXCEPTION);
  Value space(JS_NewObject(context()));
  JS_SetPropertyStr(context(), space.get(), "default",
                    JS_DupValue(context(), JS_IsUndefined(other.get()) ? exports.get() : other.get()));
  return space;
}

Value evaluate_entry(const std::string& name, const std::string& source) {
  if (imports().kind_of(name) == ImportKind::kCommonJs) return evaluate_common_js(name);
  if (!name.ends_with(".mjs") && !name.ends_with(".mts")) {
    // What has neither `import` nor `export` is a script, as old workers are, and not in strict mode.
    Value script = compile_text(name.c_str(), source, JS_EVAL_TYPE_GLOBAL, JS_SOURCE_LENT);
    if (!script.is_exception()) return evaluate(std::move(script));
    JS_FreeValue(context(), JS_GetException(context()));
  }
  JSModuleDef* module = compile(name.c_str(), source);
  if (module == nullptr) return Value(JS_EXCEPTION);
  return evaluate(Value(JS_DupValue(context(), JS_MKPTR(JS_TAG_MODULE, module))));
}

/// evaluate(name): the exports of a module of the engine, evaluated if it was not yet. Promises' jobs wait:
/// this is called in the middle of a script.
JSValue evaluate_module(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 name(arguments[0]);
  if (name.failed()) return JS_EXCEPTION;
  // Through an import, so that there is one of each module.
  const std::string source = "export * from \"" + std::string(name.view()) + "\"";
  Value function = compile_text("wws:evaluate", source, JS_EVAL_TYPE_MODULE, JS_SOURCE_NONE);
  if (function.is_exception()) return JS_EXCEPTION;
  JSModuleDef* module = module_of(function);
  const Value promise(JS_EvalFunction(context, function.release()));
  if (promise.is_exception()) return JS_EXCEPTION;
  if (JS_PromiseState(context, promise.get()) == JS_PROMISE_REJECTED) forget_rejection(promise.get());
  return namespace_of(module, promise).release();
}

/// isMentioned(name): whether the text of any of the script's files has it.
JSValue is_mentioned(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 name(arguments[0]);
  if (name.failed()) return JS_EXCEPTION;
  return JS_NewBool(context, users_files != nullptr && users_files->mention(name.view()));
}

const JSCFunctionListEntry kModulesFunctions[] = {
    JS_CFUNC_DEF("evaluate", 1, evaluate_module),
    JS_CFUNC_DEF("isMentioned", 1, is_mentioned),
};

}  // namespace

NativeFunctions module_functions() noexcept { return {kModulesFunctions, std::size(kModulesFunctions)}; }

void find_modules(JSRuntime* runtime) noexcept {
  JS_SetModuleLoaderFunc2(runtime, normalise, load, check_attributes, nullptr);
}

Value load_engine_module(const char* name) noexcept {
  Value function = compile_own(name);
  if (function.is_exception()) return function;
  JSModuleDef* module = module_of(function);
  // It awaits nothing, so that no jobs of others have to run, in the middle of a script.
  Value result(JS_EvalFunction(context(), function.release()));
  return result.is_exception() ? std::move(result) : namespace_of(module, result);
}

Value load_entry(const Files& files) noexcept {
  users_files = &files;
  return evaluate_entry(files.entry(), *files.find(files.entry()));
}

void forget_node_modules() noexcept {
  for (const std::string_view name : packaged_modules()) std::ranges::fill(find_web_module(name).bytes, 0);
}

const Imports& imports() noexcept {
  static const Imports kNone;
  return users_files == nullptr ? kNone : users_files->imports();
}

std::string_view positions_of(std::string_view name) noexcept {
  const std::string* rows = file_text(std::string(name) + '\0');
  return rows == nullptr ? std::string_view() : *rows;
}

const std::string* file_text(std::string_view name) noexcept {
  return users_files == nullptr ? nullptr : users_files->find(name);
}

JSValue require_namespace(JSContext* context, const char* name) noexcept {
  // A module of its own that exports the namespace: the engine finds and links what is behind the name.
  const std::string source = "export * as all from " + quoted(name) + ";";
  Value function(JS_Eval(context, source.c_str(), source.size(), kRequire,
                         JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY));
  if (function.is_exception()) return JS_EXCEPTION;
  auto* module = static_cast<JSModuleDef*>(JS_VALUE_GET_PTR(function.get()));
  const Value result(JS_EvalFunction(context, function.release()));
  if (result.is_exception()) return JS_EXCEPTION;
  switch (JS_PromiseState(context, result.get())) {
    case JS_PROMISE_REJECTED:
      JS_PromiseMarkAsHandled(context, result.get());
      return JS_Throw(context, JS_PromiseResult(context, result.get()));
    case JS_PROMISE_PENDING:
      return JS_ThrowTypeError(context, "require(\"%s\"): it has an await at its top level; use import()",
                               name);
    default:
      break;
  }
  const Value space(JS_GetModuleNamespace(context, module));
  return JS_GetPropertyStr(context, space.get(), "all");
}

}  // namespace wws::js
