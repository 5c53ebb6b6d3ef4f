#!/usr/bin/env python3
"""Each key of the project's file is changed while the real binary serves: at SIGHUP it is used, or one line says that it is not.

usage: reload_configuration.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from robustness import PATIENCE, Server, receive, run_tests, until

TOKEN = "0123456789abcdef-of-a-test"
# Tables whose own tests see to reloads, and keys that mean nothing here.
ELSEWHERE = {"reload", "version", "repositories"}
ASKS = """export default {
  fetch: async (request) => {
    try {
      return await fetch(new URL(request.url).searchParams.get("u"));
    } catch (error) {
      return new Response(String(error), { status: 502 });
    }
  },
};
"""
# Other than what holds without them: only what somebody has set can be too much.
ASKS_TOML = """[features.http_requests]
allowed_hosts = ["127.0.0.1"]
allow_http = true
connect_timeout = "9s"
first_byte_timeout = "29s"
timeout = "59s"
max_request_body = "15MiB"
max_response_body = "63MiB"
at_a_time = 5
per_request = 49
"""


class Upstream(http.server.ThreadingHTTPServer):
    """Answers with what it was asked for, as it stood in the request."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.path.encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Site(Server):
    """A server whose configuration the test writes, with workers to see its effects by."""

    def __init__(self, wws, text="", config=None, options=()):
        self.sockets = tempfile.TemporaryDirectory(prefix="wws-conf-")
        self.socket = pathlib.Path(self.sockets.name, "admin.sock")
        self.outside = pathlib.Path(self.sockets.name, "outside")
        self.outside.mkdir()
        self.text, self.config = text, config
        self.upstream = Upstream()
        files = {"asks.js": ASKS, "asks.toml": ASKS_TOML, "kv_count.toml": '[data.kv]\nnamespace = "n"\n'}
        admin = () if "[admin]" in text else ("--admin", f"unix:{self.socket}")
        super().__init__(wws, "--processes", "1", *admin, *options, files=files,
                         guests=["hello", "echo", "sleep", "large", "kv_count"])
        until(lambda: self.get(f"/asks?u={self.url('/x')}") == (200, b"/x"), "the script\n" + self.log())

    def __exit__(self, *rest):
        super().__exit__(*rest)
        self.upstream.shutdown()
        self.sockets.cleanup()

    def prepare(self):
        for folder, text in (("public", "one"), ("dist", "two")):
            (self.folder / folder).mkdir()
            (self.folder / folder / "file.txt").write_text(text)
        (self.folder / "token").write_text(TOKEN + "\n")
        (self.folder / "token").chmod(0o600)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=t", "-keyout", "key.pem",
                        "-out", "own.pem"], cwd=self.folder, check=True, capture_output=True)
        self.write(self.text)

    def write(self, text):
        (self.config or self.folder / "wws.toml").write_text(text)

    def reload(self, text):
        """Returns the lines of the log that came of it."""
        before = len(self.log())
        done = self.count_reloads()
        self.write(text)
        self.process.send_signal(signal.SIGHUP)
        until(lambda: self.count_reloads() > done, "the reload")
        return self.log()[before:]

    def count_reloads(self):
        return len(re.findall(r"reload: (?:no worker changed|.* (?:changed|added|removed)|.*what was served goes on)", self.log()))

    def url(self, path):
        return f"http://127.0.0.1:{self.upstream.server_port}{path}"

    def ask(self, path, token=None, file=None):
        """Status and body of the admin interface."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(str(file or self.socket))
            fields = f"authorization: Bearer {token}\r\n" if token else ""
            sock.sendall(f"GET {path} HTTP/1.1\r\nhost: t\r\n{fields}\r\n".encode())
            return receive(sock)

    def json(self, path):
        status, body = self.ask(path)
        assert status == 200, (status, body)
        return json.loads(body)

    def limit(self, name):
        return next(one for one in self.json("/api/v1/workers") if one["file"] == "hello.wasm")["limits"].get(name)

    def problems(self):
        return " ".join(one["message"] for one in self.json("/api/v1/problems"))

    def has_another(self, service):
        return self.log().count(f"reload: another {service} (pid ")


def limit(name, value):
    return lambda site: site.limit(name) == value


def refused(key):
    """A worker that sets more than the project allows has a problem, and goes on as it was."""
    return lambda site: f'"{key}"' in site.problems() and site.get(f"/asks?u={site.url('/x')}") == (200, b"/x")


def own_answer(site):
    return site.get(f"/asks?u=http://127.0.0.1:{site.port}/hello") == (200, b"hello")


def by_proxy(site):
    # It makes no tunnels.
    return b"CONNECT tunnel failed" in site.get("/asks?u=http://127.0.0.1:9/y")[1]


def egress_again(site):
    return site.has_another("egress child") == 1


def quota_is_small(site):
    return site.get("/kv_count?reset=1")[0] == 200 and site.get("/kv_count")[0] >= 500


# What is written, and what is seen of it then and was not before.
LIVE = {
    "url_form": ('url_form = "path"', lambda site: b'"url":"/echo"' in site.get("/echo")[1].replace(b" ", b"")),
    "memory_reset": ('memory_reset = "madvise"', lambda site: "reload: serving process 1 is replaced" in site.log()),
    "limits.memory": ('[limits]\nmemory = "64MiB"', limit("memory_bytes", 64 << 20)),
    "limits.cpu_time": ('[limits]\ncpu_time = "20ms"', limit("cpu_time_seconds", 0.02)),
    "limits.time": ('[limits]\ntime = "20ms"', lambda site: site.get("/sleep?ms=300")[0] == 504),
    "limits.output": ('[limits]\noutput = "1KiB"', lambda site: site.get("/large?size=5000")[0] == 500),
    "limits.log": ('[limits]\nlog = "1KiB"', limit("log_bytes", 1024)),
    "limits.table_elements": ('[limits]\ntable_elements = 90000', limit("table_elements", 90000)),
    "limits.stack": ('[limits]\nstack = "256KiB"', limit("stack_bytes", 256 << 10)),
    "limits.concurrency": ('[limits]\nconcurrency = 7', limit("concurrency", 7)),
    "public.folder": ('[public]\nfolder = "dist"', lambda site: site.get("/file.txt") == (200, b"two")),
    "kv.namespace_quota": ('[kv]\nnamespace_quota = "10"', quota_is_small),
    "kv.quota": ('[kv]\nquota = "10"', quota_is_small),
    "fetch.max_connect_timeout": ('[fetch]\nmax_connect_timeout = "1s"', refused("connect_timeout")),
    "fetch.max_first_byte_timeout": ('[fetch]\nmax_first_byte_timeout = "1s"', refused("first_byte_timeout")),
    "fetch.max_timeout": ('[fetch]\nmax_timeout = "1s"', refused("timeout")),
    "fetch.max_request_body": ('[fetch]\nmax_request_body = "1KiB"', refused("max_request_body")),
    "fetch.max_response_body": ('[fetch]\nmax_response_body = "1KiB"', refused("max_response_body")),
    "fetch.max_at_a_time": ('[fetch]\nmax_at_a_time = 1', refused("at_a_time")),
    "fetch.max_per_request": ('[fetch]\nmax_per_request = 1', refused("per_request")),
    "fetch.ca_file": ('[fetch]\nca_file = "own.pem"', egress_again),
    "fetch.proxy": ('[fetch]\nproxy = "http://127.0.0.1:{upstream}"', by_proxy),
    "fetch.allow_own_listeners": ("[fetch]\nallow_own_listeners = true", own_answer),
    "fetch.http2": ("[fetch]\nhttp2 = false", egress_again),
    "admin.panel": ("[admin]\npanel = true", lambda site: site.ask("/_panel/")[0] == 200),
    "admin.token_file": ('[admin]\ntoken_file = "token"',
                         lambda site: site.ask("/metrics")[0] == 401 and site.ask("/metrics", TOKEN)[0] == 200),
}
CLIENT = '[fetch]\nclient_certificate = "own.pem"\nclient_key = "key.pem"\nclient_certificate_hosts = ["127.0.0.1"]'
LIVE |= {f"fetch.{key}": (CLIENT, egress_again) for key in ("client_certificate", "client_key", "client_certificate_hosts")}
# In a store in Redis, which need not be there.
OF_REDIS = {
    "kv.time_limit": 'time_limit = "1s"',
    "kv.password_file": 'password_file = "token"',
    "kv.ca_file": 'ca_file = "own.pem"',
}
# What only another start changes.
LATER = {"kv.place", "admin.listen", "otlp.endpoint", "otlp.headers", "otlp.traces", "otlp.metrics"}
IN_TESTS_OF_THEIR_OWN = {"folders.allow_absolute"}


def test_each_key_is_here(wws):
    schema = json.loads(subprocess.run([wws, "schema", "project"], capture_output=True, check=True, timeout=PATIENCE).stdout)
    keys = set()
    for name, value in schema["properties"].items():
        if name not in ELSEWHERE:
            keys |= {f"{name}.{key}" for key in value["properties"]} if "properties" in value else {name}
    assert keys == set(LIVE) | set(OF_REDIS) | LATER | IN_TESTS_OF_THEIR_OWN, keys ^ (
        set(LIVE) | set(OF_REDIS) | LATER | IN_TESTS_OF_THEIR_OWN)


def test_what_is_used_at_once(wws):
    texts = {}
    for key, (text, is_seen) in LIVE.items():
        texts.setdefault(text, (key, is_seen))
    with Site(wws) as site:
        for text, (key, is_seen) in texts.items():
            if is_seen is not egress_again:
                assert not is_seen(site), f"{key}: it is so before"
            again = site.has_another("egress child")
            said = site.reload(text.replace("{upstream}", str(site.upstream.server_port)) + "\n")
            assert "is used from the next start on" not in said, (key, said)
            try:
                if is_seen is egress_again:
                    until(lambda: site.has_another("egress child") == again + 1, key)
                    until(lambda: site.get(f"/asks?u={site.url('/x')}") == (200, b"/x"), "outgoing requests")
                else:
                    until(lambda: is_seen(site), key)
            except AssertionError as error:
                raise AssertionError(f"{error}: {said}\n{site.log()[-2000:]}") from None
            token = TOKEN if key == "admin.token_file" else None
            assert site.ask("/metrics", token)[0] == 200
            site.reload("")
            if is_seen not in (egress_again,) and key != "memory_reset":  # whose line stays in the log
                until(lambda: not is_seen(site), f"the end of {key}")
            assert site.get("/hello") == (200, b"hello")
        assert site.stop() == 0
        assert "died" not in site.log(), site.log()


def test_quotas_change_and_a_store_in_memory_stays(wws):
    with Site(wws, options=("--kv", "memory")) as site:
        assert site.get("/kv_count") == (200, b"1")
        said = site.reload('[kv]\nquota = "1MiB"\n')
        until(lambda: "the key-value store has other quotas" in site.log(), "the quota")
        assert "starts again" not in site.log(), said
        assert site.get("/kv_count") == (200, b"2")
        site.reload('[kv]\nquota = "10"\n')
        until(lambda: quota_is_small(site), "the quota")
        assert site.stop() == 0


def test_how_redis_is_reached(wws):
    place = '[kv]\nplace = "rediss://127.0.0.1:1"\n'
    with Site(wws, place) as site:
        for number, line in enumerate(OF_REDIS.values(), 1):
            said = site.reload(place + line + "\n")
            assert "is used from the next start on" not in said, said
            until(lambda: site.log().count("in Redis at 127.0.0.1") == number + 1, line)
            until(lambda: site.get("/hello") == (200, b"hello"), "the others")
        assert site.stop() == 0


def test_what_is_used_later_is_named_each_time(wws):
    with Site(wws, "# nothing yet\n") as site:
        assert site.get("/kv_count") == (200, b"1")
        text = '[admin]\npanel = true\n\n[kv]\nquota = "1MiB"\nplace = "memory"\n'
        for round_ in range(2):
            said = site.reload(text + "#" * round_)
            lines = [line for line in said.splitlines() if "is used from the next start on, or SIGUSR2" in line]
            assert len(lines) == 1 and "warn" in lines[0], said
            assert "reload: wws.toml:6: [kv] place is used" in lines[0], lines
            assert f"until then the key-value store is in {site.folder}/.wws/kv" in lines[0], lines
        # All else of the same file is used.
        until(lambda: site.ask("/_panel/")[0] == 200, "the panel")
        assert site.get("/kv_count") == (200, b"2")
        # --admin goes before [admin] listen: nothing is to be said of that.
        assert "used from the next start" not in site.reload('[admin]\nlisten = "unix:elsewhere.sock"\n')
        assert site.stop() == 0


def test_another_place_of_the_admin_interface_is_used_later(wws):
    toml = '[admin]\nlisten = "unix:%s.sock"\n'
    with Site(wws, toml % "one") as site:
        one, other = site.folder / "one.sock", site.folder / "other.sock"
        said = site.reload(toml % "other")
        assert f"reload: wws.toml:2: [admin] listen is used from the next start on, or SIGUSR2; until then it is at unix:{one}" in said, said
        assert site.ask("/healthz", file=one)[0] == 200 and not other.exists()
        said = site.reload("")
        assert "reload: the place of the admin interface is used from the next start on" in said, said
        assert site.ask("/healthz", file=one)[0] == 200
        assert "used from the next start" not in site.reload(toml % "one")
        assert site.stop() == 0


def test_where_telemetry_goes_is_used_later(wws):
    with Site(wws) as site:
        text = '[otlp]\nendpoint = "http://127.0.0.1:1"\nheaders = ["a: b"]\ntraces = 0.5\nmetrics = "15s"\n'
        for _ in range(2):
            said = site.reload(text)
            for line, key in enumerate(("endpoint", "headers", "traces", "metrics"), 2):
                assert f"reload: wws.toml:{line}: [otlp] {key} is used from the next start on, or SIGUSR2; until then" in said, said
        assert "used from the next start" not in site.reload("")
        assert site.stop() == 0


def test_a_file_that_is_wrong_changes_nothing(wws):
    with Site(wws, '[limits]\noutput = "1KiB"\n') as site:
        assert site.get("/large?size=5000")[0] == 500
        (site.folder / "short").write_text("short\n")
        for wrong, told in (("[limits]\ncpu_time = 5\n", "wws.toml:2:12: error: "),
                            ('[kv]\nplace = "nowhere"\n', "wws.toml:2:9: error: "),
                            ("[limits\n", "wws.toml:1:"),
                            ('[public]\nfolder = ""\n', "wws.toml:2:10: error: "),
                            ('[admin]\ntoken_file = "short"\n', "the admin token is its first line")):
            said = site.reload(wrong + '[fetch]\nallow_own_listeners = true\n')
            assert told in said and "what was served goes on" in said, (wrong, said)
            assert site.get("/large?size=5000")[0] == 500 and not own_answer(site), wrong
        assert site.ask("/metrics")[0] == 200
        site.reload("[fetch]\nallow_own_listeners = true\n")
        until(lambda: own_answer(site) and site.get("/large?size=5000")[0] == 200, "what is right")
        assert site.stop() == 0


def test_a_file_of_config(wws):
    with tempfile.TemporaryDirectory(prefix="wws-conf-") as folder:
        config = pathlib.Path(folder, "service.toml")
        with Site(wws, config=config, options=("--config", str(config))) as site:
            said = site.reload('[limits]\noutput = "1KiB"\n[kv]\nplace = "memory"\n')
            assert f"reload: {config}:4: [kv] place is used" in said, said
            until(lambda: site.get("/large?size=5000")[0] == 500, "the limit")
            site.config.unlink()
            before = site.count_reloads()
            site.process.send_signal(signal.SIGHUP)
            until(lambda: site.count_reloads() > before, "the reload")
            assert "what was served goes on" in site.log()
            assert site.get("/large?size=5000")[0] == 500
            assert site.stop() == 0


def test_folders_outside_of_the_project(wws):
    with Site(wws) as site:
        (site.folder / "hello.toml").write_text(f'[[folders]]\nfrom = "{site.outside}"\nto = "/x"\n')
        site.reload("")
        assert "allow_absolute" in site.problems(), site.problems()
        assert site.get("/hello") == (200, b"hello")
        site.reload(f'[folders]\nallow_absolute = ["{site.outside}"]\n')
        until(lambda: site.problems() == "", "the folder to be allowed")
        until(lambda: site.get("/hello") == (200, b"hello"), "the worker")
        assert site.stop() == 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if shutil.which("openssl") is None:
        print("openssl is missing")
        return 77
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
