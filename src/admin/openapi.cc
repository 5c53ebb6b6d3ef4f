// The description of the admin interface (docs/admin.md). A test holds it to the endpoints and to what they
// answer.
#include "admin/endpoints.h"

namespace wws::admin {
namespace {

// clang-format off
constexpr std::string_view kDocument = R"json({
  "openapi": "3.1.0",
  "info": {
    "title": "Wasm Workers Server: admin interface",
    "version": "1",
    "description": "Metrics, health and control of one running server.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
  },
  "servers": [{"url": "/"}],
  "security": [{"token": []}],
  "paths": {
    "/metrics": {
      "get": {
        "operationId": "getMetrics",
        "summary": "All metrics, for Prometheus and others that read its format",
        "responses": {
          "200": {
            "description": "OpenMetrics where Accept names it, else the text format 0.0.4",
            "content": {
              "text/plain": {"schema": {"type": "string"}},
              "application/openmetrics-text": {"schema": {"type": "string"}}
            }
          },
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/healthz": {
      "get": {
        "operationId": "getHealth",
        "summary": "Whether the server lives: if not, it is to be started again",
        "security": [],
        "responses": {
          "200": {"description": "It lives", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}}},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/readyz": {
      "get": {
        "operationId": "getReadiness",
        "summary": "Whether the server is to be sent traffic",
        "security": [],
        "responses": {
          "200": {"description": "It is", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}},
          "503": {"description": "Not now, and why", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}}
        }
      }
    },
    "/api/v1/status": {
      "get": {
        "operationId": "getStatus",
        "summary": "What this server is and how it does",
        "responses": {
          "200": {"description": "The status", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"}
        }
      }
    },
    "/api/v1/workers": {
      "get": {
        "operationId": "listWorkers",
        "summary": "Workers with their configuration; values of variables are not shown",
        "responses": {
          "200": {"description": "All workers", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Worker"}}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"}
        }
      }
    },
    "/api/v1/routes": {
      "get": {
        "operationId": "listRoutes",
        "summary": "Routes in the order in which they are matched",
        "responses": {
          "200": {"description": "All routes", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Route"}}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"}
        }
      }
    },
    "/api/v1/problems": {
      "get": {
        "operationId": "listProblems",
        "summary": "What of the project cannot be served as it is, and why",
        "responses": {
          "200": {"description": "All problems; none is the best", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"}
        }
      }
    },
    "/api/v1/processes": {
      "get": {
        "operationId": "listProcesses",
        "summary": "The processes of the server",
        "responses": {
          "200": {"description": "All processes", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Process"}}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"}
        }
      }
    },
    "/api/v1/stats": {
      "get": {
        "operationId": "getStats",
        "summary": "Counters since the start, for programs that compare two moments",
        "responses": {
          "200": {"description": "The counters", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Stats"}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"}
        }
      }
    },
    "/api/v1/errors": {
      "get": {
        "operationId": "listErrors",
        "summary": "Requests that failed lately, the newest first: at most 100 of all processes",
        "parameters": [{"$ref": "#/components/parameters/After"}, {"$ref": "#/components/parameters/Limit"}],
        "responses": {
          "200": {"description": "The errors", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}}},
          "400": {"$ref": "#/components/responses/BadQuery"},
          "401": {"$ref": "#/components/responses/Unauthorized"}
        }
      }
    },
    "/api/v1/log": {
      "get": {
        "operationId": "readLog",
        "summary": "The last lines of the log of all processes, the oldest first; lines of requests are not among them",
        "parameters": [
          {"$ref": "#/components/parameters/After"},
          {"$ref": "#/components/parameters/Limit"},
          {"name": "level", "in": "query", "description": "Lines of this level and above", "schema": {"$ref": "#/components/schemas/Level"}}
        ],
        "responses": {
          "200": {"description": "The lines", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Log"}}}},
          "400": {"$ref": "#/components/responses/BadQuery"},
          "401": {"$ref": "#/components/responses/Unauthorized"}
        }
      }
    },
    "/api/v1/kv": {
      "get": {
        "operationId": "listNamespaces",
        "summary": "Namespaces of the key-value store",
        "responses": {
          "200": {"description": "All namespaces", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Namespaces"}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/kv/{namespace}": {
      "get": {
        "operationId": "listKeys",
        "summary": "Keys of a namespace, in the order of their bytes, page by page",
        "parameters": [
          {"$ref": "#/components/parameters/Namespace"},
          {"name": "prefix", "in": "query", "description": "Only keys that begin so", "schema": {"type": "string"}},
          {"name": "cursor", "in": "query", "description": "The next of the page before", "schema": {"type": "string"}},
          {"name": "limit", "in": "query", "description": "At most so many, up to 1000", "schema": {"type": "integer", "default": 100}}
        ],
        "responses": {
          "200": {"description": "A page of keys", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Keys"}}}},
          "400": {"$ref": "#/components/responses/BadQuery"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "404": {"$ref": "#/components/responses/NoSuchKey"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/kv/{namespace}/{key}": {
      "get": {
        "operationId": "getValue",
        "summary": "The value of a key, as its bytes are",
        "parameters": [{"$ref": "#/components/parameters/Namespace"}, {"$ref": "#/components/parameters/Key"}],
        "responses": {
          "200": {
            "description": "The value",
            "headers": {
              "ETag": {"description": "Its version, for If-Match", "schema": {"type": "string"}},
              "Wws-Expires": {"description": "When it is forgotten, in milliseconds since 1970", "schema": {"type": "integer"}}
            },
            "content": {"application/octet-stream": {"schema": {"type": "string"}}}
          },
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "404": {"$ref": "#/components/responses/NoSuchKey"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "put": {
        "operationId": "putValue",
        "summary": "Writes a value; the namespace must be there",
        "parameters": [
          {"$ref": "#/components/parameters/Namespace"},
          {"$ref": "#/components/parameters/Key"},
          {"name": "ttl", "in": "query", "description": "Forget it after this time, such as 90s or 10m; without it for ever, whatever it had before", "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "requestBody": {"required": true, "content": {"application/octet-stream": {"schema": {"type": "string"}}}},
        "responses": {
          "200": {"description": "It is written, and durable", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Version"}}}},
          "400": {"$ref": "#/components/responses/BadQuery"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "404": {"$ref": "#/components/responses/NoSuchKey"},
          "412": {"$ref": "#/components/responses/Changed"},
          "413": {"description": "The value has more than 1 MiB", "content": {"text/plain": {"schema": {"type": "string"}}}},
          "503": {"$ref": "#/components/responses/Unavailable"},
          "507": {"description": "A quota or the disk is full", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
        }
      },
      "delete": {
        "operationId": "deleteValue",
        "summary": "Deletes a key",
        "parameters": [{"$ref": "#/components/parameters/Namespace"}, {"$ref": "#/components/parameters/Key"}, {"$ref": "#/components/parameters/IfMatch"}],
        "responses": {
          "200": {"description": "It is gone", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Version"}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "404": {"$ref": "#/components/responses/NoSuchKey"},
          "412": {"$ref": "#/components/responses/Changed"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/reload": {
      "post": {
        "operationId": "reload",
        "summary": "Has the project read again, as SIGHUP does",
        "responses": {
          "202": {"description": "It is being read; /api/v1/problems tells what could not be served", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Reload"}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "409": {"description": "The server stops", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
        }
      }
    },
    "/api/v1/drain": {
      "post": {
        "operationId": "drain",
        "summary": "Makes /readyz say no, so that no more traffic is sent here; requests are served all the same",
        "responses": {
          "200": {"description": "It says no from now on", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Drain"}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      },
      "delete": {
        "operationId": "undrain",
        "summary": "Takes that back",
        "responses": {
          "200": {"description": "It says yes again, if nothing else is in the way", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Drain"}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "503": {"$ref": "#/components/responses/Unavailable"}
        }
      }
    },
    "/api/v1/openapi.json": {
      "get": {
        "operationId": "getOpenApi",
        "summary": "This document",
        "responses": {
          "200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"}
        }
      }
    },
    "/_api/v0/workers": {
      "get": {
        "operationId": "listWorkersV0",
        "summary": "Workers in the form of Wasm Workers Server 1.x",
        "responses": {
          "200": {"description": "All workers", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/WorkerV0"}}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"}
        }
      }
    },
    "/_api/v0/workers/{id}": {
      "get": {
        "operationId": "getWorkerV0",
        "summary": "A worker's configuration in that form; values of variables are masked",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "responses": {
          "200": {"description": "The worker", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WorkerConfigV0"}}}},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "404": {"description": "There is no such worker", "content": {"application/json": {"schema": {}}}}
        }
      }
    }
  },
  "components": {
    "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    "parameters": {
      "Namespace": {"name": "namespace", "in": "path", "required": true, "schema": {"type": "string"}},
      "Key": {"name": "key", "in": "path", "required": true, "description": "Percent-encoded; any bytes", "schema": {"type": "string"}},
      "IfMatch": {"name": "If-Match", "in": "header", "description": "An ETag: only if the key still has that version", "schema": {"type": "string"}},
      "After": {"name": "after", "in": "query", "description": "Only what came after the answer whose next this is; without it the newest", "schema": {"type": "integer"}},
      "Limit": {"name": "limit", "in": "query", "description": "At most so many, up to 1000", "schema": {"type": "integer", "default": 500}}
    },
    "responses": {
      "NoSuchKey": {"description": "There is no such namespace or key", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
      "Changed": {"description": "The key has another version", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
      "BadQuery": {"description": "A parameter is not what it may be", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
      "Unauthorized": {"description": "The token is missing or wrong", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
      "Unavailable": {"description": "Who would know does not answer, or is not there", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    },
    "schemas": {
      "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
      "Health": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string", "const": "ok"}}},
      "Readiness": {
        "type": "object",
        "required": ["ready", "reasons"],
        "properties": {"ready": {"type": "boolean"}, "reasons": {"type": "array", "items": {"type": "string"}}}
      },
      "Reload": {"type": "object", "required": ["reload"], "properties": {"reload": {"type": "string", "const": "begun"}}},
      "Drain": {"type": "object", "required": ["draining"], "properties": {"draining": {"type": "boolean"}}},
      "Status": {
        "type": "object",
        "required": ["version", "commit", "root", "ready", "draining", "reasons", "started", "uptime_seconds", "routes", "modules"],
        "properties": {
          "version": {"type": "string"},
          "commit": {"type": "string"},
          "root": {"type": "string", "description": "The project's folder"},
          "ready": {"type": "boolean"},
          "draining": {"type": "boolean"},
          "reasons": {"type": "array", "items": {"type": "string"}},
          "started": {"type": "integer", "description": "Seconds since 1970"},
          "uptime_seconds": {"type": "number"},
          "routes": {"type": "integer"},
          "modules": {
            "type": "object",
            "required": ["ready", "pending", "failed", "put_aside"],
            "properties": {"ready": {"type": "integer"}, "pending": {"type": "integer"}, "failed": {"type": "integer"}, "put_aside": {"type": "integer"}}
          }
        }
      },
      "State": {"type": "string", "enum": ["ready", "pending", "failed", "put_aside"]},
      "Worker": {
        "type": "object",
        "required": ["id", "name", "version", "file", "route", "state", "limits", "folders", "vars"],
        "properties": {
          "id": {"type": "string"},
          "name": {"type": "string"},
          "version": {"type": "string"},
          "file": {"type": "string"},
          "route": {"type": "string"},
          "state": {"$ref": "#/components/schemas/State"},
          "error": {"type": "string"},
          "limits": {"$ref": "#/components/schemas/Limits"},
          "kv_namespace": {"type": "string"},
          "kv_bindings": {"type": "object", "additionalProperties": {"type": "string"}},
          "fetch": {
            "type": "object",
            "required": ["hosts", "methods", "allow_http"],
            "properties": {
              "hosts": {"type": "array", "items": {"type": "string"}},
              "methods": {"type": "array", "items": {"type": "string"}},
              "allow_http": {"type": "boolean"}
            }
          },
          "folders": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["from", "to", "mode"],
              "properties": {"from": {"type": "string"}, "to": {"type": "string"}, "mode": {"type": "string", "enum": ["ro", "rw"]}}
            }
          },
          "vars": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Names; in place of each value stands ***"}
        }
      },
      "Limits": {
        "type": "object",
        "required": ["memory_bytes", "cpu_time_seconds", "time_seconds", "output_bytes", "log_bytes", "table_elements", "stack_bytes"],
        "properties": {
          "memory_bytes": {"type": "integer"},
          "cpu_time_seconds": {"type": "number"},
          "time_seconds": {"type": "number"},
          "output_bytes": {"type": "integer"},
          "log_bytes": {"type": "integer"},
          "table_elements": {"type": "integer"},
          "stack_bytes": {"type": "integer"},
          "concurrency": {"type": "integer"}
        }
      },
      "Route": {
        "type": "object",
        "required": ["route", "kind", "file", "worker"],
        "properties": {
          "route": {"type": "string"},
          "kind": {"type": "string", "enum": ["static", "dynamic", "tail"]},
          "file": {"type": "string"},
          "worker": {"type": "string", "description": "Its id"}
        }
      },
      "Problem": {
        "type": "object",
        "required": ["kind", "file", "message"],
        "properties": {
          "kind": {"type": "string", "enum": ["project", "configuration", "module", "put_aside", "version"]},
          "file": {"type": "string"},
          "message": {"type": "string"}
        }
      },
      "Process": {
        "type": "object",
        "required": ["role", "number", "pid", "state", "restarts", "uptime_seconds", "resident_bytes"],
        "properties": {
          "role": {"type": "string", "enum": ["supervisor", "serving", "store", "egress", "folders", "admin", "telemetry"]},
          "number": {"type": "integer"},
          "pid": {"type": "integer", "description": "0: none runs at the moment"},
          "state": {"type": "string", "enum": ["ready", "starting", "leaving", "down"]},
          "restarts": {"type": "integer"},
          "uptime_seconds": {"type": "number"},
          "resident_bytes": {"type": "integer"}
        }
      },
      "Namespaces": {
        "type": "object",
        "required": ["namespaces"],
        "properties": {
          "namespaces": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["name", "path", "bytes"],
              "properties": {
                "name": {"type": "string"},
                "path": {"type": "string", "description": "The name, percent-encoded"},
                "bytes": {"type": "integer", "description": "As the quotas count"}
              }
            }
          }
        }
      },
      "Keys": {
        "type": "object",
        "required": ["keys"],
        "properties": {
          "keys": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["key", "path"],
              "properties": {
                "key": {"type": "string", "description": "For people: bytes that are no text are written \\xNN"},
                "path": {"type": "string", "description": "The key, percent-encoded"}
              }
            }
          },
          "next": {"type": "string", "description": "cursor of the next page; none: this was the last"}
        }
      },
      "Version": {"type": "object", "required": ["version"], "properties": {"version": {"type": "integer"}}},
      "Level": {"type": "string", "enum": ["debug", "info", "warn", "error"]},
      "Errors": {
        "type": "object",
        "required": ["next", "errors"],
        "properties": {
          "next": {"type": "integer", "description": "after of the next question"},
          "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FailedRequest"}}
        }
      },
      "FailedRequest": {
        "type": "object",
        "required": ["number", "time", "role", "process", "pid", "status", "message"],
        "properties": {
          "number": {"type": "integer", "description": "Larger for each later one"},
          "time": {"type": "string", "format": "date-time"},
          "role": {"type": "string"},
          "process": {"type": "integer", "description": "Its number among those of its role"},
          "pid": {"type": "integer"},
          "status": {"type": "integer"},
          "cause": {"type": "string", "description": "Its name in docs/errors.md"},
          "worker": {"type": "string", "description": "Its file"},
          "route": {"type": "string"},
          "request_id": {"type": "string"},
          "method": {"type": "string"},
          "path": {"type": "string", "description": "Without the query"},
          "message": {"type": "string"},
          "said": {"type": "string", "description": "Lines that the worker wrote as errors: of scripts, the exception with its stack"},
          "stack": {"type": "string", "description": "Where the WebAssembly code was"},
          "source": {"type": "string", "description": "Lines of the file around the place; with --dev alone"}
        }
      },
      "Log": {
        "type": "object",
        "required": ["next", "lines"],
        "properties": {
          "next": {"type": "integer", "description": "after of the next question"},
          "lines": {"type": "array", "items": {"$ref": "#/components/schemas/LogLine"}}
        }
      },
      "LogLine": {
        "type": "object",
        "required": ["number", "time", "role", "process", "pid", "level", "message"],
        "properties": {
          "number": {"type": "integer", "description": "Larger for each later one"},
          "time": {"type": "string", "format": "date-time"},
          "role": {"type": "string"},
          "process": {"type": "integer", "description": "Its number among those of its role"},
          "pid": {"type": "integer"},
          "level": {"$ref": "#/components/schemas/Level"},
          "message": {"type": "string"},
          "worker": {"type": "string", "description": "The file of the worker that says it, or whose request it is about"},
          "route": {"type": "string"},
          "request_id": {"type": "string"},
          "cause": {"type": "string", "description": "Of a request that failed: its name in docs/errors.md"}
        }
      },
      "Times": {
        "type": "object",
        "required": ["buckets", "sum_seconds"],
        "properties": {
          "buckets": {"type": "array", "items": {"type": "integer"}, "description": "How many were up to each of bounds_seconds and above the one before; the last: longer"},
          "sum_seconds": {"type": "number"}
        }
      },
      "RouteStats": {
        "type": "object",
        "required": ["route", "requests", "duration", "cpu_seconds", "instance_seconds", "memory_peak_bytes"],
        "properties": {
          "route": {"type": "string", "description": "Its pattern; files: what no worker answers; other: routes without a place of their own"},
          "requests": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "By class of status: 1xx to 5xx"},
          "duration": {"$ref": "#/components/schemas/Times"},
          "cpu_seconds": {"type": "number"},
          "instance_seconds": {"type": "number"},
          "memory_peak_bytes": {"type": "integer", "description": "The largest linear memory that a guest has had"}
        }
      },
      "Stats": {
        "type": "object",
        "required": ["bounds_seconds", "routes", "connections", "guests", "instances_limit", "queued", "aborted", "limits_hit", "guest_failures", "kv_operations", "kv_failures", "fetches", "fetch_failures", "log_lines_dropped"],
        "properties": {
          "bounds_seconds": {"type": "array", "items": {"type": "number"}},
          "routes": {"type": "array", "items": {"$ref": "#/components/schemas/RouteStats"}},
          "connections": {"type": "integer"},
          "guests": {"type": "integer"},
          "instances_limit": {"type": "integer"},
          "queued": {"type": "integer"},
          "aborted": {"type": "integer"},
          "limits_hit": {"type": "object", "additionalProperties": {"type": "integer"}},
          "guest_failures": {"type": "object", "additionalProperties": {"type": "integer"}},
          "kv_operations": {"type": "object", "additionalProperties": {"type": "integer"}},
          "kv_failures": {"type": "integer"},
          "fetches": {"type": "integer"},
          "fetch_failures": {"type": "integer"},
          "log_lines_dropped": {"type": "integer"}
        }
      },
      "WorkerV0": {
        "type": "object",
        "required": ["id", "name", "path", "filepath"],
        "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "path": {"type": "string"}, "filepath": {"type": "string"}}
      },
      "WorkerConfigV0": {
        "type": "object",
        "required": ["id", "name", "version", "data", "folders", "vars"],
        "properties": {
          "id": {"type": "string"},
          "name": {"type": "string"},
          "version": {"type": "string"},
          "data": {"type": "object", "required": ["kv"], "properties": {"kv": {"type": ["string", "null"]}}},
          "folders": {"type": "array", "items": {"type": "object", "required": ["from", "to"], "properties": {"from": {"type": "string"}, "to": {"type": "string"}}}},
          "vars": {"type": "object", "additionalProperties": {"type": "string"}}
        }
      }
    }
  }
}
)json";
// clang-format on

}  // namespace

std::string_view openapi_document() noexcept { return kDocument; }

}  // namespace wws::admin
