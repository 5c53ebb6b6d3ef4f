// URLPattern, by ada; its regular expressions are those of the language.
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ada.h"
#include "native.h"
#include "value.h"

namespace wws::js {
namespace {

/// What ada asks of regular expressions: objects of RegExp, whose own functions are taken, whatever a script
/// has made of their prototype.
class Regex {
 public:
  using regex_type = Value;

  static std::optional<Value> create_instance(std::string_view pattern, bool ignores_case) {
    const Value source(new_string(pattern));
    const Value flags(new_string(ignores_case ? "vi" : "v"));
    JSValueConst arguments[] = {source.get(), flags.get()};
    Value made(JS_CallConstructor(context(), constructor.get(), 2, arguments));
    if (!made.is_exception()) return made;
    JS_FreeValue(context(), JS_GetException(context()));
    return std::nullopt;
  }

  /// The groups, and not the whole.
  static std::optional<std::vector<std::optional<std::string>>> regex_search(std::string_view input,
                                                                             const Value& regex) {
    const Value found = run(input, regex);
    if (!JS_IsObject(found.get())) return std::nullopt;
    std::int64_t count = 0;
    if (JS_GetLength(context(), found.get(), &count) < 0) return std::nullopt;
    std::vector<std::optional<std::string>> groups;
    for (std::uint32_t i = 1; i < count; ++i) {
      const Value group(JS_GetPropertyUint32(context(), found.get(), i));
      if (JS_IsUndefined(group.get())) {
        groups.emplace_back();
      } else {
        groups.emplace_back(Utf8(group.get()).view());
      }
    }
    return groups;
  }

  static bool regex_match(std::string_view input, const Value& regex) {
    return JS_IsObject(run(input, regex).get());
  }

  static void find_constructor() {
    const Value global(JS_GetGlobalObject(context()));
    constructor = global.property("RegExp");
    exec = constructor.property("prototype").property("exec");
  }

 private:
  static Value run(std::string_view input, const Value& regex) {
    const Value text(new_string(input));
    JSValueConst arguments[] = {text.get()};
    Value found(JS_Call(context(), exec.get(), regex.get(), 1, arguments));
    if (found.is_exception()) JS_FreeValue(context(), JS_GetException(context()));
    return found;
  }

