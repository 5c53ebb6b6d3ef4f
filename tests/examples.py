#!/usr/bin/env python3
"""What a behaviour case cannot say of the examples: answers that later requests depend on.

usage: examples.py --wws BINARY [NAME...]
Examples that are not built are left out. Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse

from robustness import PATIENCE, ROOT, Server, run_tests, until

DIST = ROOT / "examples/dist"
LONG = "https://example.org/a/long/way?x=1&y=%20#end"


class Shortener(Server):
    def __init__(self, wws):
        super().__init__(wws, "--processes", "2", "--log-level", "warn")

    def prepare(self):
        (self.folder / "s").mkdir()
        for name in ("s.wasm", "s.toml", "s/[id].wasm", "s/[id].toml"):
            shutil.copy(DIST / name, self.folder / name)

    def ask(self, method, path, body=None, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, fields)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def shorten(self, url, query=""):
        status, headers, text = self.ask("POST", "/s" + query, url)
        assert status == 201 and text == headers["location"] + "\n", (status, text, self.log())
        return headers["location"]


def shortener(wws):
    if (DIST / "s.wasm").exists():
        return Shortener(wws)
    print("the example shortener is not built; make examples does")
    return None


def test_short_links_lead_there_and_are_counted(wws):
    server = shortener(wws)
    if not server:
        return
    with server:
        link = server.shorten(LONG)
        for _ in range(3):
            status, headers, _ = server.ask("GET", link)
            assert (status, headers["location"], headers["cache-control"]) == (302, LONG, "no-store")
        assert server.ask("GET", link + "?visits")[2] == f"{LONG}\n3 visits\n"
        assert server.ask("GET", server.shorten(LONG))[1]["location"] == LONG
        form = urllib.parse.urlencode({"url": "http://a.test/?q=a b".replace(" ", "+")})
        status, headers, _ = server.ask("POST", "/s", form, **{"Content-Type": "application/x-www-form-urlencoded"})
        assert status == 201
        assert server.ask("GET", headers["location"])[1]["location"] == "http://a.test/?q=a+b"
        assert "3 links made, 5 visits" in server.ask("GET", "/s")[2]


def test_short_links_end(wws):
    server = shortener(wws)
    if not server:
        return
    with server:
        stays, ends = server.shorten(LONG), server.shorten(LONG, "?seconds=1")
        assert server.ask("GET", ends)[0] in (302, 404)
        until(lambda: server.ask("GET", ends)[0] == 404, "the end of the link")
        assert server.ask("GET", ends + "?visits")[0] == 404
        assert server.ask("GET", stays)[0] == 302


def test_visits_are_exact_when_many_come_at_once(wws):
    server = shortener(wws)
    if not server:
        return
    with server:
        link = server.shorten(LONG)
        clients = [threading.Thread(target=lambda: [server.ask("GET", link) for _ in range(25)]) for _ in range(8)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert server.ask("GET", link + "?visits")[2] == f"{LONG}\n200 visits\n"


class Proxy(Server):
    def __init__(self, wws, upstream):
        self.upstream = upstream
        super().__init__(wws, "--log-level", "warn")

    def prepare(self):
        shutil.copy(DIST / "proxy.wasm", self.folder)
        text = (DIST / "proxy.toml").read_text().replace('"example.com"', f'"127.0.0.1:{self.upstream}"')
        assert str(self.upstream) in text
        (self.folder / "proxy.toml").write_text(text.replace("[features.http_requests]",
                                                             "[features.http_requests]\nallow_http = true"))


class Hono(Server):
    def __init__(self, wws):
        super().__init__(wws, "--log-level", "warn")

    def prepare(self):
        shutil.copytree(DIST / "hono", self.folder / "hono", symlinks=True)


def test_an_application_of_packages_answers(wws):
    if not (DIST / "hono/[...path].js").exists():
        print("the example js-hono is not built; make examples does")
        return
    with Hono(wws) as server:
        def ask(method, path, body=None, **fields):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
            connection.request(method, "/hono" + path, body, fields)
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.headers["x-powered-by"] == "hono", (path, answer.status, text, server.log())
            is_json = answer.headers["content-type"].startswith("application/json")
            return answer.status, json.loads(text) if is_json else text

        status, page = ask("GET", "?note=" + urllib.parse.quote("<b>"))
        assert status == 200 and '<a href="/hono/items/2">coffee</a>' in page and "&lt;b&gt;" in page, page
        assert [item["name"] for item in ask("GET", "/items")[1]] == ["tea", "coffee"]
        assert ask("GET", "/items/2")[1]["name"] == "coffee" and ask("GET", "/items/9")[0] == 404
        assert [item["id"] for item in ask("GET", "/search?q=ea")[1]] == [1]
        assert ask("POST", "/orders", '{"item": "tea", "count": 2}') == (201, {"ordered": {"item": "tea", "count": 2}})
        status, answer = ask("POST", "/orders", '{"item": "", "count": 0.5}')
        assert status == 422 and {problem["path"][0] for problem in answer["problems"]} == {"item", "count"}, answer
        assert ask("POST", "/orders", "no JSON")[0] == 422
        status, events = ask("GET", "/events")
        assert status == 200 and [event.split("\n")[1] for event in events.strip().split("\n\n")] == [
            f'data: {{"left":{left}}}' for left in (2, 1, 0)], events
        assert ask("PUT", "/echo/a/b") == (200, "PUT a/b")
        token = ask("GET", "/token?user=grace")[1]["token"]
        assert ask("GET", "/private", Authorization=f"Bearer {token}") == (200, {"hello": "grace"})
        other = ask("GET", "/token?user=ada")[1]["token"]
        mixed = token[:token.rindex(".")] + other[other.rindex("."):]
        for wrong in ("", "Bearer x.y.z", f"Bearer {mixed}", f"Bearer {token}.x"):
            assert ask("GET", "/private", Authorization=wrong)[0] == 401, wrong
        assert ask("GET", "/fail") == (500, {"error": "something went wrong"}) and "on purpose" in server.log()
        assert ask("GET", "/none/at/all")[0] == 404


class Page(http.server.BaseHTTPRequestHandler):
    body = os.urandom(1 << 20)

    def do_GET(self):
        status = 404 if self.path == "/missing" else 302 if self.path == "/away" else 200
        self.send_response(status)
        self.send_header("Content-Type", "text/x-page")
        self.send_header("Content-Length", str(len(self.body)))
        self.send_header("Set-Cookie", "secret=1")
        if status == 302:
            self.send_header("Location", "http://10.0.0.1/")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        """Not here."""


def test_the_proxy_passes_on_what_is_allowed(wws):
    if not (DIST / "proxy.wasm").exists():
        print("the example proxy is not built; make examples does")
        return
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    port = upstream.server_address[1]
    with Proxy(wws, port) as server:
        def ask(url):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
            connection.request("GET", f"/proxy?url={urllib.parse.quote(url, safe='')}")
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

        status, headers, body = ask(f"http://127.0.0.1:{port}/page")
        assert (status, headers["content-type"], headers["set-cookie"]) == (200, "text/x-page", None), (status, headers.items())
        assert body == Page.body
        assert ask(f"http://127.0.0.1:{port}/missing")[0] == 404
        for url in (f"http://127.0.0.1:{port}/away", "http://10.0.0.1/", "http://example.org/", "nonsense"):
            status, _, body = ask(url)
            assert status == 403 and body.strip(), (url, status, body)
        assert server.get("/proxy")[0] == 200
    upstream.shutdown()


class Scripts(Server):
    """Examples in JavaScript, as they are in their folders."""

    def __init__(self, wws, *names, replace=None):
        self.names, self.replace = names, replace or {}
        super().__init__(wws, "--processes", "2", "--log-level", "warn")

    def prepare(self):
        for name in self.names:
            shutil.copytree(ROOT / "examples" / name, self.folder, dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("README.md"))
        for name, (old, new) in self.replace.items():
            text = (self.folder / name).read_text()
            assert old in text, text
            (self.folder / name).write_text(text.replace(old, new))

    def ask(self, method, path, value=None, **fields):
        """Status, fields and body, which is read as JSON if it says so."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, None if value is None else json.dumps(value),
                               {name.replace("_", "-"): text for name, text in fields.items()})
            answer = connection.getresponse()
            body = answer.read()
            return answer.status, answer.headers, json.loads(body) if "json" in (answer.headers["content-type"] or "") else body
        finally:
            connection.close()


