#!/usr/bin/env python3
"""Every program in Python that has a usage tells it when asked.

usage: usage.py
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("bench", "kits", "packaging", "scripts", "tests")
MARK = b"usage=__doc__"  # or what is made of it


def programs():
    """Those whose usage is the text they begin with: a `%` in it has a meaning to argparse."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and os.access(path, os.X_OK) and path.stat().st_size < 1 << 20:
                content = path.read_bytes()
                if content.startswith(b"#!") and MARK in content and path != pathlib.Path(__file__).resolve():
                    yield path


def complaint(path):
    """What is wrong with what it says, or None."""
    done = subprocess.run([path, "--help"], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        return done.stderr.strip().splitlines()[-1:]
    return None if "usage:" in done.stdout else "it tells no usage"


def main():
    found = list(programs())
    assert len(found) > 30, f"only {len(found)} programs found"
    with concurrent.futures.ThreadPoolExecutor() as pool:
        wrong = [(path, problem) for path, problem in zip(found, pool.map(complaint, found)) if problem]
    for path, problem in wrong:
        print(f"{path.relative_to(ROOT)}: {problem}")
    print(f"{len(found) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
