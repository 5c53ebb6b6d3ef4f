#!/usr/bin/env python3
"""`wws explain`: texts as in tests/golden/explain, which WWS_UPDATE_GOLDEN=1 writes anew; and that the server agrees.

usage: explain.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from robustness import GUESTS, PATIENCE, ROOT, Server, run_tests

GOLDEN = ROOT / "tests/golden/explain"
TOML = """name = "users"
[vars]
SECRET = "hunter2"
[limits]
time = "10s"
concurrency = 4
[data.kv]
namespace = "visits"
"""
# What is asked, and the status of the command.
CASES = {
    "worker_with_parameters": ("GET", "/users/7?x=1", 0),
    "static_worker_before_a_file": ("GET", "http://localhost:8080/about", 0),
    "file_before_a_worker": ("GET", "/users/known", 0),
    "worker_for_what_files_do_not_take": ("POST", "/users/known", 0),
    "plain_file": ("GET", "/a.txt", 0),
    "file_by_another_method": ("DELETE", "/a.txt", 0),
    "folder_with_an_index": ("HEAD", "/docs", 0),
    "nobody": ("GET", "/nothing", 1),
    "above_the_root": ("GET", "/../../etc/passwd", 1),
    "no_module": ("GET", "/broken", 0),
    "imports_without_a_grant": ("GET", "/greedy", 0),
    "script": ("GET", "/script", 0),
    "two_files_for_one_path": ("GET", "/twice", 0),
    "imports_that_are_not_there": ("GET", "/unknown", 0),
}


def make_project(folder):
    for name, guest in {"users/[id].wasm": "kv_calls", "users/[...all].wasm": "hello", "about.wasm": "hello",
                        "greedy.wasm": "kv_calls", "twice.wasm": "hello", "unknown.wasm": "needs_features"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(GUESTS / (guest + ".wasm"), folder / name)
    (folder / "users/[id].toml").write_text(TOML)
    (folder / "broken.wasm").write_text("no module")
    (folder / "twice.js").write_text("export default { fetch: () => new Response('x') }\n")
    (folder / "script.js").write_text("export default { fetch: () => new Response('x') }\n")
    for name in ("a.txt", "about.html", "users/known.html", "docs/index.html"):
        (folder / "public" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "public" / name).write_text(name)


def explain(wws, folder, *arguments):
    return subprocess.run([wws, "explain", *arguments, str(folder)], capture_output=True, text=True, timeout=PATIENCE)


def test_texts(wws):
    with tempfile.TemporaryDirectory(prefix="wws-explain-") as name:
        folder = pathlib.Path(name)
        make_project(folder)
        for case, (method, url, status) in CASES.items():
            done = explain(wws, folder, method, url)
            assert (done.returncode, done.stderr) == (status, ""), (case, done)
            assert "hunter2" not in done.stdout
            golden = GOLDEN / (case + ".txt")
            if os.environ.get("WWS_UPDATE_GOLDEN"):
                golden.parent.mkdir(exist_ok=True)
                golden.write_text(done.stdout)
            assert done.stdout == golden.read_text(), f"{golden}:\n{done.stdout}"


def test_the_same_as_json(wws):
    with tempfile.TemporaryDirectory(prefix="wws-explain-") as name:
        folder = pathlib.Path(name)
        make_project(folder)
        told = json.loads(explain(wws, folder, "--json", "GET", "/users/7").stdout)
        assert (told["answered_by"], told["file"], told["route"]) == ("worker", "users/[id].wasm", "/users/[id]")
        assert told["parameters"] == {"id": "7"} and told["vars"] == {"SECRET": "***"}
        assert told["limits"]["concurrency"] == 4
        store = told["capabilities"][0]
        assert store["granted"] and store["grant"] == "namespace visits" and "kv_get" in store["imports"]
        greedy = json.loads(explain(wws, folder, "--json", "GET", "/greedy").stdout)
        assert not greedy["capabilities"][0]["granted"] and "kv_get" in greedy["capabilities"][0]["imports"]
        nobody = json.loads(explain(wws, folder, "--json", "GET", "/nothing").stdout)
        assert (nobody["answered_by"], nobody["status"]) == ("nobody", 404)


def test_the_server_does_what_is_told(wws):
    with tempfile.TemporaryDirectory(prefix="wws-explain-") as name:
        folder = pathlib.Path(name)
        make_project(folder)
        with Server(wws, "--processes", "1", "--kv", "memory", folder=folder) as server:
            for case, (method, url, _) in CASES.items():
                told = json.loads(explain(wws, folder, "--json", method, url).stdout)
                if method != "GET" or url.startswith("http") or "status" not in told:
                    continue
                status, body = server.get(url)
                assert status == told["status"], (case, status, told)
                if told["answered_by"] == "file":
                    assert body == (folder / told["file"]).read_bytes(), (case, told)
            assert server.stop() == 0


def test_what_cannot_be_explained(wws):
    with tempfile.TemporaryDirectory(prefix="wws-explain-") as name:
        for arguments in (("G T", "/"), ("", "/")):
            done = explain(wws, name, *arguments)
            assert done.returncode == 2 and done.stderr.startswith("wws: "), done
        done = explain(wws, name + "/nowhere", "GET", "/")
        assert done.returncode == 1, done
        pathlib.Path(name, "hello.wasm").write_text("")
        pathlib.Path(name, "hello.toml").write_text("version = 1\n")
        done = explain(wws, name, "GET", "/hello")
        assert done.returncode == 2 and "hello.toml:1" in done.stderr, done


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
