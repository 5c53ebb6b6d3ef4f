#!/usr/bin/env python3
"""Asks every shape of project for every kind of path: what answers depends on both.

usage: path_table.py --wws BINARY --cases-test BINARY

A path that names nothing has to stay without an answer where the root has one, whoever gives it. Each shape
becomes a behaviour case (tests/cases/README.md), which runs against the real binary and in memory.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent

# Paths that can name nothing: they cannot be decoded, or climb above the root. `{p}` is the prefix.
NOTHING = [
    "/%zz", "/%", "/%1", "/a%2", "/%00", "/a%00b", "/%FF", "/%c0%af", "/%ed%a0%80", "/a/%zz/b", "/%zz/..", "/%?x=1",
    "/..", "/../", "/../a", "//..", "/%2e%2e", "/%2E%2e/a", "/.%2e/a", "/a/../..", "/a/./../../b", "/..?x=1", "/../{p}",
    "{p}/%zz", "{p}/%00", "{p}/%FF", "{p}/../..", "{p}/../../../{p}",
    "http://example.test/%zz", "http://example.test/..", "http://example.test{p}/%00",
]
# Spellings of the project's root.
ROOT = ["{p}/", "{p}", "{p}//", "{p}/.", "{p}/a/..", "{p}/%2e/", "{p}/./", "{p}/a/%2e%2E/", "{p}/?x=1", "http://example.test{p}/"]
# Paths that only a catch-all answers, and what it is told: no URI holds these characters as they are.
OTHER = {
    "{p}/a%20b": "{p}/a%20b",
    "{p}/a/{{b}}/c": "{p}/a/%7Bb%7D/c",
    "{p}/<a>|\"b\"": "{p}/%3Ca%3E%7C%22b%22",
    "{p}/[a]^`b`": "{p}/%5Ba%5D%5E%60b%60",
    "{p}/a\\\\..\\\\b": "{p}/a%5C..%5Cb",
    "{p}/..\\\\..\\\\b": "{p}/..%5C..%5Cb",
    "{p}/a%5C..%5Cb": "{p}/a%5C..%5Cb",
    "{p}/a?<b>=\"{{c}}\"|[d]^`\\\\": "{p}/a?%3Cb%3E=%22%7Bc%7D%22%7C%5Bd%5D%5E%60%5C",
}
# Name: files; what the root answers (none: 404); whether OTHER is answered; whether answers show the path.
SHAPES = {
    "nothing": ([], None, False, False),
    "index_file": (["public/index.html: home"], "home", False, False),
    "files_and_page": (["public/index.html: home", "public/404.html: gone"], "home", False, False),
    "static_json": (["index.wasm: @hello"], "hello", False, False),
    "static_native": (["index.wasm: @echo_stream"], "", False, False),
    "static_cgi": (["index.wasm: @cgi_environment", "index.toml: abi = \"cgi\""], "REQUEST_METHOD=GET", False, False),
    "static_json_and_files": (["index.wasm: @hello", "public/404.html: gone", "public/index.html: home"], "hello", False, False),
    "parameter_json": (["[id]/[other].wasm: @hello", "public/404.html: gone"], None, False, False),
    "all_json": (["[...all].wasm: @echo"], "\"url\"", True, True),
    "all_native": (["[...all].wasm: @echo_stream"], "", True, False),
    "all_cgi": (["[...all].wasm: @cgi_environment", "[...all].toml: abi = \"cgi\""], "REQUEST_METHOD=GET", True, True),
    "all_json_and_files": (["[...all].wasm: @echo", "public/index.html: home", "public/404.html: gone"], "home", True, True),
    "all_native_and_page": (["[...all].wasm: @echo_stream", "public/404.html: gone"], "", True, False),
}


def request(line, status, *expected):
    return ["--- request", line, f"--- response {status}", *expected]


def write_case(path, name, prefix, shape):
    tree, root, answers_other, shows_path = shape
    missing = "body: gone" if "public/404.html: gone" in tree else "body:"
    lines = [f"# Paths of the project {name} with the prefix \"{prefix}\".", "--- tree", *tree]
    if prefix:
        lines += ["--- options", f"--prefix {prefix}"]
    for target in NOTHING:
        target = target.format(p=prefix)
        lines += request(f"GET {target}", 404, missing)
        lines += request(f"HEAD {target}", 404, "body:")
        lines += request(f"OPTIONS {target}", 404, missing)
        lines += ["--- request", f"POST {target}", "", "body", "--- response 404", missing]
        lines += ["--- raw", f"PUT {target} HTTP/1.1\\r\\nHost: t\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n1\\r\\nx\\r\\n0\\r\\n\\r\\n",
                  "--- response 404", missing]
    for target in ROOT:
        target = target.format(p=prefix) or "/"
        lines += request(f"GET {target}", *((404, missing) if root is None else (200, f"body contains: {root}")))
    for target, shown in OTHER.items():
        shown = shown.format(p=prefix)
        answer = (200, *([f"body contains: {shown}"] if shows_path else [])) if answers_other else (404, missing)
        lines += request(f"GET {target.format(p=prefix)}", *answer)
    lines += request("OPTIONS *", 204, "allow~ ^GET, HEAD, .*OPTIONS")
    lines += ["--- request", "GET *", "--- response 400"]
    path.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--cases-test", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wws-paths-") as name:
        folder = pathlib.Path(name)
        for shape, content in SHAPES.items():
            for label, prefix in {"": "", "_prefix": "/app", "_deep_prefix": "/app/sub"}.items():
                write_case(folder / f"{shape}{label}.case", shape, prefix, content)
        real = subprocess.run([HERE / "run_cases.py", "--wws", arguments.wws, *sorted(folder.iterdir())])
        memory = subprocess.run([arguments.cases_test, "--gtest_brief=1"], env={**os.environ, "WWS_CASES": name})
    return 1 if real.returncode or memory.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
