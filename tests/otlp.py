#!/usr/bin/env python3
"""Traces and metrics of the real binary, as a collector gets them: what is in them, and collectors that are slow, refuse, hang,
or are not there.

usage: otlp.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed, 77 where what checks the form is missing (scripts/setup tests).
"""
import argparse
import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

try:
    from google.protobuf import json_format
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
except ModuleNotFoundError as missing:
    # scripts/setup has them in an environment of its own.
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    python = cache / "wws-build/venv/bin/python"
    if python.exists() and pathlib.Path(sys.prefix) != cache / "wws-build/venv":
        os.execv(python, [python, *sys.argv])
    print(f"a Python package is missing: {missing.name}")
    sys.exit(77)

from fetch import Upstream
from robustness import LeftOut, PATIENCE, Server, children_of, cmdline, receive, run_tests, until

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
UNSAMPLED = f"00-{TRACE}-b7ad6b7169203331-00"
FAILS = "does not take telemetry"
AGAIN = "takes telemetry again"


class Collector:
    """Takes what OTLP is, and keeps it; or answers as it is told."""

    def __init__(self, port=0, tls=None):
        self.requests = []  # path, fields, body
        self.answer = lambda path: (200, {}, b"{}")
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status, fields, answer = collector.answer(self.path)
                collector.requests.append((self.path, dict(self.headers), body, status))
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    for name, value in fields.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Listener(("127.0.0.1", port), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.url = f"https://localhost:{self.port}" if tls else f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def taken(self, path):
        """What it took there, each held to the protocol's own description."""
        kind = ExportTraceServiceRequest if path == "/v1/traces" else ExportMetricsServiceRequest
        bodies = []
        for at, fields, body, status in list(self.requests):
            if at == path and status == 200:
                assert fields["content-type"] == "application/json", fields
                json_format.Parse(body, kind())  # strict: no name that is not known, no number that is none
                bodies.append(json.loads(body))
        return bodies

    def spans(self):
        spans = [span for body in self.taken("/v1/traces") for resource in body["resourceSpans"]
                 for scope in resource["scopeSpans"] for span in scope["spans"]]
        for span in spans:
            assert re.fullmatch("[0-9a-f]{32}", span["traceId"]) and re.fullmatch("[0-9a-f]{16}", span["spanId"]), span
            assert 0 < int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]) <= time.time_ns(), span
        return spans

    def metrics(self):
        """The last ones by their names."""
        bodies = self.taken("/v1/metrics")
        if not bodies:
            return {}
        return {metric["name"]: metric for resource in bodies[-1]["resourceMetrics"] for scope in resource["scopeMetrics"]
                for metric in scope["metrics"]}

    def point(self, name, **attributes):
        """One data point of the last metrics; None: it is not there."""
        metric = self.metrics().get(name, {})
        data = metric.get("sum") or metric.get("gauge") or metric.get("histogram") or {"dataPoints": []}
        return next((point for point in data["dataPoints"] if values(point) == attributes), None)


def values(thing):
    """Attributes as Python has them."""
    return {one["key"]: convert(one["value"]) for one in thing.get("attributes", [])}


def convert(value):
    (kind, one), = value.items()
    return int(one) if kind == "intValue" else one


@contextlib.contextmanager
def variables(**more):
    before = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def start(wws, collector, *options, guests=("hello",), toml="", files=None, **more):
    url = collector if isinstance(collector, str) else collector.url
    files = {"wws.toml": toml, **(files or {})}
    return Server(wws, "--processes", "1", "--otlp", url, *options, guests=guests, files=files, **more)


