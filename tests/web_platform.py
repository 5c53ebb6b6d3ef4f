#!/usr/bin/env python3
"""Runs suites of the web platform: each file NAME.any.js of a folder becomes a worker of the real binary, and answers
what came of its tests.

usage: web_platform.py --wws BINARY [--expected FILE] [--json FILE] [--all] FOLDER [PATH...]
FOLDER: the root that `// META: script=/...` is relative to. PATH: only files whose path has it. A line
  `// META: data=PACKAGE/FILE` has /data/NAME be a file of one of the packages of interpreters/js/upstream/Cargo.toml.
  `// META: loopback=yes`: it may ask a server on loopback, whose address is `loopback` (loopback.py).
--expected: failures that are known, each a line `PATH: NAME: REASON`, `*` for any NAME of that file. One that passes
  after all is a failure as well.
--json: results are written there. --all: prints known failures too.
--write DIRECTORY: writes the workers and runs nothing.
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import functools
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

import loopback
from robustness import Server

ROOT = pathlib.Path(__file__).resolve().parent.parent
HARNESS = ROOT / "tests/web/_harness.js"
CLIENTS = 2
TOML = 'name = "suite"\nversion = "1"\n[limits]\ntime = "120s"\nmemory = "512MiB"\n'
GRANT = """[features.http_requests]
allowed_hosts = ["127.0.0.1"]
allowed_methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
allow_http = true
at_a_time = 64
per_request = 500
"""
# `location` is where the file would be on a server of the suites; what it fetches from there is embedded.
WORKER = """const resources = %(resources)s;
const source = %(source)s;
const server = "http://web-platform.test:8000";
const outside = (globalThis.outside = globalThis.fetch);
// What descriptions of interfaces are held to is what workers of a browser have.
if (source.includes("idl_test(")) globalThis.DedicatedWorkerGlobalScope = class { static [Symbol.hasInstance]() { return true; } };
export default async () => {
  const { href, origin, protocol, host, hostname, port, pathname, search, hash } = new URL(%(path)s, server);
  globalThis.location = { href, origin, protocol, host, hostname, port, pathname, search, hash, toString: () => href };
  globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location);
    if (url.origin === server && url.pathname.endsWith("/echo-content.py")) {
      return Promise.resolve(new Response(new Request(url, init).body));
    }
    const text = url.origin === server ? resources[url.pathname] : undefined;
    return text === undefined ? outside(input, init) : Promise.resolve(new Response(text));
  };
  try {
    (0, eval)(source);
  } catch (error) {
    return Response.json([{ name: "(the file)", status: "ERROR", message: `${error}\\n${error.stack}` }]);
  }
  return new Response(JSON.stringify(await __results()));
};
"""


def meta(text, key):
    return re.findall(rf"^//\s*META:\s*{key}=(\S+)", text, re.M)


@functools.cache
def packages():
    """The folders of cargo's packages that the JavaScript engine is built of."""
    metadata = subprocess.run(
        [os.environ.get("WWS_CARGO", "cargo"), "metadata", "--locked", "--offline", "--format-version", "1", "--manifest-path",
         str(ROOT / "interpreters/js/upstream/Cargo.toml")], check=True, stdout=subprocess.PIPE).stdout
    return {package["name"]: pathlib.Path(package["manifest_path"]).parent for package in json.loads(metadata)["packages"]}


def data(text):
    files = [packages()[name.split("/")[0]] / name.split("/", 1)[1] for name in meta(text, "data")]
    return {f"/data/{file.name}": file.read_text(encoding="utf-8") for file in files}


def find(root, path, name):
    if name == "/resources/WebIDLParser.js":  # so the suites' own server names it
        return root / "resources/webidl2/lib/webidl2.js"
    return root / name[1:] if name.startswith("/") else path.parent / name


def resources(root, path, script):
    """Files that a script of the test fetches, by their path: JSON that it names, and descriptions of interfaces."""
    text = script.read_text(encoding="utf-8")
    files = [find(root, path, name).resolve() for name in re.findall(r"[\"']([^\"'\n]+\.json)[\"']", text)]
    if "idlharness" in text:
        files += [root / f"interfaces/{name}.idl" for name in re.findall(r"['\"]([\w.-]+)['\"]", text)]
    return {f"/{file.relative_to(root)}": file.read_text(encoding="utf-8", errors="replace")
            for file in files if file.is_file() and file.is_relative_to(root)}


