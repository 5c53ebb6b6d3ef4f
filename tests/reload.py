#!/usr/bin/env python3
"""Changes projects while the real binary serves them: by SIGHUP, by events of the system, and by looking.

usage: reload.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import asyncio
import http.client
import json
import os
import pathlib
import pty
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import robustness
from robustness import GUESTS, PATIENCE, LeftOut, Server, load, receive, until

WAYS = ([], ["--watch"], ["--watch=poll"])


def worker(text):
    """A module of 20 KB that answers five letters."""
    assert len(text) == 5, text
    module = (GUESTS / "hello.wasm").read_bytes()
    assert module.count(b"hello") >= 1
    return module.replace(b'"data":"hello"', b'"data":"%s"' % text.encode())


def put(path, content):
    """Writes a file as careful editors do: under another name, which is then changed."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name("." + path.name + ".tmp")
    temporary.write_bytes(content if isinstance(content, bytes) else content.encode())
    temporary.rename(path)


class Site(Server):
    """A server over a folder that the test writes to. Without an option that watches, saved() sends SIGHUP."""

    def __init__(self, wws, *options, files, processes=2):
        self.project = tempfile.TemporaryDirectory(prefix="wws-reload-")
        self.root = pathlib.Path(self.project.name) / "site"
        self.root.mkdir()
        for name, content in files.items():
            put(self.root / name, content)
        self.watches = any(option.startswith(("--watch", "--dev")) for option in options)
        self.cache = tempfile.TemporaryDirectory(prefix="wws-cache-")
        super().__init__(wws, "--processes", str(processes), *options, folder=self.root, cache=self.cache.name)

    def __exit__(self, *_):
        super().__exit__()
        self.project.cleanup()
        self.cache.cleanup()

    def saved(self):
        if not self.watches:
            self.process.send_signal(signal.SIGHUP)

    def answers(self, path, status, body=None):
        """Every process does, or soon."""
        def all_do():
            return all(self.one(path) in ((status, body), (status, None if body is None else body)) or
                       (body is None and self.one(path)[0] == status) for _ in range(8))
        try:
            until(all_do, f"{path}: {status} {body}")
        except AssertionError as error:
            raise AssertionError(f"{error}\nit answers {self.one(path)}\n{self.log()}") from None

    def one(self, path):
        status, body = self.get(path)
        return status, body


def each_way(test):
    """Runs a test with SIGHUP, with events, and with polling."""
    def run(wws):
        for way in WAYS:
            try:
                test(wws, way)
            except Exception as error:
                raise AssertionError(f"with {way or 'SIGHUP'}: {error}") from error
    return run


@each_way
def test_workers_come_change_move_and_go(wws, way):
    with Site(wws, *way, files={"a.wasm": worker("aaaa1")}) as site:
        site.answers("/a", 200, b"aaaa1")
        put(site.root / "a.wasm", worker("aaaa2"))
        site.saved()
        site.answers("/a", 200, b"aaaa2")
        put(site.root / "new/b.wasm", worker("bbbb1"))
        site.saved()
        site.answers("/new/b", 200, b"bbbb1")
        (site.root / "a.wasm").rename(site.root / "c.wasm")
        site.saved()
        site.answers("/c", 200, b"aaaa2")
        site.answers("/a", 404)
        (site.root / "new").rename(site.root / "other")
        site.saved()
        site.answers("/other/b", 200, b"bbbb1")
        site.answers("/new/b", 404)
        put(site.root / "other/b.wasm", worker("bbbb2"))  # a folder that has another name by now
        site.saved()
        site.answers("/other/b", 200, b"bbbb2")
        shutil.rmtree(site.root / "other")
        site.saved()
        site.answers("/other/b", 404)
        site.answers("/c", 200, b"aaaa2")
        assert site.process.poll() is None and site.stop() == 0
        assert "died" not in site.log(), site.log()


def script(text):
    return f"const text: string = {text!r};\nexport default (): Response => new Response(text);\n"


