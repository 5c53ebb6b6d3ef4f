#!/usr/bin/env python3
"""Every block of TOML in the documents is what `wws check` takes without a word, and every block of JSON is JSON.

usage: documented_configuration.py --wws BINARY
A block that names `wws.toml`, or has tables that only a project has, is the project's file; others are a worker's.
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from docs_pages import blocks, documents  # noqa: E402

# The least that is a worker: a module that does nothing.
MODULE = bytes.fromhex("0061736d01000000" "010401600000" "03020100" "070a01065f7374617274" "0000" "0a040102000b")
OF_PROJECTS = {"admin", "otlp", "reload", "kv", "fetch", "folders", "public", "memory_reset"}
# Files that the examples speak of, and variables.
FILES = ("secret", "ca.pem", "certs/own.pem")
FOLDERS = ("images", "uploads", "../dist", "../state", "data")


def is_of_project(document, text):
    told = tomllib.loads(text)
    if isinstance(told.get("folders"), list):
        return False
    return "wws.toml" in text or bool(OF_PROJECTS & told.keys()) and "data" not in told


def make_project(folder, document, text):
    folder.mkdir()
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("secret\n")
    for name in FOLDERS:
        (folder / name).mkdir(exist_ok=True)
    (folder / "hello.wasm").write_bytes(MODULE)
    (folder / ("wws.toml" if is_of_project(document, text) else "hello.toml")).write_text(text)


def complaints(wws, document, text):
    with tempfile.TemporaryDirectory(prefix="wws-documented-") as place:
        folder = pathlib.Path(place) / "project"
        make_project(folder, document, text)
        done = subprocess.run([wws, "check", folder], env=dict(os.environ, API_TOKEN="token", HOME=place), check=False,
                              capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    wws = os.path.abspath(parser.parse_args().wws)
    passed = failed = 0
    for document in documents():
        for block in blocks((ROOT / document).read_text()):
            wrong = ""
            if block.language == "json":
                try:
                    json.loads(block.text)
                except ValueError as error:
                    wrong = str(error)
            elif block.language == "toml" and ("[package]" in block.text or "[[rule]]" in block.text):  # of other programs
                tomllib.loads(block.text)
            elif block.language == "toml":
                wrong = complaints(wws, document, block.text)
            else:
                continue
            passed, failed = passed + (not wrong), failed + bool(wrong)
            if wrong:
                print(f"{document}:{block.first}: {wrong}\n{block.text}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
