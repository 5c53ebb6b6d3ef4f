#include "scaffold/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace wws::scaffold {
namespace {

constexpr std::string_view kBegin =
    R"(// Written by `wws types`, which writes it anew: do not edit. What workers are given, for editors and tsc.
// Request, Response, fetch and the like come from TypeScript's own library "WebWorker": "lib" in jsconfig.json or
// tsconfig.json names it.

)";

constexpr std::string_view kEnd = R"(
/** A request, and what stood in the place of the parameters of its route. */
interface Request {
  readonly params: Readonly<Record<string, string>>;
}

interface ExecutionContext {
  /** The worker goes on until the promise settles, after its answer was sent. */
  waitUntil(promise: Promise<unknown>): void;
  /** Does nothing: it is there for workers of other platforms. */
  passThroughOnException(): void;
}

type WorkerEnv<File extends keyof Workers = never> = [File] extends [never] ? Env : Workers[File]["env"];
type WorkerRequest<File extends keyof Workers = never> =
  [File] extends [never] ? Request : Request & { readonly params: Workers[File]["params"] };

/** The default export of a worker. `Handler<"file">` knows the parameters and the `env` of that file. */
interface Handler<File extends keyof Workers = never> {
  fetch(request: WorkerRequest<File>, env: WorkerEnv<File>, ctx: ExecutionContext): Response | Promise<Response>;
}

/** A worker that answers by `event.respondWith()`. */
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Response | Promise<Response>): void;
}

type KVValue = string | ArrayBuffer | ArrayBufferView | ReadableStream;
/** How a value is read. `cacheTtl` has no effect: what is read is true. */
type KVType<Name extends string> = Name | { type: Name; cacheTtl?: number };
type KVText = "text" | { type?: "text"; cacheTtl?: number };

/** A value with what is known of it. */
interface KVEntry<Value, Metadata> {
  value: Value | null;
  metadata: Metadata | null;
  cacheStatus: string | null;
  /** For compareAndSwap(); 0n: there is no such key. */
  version: bigint;
  /** Seconds since 1970; null: it stays. */
  expiration: number | null;
}

/** Both times in seconds: from now, or since 1970. */
interface KVTimes {
  expirationTtl?: number;
  expiration?: number;
}
interface KVPutOptions extends KVTimes {
  /** Anything that JSON can hold in 1,024 bytes. */
  metadata?: unknown;
}

type KVPage<Metadata, Key extends string = string> = { keys: { name: Key; expiration?: number; metadata?: Metadata }[]; cacheStatus: string | null } &
  ({ list_complete: false; cursor: string } | { list_complete: true });

interface KVNamespace<Key extends string = string> {
  get(key: Key, type?: KVText): Promise<string | null>;
  get<Value = unknown>(key: Key, type: KVType<"json">): Promise<Value | null>;
  get(key: Key, type: KVType<"arrayBuffer">): Promise<ArrayBuffer | null>;
  get(key: Key, type: KVType<"stream">): Promise<ReadableStream<Uint8Array> | null>;
  get(keys: Key[], type?: KVText): Promise<Map<string, string | null>>;
  get<Value = unknown>(keys: Key[], type: KVType<"json">): Promise<Map<string, Value | null>>;
  getWithMetadata<Metadata = unknown>(key: Key, type?: KVText): Promise<KVEntry<string, Metadata>>;
  getWithMetadata<Value = unknown, Metadata = unknown>(key: Key, type: KVType<"json">): Promise<KVEntry<Value, Metadata>>;
  getWithMetadata<Metadata = unknown>(key: Key, type: KVType<"arrayBuffer">): Promise<KVEntry<ArrayBuffer, Metadata>>;
  getWithMetadata<Metadata = unknown>(key: Key, type: KVType<"stream">): Promise<KVEntry<ReadableStream<Uint8Array>, Metadata>>;
  getWithMetadata<Metadata = unknown>(keys: Key[], type?: KVText): Promise<Map<string, KVEntry<string, Metadata>>>;
  getWithMetadata<Value = unknown, Metadata = unknown>(keys: Key[], type: KVType<"json">): Promise<Map<string, KVEntry<Value, Metadata>>>;
  put(key: Key, value: KVValue, options?: KVPutOptions): Promise<void>;
  delete(key: Key): Promise<void>;
  list<Metadata = unknown>(options?: { prefix?: string | null; limit?: number; cursor?: string | null }): Promise<KVPage<Metadata, Key>>;
  /** Adds to a number; 1 if `by` is left out. What it is then. Times are those of a key that this makes. */
  increment(key: Key, by?: number, options?: KVTimes): Promise<number>;
  increment(key: Key, by: bigint, options?: KVTimes): Promise<bigint>;
  /** Writes if the key still has this version; false: it has another one. */
  compareAndSwap(key: Key, version: bigint, value: KVValue, options?: KVPutOptions): Promise<boolean>;
}