def test_things_to_do_are_added_changed_and_removed(wws):
    with Scripts(wws, "js-json-api") as server:
        assert server.ask("GET", "/todos")[::2] == (200, [])
        status, headers, todo = server.ask("POST", "/todos", {"title": "water the plants"})
        assert (status, headers["location"]) == (201, "/todos/1"), server.log()
        assert todo == {"id": 1, "done": False, "title": "water the plants"}
        assert server.ask("POST", "/todos", {"title": "sleep", "done": True})[2]["id"] == 2
        assert server.ask("PATCH", "/todos/1", {"done": True})[2] == {"id": 1, "done": True, "title": "water the plants"}
        assert server.ask("PATCH", "/todos/1", {"done": "yes"})[0] == 400
        assert [todo["id"] for todo in server.ask("GET", "/todos")[2]] == [1, 2]
        assert server.ask("DELETE", "/todos/1")[0] == 204
        assert server.ask("GET", "/todos/1")[0] == 404 and server.ask("GET", "/todos/2")[0] == 200


def test_a_game_counts_every_pull_and_each_win_once(wws):
    with Scripts(wws, "js-kv-game") as server:
        def pull(team, times):
            for _ in range(times):
                status, _, state = server.ask("POST", f"/tug?team={team}")
                assert status == 200, (state, server.log())

        pull("red", 3)
        pull("blue", 1)
        state = server.ask("GET", "/tug", accept="application/json")[2]
        assert state == {"rope": -2, "length": 10, "wins": {"red": 0, "blue": 0}}, state
        pull("red", 8)
        state = server.ask("GET", "/tug", accept="application/json")[2]
        assert state == {"rope": 0, "length": 10, "wins": {"red": 1, "blue": 0}}, state
        teams = [threading.Thread(target=pull, args=("blue", 2)) for _ in range(4)]
        for team in teams:
            team.start()
        for team in teams:
            team.join()
        assert server.ask("GET", "/tug", accept="application/json")[2]["rope"] == 8