def ask(server, path="/hello", method="GET", **fields):
    """Status and body."""
    lines = [f"{method} {path} HTTP/1.1", "host: example.com:8080", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    with server.connect() as sock:
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return receive(sock)


def telemetry_children(server):
    return [pid for pid in children_of(server.process.pid) if b"__telemetry" in cmdline(pid)]


def span_of(collector, kind, what=lambda span: True):
    """The span of this kind, when it has come."""
    found = []

    def has_come():
        found[:] = [span for span in collector.spans() if span["kind"] == kind and what(span)]
        return found

    until(has_come, f"a span of kind {kind}")
    assert len(found) == 1, found
    return found[0]


INTERNAL, SERVER, CLIENT = 1, 2, 3


def test_a_request_has_a_span_that_its_caller_knows(wws):
    collector = Collector()
    with start(wws, collector, "--log-format", '%{traceparent}i %U') as server:
        assert ask(server, "/hello?secret=1", traceparent=PARENT, user_agent="test/1", x_request_id="one")[0] == 200
        span = span_of(collector, SERVER)
        assert span["traceId"] == TRACE and span["parentSpanId"] == "b7ad6b7169203331"
        assert span["name"] == "GET /hello" and "status" not in span
        its = values(span)
        assert 0 < its.pop("wws.guest.cpu_time") < 100
        assert its == {
            "http.request.method": "GET", "server.address": "example.com", "server.port": 8080,
            "http.response.status_code": 200, "http.route": "/hello", "url.path": "/hello", "url.scheme": "http",
            "network.protocol.version": "1.1", "client.address": "127.0.0.1", "user_agent.original": "test/1",
            "wws.worker": "hello.wasm", "wws.request_id": "one"}, its
        guest = span_of(collector, INTERNAL)
        assert (guest["traceId"], guest["parentSpanId"], guest["name"]) == (TRACE, span["spanId"], "run hello.wasm")
        assert int(guest["startTimeUnixNano"]) >= int(span["startTimeUnixNano"]) - 10**9
        assert b"secret" not in b"".join(body for _, _, body, _ in collector.requests)
        line = f"00-{TRACE}-{span['spanId']}-01 /hello"
        until(lambda: line in server.log(), "the line of the access log with the ids of the span")
        resource = collector.taken("/v1/traces")[0]["resourceSpans"][0]
        about = values(resource["resource"])
        assert about["service.name"] == "wws" and about["service.instance.id"] and about["service.version"], about
        assert resource["scopeSpans"][0]["scope"]["name"] == "wws"
        assert server.stop() == 0
    collector.close()


def test_who_calls_decides_and_else_the_ratio(wws):
    collector = Collector()
    with start(wws, collector, toml="[otlp]\ntraces = 0\nmetrics = \"off\"\n") as server:
        assert ask(server)[0] == 200
        assert ask(server, traceparent=UNSAMPLED)[0] == 200
        assert ask(server, traceparent=PARENT, x_request_id="sampled")[0] == 200
        assert server.stop() == 0
    names = {values(span).get("wws.request_id") for span in collector.spans() if span["kind"] == SERVER}
    assert names == {"sampled"}, names
    assert not collector.taken("/v1/metrics")
    collector.close()


def test_traces_can_be_off(wws):
    collector = Collector()
    with start(wws, collector, toml="[otlp]\ntraces = \"off\"\n") as server:
        assert ask(server, traceparent=PARENT)[0] == 200
        assert server.stop() == 0
    assert not collector.spans() and collector.point("wws_http_requests", route="/hello", code="2xx")["asInt"] == "1"
    collector.close()


def test_a_request_of_a_worker_is_a_span_of_the_trace(wws):
    collector, upstream = Collector(), Upstream()
    asks = f'export default {{ fetch() {{ return fetch("http://127.0.0.1:{upstream.port}/hello/more?key=secret"); }} }};'
    grant = '[features.http_requests]\nallowed_hosts = ["127.0.0.1"]\nallow_http = true\n'
    with start(wws, collector, guests=(), files={"ask.js": asks, "ask.toml": grant}) as server:
        until(lambda: ask(server, "/ask")[0] == 200, "the child that asks")
        upstream.requests.clear()
        assert ask(server, "/ask", traceparent=PARENT, tracestate="a=b")[0] == 200
        ours = lambda span: span["traceId"] == TRACE
        guest, span = span_of(collector, INTERNAL, ours), span_of(collector, CLIENT, ours)
        assert span["parentSpanId"] == guest["spanId"] and span["name"] == "GET", span
        its = values(span)
        assert its["url.full"] == f"http://127.0.0.1:{upstream.port}/hello/more" and its["http.response.status_code"] == 200, its
        assert (its["server.address"], its["server.port"]) == ("127.0.0.1", upstream.port), its
        (_, _, fields), = upstream.requests
        assert (fields["traceparent"], fields["tracestate"]) == (f"00-{TRACE}-{span['spanId']}-01", "a=b"), fields
        upstream.requests.clear()
        # What is noted about a trace is not for another one.
        assert ask(server, "/ask", tracestate="a=b")[0] == 200
        (_, _, fields), = upstream.requests
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", fields["traceparent"]) and "tracestate" not in fields, fields
        assert server.stop() == 0
    collector.close()


def test_what_fails_is_told_with_its_cause(wws):
    collector = Collector()
    with start(wws, collector, guests=("hello", "trap")) as server:
        assert ask(server, "/trap", traceparent=PARENT)[0] == 500
        assert ask(server, "/not-there", traceparent=PARENT)[0] == 404
        span = span_of(collector, SERVER, lambda span: values(span)["url.path"] == "/trap")
        assert span["status"]["code"] == 2 and values(span)["error.type"] == "500", span
        guest = span_of(collector, INTERNAL)
        assert guest["status"]["code"] == 2 and guest["status"]["message"], guest
        event, = guest["events"]
        assert event["name"] == "exception" and values(event)["exception.message"], event
        missing = span_of(collector, SERVER, lambda span: values(span)["url.path"] == "/not-there")
        assert missing["name"] == "GET" and "status" not in missing and "http.route" not in values(missing), missing
        assert server.stop() == 0
    collector.close()


def test_metrics_only_grow_though_processes_die(wws):
    collector = Collector()
    with start(wws, collector, toml="[otlp]\nmetrics = \"200ms\"\n") as server:
        requests = lambda: int((collector.point("wws_http_requests", route="/hello", code="2xx") or {"asInt": "0"})["asInt"])
        for _ in range(5):
            assert ask(server)[0] == 200
        until(lambda: requests() == 5, "five requests")
        began = collector.point("wws_http_requests", route="/hello", code="2xx")["startTimeUnixNano"]
        for victims in (server.children, lambda: telemetry_children(server)):
            (pid,) = victims()
            os.kill(pid, signal.SIGKILL)
            until(lambda: victims() not in ([], [pid]), "another process")
        assert ask(server)[0] == 200
        until(lambda: requests() == 6, "the sixth")
        assert collector.point("wws_http_requests", route="/hello", code="2xx")["startTimeUnixNano"] == began
        duration = collector.point("http.server.request.duration", **{"http.route": "/hello"})
        assert duration["count"] == "6" and sum(map(int, duration["bucketCounts"])) == 6, duration
        assert len(duration["bucketCounts"]) == len(duration["explicitBounds"]) + 1
        assert collector.point("wws_processes", role="telemetry")["asInt"] == "1"
        assert int(collector.point("wws_process_restarts", role="serving")["asInt"]) == 1
        assert collector.metrics()["wws_guest_cpu_seconds"]["sum"]["dataPoints"][0]["asDouble"] >= 0
        sums = [int(point["asInt"]) for body in collector.taken("/v1/metrics")
                for metric in body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"] if metric["name"] == "wws_http_requests"
                for point in metric["sum"]["dataPoints"] if values(point) == {"route": "/hello", "code": "2xx"}]
        assert sums == sorted(sums), sums
        assert server.stop() == 0
    collector.close()


def test_a_collector_that_is_busy_gets_it_when_it_wants(wws):
    collector = Collector()
    collector.answer = lambda path: (503, {"retry-after": "1"}, b"")
    with start(wws, collector, toml="[otlp]\nmetrics = \"off\"\n") as server:
        assert ask(server, traceparent=PARENT)[0] == 200
        until(lambda: len(collector.requests) >= 3, "it to be asked again")
        assert ask(server)[0] == 200
        assert collector.requests[0][2] == collector.requests[1][2]
        collector.answer = lambda path: (200, {}, b"{}")
        span_of(collector, SERVER, lambda span: span["traceId"] == TRACE)
        until(lambda: AGAIN in server.log(), "the line that it goes on")
        assert server.log().count(FAILS) == 1 and server.log().count(AGAIN) == 1, server.log()
        assert "503" in next(line for line in server.log().splitlines() if FAILS in line)
        assert server.stop() == 0
    collector.close()


def test_nobody_listens(wws):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with start(wws, f"http://127.0.0.1:{port}", toml="[otlp]\nmetrics = \"100ms\"\n") as server:
            until(lambda: FAILS in server.log(), "the line about it")
            for number in range(50):
                assert ask(server, x_request_id=f"number-{number}")[0] == 200
            assert server.log().count(FAILS) == 1, server.log()
            taken.close()
            collector = Collector(port)
            span_of(collector, SERVER, lambda span: values(span)["wws.request_id"] == "number-49")
            until(lambda: AGAIN in server.log(), "the line that it goes on")
            assert server.stop() == 0
            collector.close()


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) << 10


