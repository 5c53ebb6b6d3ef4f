#include "modules.h"

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "loop.h"
#include "web_modules.h"

namespace wws::js {
namespace {

using namespace std::literals;

constexpr std::string_view kOwn = "wws:";

/// Those of the script.
const Files* users_files = nullptr;

const std::string* find_file(std::string_view name) {
  return users_files == nullptr ? nullptr : users_files->find(name);
}

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

char* normalise(JSContext* context, const char* base, const char* name, void*) {
  if (std::string_view(name).starts_with(kOwn)) {
    if (std::string_view(base).starts_with(kOwn)) return js_strdup(context, name);
    return refuse(base, name, "this is a module of the engine's own");
  }
  if (!is_path(name)) {
    return refuse(base, name,
                  "only files of the project can be imported, by a path that begins with ./, ../ or /; put "
                  "the package's file there");
  }
  const auto path = resolve(base, name);
  if (!path) return refuse(base, name, "it is outside of the project");
  if (find_file(*path) != nullptr) return js_strdup(context, path->c_str());
  for (const std::string_view ending : {".js"sv, ".mjs"sv, "/index.js"sv}) {
    if (find_file(*path + std::string(ending)) == nullptr) continue;
    const std::string why = "there is no such file, but " + *path + std::string(ending) + "; name it in full";
    return refuse(base, name, why.c_str());
  }
  return refuse(base, name, "there is no such file in the project");
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

JSModuleDef* compile(const char* name, const std::string& source) {
  const Value function(JS_Eval(context(), source.c_str(), source.size(), name,
                               JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY));
  if (function.is_exception()) return nullptr;
  auto* module = static_cast<JSModuleDef*>(JS_VALUE_GET_PTR(function.get()));
  const Value meta(JS_GetImportMeta(context(), module));
  const std::string url = "file:///" + std::string(name);
  JS_DefinePropertyValueStr(context(), meta.get(), "url", new_string(url), JS_PROP_C_W_E);
  return module;
}

JSModuleDef* load(JSContext* context, const char* name, void*, JSValueConst attributes) {
  if (std::string_view(name).starts_with(kOwn)) {
    const char* source = find_web_module(std::string_view(name).substr(kOwn.size()));
    if (source != nullptr) return compile(name, source);
    JS_ThrowReferenceError(context, "the engine has no module %s", name);
    return nullptr;
  }
  const std::string& content = *find_file(name);
  const std::string type = type_of(name, attributes);
  if (type == "json")
    return module_of_value(name, JS_ParseJSON(context, content.c_str(), content.size(), name));
  if (type == "text") return module_of_value(name, new_string(content));
  if (type == "bytes") {
    return module_of_value(
        name,
        JS_NewUint8ArrayCopy(context, reinterpret_cast<const std::uint8_t*>(content.data()), content.size()));
  }
  if (type == "javascript") return compile(name, content);
  JS_ThrowTypeError(context, "%s is imported with the type \"%s\"; there are json, text and bytes", name,
                    type.c_str());
  return nullptr;
}

/// Attributes other than `type` are none.
int check_attributes(JSContext*, void*, JSValueConst) { return 0; }

/// Evaluates what was compiled; a module's promise is looked into.
Value evaluate(Value function) {
  const bool is_module = JS_VALUE_GET_TAG(function.get()) == JS_TAG_MODULE;
  auto* module = is_module ? static_cast<JSModuleDef*>(JS_VALUE_GET_PTR(function.get())) : nullptr;
  Value result(JS_EvalFunction(context(), function.release()));
  if (result.is_exception()) return result;
  run_jobs();
  if (!is_module) return Value();
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

Value evaluate_entry(const std::string& name, const std::string& source) {
  if (!name.ends_with(".mjs")) {
    // What has neither `import` nor `export` is a script, as old workers are, and not in strict mode.
    Value script(JS_Eval(context(), source.c_str(), source.size(), name.c_str(),
                         JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY));
    if (!script.is_exception()) return evaluate(std::move(script));
    JS_FreeValue(context(), JS_GetException(context()));
  }
  JSModuleDef* module = compile(name.c_str(), source);
  if (module == nullptr) return Value(JS_EXCEPTION);
  return evaluate(Value(JS_DupValue(context(), JS_MKPTR(JS_TAG_MODULE, module))));
}

}  // namespace

void find_modules(JSRuntime* runtime) noexcept {
  JS_SetModuleLoaderFunc2(runtime, normalise, load, check_attributes, nullptr);
}

Value load_engine_module(const char* name) noexcept {
  const char* source = find_web_module(std::string_view(name).substr(kOwn.size()));
  return evaluate(Value(JS_Eval(context(), source, std::strlen(source), name,
                                JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY)));
}

Value load_entry(const Files& files) noexcept {
  users_files = &files;
  return evaluate_entry(files.entry(), *files.find(files.entry()));
}

}  // namespace wws::js