def workers(root, path):
    """[(name of its results, text, whether it asks a server)], one for each variant."""
    text = path.read_text(encoding="utf-8")
    parts = [HARNESS.read_text()]
    scripts = [file for file in (find(root, path, name) for name in meta(text, "script")) if "testharness" not in file.name]
    parts += [file.read_text(encoding="utf-8") for file in scripts if file.is_file()]
    name = str(path.relative_to(root))
    found = {}
    for script in [path, *(file for file in scripts if file.is_file())]:
        found.update(resources(root, path, script))
    found.update(data(text))
    for variant in meta(text, "variant") or [""]:
        yield name + variant, WORKER % {
            "source": json.dumps("\n".join([*parts, text])), "resources": json.dumps(found),
            "path": json.dumps(f"/{name}{variant}")}, bool(meta(text, "loopback"))


def find_suites(root, wanted):
    suites = []
    for path in sorted(root.rglob("*.any.js")):
        if not wanted or any(part in str(path.relative_to(root)) for part in wanted):
            suites += workers(root, path)
    return suites


def ask(port, number):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=180)
    connection.request("GET", f"/suite{number}")
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    if answer.status != 200:
        return [{"name": "(the file)", "status": "ERROR", "message": f"the worker answered {answer.status}"}]
    return json.loads(body)


def run(wws, suites):
    """By each suite's name, its tests' results."""
    asked = loopback.start()
    address = f"globalThis.loopback = 'http://127.0.0.1:{asked.server_port}';\n"
    files = {f"suite{number}.js": (address if asks else "") + text for number, (_, text, asks) in enumerate(suites)}
    files.update({f"suite{number}.toml": TOML + (GRANT if asks else "") for number, (_, _, asks) in enumerate(suites)})
    results, failures = {}, []
    with asked, Server(wws, files=files) as server:
        todo = list(enumerate(suites))

        def client():
            while todo:
                number, (name, _, _) = todo.pop(0)
                try:
                    results[name] = ask(server.port, number)
                except (OSError, http.client.HTTPException) as failure:
                    failures.append(f"{name}: {failure}")

        threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            print("\n".join(failures), server.log()[-3000:], sep="\n")
            results.update({failure: [{"name": "(the file)", "status": "ERROR", "message": failure}] for failure in failures})
        asked.shutdown()
    return results


def read_expected(path):
    expected = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path else []:
        if line and not line.startswith("#"):
            file, name, reason = line.split(": ", 2) if line.count(": ") >= 2 else [*line.split(": "), ""]
            expected[file, name] = reason
    return expected


def judge(results, expected, print_all):
    passed = failed = 0
    used = set()
    for file, tests in sorted(results.items()):
        for test in tests:
            keys = [(file, " ".join(test["name"].split())), (file, "*")]
            key = next((key for key in keys if key in expected), None)
            if test["status"] == "PASS" and (key is None or key[1] == "*"):
                passed += 1
            elif test["status"] == "PASS":
                failed += 1
                print(f"{file}: {test['name']}: passes, and is listed as a failure")
            else:
                used.add(key)
                failed += key is None
                if key is None or print_all:
                    print(f"{file}: {test['name']}: {test['status']}: {test['message'].strip()}")
    if used - {None}:
        print(f"{len(used - {None})} known failures of {len(expected)}")
    return passed, failed


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws")
    parser.add_argument("--expected", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("paths", nargs="*")
    arguments = parser.parse_args()
    suites = find_suites(arguments.folder.resolve(), arguments.paths)
    if arguments.write:
        arguments.write.mkdir(parents=True, exist_ok=True)
        for name, text, _ in suites:
            (arguments.write / (name.replace("/", "~") + ".js")).write_text(text)
        return 0
    results = run(arguments.wws, suites)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))
    passed, failed = judge(results, read_expected(arguments.expected), arguments.all)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
