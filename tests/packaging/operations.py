#!/usr/bin/env python3
"""docs/operations.md has every line of level error and warn that the sources write, none that they do not, and every alert.

usage: operations.py
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from docs_pages import ROOT  # noqa: E402

TEXT = r"\s*((?:\"(?:[^\"\\]|\\.)*\"\s*)+)"
CALL = re.compile(r"(?:\blog::(?:warn|error)\(|\bLevel::k(?:Warn|Error),\s*(?:fmt::format\()?)" + TEXT)
LITERAL = re.compile(r"\"((?:[^\"\\]|\\.)*)\"")
GIVEN = re.compile(r"\{[^{}\"]*\}")  # what fmt puts in its place
ROW = re.compile(r"^\| ([^|]*\((?:warn|error)[^|]*\)[^|]*) \|", re.MULTILINE)
# What is left of these without what they are given is no text: they are in the page by what they are given.
WITHOUT_WORDS = {"{}", "{}: {}", "{} {}: {}", "request {}: {}"}


def sources():
    """The texts of files that are part of the program, by path."""
    for path in sorted((ROOT / "src").rglob("*.cc")):
        if not path.name.endswith(("_test.cc", "_benchmark.cc")):
            yield path, path.read_text()


def lines():
    """(file and line, text with {} for what it is given) of each call that writes such a line."""
    for path, source in sources():
        for match in CALL.finditer(source):
            place = f"{path.relative_to(ROOT)}:{source.count(chr(10), 0, match.start()) + 1}"
            yield place, "".join(LITERAL.findall(match[1])).replace('\\"', '"')


def words(text, given):
    """The longest part between two that are given."""
    return max((part.strip(' "(),;:') for part in given.split(text)), key=len)


def main():
    page = (ROOT / "docs/operations.md").read_text()
    passed = failed = 0

    def count(is_right, complaint):
        nonlocal passed, failed
        passed, failed = passed + is_right, failed + (not is_right)
        if not is_right:
            print(complaint)

    for place, text in lines():
        if text not in WITHOUT_WORDS:
            part = words(text, GIVEN)
            count(len(part) >= 4 and part in page, f"{place}: docs/operations.md has no row for: {text}")
    joined = "\n".join(re.sub(r'"\s*\n\s*"', "", text) for _, text in sources()).replace('\\"', '"')
    plain = GIVEN.sub("…", joined)
    for row in ROW.findall(page):
        for text in re.findall(r"`([^`]+)`", row.split("(error)")[0].split("(warn")[0]):
            count(words(text, re.compile("…")) in plain, f"docs/operations.md: no source writes: {text}")
    for alert in re.findall(r"alert: (\w+)", (ROOT / "deploy/prometheus/alerts.yml").read_text()):
        count(f"| `{alert}` |" in page, f"docs/operations.md says nothing of the alert {alert}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed < 80 else 0


if __name__ == "__main__":
    sys.exit(main())