@each_way
def test_typescript_and_what_it_is_made_with(wws, way):
    files = {"a.ts": script("one"), "page.tsx": "export default () => new Response(<b/>);",
             "tsconfig.json": '{"compilerOptions": {"jsxImportSource": "/_one"}}',
             "_one/jsx-runtime.ts": 'export const jsx = (): string => "one";',
             "_two/jsx-runtime.ts": 'export const jsx = (): string => "two";'}
    with Site(wws, *way, files=files) as site:
        site.answers("/a", 200, b"one")
        site.answers("/page", 200, b"one")
        put(site.root / "a.ts", script("two"))
        site.saved()
        site.answers("/a", 200, b"two")
        put(site.root / "a.ts", "const a: = 1;")
        site.saved()
        until(lambda: "SyntaxError: Unexpected token `=` at a.ts:1:10" in site.log(), "the error\n" + site.log())
        site.answers("/a", 200, b"two")
        put(site.root / "tsconfig.json", '{"compilerOptions": {"jsxImportSource": "/_two"}}')
        site.saved()
        site.answers("/page", 200, b"two")
        put(site.root / "_two/jsx-runtime.ts", 'export const jsx = (): string => "three";')
        site.saved()
        site.answers("/page", 200, b"three")
        assert site.stop() == 0


@each_way
def test_a_file_written_in_place(wws, way):
    with Site(wws, *way, files={"a.wasm": worker("aaaa1")}) as site:
        (site.root / "a.wasm").write_bytes(worker("aaaa2"))
        site.saved()
        site.answers("/a", 200, b"aaaa2")
        assert site.stop() == 0


@each_way
def test_a_broken_file_keeps_what_was_there(wws, way):
    with Site(wws, *way, files={"a.wasm": worker("aaaa1"), "b.wasm": worker("bbbb1")}) as site:
        site.answers("/a", 200, b"aaaa1")
        put(site.root / "a.wasm", worker("aaaa2")[:-100])
        put(site.root / "b.wasm", worker("bbbb2"))
        site.saved()
        site.answers("/b", 200, b"bbbb2")
        until(lambda: "a.wasm: cannot be run, what was there before goes on serving" in site.log(), "the log\n" + site.log())
        site.answers("/a", 200, b"aaaa1")
        # A process that takes the place of another has the same.
        [first, _] = site.children()
        os.kill(first, signal.SIGKILL)
        until(lambda: len(site.children()) == 2 and first not in site.children(), "a new process")
        site.answers("/a", 200, b"aaaa1")
        site.answers("/b", 200, b"bbbb2")
        put(site.root / "a.wasm", worker("aaaa3"))
        site.saved()
        site.answers("/a", 200, b"aaaa3")
        assert site.stop() == 0


@each_way
def test_configuration_of_workers(wws, way):
    files = {"e.wasm": (GUESTS / "environment.wasm").read_bytes(), "a.wasm": worker("aaaa1")}
    with Site(wws, *way, files=files) as site:
        before = site.get("/e")[1]
        put(site.root / "e.toml", '[vars]\nGREETING = "first"\n')
        site.saved()
        until(lambda: b"first" in site.get("/e")[1], f"the variable after {before}")
        put(site.root / "e.toml", '[vars\nGREETING = "second"\n')
        put(site.root / "a.wasm", worker("aaaa2"))
        site.saved()
        site.answers("/a", 200, b"aaaa2")  # the others go on
        assert b"first" in site.get("/e")[1]
        assert "e.toml" in site.log(), site.log()
        put(site.root / "e.toml", '[vars]\nGREETING = "third"\n')
        site.saved()
        until(lambda: b"third" in site.get("/e")[1], "the corrected variable")
        assert site.stop() == 0


@each_way
def test_variables_of_scripts(wws, way):
    """A script that read its variables at the top level has new ones when its TOML changes."""
    script = 'const kept = typeof GREETING === "string" ? GREETING : "none";\nexport default () => new Response(kept);\n'
    with Site(wws, *way, files={"e.js": script}) as site:
        site.answers("/e", 200, b"none")
        for text in ("first", "second"):
            put(site.root / "e.toml", f'[vars]\nGREETING = "{text}"\n')
            site.saved()
            site.answers("/e", 200, text.encode())
        (site.root / "e.toml").unlink()
        site.saved()
        site.answers("/e", 200, b"none")
        assert site.stop() == 0


@each_way
def test_the_projects_file_and_static_files(wws, way):
    files = {"a.wasm": worker("aaaa1"), "public/x.txt": "one", "elsewhere/x.txt": "two"}
    with Site(wws, *way, files=files) as site:
        site.answers("/x.txt", 200, b"one")
        put(site.root / "public/x.txt", "changed")
        site.answers("/x.txt", 200, b"changed")
        put(site.root / "wws.toml", '[public]\nfolder = "elsewhere"\n')
        site.saved()
        site.answers("/x.txt", 200, b"two")
        put(site.root / "wws.toml", "[public\n")
        site.saved()
        until(lambda: "wws.toml" in site.log() and "what was served goes on" in site.log(), "the log")
        site.answers("/x.txt", 200, b"two")
        (site.root / "wws.toml").unlink()
        site.saved()
        site.answers("/x.txt", 200, b"changed")
        assert site.stop() == 0


