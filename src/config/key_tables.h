// The rows of keys.h. Private to this folder: others ask key_tables().
#pragma once

#include <array>

#include "config/keys.h"

namespace wws::config {

using enum KeyType;

inline constexpr std::uint64_t kKiB = std::uint64_t{1} << 10;
inline constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kTiB = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kMinute = 60'000;
inline constexpr std::uint64_t kMostAtOnce = 100'000;

inline constexpr std::array<std::string_view, 1> kAbis = {"cgi"};
inline constexpr std::array<std::string_view, 2> kUrlForms = {"full", "path"};
inline constexpr std::array<std::string_view, 3> kMemoryResets = {"auto", "scan", "madvise"};
inline constexpr std::array<std::string_view, 2> kModes = {"ro", "rw"};
inline constexpr std::string_view kHostPattern = R"(^(\*\.)?[^\s/*@]+$)";

// A worker's file.

inline constexpr std::array kWorkerKeys = {
    Key{.name = "name", .fallback = "default", .what = "Name of the worker, for people."},
    Key{.name = "version", .fallback = "1", .what = "Version of the worker, for people."},
    Key{.name = "abi",
        .type = kChoice,
        .what = "Only for programs that speak CGI; other ABIs are found by looking at the module.",
        .example = "cgi",
        .choices = kAbis},
    Key{.name = "url_form",
        .type = kChoice,
        .what =
            "How `url` is written in the input of a JSON worker: with scheme and host (`full`), or path and "
            "query alone (`path`). Without it: as the project says.",
        .example = "path",
        .choices = kUrlForms},
    Key{.name = "snapshot",
        .type = kFlag,
        .fallback = "true",
        .what = "Whether its initialisation is done once for all requests; `false`: for each one."},
};
inline constexpr KeyTable kWorker{.what = "What the worker is.", .keys = kWorkerKeys, .page = "workers.md"};

inline constexpr KeyTable kVars{
    .path = "vars",
    .kind = TableKind::kTexts,
    .what =
        "Environment variables of the worker, by their names. A value that starts with `$` and holds no "
        "space is "
        "replaced by that variable of the server; `$$` stands for a `$` at its start.",
    .page = "configuration.md"};

inline constexpr std::array kLimitsKeys = {
    Key{.name = "memory",
        .type = kSize,
        .fallback = "128MiB",
        .what = "Linear memory of a guest.",
        .least = 64 * kKiB,
        .most = 4 * kGiB},
    Key{.name = "cpu_time",
        .type = kDuration,
        .fallback = "10s",
        .what = "CPU time that a request may take.",
        .least = 1},
    Key{.name = "time",
        .type = kDuration,
        .fallback = "30s",
        .what = "Time from the start of a request's guest to its end, waiting included.",
        .least = 1},
    Key{.name = "output",
        .type = kSize,
        .fallback = "64MiB",
        .what = "Standard output, or the body of a native worker's answer.",
        .most = kTiB},
    Key{.name = "log",
        .type = kSize,
        .fallback = "64KiB",
        .what = "What a request may write to the log; the rest is dropped.",
        .most = kTiB},
    Key{.name = "table_elements",
        .type = kCount,
        .fallback = "100000",
        .what = "Elements of each WebAssembly table.",
        .most = 10'000'000},
    Key{.name = "stack",
        .type = kSize,
        .fallback = "512KiB",
        .what = "Stack of a guest: how deep calls may nest.",
        .least = 16 * kKiB,
        .most = 64 * kMiB},
    Key{.name = "concurrency",
        .type = kCount,
        .what = "Requests of the worker at once, in each serving process. Without it only the process's "
                "instances "
                "count.",
        .example = "8",
        .least = 1,
        .most = kMostAtOnce},
};
inline constexpr KeyTable kLimits{.path = "limits",
                                  .what =
                                      "What one request of a worker may use. The project's file sets it for "
                                      "all workers, a worker's file for "
                                      "itself.",
                                  .keys = kLimitsKeys,
                                  .page = "limits.md"};

inline constexpr std::array kDataKvKeys = {
    Key{.name = "namespace",
        .what = "Where the worker's keys are; workers that name the same namespace share it.",
        .example = "visits",
        .least = 1,
        .most = 128},
};
inline constexpr KeyTable kDataKv{
    .path = "data.kv", .what = "The key-value store.", .keys = kDataKvKeys, .page = "kv.md"};
inline constexpr KeyTable kDataKvBindings{
    .path = "data.kv.bindings",
    .kind = TableKind::kTexts,
    .what = "More namespaces, by names of the worker's own: what JavaScript has as `env.NAME`. Up to 64.",
    .page = "kv.md"};

inline constexpr std::array kHttpRequestsKeys = {
    Key{.name = "allowed_hosts",
        .type = kTexts,
        .fallback = "[]",
        .what = "Whom the worker may ask: names, `*.` and a name for all below it, addresses; each may end "
                "in `:PORT`.",
        .example = R"(["api.example.com", "*.example.org:8443"])",
        .pattern = kHostPattern},
    Key{.name = "allowed_methods",
        .type = kTexts,
        .fallback = R"(["GET", "POST", "PUT", "PATCH", "DELETE"])",
        .what = "The methods that it may use.",
        .pattern = "^[A-Za-z-]+$"},
    Key{.name = "allow_http",
        .type = kFlag,
        .fallback = "false",
        .what = "Whether `http` is allowed besides `https`."},
    Key{.name = "connect_timeout",
        .type = kDuration,
        .fallback = "10s",
        .what = "For a name, a connection and TLS, at each redirect.",
        .least = 1},
    Key{.name = "first_byte_timeout",
        .type = kDuration,
        .fallback = "30s",
        .what = "From what was sent last to the answer's head.",
        .least = 1},
    Key{.name = "timeout", .type = kDuration, .fallback = "1m", .what = "For all of a request.", .least = 1},
    Key{.name = "max_request_body",
        .type = kSize,
        .fallback = "16MiB",
        .what = "Largest body that it may send.",
        .most = kTiB},
    Key{.name = "max_response_body",
        .type = kSize,
        .fallback = "64MiB",
        .what = "Largest body that it may get.",
        .most = kTiB},
    Key{.name = "at_a_time",
        .type = kCount,
        .fallback = "6",
        .what = "Requests at once, for one request that the worker answers.",
        .least = 1,
        .most = kMostAtOnce},
    Key{.name = "per_request",
        .type = kCount,
        .fallback = "50",
        .what = "Requests in all, for one request that the worker answers.",
        .least = 1,
        .most = kMostAtOnce},
};
inline constexpr KeyTable kHttpRequests{
    .path = "features.http_requests",
    .what = "Outgoing HTTP; without `allowed_hosts` the worker reaches nobody.",
    .keys = kHttpRequestsKeys,
    .page = "fetch.md"};

inline constexpr KeyTable kWasiNn{
    .path = "features.wasi_nn",
    .kind = TableKind::kAny,
    .what = "Neural networks, known from the original and not there yet: the worker runs without.",
    .page = "compatibility.md"};

inline constexpr std::array kFolderKeys = {
    Key{.name = "from",
        .type = kPath,
        .what = "The folder, from this file on. Without it the worker's own.",
        .example = "images"},
    Key{.name = "to",
        .type = kPath,
        .what = "Where the worker sees it.",
        .example = "/images",
        .least = 1,
        .pattern = R"(^(?!(.*/)?\.\.(/|$)))",
        .presence = Presence::kRequired},
    Key{.name = "mode",
        .type = kChoice,
        .fallback = "ro",
        .what = "`ro`: the worker can only read; `rw`: it can change what is in it.",
        .choices = kModes},
};
inline constexpr KeyTable kFolders{.path = "folders",
                                   .kind = TableKind::kList,
                                   .what = "A folder that the worker sees; at most 64 of them.",
                                   .keys = kFolderKeys,
                                   .page = "folders.md"};

// The project's file.

inline constexpr std::array kProjectKeys = {
    Key{.name = "url_form",
        .type = kChoice,
        .fallback = "full",
        .what = "How `url` is written in the input of JSON workers that do not say it: with scheme and host "
                "(`full`), or path and query alone (`path`).",
        .choices = kUrlForms},
    Key{.name = "memory_reset",
        .type = kChoice,
        .fallback = "auto",
        .what = "How a sandbox's memory is cleaned for the next request: by the kernel's page scan (`scan`), "
                "by giving "
                "it back (`madvise`), or in the fastest way that is there (`auto`).",
        .choices = kMemoryResets},
    Key{.name = "version", .type = kAny, .what = "Of the original, which keeps it here; not looked at."},
    Key{.name = "repositories",
        .type = kAny,
        .what = "Of the original, which keeps them here; not looked at."},
};
inline constexpr KeyTable kProject{
    .what = "What holds for all workers.", .keys = kProjectKeys, .page = "configuration.md"};

inline constexpr std::array kPublicKeys = {
    Key{.name = "folder",
        .type = kPath,
        .fallback = "public",
        .what =
            "The folder of static files, relative to the project or absolute. One that is named here may be "
            "outside of the project.",
        .example = "../dist",
        .least = 1},
};
inline constexpr KeyTable kPublic{
    .path = "public", .what = "Static files.", .keys = kPublicKeys, .page = "static-files.md"};

inline constexpr std::array kKvKeys = {
    Key{.name = "place",
        .what = "Where the store is: `memory`, `file:FOLDER` or a Redis URL; the option `--kv` goes first. "
                "Without "
                "either: `.wws/kv` in the project.",
        .example = "file:../state",
        .least = 1,
        .pattern = R"(^(memory|file:.+|rediss?(\+(sentinel|cluster))?://.+)$)",
        .used_from = UsedFrom::kStart},
    Key{.name = "namespace_quota", .type = kSize, .fallback = "256MiB", .what = "Bytes of one namespace."},
    Key{.name = "quota", .type = kSize, .fallback = "1GiB", .what = "Bytes of all namespaces; not in Redis."},
    Key{.name = "time_limit",
        .type = kDuration,
        .fallback = "250ms",
        .what = "In Redis: how long one operation may take.",
        .least = 1,
        .most = kMinute},
    Key{.name = "password_file",
        .type = kPath,
        .what = "In Redis: a file whose first line is the password, instead of one in the URL.",
        .example = "secrets/redis",
        .least = 1},
    Key{.name = "ca_file",
        .type = kPath,
        .what = "In Redis: certificates of authorities to trust besides the system's.",
        .example = "certs/own.pem",
        .least = 1},
};
inline constexpr KeyTable kKv{
    .path = "kv", .what = "The key-value store, where a worker uses it.", .keys = kKvKeys, .page = "kv.md"};

inline constexpr std::array kAdminKeys = {
    Key{.name = "listen",
        .what = "Where operators are answered: `HOST:PORT` or `unix:PATH`; the option `--admin` goes first.",
        .example = "127.0.0.1:9000",
        .least = 1,
        .pattern = R"(^(unix:.+|.+:[0-9]+)$)",
        .used_from = UsedFrom::kStart},
    Key{.name = "token_file",
        .type = kPath,
        .what = "A file whose first line is the token that they need; the option `--admin-token-file` goes "
                "first.",
        .example = "secrets/admin",
        .least = 1},
    Key{.name = "panel",
        .type = kFlag,
        .fallback = "false",
        .what = "Serves the panel at `/_panel/` there, as the option `--enable-panel` does."},
};
inline constexpr KeyTable kAdmin{
    .path = "admin", .what = "The interface for operators.", .keys = kAdminKeys, .page = "admin.md"};

inline constexpr std::array kOtlpKeys = {
    Key{.name = "endpoint",
        .what = "Where the collector is, `http` or `https`: `/v1/traces` and `/v1/metrics` are put behind "
                "it. The "
                "option `--otlp` goes first, and after both the variable `OTEL_EXPORTER_OTLP_ENDPOINT`.",
        .example = "http://127.0.0.1:4318",
        .least = 1,
        .pattern = "^https?://[^\\s@?#]+$",
        .used_from = UsedFrom::kStart},
    Key{.name = "headers",
        .type = kTexts,
        .fallback = "[]",
        .what =
            "Header fields of each request to it, as `NAME: VALUE`. A value that starts with `$` is replaced "
            "by that variable of the server.",
        .example = R"(["authorization: $OTLP_AUTHORIZATION"])",
        .pattern = "^[A-Za-z0-9_-]+:.+$",
        .used_from = UsedFrom::kStart},
    Key{.name = "traces",
        .type = kRatio,
        .fallback = "1",
        .what =
            "Of the requests whose callers have not decided it: how many of all have spans. `\"off\"`: none "
            "have, whatever their callers say.",
        .used_from = UsedFrom::kStart},
    Key{.name = "metrics",
        .fallback = "1m",
        .what = "How often metrics are sent: a duration, or `off`.",
        .example = "15s",
        .least = 1,
        .pattern = "^([0-9]+(ms|s|m)|off)$",
        .used_from = UsedFrom::kStart},
};
inline constexpr KeyTable kOtlp{
    .path = "otlp", .what = "Traces and metrics for a collector.", .keys = kOtlpKeys, .page = "telemetry.md"};

inline constexpr std::array kReloadKeys = {
    Key{.name = "smoke",
        .type = kSomeTexts,
        .what =
            "What a new version has to answer, in a process of its own, before it is served: each `METHOD "
            "PATH STATUS`, where the status is a number or a class such as `2xx`. Without it a new version "
            "is served as soon as it can be.",
        .example = "GET /health 200",
        .pattern = R"(^[A-Za-z]+ /[!-~]* [2-5]([0-9][0-9]|xx)$)"},
    Key{.name = "time_limit",
        .type = kDuration,
        .fallback = "10s",
        .what = "How long one of these answers may take.",
        .least = 1,
        .most = 10 * kMinute},
    Key{.name = "probation",
        .type = kDuration,
        .fallback = "1m",
        .what = "For how long a new version that was asked is watched, and switched back if its workers fail "
                "clearly more than those before; `0s`: not at all.",
        .most = 60 * kMinute},
};
inline constexpr KeyTable kReload{.path = "reload",
                                  .what = "How a new version of the project comes to be served.",
                                  .keys = kReloadKeys,
                                  .page = "live-reload.md"};

inline constexpr std::array kFetchKeys = {
    Key{.name = "max_connect_timeout",
        .type = kDuration,
        .fallback = "1m",
        .what = "Most that a worker may set as `connect_timeout`.",
        .least = 1},
    Key{.name = "max_first_byte_timeout",
        .type = kDuration,
        .fallback = "5m",
        .what = "Most that a worker may set as `first_byte_timeout`.",
        .least = 1},
    Key{.name = "max_timeout",
        .type = kDuration,
        .fallback = "30m",
        .what = "Most that a worker may set as `timeout`.",
        .least = 1},
    Key{.name = "max_request_body",
        .type = kSize,
        .fallback = "1GiB",
        .what = "Most that a worker may set as `max_request_body`.",
        .most = kTiB},
    Key{.name = "max_response_body",
        .type = kSize,
        .fallback = "1GiB",
        .what = "Most that a worker may set as `max_response_body`.",
        .most = kTiB},
    Key{.name = "max_at_a_time",
        .type = kCount,
        .fallback = "64",
        .what = "Most that a worker may set as `at_a_time`.",
        .least = 1,
        .most = kMostAtOnce},
    Key{.name = "max_per_request",
        .type = kCount,
        .fallback = "1000",
        .what = "Most that a worker may set as `per_request`.",
        .least = 1,
        .most = kMostAtOnce},
    Key{.name = "ca_file",
        .type = kPath,
        .what = "Certificates of authorities to trust besides the system's.",
        .example = "certs/own.pem"},
    Key{.name = "client_certificate",
        .type = kPath,
        .what = "The certificate to show to `client_certificate_hosts`.",
        .example = "certs/client.pem"},
    Key{.name = "client_key", .type = kPath, .what = "Its key.", .example = "certs/client.key"},
    Key{.name = "client_certificate_hosts",
        .type = kTexts,
        .fallback = "[]",
        .what = "Who is to see the certificate, written as in `allowed_hosts`.",
        .example = R"(["api.example.com"])",
        .pattern = kHostPattern},
    Key{.name = "proxy",
        .what = "A proxy for all requests: `http://HOST:PORT` or `http://USER:PASSWORD@HOST:PORT`.",
        .example = "http://proxy.example.com:3128",
        .pattern = "^(http://.+:[0-9]+/?)?$"},
    Key{.name = "allow_own_listeners",
        .type = kFlag,
        .fallback = "false",
        .what = "Whether workers may ask this server itself."},
    Key{.name = "http2",
        .type = kFlag,
        .fallback = "true",
        .what = "Whether HTTP/2 is spoken where the other side can, over TLS."},
};
inline constexpr std::array<std::string_view, 3> kClientKeys = {"client_certificate", "client_key",
                                                                "client_certificate_hosts"};
inline constexpr KeyTable kFetch{.path = "fetch",
                                 .what = "Bounds and ways of outgoing HTTP.",
                                 .keys = kFetchKeys,
                                 .together = kClientKeys,
                                 .page = "fetch.md"};

inline constexpr std::array kProjectFoldersKeys = {
    Key{.name = "allow_absolute",
        .type = kTexts,
        .fallback = "[]",
        .what = "Absolute paths outside of the project that workers may mount, with what is in them.",
        .example = R"(["/srv/images"])",
        .pattern = "^/"},
};
inline constexpr KeyTable kProjectFolders{.path = "folders",
                                          .what = "What workers may mount from outside of the project.",
                                          .keys = kProjectFoldersKeys,
                                          .page = "folders.md"};

}  // namespace wws::config