def test_a_collector_that_hangs_holds_nobody_up(wws):
    collector, hangs = Collector(), threading.Event()

    def hang(path):
        hangs.wait(PATIENCE)
        return 200, {}, b"{}"

    collector.answer = hang
    with start(wws, collector, "--log-level", "warn", toml="[otlp]\nmetrics = \"1s\"\n") as server:
        with server.connect() as sock:
            lines = sock.makefile("rb")

            def batch():
                """A thousand requests on one connection."""
                sock.sendall(b"GET /hello HTTP/1.1\r\nhost: t\r\n\r\n" * 1000)
                for _ in range(1000):
                    head = b""
                    while not head.endswith(b"\r\n\r\n"):
                        line = lines.readline()
                        assert line, "the connection ended"
                        head += line
                    assert head.startswith(b"HTTP/1.1 200"), head
                    lines.read(int(re.search(rb"content-length: (\d+)", head).group(1)))

            (pid,) = telemetry_children(server)
            # More spans than the child keeps and the ring has: about 8 MiB and 2048, at less than a kilobyte each.
            for _ in range(20):
                batch()
            assert resident(pid) < 128 << 20, resident(pid)
        assert ask(server)[0] == 200
        hangs.set()
        collector.answer = lambda path: (200, {}, b"{}")
        until(lambda: collector.point("wws_trace_spans", result="dropped"), "metrics")
        lost = lambda: int(collector.point("wws_trace_spans", result="dropped")["asInt"])
        sent = lambda: int(collector.point("wws_trace_spans", result="sent")["asInt"])
        until(lambda: lost() + sent() == 40_002, "all spans to be sent or counted")
        assert lost() > 10_000 and sent() > 5000, (lost(), sent())
        assert server.stop() == 0
    collector.close()


