#!/usr/bin/env python3
"""Runs a suite of WASI programs, such as the preview-1 tests of the wasi-testsuite, as workers of the real binary.

usage: wasi_testsuite.py --wws BINARY --suite FOLDER [--all] [NAME...]
FOLDER: it and those below it hold NAME.wasm and, if the test needs more than to run, NAME.json with
  "root": a folder beside it that the test finds as "/", "dirs": folders that it finds under their names,
  "env", "args" and "exit_code". Each test has a copy of its folders, mounted for writing and without what has names
  that end in `.cleanup`. A test that prints what is no answer has ended well; what it prints is not compared.
NAME: only tests whose path has it. --all: tells of those that pass, too.
A worker gets no arguments: tests that want some are left out, and told.
Last line: 'N passed, N failed, N skipped'. Exit status 1 when any failed.
"""
import argparse
import html
import json
import pathlib
import re
import shutil
import sys

from robustness import Server

TRAP = "a trap"
# What the page of --dev says of an end, and the exit code that it was: programs of a suite print no answers.
CODE = re.compile(r"exit code (\d+)")


class Test:
    def __init__(self, suite, module, number):
        self.name = module.relative_to(suite).with_suffix("").as_posix()
        self.module = module
        self.route = f"t{number}"
        file = module.with_suffix(".json")
        self.wants = json.loads(file.read_text()) if file.exists() else {}

    @property
    def folders(self):
        """What is mounted: the name beside the test, and the path that the test finds it at."""
        root = [(self.wants["root"], "/")] if "root" in self.wants else []
        return root + [(name, name) for name in self.wants.get("dirs", [])]

    def write(self, project):
        shutil.copy(self.module, project / f"{self.route}.wasm")
        lines = []
        if self.wants.get("env"):
            lines.append("[vars]")
            lines += [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in self.wants["env"].items()]
        for name, place in self.folders:
            copy = pathlib.Path("folders") / self.route / name
            shutil.copytree(self.module.parent / name, project / copy, symlinks=True,
                            ignore=shutil.ignore_patterns("*.cleanup"))
            lines += ["[[folders]]", f"from = {json.dumps(str(copy))}", f"to = {json.dumps(place)}", 'mode = "rw"']
        (project / f"{self.route}.toml").write_text("\n".join(lines) + "\n")

    def judge(self, status, page):
        """What is wrong; "" is nothing."""
        said = " ".join(html.unescape(re.sub("<[^>]*>", " ", page)).split())
        code = CODE.search(said)
        if code:
            end = int(code.group(1))
        else:
            end = 0 if status == 200 or "the worker's output" in said else TRAP
        wanted = self.wants.get("exit_code", 0)
        if end == wanted:
            return ""
        return f"ended with {end} and not {wanted}: {said[:500]}"


class Suite(Server):
    def __init__(self, wws, tests):
        self.tests = tests
        super().__init__(wws, "--dev", "--processes", "1", "--log-level", "info")

    def prepare(self):
        for test in self.tests:
            test.write(self.folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--suite", required=True, type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    modules = sorted(options.suite.rglob("*.wasm"))
    tests = [Test(options.suite, module, number) for number, module in enumerate(modules)]
    tests = [test for test in tests if not options.names or any(name in test.name for name in options.names)]
    skipped = [test for test in tests if test.wants.get("args")]
    passed = failed = 0
    for test in skipped:
        print(f"skipped {test.name}: it wants arguments", flush=True)
    tests = [test for test in tests if test not in skipped]
    with Suite(options.wws, tests) as server:
        for test in tests:
            status, page = server.get("/" + test.route)
            wrong = test.judge(status, page.decode(errors="replace"))
            passed, failed = passed + (not wrong), failed + bool(wrong)
            if wrong or options.all:
                print(f"{'FAILED' if wrong else 'ok'} {test.name}{': ' if wrong else ''}{wrong}", flush=True)
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
