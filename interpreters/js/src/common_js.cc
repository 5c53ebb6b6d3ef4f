#include "common_js.h"

#include <deque>
#include <iterator>
#include <string>
#include <string_view>

#include "modules.h"
#include "native.h"
#include "positions.h"

namespace wws::js {
namespace {

/// The loader's require(file); set when that is evaluated.
constinit Value load_function;

JSValue text(std::string_view text) { return new_string(text); }

/// onRequire(function): what loads a script by the name of its file.
JSValue on_require(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  load_function = Value::copy(arguments[0]);
  return JS_UNDEFINED;
}

/// lookUp(importer, name): kind and target of a require(), one after the other; undefined: the server has not
/// seen it.
JSValue look_up(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 importer(arguments[0]);
  const Utf8 name(arguments[1]);
  if (importer.failed() || name.failed()) return JS_EXCEPTION;
  const auto* found = imports().find(importer.view(), name.view(), ImportStyle::kRequire);
  if (found == nullptr) return JS_UNDEFINED;
  const JSValue pair = JS_NewArray(context);
  JS_SetPropertyUint32(context, pair, 0, JS_NewInt32(context, static_cast<int>(found->kind)));
  JS_SetPropertyUint32(context, pair, 1, text(found->target));
  return pair;
}

/// kindOf(file): undefined if there is no such file.
JSValue kind_of(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 file(arguments[0]);
  if (file.failed()) return JS_EXCEPTION;
  if (file_text(file.view()) == nullptr) return JS_UNDEFINED;
  return JS_NewInt32(context, static_cast<int>(imports().kind_of(file.view())));
}

JSValue text_of(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 file(arguments[0]);
  if (file.failed()) return JS_EXCEPTION;
  const std::string* content = file_text(file.view());
  return content == nullptr ? JS_UNDEFINED : text(*content);
}

/// compile(file): a function of exports, require, module, __filename and __dirname.
JSValue compile(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 file(arguments[0]);
  if (file.failed()) return JS_EXCEPTION;
  std::string_view content = *file_text(file.view());
  // In one line with its first, so that lines are those of the file. Functions refer to their text.
  static std::deque<std::string> sources;
  std::string& source = sources.emplace_back("(function (exports, require, module, __filename, __dirname) {");
  if (content.starts_with("#!")) source += "//";
  source += content;
  source += "\n})";
  const Positions positions(positions_of(file.view()));
  JSRuntime* runtime = JS_GetRuntime(context);
  JS_SetSourceMode(runtime, JS_SOURCE_LENT);
  const JSValue function = JS_Eval(context, source.c_str(), source.size(), file.data(), JS_EVAL_TYPE_GLOBAL);
  JS_SetSourceMode(runtime, JS_SOURCE_COPY);
  return function;
}

/// requireModule(name): the namespace of a module, evaluated here and now; name is a file, or node:NAME.
JSValue require_module(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 name(arguments[0]);
  if (name.failed()) return JS_EXCEPTION;
  return require_namespace(context, name.data());
}

int evaluate(JSContext* context, JSModuleDef* module) {
  const Value name(JS_AtomToString(context, JS_GetModuleName(context, module)));
  const Utf8 file(name.get());
  const Value exports = run_common_js(file.data());
  if (exports.is_exception()) return -1;
  const auto set = [&](const char* as, JSValue value) {
    return JS_SetModuleExport(context, module, as, value);
  };
  if (set("default", JS_DupValue(context, exports.get())) < 0) return -1;
  if (!JS_IsObject(exports.get())) return 0;
  for (const std::string_view each : imports().exports_of(file.view())) {
    if (each == "default") continue;
    const std::string as(each);
    const JSValue value = JS_GetPropertyStr(context, exports.get(), as.c_str());
    if (JS_IsException(value) || set(as.c_str(), value) < 0) return -1;
  }
  return 0;
}

const JSCFunctionListEntry kCommonJsFunctions[] = {
    JS_CFUNC_DEF("onRequire", 1, on_require), JS_CFUNC_DEF("lookUp", 2, look_up),
    JS_CFUNC_DEF("kindOf", 1, kind_of),       JS_CFUNC_DEF("textOf", 1, text_of),
    JS_CFUNC_DEF("compile", 1, compile),      JS_CFUNC_DEF("requireModule", 1, require_module),
};

}  // namespace

JSModuleDef* common_js_module(const char* file) {
  JSModuleDef* module = JS_NewCModule(context(), file, evaluate);
  if (module == nullptr) return nullptr;
  if (JS_AddModuleExport(context(), module, "default") < 0) return nullptr;
  for (const std::string_view each : imports().exports_of(file)) {
    if (each != "default" && JS_AddModuleExport(context(), module, std::string(each).c_str()) < 0)
      return nullptr;
  }
  return module;
}

Value run_common_js(const char* file) {
  const Value name(new_string(file));
  JSValueConst arguments[] = {name.get()};
  return Value(JS_Call(context(), load_function.get(), JS_UNDEFINED, 1, arguments));
}

NativeFunctions common_js_functions() noexcept { return {kCommonJsFunctions, std::size(kCommonJsFunctions)}; }

}  // namespace wws::js
