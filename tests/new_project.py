#!/usr/bin/env python3
"""`wws new` in every language: what comes out builds with the commands that are printed, and answers.

usage: new_project.py --wws BINARY [--build] [LANGUAGE...]
Projects stand in new_project/ beside the binary and are built, two at a time, when `wws new` makes another one than
before; --build does no more than that, so that a test that follows has nothing to build in its time. A language whose
toolchain is not there is left out, and named. Last line: 'N passed, N failed'.
"""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import traceback

from robustness import ROOT, Server

LANGUAGES = ("c", "cpp", "go", "js", "rust", "ts", "zig")
# What `zig` and `go` are here, and how Rust without rustup's target builds a reactor: the scripts know.
TOOLS = """
. "$ROOT/scripts/lib.sh"; . "$ROOT/scripts/rust_wasi.sh"
go=$(find_go); [ -z "$go" ] || export PATH="$(dirname "$go"):$PATH"
export ZIG_LOCAL_CACHE_DIR=$cache/zig
printf '#!/bin/sh\\nexec "%s/venv/bin/python" -m ziglang "$@"\\n' "$cache" >"$SHIMS/zig"; chmod +x "$SHIMS/zig"
export PATH="$SHIMS:$PATH"
way=$(rust_wasi_way)
case $LANGUAGE in
  c | cpp | zig) have_zig || exit 77 ;;
  go) [ -n "$go" ] || exit 77 ;;
  rust) [ -n "$way" ] || exit 77 ;;
esac
if [ "$LANGUAGE" = rust ] && [ "$way" = build-std ]; then
  build_rust_library "$PWD" "$cache/new-project-rust" "$way"
  # Where cargo puts it, with its twin in deps/, which the printed command leaves out.
  mkdir -p target/wasm32-wasip1/release/deps
  cp "$cache/new-project-rust/wasm32-wasip1/release/$MODULE.wasm" target/wasm32-wasip1/release/
  cp "$cache/new-project-rust/wasm32-wasip1/release/$MODULE.wasm" target/wasm32-wasip1/release/deps/
else
  eval "$COMMAND"
fi
"""


class Left(Exception):
    """The toolchain is not there."""


def make(wws, folder, language, name):
    """Runs `wws new`; the build command, which a script has none of, and the serve command that it prints, and the route."""
    done = subprocess.run([wws, "new", name, "--lang", language], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    commands = re.search(r"\n    cd (\S+)\n    (?:(.*) && )?wws (.*)\n", done.stdout)
    route = re.search(r"http://127\.0\.0\.1:8080(/\S*)", done.stdout)
    assert commands and route and commands.group(1) == name, done.stdout
    return commands.group(2) or "", commands.group(3), route.group(1)


def words_of(command):
    return [word.strip("'") for word in command.split()]


def run_build(folder, language, command, module):
    with tempfile.TemporaryDirectory(prefix="wws-shims-") as shims:
        environment = dict(os.environ, ROOT=str(ROOT), SHIMS=shims, LANGUAGE=language, COMMAND=command,
                           MODULE=module)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", TOOLS], cwd=folder, env=environment,
                              capture_output=True, text=True)
    if done.returncode == 77:
        raise Left
    assert done.returncode == 0, done.stdout + done.stderr


def digest_of(folder, command):
    """Tells one project from another: its files, and how it is built."""
    digest = hashlib.sha256(command.encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"\0{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def build(wws, language):
    """Makes a project anew, and builds it unless the same one is built already. Its folder, how it is served,
    and its route."""
    place = pathlib.Path(wws).parent / "new_project" / language
    place.mkdir(parents=True, exist_ok=True)
    # One name has what is special in names of packages.
    name = {"c": "hello-C", "rust": "my_site", "zig": "my-site_2"}.get(language, f"hello-{language}")
    with tempfile.TemporaryDirectory(prefix="new-", dir=place) as parent:
        command, serve, route = make(wws, parent, language, name)
        fresh, folder, stamp = pathlib.Path(parent) / name, place / name, place / "built"
        digest = digest_of(fresh, command)
        if not (stamp.exists() and stamp.read_text() == digest):
            stamp.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
            if command:
                run_build(folder, language, command, route[1:])
            # The server compiles it too, and keeps the result.
            *options, path = words_of(serve)
            options = [option for option in options if option != "--dev"]
            checked = subprocess.run([wws, "check", *options, path], cwd=folder, capture_output=True, text=True)
            assert checked.returncode == 0, checked.stdout + checked.stderr
            stamp.write_text(digest)
    return folder, serve, route


def serve(wws, folder, command, route):
    *options, path = words_of(command)
    with Server(wws, "--processes", "1", *options, folder=folder / path) as server:
        assert server.get(route) == (200, b"Hello, world!\n"), (server.get(route), server.output, server.log())
        assert server.get(route + "?name=Ada") == (200, b"Hello, Ada!\n"), server.get(route + "?name=Ada")
        assert "runs without a snapshot" not in server.log(), server.log()
        assert server.output.count("=> ") == 1, server.output  # one route, and no by-products
        assert server.stop() == 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--build", action="store_true")
    parser.add_argument("languages", nargs="*")
    arguments = parser.parse_args()
    wws = os.path.abspath(arguments.wws)
    passed = failed = 0
    languages = arguments.languages or LANGUAGES
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        built = {language: pool.submit(build, wws, language) for language in languages}
    for language in languages:
        try:
            project = built[language].result()
            if not arguments.build:
                serve(wws, *project)
            passed += 1
        except Left:
            print(f"{language} is left out: its toolchain is not there (scripts/setup tests)")
        except Exception:
            failed += 1
            print(f"{language}:\n{traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
