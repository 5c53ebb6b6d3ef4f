#!/usr/bin/env python3
"""docs/operations.md has every line of level error and warn that the sources write.

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
# What is left of these without what they are given is no text: they are in the page by what they are given.
WITHOUT_WORDS = {"{}", "{}: {}", "{} {}: {}", "request {}: {}"}


def lines():
    """(file and line, text with {} for what it is given) of each such call."""
    for path in sorted((ROOT / "src").rglob("*.cc")):
        if path.name.endswith(("_test.cc", "_benchmark.cc")):
            continue
        source = path.read_text()
        for match in CALL.finditer(source):
            place = f"{path.relative_to(ROOT)}:{source.count(chr(10), 0, match.start()) + 1}"
            yield place, "".join(LITERAL.findall(match[1])).replace('\\"', '"')


def words(text):
    """The longest part between two that are given."""
    return max((part.strip(' "(),;:') for part in re.split(r"\{[^}]*\}", text)), key=len)


def main():
    page = re.sub(r"\s+", " ", (ROOT / "docs/operations.md").read_text())
    passed = failed = 0
    for place, text in lines():
        if text in WITHOUT_WORDS:
            continue
        if len(words(text)) >= 4 and words(text) in page:
            passed += 1
        else:
            failed += 1
            print(f"{place}: docs/operations.md has no row for: {text}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
