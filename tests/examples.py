#!/usr/bin/env python3
"""What a behaviour case cannot say of the examples: answers that later requests depend on.

usage: examples.py --wws BINARY [NAME...]
Examples that are not built are left out. Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import http.client
import os
import shutil
import sys
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


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