declare module "*.txt" { const text: string; export default text; }
declare module "*.html" { const text: string; export default text; }
declare module "*.css" { const text: string; export default text; }
declare module "*.md" { const text: string; export default text; }
declare module "*.svg" { const text: string; export default text; }
declare module "*.sql" { const text: string; export default text; }
/** Other files: with { type: "bytes" }. */
declare module "*.bin" { const bytes: Uint8Array<ArrayBuffer>; export default bytes; }
declare module "*.wasm" { const bytes: Uint8Array<ArrayBuffer>; export default bytes; }
)";

/// A text in TypeScript.
std::string string_literal(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// The name of a property.
std::string property(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const bool is_plain = !name.empty() && is_letter(name.front()) && std::ranges::all_of(name, [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
  return is_plain ? std::string(name) : string_literal(name);
}

/// Properties of `env` and their types.
std::map<std::string, std::string_view> env_of(const TypedWorker& worker) {
  std::map<std::string, std::string_view> env;
  for (const std::string& name : worker.variables) env.emplace(name, "string");
  if (worker.has_kv) env["KV"] = "KVNamespace";
  for (const std::string& name : worker.bindings) env[name] = "KVNamespace";
  return env;
}

/// In braces, on one line.
std::string members(const std::map<std::string, std::string_view>& properties) {
  std::string text;
  for (const auto& [name, type] : properties) text += fmt::format(" readonly {}: {};", property(name), type);
  return text.empty() ? "{}" : "{" + text + " }";
}

std::string workers_text(std::span<const TypedWorker> workers) {
  std::string text = "/** What each worker is given, by its file. */\ninterface Workers {\n";
  for (const TypedWorker& worker : workers) {
    std::map<std::string, std::string_view> parameters;
    for (const std::string& name : worker.parameters) parameters.emplace(name, "string");
    text += fmt::format("  {}: {{ params: {}; env: {} }};\n", string_literal(worker.file),
                        members(parameters), members(env_of(worker)));
  }
  return text + "}\n";
}

/// What is not there in every worker may be missing.
std::string env_text(std::span<const TypedWorker> workers) {
  struct Use {
    std::string_view type;
    std::size_t workers = 0;
  };
  std::map<std::string, Use> uses;
  for (const TypedWorker& worker : workers) {
    for (const auto& [name, type] : env_of(worker)) {
      Use& use = uses[name];
      if (use.workers++ == 0) use.type = type;
      if (use.type != type) use.type = "string | KVNamespace";
    }
  }
  std::string text =
      "\n/** Variables and bindings of all workers: `[vars]` and `[data.kv]` of their TOML files. "
      "*/\ninterface Env {\n";
  for (const auto& [name, use] : uses)
    text += fmt::format("  readonly {}{}: {};\n", property(name), use.workers < workers.size() ? "?" : "",
                        use.type);
  return text + "}\n";
}

}  // namespace

std::string types_of(std::span<const TypedWorker> workers) {
  return std::string(kBegin) + workers_text(workers) + env_text(workers) + std::string(kEnd);
}

}  // namespace wws::scaffold
