#!/usr/bin/env python3
"""New versions that are asked before they are served, and switched back when they fail: [reload] of wws.toml.

usage: canary.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import tempfile

import robustness
from reload import Events, Site, each_way, put, worker
from reload_services import Upstream, ask_admin, asks_toml, services
from robustness import GUESTS, PATIENCE, is_alive, load, receive, until

SMOKE = '[reload]\nsmoke = "GET /health 200"\n'
REFUSED = "the new version is not served, and what was served goes on: "


def guest(name):
    return (GUESTS / (name + ".wasm")).read_bytes()


def project(**more):
    return {"wws.toml": SMOKE, "health.wasm": worker("fine1"), "a.wasm": worker("aaaa1"), **more}


def said(site, text, times=1):
    try:
        until(lambda: site.log().count(text) >= times, f"{text!r}, {times} times")
    except AssertionError as error:
        raise AssertionError(f"{error}, in\n{site.log()}") from None


def trial_of(site, serving):
    """The process that is asked, besides those that serve."""
    others = []

    def is_there():
        others[:] = [pid for pid in site.children() if pid not in serving]
        return others

    until(is_there, "a process that is asked\n" + site.log())
    return others[0]


@each_way
def test_a_version_that_answers_is_served(wws, way):
    with Site(wws, *way, files=project()) as site:
        site.answers("/a", 200, b"aaaa1")
        serving = set(site.children())
        put(site.root / "a.wasm", worker("aaaa2"))
        site.saved()
        site.answers("/a", 200, b"aaaa2")
        assert "reload: the new version is asked before it is served: GET /health 200\n" in site.log(), site.log()
        until(lambda: set(site.children()) == serving, "those that serve are alone again")
        put(site.root / "new.wasm", worker("bbbb1"))
        site.saved()
        site.answers("/new", 200, b"bbbb1")
        assert "wws-smoke" not in site.log() and "died" not in site.log(), site.log()
        assert site.stop() == 0


@each_way
def test_a_version_that_fails_is_not_served(wws, way):
    with Site(wws, *way, files=project()) as site:
        site.answers("/health", 200, b"fine1")
        put(site.root / "health.wasm", guest("trap"))
        site.saved()
        said(site, REFUSED + "GET /health (health.wasm): answered 500 and not 200\n")
        put(site.root / "a.wasm", worker("aaaa2"))  # good in itself, and part of what fails
        site.saved()
        said(site, REFUSED, 2)
        site.answers("/a", 200, b"aaaa1")
        site.answers("/health", 200, b"fine1")
        (site.root / "health.wasm").unlink()
        site.saved()
        said(site, REFUSED + "GET /health: answered 404 and not 200\n")
        site.answers("/health", 200, b"fine1")
        # A process that takes the place of another has what is served.
        until(lambda: len(site.children()) == 2, "those that serve are alone again")
        [first, _] = site.children()
        os.kill(first, signal.SIGKILL)
        until(lambda: len(site.children()) == 2 and first not in site.children(), "another process")
        site.answers("/a", 200, b"aaaa1")
        put(site.root / "health.wasm", worker("fine2"))
        site.saved()
        site.answers("/a", 200, b"aaaa2")
        site.answers("/health", 200, b"fine2")
        assert site.stop() == 0


def test_what_was_there_again_needs_no_trial(wws):
    with Site(wws, files=project()) as site:
        put(site.root / "health.wasm", guest("trap"))
        site.saved()
        said(site, REFUSED)
        put(site.root / "health.wasm", worker("fine1"))
        site.saved()
        said(site, "SIGHUP: the project is read again", 2)
        # What cannot be read is refused as ever, and is not tried.
        put(site.root / "wws.toml", '[reload]\nsmoke = "health"\n')
        site.saved()
        said(site, 'wws.toml:2:9: error: "health" of "smoke": "METHOD PATH STATUS" is needed')
        site.answers("/health", 200, b"fine1")
        # Who has no smoke requests any more is not asked.
        put(site.root / "health.wasm", guest("trap"))
        put(site.root / "wws.toml", "")
        site.saved()
        site.answers("/health", 500)
        assert site.log().count("is asked before it is served") == 1, site.log()
        assert site.stop() == 0


def test_a_process_that_hangs_or_dies_changes_nothing(wws):
    slow = '[reload]\nsmoke = "GET /sleep?ms=25000 200"\ntime_limit = "10m"\n'
    with Site(wws, files=project(**{"sleep.wasm": guest("sleep"), "wws.toml": slow})) as site:
        site.answers("/a", 200, b"aaaa1")
        serving = set(site.children())
        put(site.root / "a.wasm", worker("aaaa2"))
        site.saved()
        os.kill(trial_of(site, serving), signal.SIGKILL)
        said(site, "asked died: signal 9")
        assert site.log().count(REFUSED) == 1, site.log()
        site.answers("/a", 200, b"aaaa1")
        # The same files once more: an order to read them is one to try them.
        put(site.root / "wws.toml", slow.replace("10m", "300ms"))
        site.saved()
        said(site, REFUSED + "GET /sleep?ms=25000 (sleep.wasm): no answer within 300ms")
        until(lambda: set(site.children()) == serving, "those that serve are alone again")
        put(site.root / "wws.toml", slow)
        site.saved()
        stopped = trial_of(site, serving)
        said(site, "is asked before it is served", 3)
        os.kill(stopped, signal.SIGSTOP)
        # The next change takes the place of one that is being tried.
        put(site.root / "wws.toml", SMOKE)
        put(site.root / "a.wasm", worker("aaaa3"))
        site.saved()
        site.answers("/a", 200, b"aaaa3")
        until(lambda: set(site.children()) == serving and not is_alive(stopped), "the process that stands still is ended")
        assert site.log().count(REFUSED) == 2, site.log()
        # A server that stops waits for no trial.
        put(site.root / "wws.toml", slow)
        put(site.root / "a.wasm", worker("aaaa4"))
        site.saved()
        last = trial_of(site, serving)
        assert site.stop() == 0
        assert not is_alive(last), last


def test_the_key_value_store_is_there_for_a_trial(wws):
    smoke = '[reload]\nsmoke = ["GET /n 200", "POST /a 2xx"]\n'
    count = {"n.wasm": guest("kv_count"), "n.toml": 'name = "n"\nversion = "1"\n[data]\n[data.kv]\nnamespace = "one"\n'}
    with Site(wws, files=project(**{"wws.toml": smoke})) as site:
        site.answers("/a", 200, b"aaaa1")
        for name, content in count.items():  # the store comes with the version that is tried
            put(site.root / name, content)
        site.saved()
        site.answers("/n", 200)
        put(site.root / "a.wasm", worker("aaaa2"))
        site.saved()
        site.answers("/a", 200, b"aaaa2")
        assert REFUSED not in site.log(), site.log()
        # The store knows of a namespace for a trial. Without it all is as it was, and nobody has to be asked.
        tried = site.log().count("is asked before it is served")
        put(site.root / "n.toml", count["n.toml"].replace("one", "two"))
        put(site.root / "a.wasm", guest("trap"))
        site.saved()
        said(site, REFUSED)
        put(site.root / "n.toml", count["n.toml"])
        put(site.root / "a.wasm", worker("aaaa2"))
        site.saved()
        said(site, "reload: a.wasm changed, n.wasm changed", 2)
        site.answers("/n", 200)
        assert site.log().count("is asked before it is served") == tried + 1 and "died" not in site.log(), site.log()
        assert site.stop() == 0


def test_no_request_fails_while_versions_are_tried(wws):
    with Site(wws, "--watch", files=project(**{"b.wasm": worker("bbbbb")})) as site:
        def try_many(first, count):
            for number in range(first, first + count):
                refused = site.log().count(REFUSED)
                put(site.root / "health.wasm", guest("trap"))
                said(site, REFUSED, refused + 1)
                put(site.root / "a.wasm", worker(f"v{number:04}"))
                said(site, REFUSED, refused + 2)
                assert site.get("/a")[1] != f"v{number:04}".encode()
                put(site.root / "health.wasm", worker(f"h{number:04}"))
                site.answers("/a", 200, f"v{number:04}".encode())

        async def under_load():
            trials = asyncio.create_task(asyncio.to_thread(try_many, 0, 4))
            answers, failures = 0, []
            while not trials.done():
                more, failed = await load(site.port, ["/a", "/b", "/health"], 4, 200)
                answers, failures = answers + more, failures + failed
            await trials
            return answers, failures

        site.answers("/a", 200, b"aaaa1")
        serving = set(site.children())
        answers, failures = asyncio.run(under_load())
        print(f"  {answers} answers while 12 versions were tried")
        assert not failures and answers > 100, (answers, failures[:5])
        until(lambda: set(site.children()) == serving, "those that serve are alone again")
        assert "died" not in site.log(), site.log()
        assert site.stop() == 0


def is_switched_back(site):
    """Clients go on asking, and are what tells that the new version fails."""
    until(lambda: site.get("/a")[0] and "switched back" in site.log(), "the switch back\n" + site.log())
    site.answers("/a", 200, b"aaaa1")


def test_a_version_that_fails_when_it_is_served_is_switched_back(wws):
    with Site(wws, files=project()) as site:
        for _ in range(50):
            assert site.get("/a") == (200, b"aaaa1")
        serving = set(site.children())
        put(site.root / "a.wasm", guest("trap"))
        put(site.root / "health.wasm", worker("fine2"))
        site.saved()
        site.answers("/health", 200, b"fine2")
        is_switched_back(site)
        site.answers("/health", 200, b"fine1")  # the whole version
        [line] = [line for line in site.log().splitlines() if "switched back" in line]
        assert " warn  reload: switched back to the version before: /a failed at " in line, line
        assert "and at 0 of 5" in line and "the files on disk are newer than what is served" in line, line
        # It is not tried again by itself, nor when somebody asks, until something changes.
        tried = site.log().count("is asked before it is served")
        site.saved()
        said(site, "reload: no worker changed")
        site.answers("/a", 200, b"aaaa1")
        assert site.log().count("is asked before it is served") == tried == 1, site.log()
        put(site.root / "a.wasm", worker("aaaa3"))
        site.saved()
        site.answers("/a", 200, b"aaaa3")
        site.answers("/health", 200, b"fine2")
        assert set(site.children()) == serving and "died" not in site.log(), site.log()
        assert site.stop() == 0


def test_operators_see_what_is_held_back(wws):
    with tempfile.TemporaryDirectory(prefix="wws-admin-") as folder, \
            Site(wws, "--watch", "--admin", f"unix:{folder}/admin", files=project()) as site:
        def problems():
            return json.loads(ask_admin(folder + "/admin", "/api/v1/problems"))

        def reloads(result):
            return f'wws_reloads_total{{result="{result}"}} 1\n' in ask_admin(folder + "/admin", "/metrics")

        site.answers("/a", 200, b"aaaa1")
        assert problems() == []
        put(site.root / "health.wasm", guest("trap"))
        said(site, REFUSED)
        [problem] = problems()
        held = "the files on disk are not served, and the version before them is: "
        assert problem == {"kind": "version", "file": "",
                           "message": held + "GET /health (health.wasm): answered 500 and not 200"}
        assert reloads("smoke_failed")
        put(site.root / "health.wasm", worker("fine1"))
        until(lambda: problems() == [], "nothing is held back any more")
        put(site.root / "a.wasm", guest("trap"))
        until(lambda: site.get("/a")[0] == 500, "the version that fails")
        is_switched_back(site)
        [problem] = problems()
        assert problem["kind"] == "version" and problem["message"].startswith(held + "/a failed at "), problem
        assert reloads("switched_back")
        put(site.root / "public/x.txt", "x")  # no part of the version
        site.answers("/x.txt", 200, b"x")
        put(site.root / "a.wasm", worker("aaaa1"))
        until(lambda: problems() == [], "nothing is held back any more")
        assert site.stop() == 0


def fetching(*hosts, smoke=SMOKE, **more):
    return project(**{"wws.toml": smoke, "fetch.wasm": guest("fetch_calls"), "fetch.toml": asks_toml(*hosts), **more})


def may_ask(site, upstream, host):
    """Every process says the same."""
    statuses = {site.get("/fetch?get=" + upstream.url("/x", host))[0] for _ in range(8)}
    assert len(statuses) == 1 and statuses < {200, 502}, statuses
    return statuses == {200}


def test_a_trial_has_the_tables_of_its_version(wws):
    upstream = Upstream()
    smoke = f'[reload]\nsmoke = "GET /fetch?get={upstream.url("/x", "127.0.0.2")} 200"\n'
    with Site(wws, files=fetching("127.0.0.1")) as site:
        site.answers("/fetch?get=" + upstream.url("/x"), 200)
        assert not may_ask(site, upstream, "127.0.0.2")
        for name, content in fetching("127.0.0.1", "127.0.0.2", smoke=smoke).items():
            put(site.root / name, content)
        put(site.root / "a.wasm", worker("aaaa2"))
        site.saved()
        site.answers("/a", 200, b"aaaa2")
        assert may_ask(site, upstream, "127.0.0.2") and REFUSED not in site.log(), site.log()
        [before] = services(site, b"__egress")

        # One that has lost what it needs is not served, and those that serve keep it.
        put(site.root / "fetch.toml", asks_toml("127.0.0.3"))
        put(site.root / "a.wasm", worker("aaaa3"))
        site.saved()
        said(site, REFUSED)
        assert may_ask(site, upstream, "127.0.0.2") and not may_ask(site, upstream, "127.0.0.3"), site.log()
        until(lambda: services(site, b"__egress") == [before], "the child for that version is gone")

        # Settings alone are a version too.
        put(site.root / "fetch.toml", asks_toml("127.0.0.1", "127.0.0.2"))
        put(site.root / "a.wasm", worker("aaaa2"))
        put(site.root / "wws.toml", smoke + '[fetch]\nproxy = "http://127.0.0.1:1"\n')
        site.saved()
        said(site, REFUSED, 2)
        assert may_ask(site, upstream, "127.0.0.2")
        put(site.root / "wws.toml", smoke)
        put(site.root / "a.wasm", worker("aaaa4"))
        site.saved()
        site.answers("/a", 200, b"aaaa4")
        assert services(site, b"__egress") == [before] and "died" not in site.log(), site.log()
        assert site.stop() == 0


def test_old_tables_hold_after_a_switch_back(wws):
    upstream = Upstream()
    with Site(wws, files=fetching("127.0.0.1")) as site:
        site.answers("/fetch?get=" + upstream.url("/x"), 200)
        put(site.root / "a.wasm", guest("trap"))
        put(site.root / "fetch.toml", asks_toml("127.0.0.1", "127.0.0.2"))
        put(site.root / "wws.toml", SMOKE + '[fetch]\nproxy = "http://127.0.0.1:1"\n')
        site.saved()
        site.answers("/fetch?get=" + upstream.url("/x"), 502)
        is_switched_back(site)
        site.answers("/fetch?get=" + upstream.url("/x"), 200)
        assert may_ask(site, upstream, "127.0.0.1") and not may_ask(site, upstream, "127.0.0.2"), site.log()
        site.saved()
        said(site, "reload: no worker changed")
        assert may_ask(site, upstream, "127.0.0.1")
        put(site.root / "a.wasm", worker("aaaa3"))
        put(site.root / "wws.toml", SMOKE)
        site.saved()
        site.answers("/a", 200, b"aaaa3")
        assert may_ask(site, upstream, "127.0.0.2") and "died" not in site.log(), site.log()
        assert site.stop() == 0


def test_a_switch_back_right_after_smoke_requests_came(wws):
    upstream = Upstream()
    with Site(wws, files=fetching("127.0.0.1", smoke="")) as site:
        site.answers("/a", 200, b"aaaa1")
        site.answers("/fetch?get=" + upstream.url("/x"), 200)
        serving = set(site.children())
        put(site.root / "wws.toml", SMOKE)
        site.saved()
        said(site, "for one that counts what fails", 2)  # those come, and nobody has asked them yet
        put(site.root / "a.wasm", guest("trap"))
        put(site.root / "fetch.toml", asks_toml("127.0.0.2"))
        site.saved()
        is_switched_back(site)
        assert may_ask(site, upstream, "127.0.0.1") and not may_ask(site, upstream, "127.0.0.2"), site.log()
        until(lambda: len(site.children()) == 2 and not serving & set(site.children()), "those that count are alone")
        assert "died" not in site.log() and site.stop() == 0, site.log()


def test_browsers_in_development_show_what_is_held_back(wws):
    with Site(wws, "--dev", files=project()) as site, Events(site) as events:
        site.answers("/a", 200, b"aaaa1")
        put(site.root / "health.wasm", guest("trap"))
        [failure] = events.until(lambda state: state["failures"])["failures"]
        assert failure["file"] == "the new version" and "answered 500 and not 200" in failure["message"], failure
        put(site.root / "health.wasm", worker("fine1"))
        events.until(lambda state: not state["failures"])
        assert site.stop() == 0


def test_smoke_requests_that_come_with_a_reload(wws):
    """Nothing was counted before: processes that count take the place of those that serve."""
    with Site(wws, files={"a.wasm": worker("aaaa1")}) as site:
        site.answers("/a", 200, b"aaaa1")
        serving = set(site.children())
        put(site.root / "wws.toml", SMOKE.replace("/health", "/a"))
        site.saved()
        until(lambda: len(site.children()) == 2 and not serving & set(site.children()), "other processes\n" + site.log())
        assert site.log().count("is replaced, for one that counts what fails") == 2, site.log()
        put(site.root / "a.wasm", guest("trap"))
        site.saved()
        said(site, REFUSED)
        site.answers("/a", 200, b"aaaa1")
        assert "died" not in site.log() and site.stop() == 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return robustness.run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
