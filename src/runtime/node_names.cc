#include "runtime/node_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wws::runtime {
namespace {

/// interpreters/js has a module `wws:node_NAME` for each, with `_` for `/`.
constexpr std::array<std::string_view, 22> kHere = {"assert",
                                                    "assert/strict",
                                                    "async_hooks",
                                                    "buffer",
                                                    "crypto",
                                                    "events",
                                                    "path",
                                                    "path/posix",
                                                    "path/win32",
                                                    "process",
                                                    "punycode",
                                                    "querystring",
                                                    "stream",
                                                    "stream/promises",
                                                    "string_decoder",
                                                    "sys",
                                                    "timers",
                                                    "timers/promises",
                                                    "url",
                                                    "util",
                                                    "util/types",
                                                    "console"};

struct Absent {
  std::string_view name;  ///< and all below it
  std::string_view instead;
};

constexpr std::array kAbsent = {
    Absent{"assert", "use node:assert"},
    Absent{"child_process", "a worker starts no processes"},
    Absent{"cluster", "requests are spread over processes by the server"},
    Absent{"constants", "a worker has no operating system"},
    Absent{"dgram", "a worker has no sockets; use fetch"},
    Absent{"diagnostics_channel", "call functions"},
    Absent{"dns", "a worker resolves no names; use fetch"},
    Absent{"domain", "use try and catch"},
    Absent{"fs", "import a file of the project (`with { type: \"text\" }`), or keep data in env.KV"},
    Absent{"http", "use fetch, and `export default { fetch }`"},
    Absent{"http2", "use fetch, and `export default { fetch }`"},
    Absent{"https", "use fetch, and `export default { fetch }`"},
    Absent{"inspector", "use console"},
    Absent{"module", "use import()"},
    Absent{"net", "a worker has no sockets; use fetch"},
    Absent{"os", "a worker has no operating system"},
    Absent{"path", "use node:path, node:path/posix or node:path/win32"},
    Absent{"perf_hooks", "use the global performance"},
    Absent{"readline", "a worker has no terminal"},
    Absent{"repl", "a worker has no terminal"},
    Absent{"sea", "a worker is no executable"},
    Absent{"sqlite", "keep data in env.KV"},
    Absent{"test", "run tests outside of the server"},
    Absent{"tls", "a worker has no sockets; use fetch"},
    Absent{"trace_events", "use console"},
    Absent{"tty", "a worker has no terminal"},
    Absent{"v8", "use structuredClone"},
    Absent{"vm", "use Function, or import()"},
    Absent{"wasi", "a worker in WebAssembly is a file of its own"},
    Absent{"worker_threads", "requests run beside each other; within one there is one thread"},
    Absent{"zlib", "use CompressionStream and DecompressionStream"},
};

const Absent* find_absent(std::string_view name) {
  const auto* found = std::ranges::find(kAbsent, name.substr(0, name.find('/')), &Absent::name);
  return found == kAbsent.end() ? nullptr : found;
}

}  // namespace

NodeModule find_node_module(std::string_view name) {
  if (std::ranges::find(kHere, name) != kHere.end()) return NodeModule::kHere;
  return find_absent(name) != nullptr ? NodeModule::kAbsent : NodeModule::kNone;
}

std::string instead_of_node_module(std::string_view name) {
  const Absent* absent = find_absent(name);
  return fmt::format("node:{} is not there{}", name,
                     absent == nullptr ? "" : fmt::format("; {}", absent->instead));
}

}  // namespace wws::runtime
