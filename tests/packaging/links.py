#!/usr/bin/env python3
"""Every link in every document of the repository leads somewhere: files, anchors; foreign ones by their syntax.

usage: links.py
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import pathlib
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from docs_pages import ROOT, documents, headings, is_external, links, resolve  # noqa: E402


def anchors(document, known={}):  # noqa: B006: it is the memory
    if document not in known:
        known[document] = {anchor for *_, anchor in headings((ROOT / document).read_text())}
    return known[document]


def complaint(document, target):
    """What is wrong with a link, or None."""
    if is_external(target):
        parts = urllib.parse.urlsplit(target)
        if parts.scheme == "mailto":
            return None if "@" in parts.path else "no address"
        if parts.scheme not in ("http", "https"):
            return f"the scheme {parts.scheme}"
        return None if parts.hostname and " " not in target else "no host"
    if target.startswith("/"):
        return "a path from the root of a host; write it relative to the document"
    path, anchor = resolve(document, target)
    place = ROOT / path
    if path.startswith("../") or not place.exists():
        return f"{path} is not there"
    if not anchor:
        return None
    if place.is_dir():
        path += "/README.md"
    if not path.endswith(".md"):
        return None
    return None if anchor in anchors(path) else f"{path} has no heading with the anchor #{anchor}"


def main():
    passed = failed = 0
    for document in documents():
        for link in links((ROOT / document).read_text()):
            wrong = complaint(document, link.target)
            if wrong is None:
                passed += 1
            else:
                failed += 1
                print(f"{document}:{link.line}: {link.target}: {wrong}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