def test_more_memory_needs_new_processes(wws):
    with Site(wws, files={"a.wasm": worker("aaaa1")}) as site:
        old = set(site.children())
        put(site.root / "a.toml", "[limits]\nmemory = \"300MiB\"\n")
        put(site.root / "a.wasm", worker("aaaa2"))
        site.saved()
        site.answers("/a", 200, b"aaaa2")
        until(lambda: len(site.children()) == 2 and not old & set(site.children()), "new processes")
        assert "is replaced" in site.log()
        assert "died" not in site.log(), site.log()
        assert site.stop() == 0


def test_a_worker_that_brings_the_store(wws):
    kv = (GUESTS / "kv_count.wasm").read_bytes()
    with Site(wws, files={"a.wasm": worker("aaaa1")}) as site:
        put(site.root / "n.wasm", kv)
        put(site.root / "n.toml", 'name = "n"\nversion = "1"\n[data]\n[data.kv]\nnamespace = "one"\n')
        site.saved()
        until(lambda: site.get("/n")[0] == 200, "the worker with the store\n" + site.log())
        first = site.get("/n")[1]
        assert site.get("/n")[1] != first, first
        put(site.root / "m.wasm", kv)
        put(site.root / "m.toml", 'name = "m"\nversion = "1"\n[data]\n[data.kv]\nnamespace = "two"\n')
        site.saved()
        until(lambda: site.get("/m")[0] == 200, "the worker with another namespace")
        until(lambda: site.get("/n")[0] == 200, "the first one")
        assert site.get("/n")[1] != first, "the first namespace was forgotten"
        assert site.stop() == 0


def test_a_link_to_another_release(wws):
    with tempfile.TemporaryDirectory(prefix="wws-release-") as folder:
        folder = pathlib.Path(folder)
        put(folder / "one/a.wasm", worker("aaaa1"))
        put(folder / "two/a.wasm", worker("aaaa2"))
        put(folder / "two/public/x.txt", "two")
        (folder / "now").symlink_to("one")
        with Server(wws, "--processes", "2", folder=folder / "now") as server:
            assert server.get("/a") == (200, b"aaaa1")
            (folder / "next").symlink_to("two")
            (folder / "next").rename(folder / "now")
            server.process.send_signal(signal.SIGHUP)
            until(lambda: server.get("/a") == (200, b"aaaa2") and server.get("/x.txt") == (200, b"two"), "the other release")
            assert server.stop() == 0


def git(folder, *words):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_checkout_of_another_branch(wws):
    if not shutil.which("git"):
        raise LeftOut("git is not here")
    files = {f"w{i}.wasm": worker(f"one{i:02}") for i in range(10)}
    with Site(wws, "--watch", files=files) as site:
        git(site.root, "init", "-b", "one")
        git(site.root, "add", ".")
        git(site.root, "commit", "-m", "one")
        git(site.root, "checkout", "-b", "two")
        for i in range(10):
            put(site.root / f"w{i}.wasm", worker(f"two{i:02}"))
        (site.root / "w9.wasm").rename(site.root / "w10.wasm")
        git(site.root, "add", "-A")
        git(site.root, "commit", "-m", "two")
        site.answers("/w10", 200, b"two09")
        git(site.root, "checkout", "one")
        site.answers("/w9", 200, b"one09")
        for i in range(10):
            site.answers(f"/w{i}", 200, f"one{i:02}".encode())
        site.answers("/w10", 404)
        assert site.stop() == 0


def test_a_terminal_that_closes_stops(wws):
    """SIGHUP of a terminal that closes ends the server as before, and loses no request."""
    with tempfile.TemporaryDirectory() as cache:
        ours, theirs = pty.openpty()

        def take_terminal():
            import fcntl
            import termios
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        with Server(wws, "--processes", "2", guests=["sleep"], cache=cache, before=take_terminal) as server:
            os.close(theirs)
            busy = [server.connect() for _ in range(4)]
            for sock in busy:
                sock.sendall(b"GET /sleep?ms=500 HTTP/1.1\r\nHost: t\r\n\r\n")
            until(lambda: server.process.poll() is None, "it runs")
            os.close(ours)
            for sock in busy:
                assert receive(sock) == (200, b"slept"), server.log()
            assert server.process.wait(PATIENCE) == 0
            assert "died" not in server.log(), server.log()


