#include "native.h"

#include <array>

#include "types.h"

namespace wws::js {
namespace {

std::array<NativeFunctions, 23> all_functions() {
  return {exchange_functions(), loop_functions(),        text_functions(),       url_functions(),
          fetch_functions(),    kv_functions(),          host_functions(),       value_functions(),
          module_functions(),   encoding_functions(),    urlpattern_functions(), common_js_functions(),
          crypto_functions(),   compression_functions(), headers_functions(),    body_functions(),
          request_functions(),  response_functions(),    dispatch_functions(),   helper_functions(),
          context_functions(),  stream_functions(),      time_zone_functions()};
}

int set_functions(JSContext* context, JSModuleDef* module) {
  for (const NativeFunctions& functions : all_functions()) {
    if (JS_SetModuleExportList(context, module, functions.entries, functions.count) < 0) return -1;
  }
  JS_SetModuleExport(context, module, "Headers", headers_type().release());
  JS_SetModuleExport(context, module, "Request", request_type().release());
  JS_SetModuleExport(context, module, "Response", response_type().release());
  return 0;
}

}  // namespace

bool add_native_module(JSContext* context) noexcept {
  JSModuleDef* module = JS_NewCModule(context, "wws:native", set_functions);
  if (module == nullptr) return false;
  for (const NativeFunctions& functions : all_functions()) {
    if (JS_AddModuleExportList(context, module, functions.entries, functions.count) < 0) return false;
  }
  for (const char* type : {"Headers", "Request", "Response"}) JS_AddModuleExport(context, module, type);
  return true;
}

}  // namespace wws::js