  static constinit Value constructor;
  static constinit Value exec;
};
constinit Value Regex::constructor;
constinit Value Regex::exec;

using Pattern = ada::url_pattern<Regex>;

JSClassID pattern_class = 0;

void finish_pattern(JSRuntime*, JSValueConst object) {
  delete static_cast<Pattern*>(JS_GetOpaque(object, pattern_class));
}

constexpr JSClassDef kPatternClass = {.class_name = "URL pattern",
                                      .finalizer = finish_pattern,
                                      .gc_mark = nullptr,
                                      .call = nullptr,
                                      .exotic = nullptr};

void make_class() {
  if (pattern_class != 0) return;
  JS_NewClassID(JS_GetRuntime(context()), &pattern_class);
  JS_NewClass(JS_GetRuntime(context()), pattern_class, &kPatternClass);
  Regex::find_constructor();
}

/// A string, or what was read of a URLPatternInit: the text of each member, or undefined.
struct Input {
  bool is_valid = false;
  std::string text;
  std::optional<ada::url_pattern_init> members;
};

Input read_input(JSValueConst given) {
  Input input;
  if (!JS_IsObject(given)) {
    const Utf8 text(given);
    if (text.failed()) return input;
    input.text = text.view();
  } else {
    auto& members = input.members.emplace();
    std::optional<std::string>* const places[] = {&members.protocol, &members.username, &members.password,
                                                  &members.hostname, &members.port,     &members.pathname,
                                                  &members.search,   &members.hash,     &members.base_url};
    for (std::uint32_t i = 0; i < std::size(places); ++i) {
      const Value member(JS_GetPropertyUint32(context(), given, i));
      if (JS_IsUndefined(member.get())) continue;
      const Utf8 text(member.get());
      if (text.failed()) return input;
      places[i]->emplace(text.view());
    }
  }
  input.is_valid = true;
  return input;
}

/// The base's text, if one is given.
std::optional<std::string> read_base(JSValueConst given) {
  if (JS_IsUndefined(given)) return std::nullopt;
  const Utf8 text(given);
  return std::string(text.view());
}

/// makePattern(input, base, ignoresCase): null if it is no pattern.
JSValue make_pattern(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  make_class();
  Input input = read_input(arguments[0]);
  if (!input.is_valid) return JS_EXCEPTION;
  const std::optional<std::string> base = read_base(arguments[1]);
  const std::string_view base_view = base ? std::string_view(*base) : std::string_view();
  const ada::url_pattern_options options{.ignore_case = JS_ToBool(context, arguments[2]) != 0};
  std::variant<std::string_view, ada::url_pattern_init> given = std::string_view(input.text);
  if (input.members) given = std::move(*input.members);
  auto pattern = ada::parse_url_pattern<Regex>(std::move(given), base ? &base_view : nullptr, &options);
  if (!pattern) return JS_NULL;
  JSValue made = JS_NewObjectProtoClass(context, JS_NULL, pattern_class);
  JS_SetOpaque(made, new Pattern(std::move(*pattern)));
  return made;
}

/// patternParts(pattern): [protocol, username, password, hostname, port, pathname, search, hash, whether it
/// has groups that are regular expressions]
JSValue pattern_parts(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const auto* pattern = static_cast<Pattern*>(JS_GetOpaque2(context, arguments[0], pattern_class));
  if (pattern == nullptr) return JS_EXCEPTION;
  JSValue parts = JS_NewArray(context);
  std::uint32_t index = 0;
  for (const std::string_view part :
       {pattern->get_protocol(), pattern->get_username(), pattern->get_password(), pattern->get_hostname(),
        pattern->get_port(), pattern->get_pathname(), pattern->get_search(), pattern->get_hash()}) {
    JS_SetPropertyUint32(context, parts, index++, new_string(part));
  }
  JS_SetPropertyUint32(context, parts, index, JS_NewBool(context, pattern->has_regexp_groups()));
  return parts;
}

/// [input, name, value, name, value, ...]
JSValue component_result(const ada::url_pattern_component_result& result) {
  JSValue list = JS_NewArray(context());
  std::uint32_t index = 0;
  JS_SetPropertyUint32(context(), list, index++, new_string(result.input));
  for (const auto& [name, value] : result.groups) {
    JS_SetPropertyUint32(context(), list, index++, new_string(name));
    JS_SetPropertyUint32(context(), list, index++, value ? new_string(*value) : JS_UNDEFINED);
  }
  return list;
}

/// matchPattern(pattern, input, base): null, or for each component what component_result() makes of it.
/// False: the input cannot have this base.
JSValue match_pattern(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  auto* pattern = static_cast<Pattern*>(JS_GetOpaque2(context, arguments[0], pattern_class));
  if (pattern == nullptr) return JS_EXCEPTION;
  Input input = read_input(arguments[1]);
  if (!input.is_valid) return JS_EXCEPTION;
  const std::optional<std::string> base = read_base(arguments[2]);
  const std::string_view base_view = base ? std::string_view(*base) : std::string_view();
  ada::url_pattern_input given = std::string_view(input.text);
  if (input.members) given = std::move(*input.members);
  const auto result = pattern->match(given, base ? &base_view : nullptr);
  if (!result) return JS_FALSE;
  if (!*result) return JS_NULL;
  JSValue components = JS_NewArray(context);
  std::uint32_t index = 0;
  for (const auto* each :
       {&(*result)->protocol, &(*result)->username, &(*result)->password, &(*result)->hostname,
        &(*result)->port, &(*result)->pathname, &(*result)->search, &(*result)->hash}) {
    JS_SetPropertyUint32(context, components, index++, component_result(*each));
  }
  return components;
}

const JSCFunctionListEntry kUrlpatternFunctions[] = {
    JS_CFUNC_DEF("makePattern", 3, make_pattern),
    JS_CFUNC_DEF("patternParts", 1, pattern_parts),
    JS_CFUNC_DEF("matchPattern", 3, match_pattern),
};

}  // namespace

NativeFunctions urlpattern_functions() noexcept { return {kUrlpatternFunctions, std::size(kUrlpatternFunctions)}; }

}  // namespace wws::js