def footprint(pid):
    """Descriptors, maps and resident bytes of a process."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text().count("\n")
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return len(os.listdir(f"/proc/{pid}/fd")), maps, pages * resource.getpagesize()


def test_a_hundred_reloads_under_load(wws):
    """No request fails, and nothing grows."""
    with Site(wws, "--watch", "--log-level", "warn", files={"a.wasm": worker("aaaaa"), "b.wasm": worker("bbbbb")}) as site:
        def version(number):
            put(site.root / "a.wasm", worker(f"v{number:04}"))
            until(lambda: site.get("/a")[1] == f"v{number:04}".encode(), f"version {number}")

        async def reload_many(first, count):
            loop = asyncio.get_running_loop()
            for number in range(first, first + count):
                await loop.run_in_executor(None, version, number)

        async def under_load(first, count):
            reloads = asyncio.create_task(reload_many(first, count))
            answers, failures = 0, []
            while not reloads.done():
                more, failed = await load(site.port, ["/a", "/b"], 4, 200)
                answers, failures = answers + more, failures + failed
            await reloads
            return answers, failures

        processes = [site.process.pid, *site.children()]
        asyncio.run(under_load(0, 120))  # what is kept for reuse, a hundred warm slots of the pool, is there then
        before = [footprint(pid) for pid in processes]
        answers, failures = asyncio.run(under_load(120, 100))
        after = [footprint(pid) for pid in processes]
        print(f"  {answers} answers during 100 reloads; descriptors, maps, bytes: {before} -> {after}")
        assert not failures, failures[:5]
        assert answers > 100, answers
        assert [site.process.pid, *site.children()] == processes, site.log()
        for (files, maps, size), (files_then, maps_then, size_then) in zip(before, after):
            assert files_then <= files + 8, (before, after)  # connections of the load
            assert maps_then <= maps + 16, (before, after)
            assert size_then <= size + (8 << 20), (before, after)
        assert "died" not in site.log(), site.log()
        assert site.stop() == 0


def padded(module, size):
    """The module with a custom section of so many bytes."""
    def leb(number):
        out = b""
        while True:
            out += bytes([number & 0x7F | (0x80 if number > 0x7F else 0)])
            number >>= 7
            if not number:
                return out
    content = b"\x01p" + os.urandom(size)
    return module + b"\x00" + leb(len(content)) + content


def test_how_soon_an_edit_is_live(wws):
    """A figure, not a limit: from the rename to the first new answer."""
    with Site(wws, "--watch", "--log-level", "warn", files={"a.wasm": worker("aaaaa")}, processes=1) as site:
        times = []
        for number in range(20):
            put(site.root / "next", padded(worker(f"v{number:04}"), 80_000))
            began = time.monotonic()
            (site.root / "next").rename(site.root / "a.wasm")
            while site.get("/a")[1] != f"v{number:04}".encode():
                assert time.monotonic() < began + PATIENCE, site.log()
            times.append(time.monotonic() - began)
        print(f"  .wasm of 100 KB, median of {len(times)} edits: {statistics.median(times) * 1000:.0f} ms, "
              f"the longest {max(times) * 1000:.0f} ms")
        assert site.stop() == 0


PAGE = {"Accept": "text/html,*/*;q=0.8"}
JS_PAGE = """export default (request) => new Response("<!doctype html><title>%s</title>", {
  headers: { "content-type": "text/html; charset=utf-8", etag: '"1"' } });
"""
SCRIPT = re.compile(rb'<script src="(/[^"]*/live\.js)\?revision=(\d+)&amp;styles=(\d+)"></script>\n$')


def ask(site, path, method="GET", **fields):
    """Status, fields and body, as a browser asks."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
    try:
        connection.request(method, path, headers={**PAGE, **{name.replace("_", "-"): text for name, text in fields.items()}})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


