#!/usr/bin/env python3
"""The JSON Schemas of `wws schema`: what the server takes validates, what it reports does not.

usage: schema.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed, 77 where the validator is missing (scripts/setup tests).
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

try:
    import jsonschema
except ModuleNotFoundError:
    # scripts/setup has it in an environment of its own.
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    python = cache / "wws-build/venv/bin/python"
    if python.exists() and pathlib.Path(sys.prefix) != cache / "wws-build/venv":
        os.execv(python, [python, *sys.argv])
    print("the Python package jsonschema is missing")
    sys.exit(77)

from robustness import ROOT, run_tests
from run_cases import Case, unescape

OF_TOOLS = {"Cargo.toml", "rustfmt.toml", "wasmer.toml"}
# What no schema can say: two keys of one file are compared, or a text is looked into.
BEYOND_A_SCHEMA = {"var_not_utf8.toml", "var_unset.toml", "var_dollar.toml"}


def schemas(wws):
    made = {kind: json.loads(subprocess.run([wws, "schema", kind], capture_output=True, check=True).stdout)
            for kind in ("worker", "project")}
    for schema in made.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    return {kind: jsonschema.Draft202012Validator(schema) for kind, schema in made.items()}


def kind_of(path):
    return "project" if path.name in ("wws.toml", ".wws.toml") or path.name.startswith("project") else "worker"


def problems(validators, kind, text):
    """What is wrong, by the schema; a text that is no TOML is wrong too."""
    try:
        return [error.message for error in validators[kind].iter_errors(tomllib.loads(text))]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return [str(error)]


def test_files_of_examples_are_valid(wws):
    validators = schemas(wws)
    found = [path for folder in ("examples", "kits", "tests/guests") for path in (ROOT / folder).rglob("*.toml")
             if path.name not in OF_TOOLS and not {"target", "dist", "build"} & set(path.parts)]
    assert len(found) >= 6, found
    for path in found:
        assert problems(validators, kind_of(path), path.read_text()) == [], (path, problems(validators, kind_of(path), path.read_text()))


def test_golden_diagnostics_agree(wws):
    """A file of which the server reports something does not validate, and one of which it reports nothing does."""
    validators = schemas(wws)
    count = 0
    for path in sorted((ROOT / "tests/golden/diagnostics").glob("*.toml")):
        reported = path.with_suffix(".expected").read_text()
        text = path.read_bytes().decode(errors="surrogateescape")
        try:
            text.encode()
        except UnicodeEncodeError:
            continue  # not UTF-8, and so no TOML for anybody
        found = problems(validators, kind_of(path), text)
        if not reported or path.name in BEYOND_A_SCHEMA:
            assert found == [], (path.name, found)
        else:
            assert found, (path.name, reported)
        count += 1
    assert count >= 45, count


def test_files_of_cases_agree(wws):
    """Files of cases whose server starts and warns of nothing are valid."""
    validators = schemas(wws)
    count = 0
    for path in sorted((ROOT / "tests/cases").rglob("*.case")):
        case = Case(path)
        kinds = {kind for kind, _, _ in case.sections}
        if {"start", "check", "log"} & kinds:
            continue  # those that show what is reported
        tree = dict(line.partition(": ")[::2] for line in case.lines("tree"))
        for name, content in tree.items():
            target = pathlib.PurePath(name)
            is_read = kind_of(target) == "project" or str(target.with_suffix(".wasm")) in tree
            if target.suffix != ".toml" or not is_read or content.startswith("@"):
                continue
            found = problems(validators, kind_of(target), unescape(content).decode())
            assert found == [], (path, name, found)
            count += 1
    assert count >= 30, count


def test_toml_of_the_documentation_is_valid(wws):
    validators = schemas(wws)
    count = 0
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for block in re.findall(r"```toml\n(.*?)```", path.read_text(), re.S):
            if "[package]" in block or "[dependencies" in block or "[[rule]]" in block:
                continue  # of other programs
            assert [] in [problems(validators, kind, block) for kind in validators], \
                (path, [problems(validators, kind, block) for kind in validators], block)
            count += 1
    assert count >= 8, count


def test_mistakes_are_found(wws):
    validators = schemas(wws)
    for kind, text in [
            ("worker", "nmae = 'x'"), ("worker", "version = 1"), ("worker", "snapshot = 'no'"), ("worker", "abi = 'wasi'"),
            ("worker", "[vars]\nPORT = 80"), ("worker", "[data]\nkw = {}"), ("worker", "[data.kv]\nnamespace = ''"),
            ("worker", "[limits]\nmemory = '10M'"), ("worker", "[limits]\ntime = '10'"), ("worker", "[limits]\nconcurrency = 0"),
            ("worker", "[limits]\ncpu_time = 10"), ("worker", "[[folders]]\nfrom = 'x'"), ("worker", "[folders]\nto = '/x'"),
            ("worker", "[[folders]]\nto = 'a/../../b'"), ("worker", "[[folders]]\nto = '/x'\nmode = 'w'"),
            ("worker", "[features.http_requests]\nallowed_hosts = ['https://example.com']"),
            ("worker", "[features.http_request]\nallowed_hosts = []"), ("worker", "[kv]\nplace = 'memory'"),
            ("project", "url_form = 'short'"), ("project", "memory_reset = 'fast'"), ("project", "[kv]\nplace = 'sqlite:x'"),
            ("project", "[fetch]\nclient_key = 'x'"), ("project", "[fetch]\nproxy = 'https://p:1'"), ("project", "[fetch]\nhttp2 = 1"),
            ("project", "[folders]\nallow_absolute = ['images']"), ("project", "[public]\nfolder = ''"),
            ("project", "[[folders]]\nto = '/x'"), ("project", "[vars]\nA = 'x'")]:
        assert problems(validators, kind, text), (kind, text)
    assert problems(validators, "worker", "[vars]\nANY_NAME = 'x'\n[limits]\nmemory = '64kib'\ntime = '250ms'") == []


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    return run_tests(globals(), options.names, os.path.abspath(options.wws))


if __name__ == "__main__":
    sys.exit(main())