def test_a_collector_behind_tls_is_found_by_its_name_and_has_to_be_trusted(wws):
    if not shutil.which("openssl"):
        raise LeftOut("openssl is not here")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=a test", "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{folder}/key.pem",
                        "-out", f"{folder}/own.pem"], check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(f"{folder}/own.pem", f"{folder}/key.pem")
        collector = Collector(tls=tls)
        with start(wws, collector) as server:
            assert ask(server)[0] == 200
            until(lambda: FAILS in server.log(), "the line that it is not trusted")
            assert server.stop() == 0
        assert not collector.requests
        with start(wws, collector, toml=f'[fetch]\nca_file = "{folder}/own.pem"\n') as server:
            assert ask(server, traceparent=PARENT)[0] == 200
            span_of(collector, SERVER)
            assert FAILS not in server.log(), server.log()
            assert server.stop() == 0
        collector.close()


def test_the_last_spans_leave_at_a_stop(wws):
    collector = Collector()
    with start(wws, collector) as server:
        assert ask(server, x_request_id="last")[0] == 200
        assert server.stop() == 0
    span_of(collector, SERVER, lambda span: values(span)["wws.request_id"] == "last")
    assert collector.point("wws_http_requests", route="/hello", code="2xx")["asInt"] == "1"
    collector.close()


def test_without_it_there_is_no_child(wws):
    with Server(wws, "--processes", "1", guests=("hello",)) as server:
        assert ask(server, traceparent=PARENT)[0] == 200
        assert not telemetry_children(server)
        maps = pathlib.Path(f"/proc/{server.children()[0]}/maps").read_text()
        assert "wws-spans" not in maps and "wws-metrics" not in maps, maps
        assert server.stop() == 0


def test_the_environment_speaks_where_nobody_else_does(wws):
    collector = Collector()
    with variables(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url + "/base/", OTEL_EXPORTER_OTLP_HEADERS="x-key=a%20secret%2",
                   OTEL_SERVICE_NAME="shop", OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test,service.name=no",
                   OTEL_TRACES_SAMPLER_ARG="1.0"):
        with Server(wws, "--processes", "1", guests=("hello",)) as server:
            assert ask(server)[0] == 200
            until(lambda: collector.requests, "a request")
            assert server.stop() == 0
            log = server.log() + server.output
    path, fields, body, _ = collector.requests[0]
    assert path == "/base/v1/traces" and fields["x-key"] == "a secret%2", (path, fields)
    about = values(json.loads(body)["resourceSpans"][0]["resource"])
    assert about["service.name"] == "shop" and about["deployment.environment.name"] == "test", about
    assert "a secret" not in log, log
    collector.close()


def test_headers_of_the_project_may_be_variables(wws):
    collector = Collector()
    toml = f'[otlp]\nendpoint = "{collector.url}"\nheaders = ["authorization: $OTLP_KEY", "x-plain: a b"]\n'
    with variables(OTLP_KEY="Bearer of-a-test"):
        with Server(wws, "--processes", "1", guests=("hello",), files={"wws.toml": toml}) as server:
            assert ask(server)[0] == 200
            until(lambda: collector.requests, "a request")
            fields = collector.requests[0][1]
            assert (fields["authorization"], fields["x-plain"]) == ("Bearer of-a-test", "a b"), fields
            assert server.stop() == 0
            assert "of-a-test" not in server.log(), server.log()
    try:
        Server(wws, guests=("hello",), files={"wws.toml": toml}).__exit__()
    except AssertionError as refused:
        assert "OTLP_KEY" in str(refused) and "is not set" in str(refused), refused
    else:
        raise AssertionError("it started without the variable")
    collector.close()


def test_an_address_that_is_none_is_told_at_the_start(wws):
    for bad in ("127.0.0.1:4318", "ftp://a", "http://user:secret@a"):
        try:
            Server(wws, "--otlp", bad, guests=("hello",)).__exit__()
        except AssertionError as refused:
            assert "--otlp: a collector's address is a URL" in str(refused) and "secret" not in str(refused), refused
        else:
            raise AssertionError(f"it started with {bad}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