class Events:
    """The stream of events, read by hand."""

    def __init__(self, site, path="/__wws/events"):
        self.sock = site.connect()
        self.sock.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
        self.file = self.sock.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.head = {}
        while (line := self.file.readline().strip()):
            name, _, text = line.decode().partition(": ")
            self.head[name] = text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def next(self):
        """The next state; none: the stream has ended."""
        size = int(self.file.readline(), 16)
        chunk = self.file.read(size + 2)[:size].decode()
        if not chunk:
            return None
        [data] = re.findall(r"^data: (.*)$", chunk, re.MULTILINE)
        return json.loads(data)

    def until(self, wanted):
        while True:
            state = self.next()
            assert state is not None, "the stream ended"
            if wanted(state):
                return state


def test_development_tells_browsers_of_changes(wws):
    files = {"a.js": JS_PAGE % "one", "public/x.css": "p{}", "public/x.txt": "x"}
    with Site(wws, "--dev", files=files) as site, Events(site) as events:
        assert events.status == 200 and events.head["content-type"] == "text/event-stream", events.head
        assert events.head["cache-control"] == "no-store", events.head
        first = events.next()
        until(lambda: ask(site, "/a")[0] == 200, "the worker")
        put(site.root / "a.js", JS_PAGE % "two")
        second = events.until(lambda state: state["revision"] > first["revision"])
        assert second["failures"] == [] and second["styles"] == first["styles"]
        put(site.root / "public/x.css", "p{color:red}")
        third = events.until(lambda state: state["styles"] > second["styles"])
        assert third["revision"] == second["revision"]
        put(site.root / "public/x.txt", "y")
        fourth = events.until(lambda state: state["revision"] > third["revision"])
        assert fourth["styles"] == third["styles"]
        # Another process says the same, once it has been told too.
        with Events(site) as others:
            assert others.until(lambda state: state["revision"] >= fourth["revision"]) == fourth
        assert "__wws" not in site.log(), site.log()
        assert site.stop() == 0
        assert events.next() is None


def test_development_tells_what_failed_and_where(wws):
    with Site(wws, "--dev", files={"a.js": JS_PAGE % "one", "a.toml": ""}) as site, Events(site) as events:
        until(lambda: ask(site, "/a")[0] == 200, "the worker")
        revision = events.next()["revision"]
        put(site.root / "a.js", "// </script>\nexport default () =>\n  new Response(1 2);\n")
        [failure] = events.until(lambda state: state["failures"])["failures"]
        assert failure["file"] == "a.js" and "SyntaxError" in failure["message"], failure
        assert failure["place"] == {"file": "a.js", "line": 3, "column": 18}, failure
        assert [line["text"] for line in failure["lines"]] == ["// </script>", "export default () =>", "  new Response(1 2);"]
        assert b"<title>one</title>" in ask(site, "/a")[2]
        until(lambda: ">    3 |   new Response(1 2);\n" in site.log() and "       |" + "^".rjust(19) in site.log(), "the log has the line")
        put(site.root / "a.js", 'import "./gone.js";\n')
        [failure] = events.until(lambda state: state["failures"] and "gone" in state["failures"][0]["message"])["failures"]
        assert failure["place"] == {"file": "a.js", "line": 1, "column": 8}, failure
        put(site.root / "a.js", JS_PAGE % "one")
        assert events.until(lambda state: not state["failures"])["revision"] == revision, "it is what it was"
        put(site.root / "a.toml", "[vars\n")
        [failure] = events.until(lambda state: state["failures"])["failures"]
        assert failure["place"]["file"] == "a.toml" and failure["place"]["line"] == 1, failure
        (site.root / "a.toml").unlink()
        events.until(lambda state: not state["failures"])
        put(site.root / "wws.toml", "x = [\n")
        [failure] = events.until(lambda state: state["failures"])["failures"]
        assert failure["place"]["file"] == "wws.toml", failure
        (site.root / "wws.toml").unlink()
        events.until(lambda state: not state["failures"])
        assert site.stop() == 0


def test_development_has_a_page_for_what_never_loaded(wws):
    files = {"a.js": "let x = <b>;\n", "t.js": "export default () => { throw new TypeError('</pre><i>'); };\n"}
    with Site(wws, "--dev", files=files) as site, Events(site) as events:
        revision = events.until(lambda state: state["failures"])["revision"]
        status, _, body = ask(site, "/a")
        assert status == 500 and b"SyntaxError" in body and b"let x = &lt;b&gt;;" in body, body
        assert b"<b>;" not in body and int(SCRIPT.search(body)[2]) == revision, body
        status, _, body = ask(site, "/t")
        assert status == 500 and b"TypeError: &lt;/pre&gt;&lt;i&gt;" in body and b'<span class="place">' in body, body
        # Others than browsers have the short one.
        status, body = site.get("/t")
        assert status == 500 and body.startswith(b"<p>There was an error running this function</p>\n") and b"script" not in body
        put(site.root / "a.js", JS_PAGE % "good")
        events.until(lambda state: state["revision"] > revision and not state["failures"])
        until(lambda: b"good" in ask(site, "/a")[2], "the page")
        assert site.stop() == 0