def test_events_come_one_by_one(wws):
    with Scripts(wws, "js-sse") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        connection.request("GET", "/sse")
        answer = connection.getresponse()
        assert answer.headers["content-type"] == "text/event-stream"
        parts = [answer.read1() for _ in range(2)]
        assert parts == [b"data: 3\n\n", b"data: 2\n\n"], parts
        assert answer.read() == "data: 1\n\ndata: 🚀\n\nevent: end\ndata:\n\n".encode()
        connection.close()


def test_a_script_fetches_what_is_allowed(wws):
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    port = upstream.server_address[1]
    grant = {"fetch.toml": ('allowed_hosts = ["example.com"]', f'allow_http = true\nallowed_hosts = ["127.0.0.1:{port}"]')}
    with Scripts(wws, "js-fetch-proxy", replace=grant) as server:
        def ask(url):
            return server.ask("GET", f"/fetch?url={urllib.parse.quote(url, safe='')}")

        status, headers, body = ask(f"http://127.0.0.1:{port}/page")
        assert (status, headers["content-type"], headers["set-cookie"]) == (200, "text/x-page", None), headers.items()
        assert headers["x-fetched-from"] == f"http://127.0.0.1:{port}/page" and body == Page.body
        assert ask(f"http://127.0.0.1:{port}/missing")[0] == 404
        for url in ("http://10.0.0.1/", "http://example.org/", "nonsense"):
            status, _, body = ask(url)
            assert status == 502 and body.strip(), (url, status, body)
    upstream.shutdown()


def test_scripts_are_on_the_page(wws):
    """Each answers at the address that the page asks."""
    text = (ROOT / "scripts/build_examples").read_text()
    rows = re.findall(r'^  copy_script (\S+) "[^"]+" (\S+) "?([^"\n]+)"?$', text, re.MULTILINE)
    folders = {path.name for path in (ROOT / "examples").glob("js-*") if path.name != "js-hello"}
    assert {name for name, _, _ in rows} <= folders and len(rows) >= 8, rows
    with Scripts(wws, *(name for name, _, _ in rows)) as server:
        for name, url, file in rows:
            assert (ROOT / "examples" / name / file).exists(), file
            status, _, body = server.ask("GET", url)
            assert status == 200 and body is not None, (url, status, body, server.log())


def test_the_page_says_how_to_get_what_is_not_built(wws):
    targets = re.findall(r"^([a-z-]+(?: [a-z-]+)*):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    targets = {name for group in targets for name in group.split()}
    with tempfile.TemporaryDirectory(prefix="wws-examples-") as folder:
        done = subprocess.run([ROOT / "scripts/build_examples", folder], check=False, capture_output=True, text=True,
                              env=dict(os.environ, WWS_EXAMPLES_WITHOUT="cpp go rust"))
        if "Zig" in done.stderr and done.returncode:
            print("no example can be built: " + done.stderr.strip())
            return
        assert done.returncode == 0, done.stderr
        with Server(wws, "--log-level", "warn", folder=pathlib.Path(folder)) as server:
            listed = json.loads(server.get("/examples.json")[1])
            assert b'src="examples.js"' in server.get("/")[1] and b"example.how" in server.get("/examples.js")[1]
            for example in listed:
                assert (server.get(example["url"])[0] == 200) == example["built"], example
    missing = {example["name"]: example["how"] for example in listed if not example["built"]}
    assert missing.keys() == {"cpp", "go", "rust"}, missing
    for name, command in missing.items():
        # One command, which is there, and is told on the terminal too.
        assert command.removeprefix("rustup target add wasm32-wasip1 && ").removeprefix("make ") in targets, command
        assert command in done.stderr, done.stderr
        assert "\n" not in command and ";" not in command, (name, command)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