def test_development_adds_a_script_to_pages_alone(wws):
    stream = """export default () => new Response(new ReadableStream({ async start(controller) {
  for (const part of ["<!doctype html>", "<p>", "end"]) {
    controller.enqueue(new TextEncoder().encode(part));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  controller.close();
} }), { headers: { "content-type": "text/html" } });
"""
    files = {"a.js": JS_PAGE % "one", "s.js": stream, "public/p.html": "<p>page", "public/404.html": "<p>none",
             "public/x.txt": "text", "[all].js": 'export default () => new Response("any");\n'}
    with Site(wws, "--dev", files=files) as site:
        for path, begin in (("/a", b"<!doctype html><title>one"), ("/s", b"<!doctype html><p>end\n<script"), ("/p", b"<p>page\n"), ("/p.html", b"<p>page\n"),
                            ("/x/none", b"<p>none")):
            until(lambda: ask(site, path)[0] in (200, 404), path)
            status, fields, body = ask(site, path)
            assert body.startswith(begin) and SCRIPT.search(body)[1] == b"/__wws/live.js", (path, body)
            assert fields["etag"] is None and fields["cache-control"] == "no-store", fields.items()
            assert fields["content-length"] in (None, str(len(body))), (path, fields.items())
            if path != "/s":
                assert ask(site, path, "HEAD")[1]["content-length"] == str(len(body)), path
        # What somebody kept, or wants a part of, is a page without the script.
        etag = ask(site, "/p", Accept="*/*")[1]["etag"]
        assert ask(site, "/p", Accept="*/*", If_None_Match=etag)[0] == 304
        for fields in ({"If_None_Match": etag}, {"Range": "bytes=0-1"}):
            status, _, body = ask(site, "/p", **fields)
            assert status == 200 and SCRIPT.search(body), (status, body)
        assert ask(site, "/p", Accept="*/*", Range="bytes=0-1")[::2] == (206, b"<p")
        for path, fields in (("/a", {"Sec_Fetch_Dest": "empty"}), ("/p", {"Accept": "*/*"}), ("/x.txt", {})):
            assert b"script" not in ask(site, path, **fields)[2], path
        status, fields, body = ask(site, "/__wws/live.js")
        assert status == 200 and fields["content-type"].startswith("text/javascript") and b"EventSource" in body
        assert ask(site, "/__wws/live.css")[0] == 200
        assert ask(site, "/__wws/other")[0] == 404 and ask(site, "/__wws/events", "POST")[0] == 405
        assert ask(site, "/other")[2] == b"any"
        assert ask(site, "/__wws/events", "HEAD")[1]["content-type"] == "text/event-stream"
        assert site.stop() == 0


def test_development_below_a_prefix(wws):
    with Site(wws, "--dev", "--prefix", "/app", files={"a.js": JS_PAGE % "one"}) as site:
        until(lambda: ask(site, "/app/a")[0] == 200, "the worker")
        assert SCRIPT.search(ask(site, "/app/a")[2])[1] == b"/app/__wws/live.js"
        assert ask(site, "/app/__wws/live.js")[0] == 200 and ask(site, "/__wws/live.js")[0] == 404
        with Events(site, "/app/__wws/events") as events:
            assert events.next()["failures"] == []
        assert site.stop() == 0


def test_nothing_of_it_without_development(wws):
    files = {"a.js": JS_PAGE % "one", "b.js": "let x = ;\n", "public/p.html": "<p>page"}
    with Site(wws, "--watch", files=files) as site:
        until(lambda: ask(site, "/a")[0] == 200, "the worker")
        assert ask(site, "/a")[2] == b"<!doctype html><title>one</title>" and ask(site, "/p")[2] == b"<p>page"
        for path in ("/__wws/events", "/__wws/live.js", "/__wws/live.css"):
            assert ask(site, path)[0] == 404, path
        until(lambda: ask(site, "/b")[0] == 500, "the failure")
        assert ask(site, "/b")[2] == b"<p>There was an error running this function</p>"
        assert site.stop() == 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return robustness.run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
