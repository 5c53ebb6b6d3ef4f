#!/usr/bin/env python3
"""The documentation site: it builds without a complaint, every link and anchor in its pages leads somewhere, and no page
fetches anything from elsewhere.

usage: site.py [--output FOLDER]
Last line: 'N passed, N failed'; 77: the generator is not installed (scripts/setup tests).
"""
import argparse
import html.parser
import pathlib
import posixpath
import re
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from docs_pages import documents, project, title  # noqa: E402

# What a browser fetches by itself when it reads the element.
FETCHED = {"script": ["src"], "img": ["src", "srcset"], "source": ["src", "srcset"], "iframe": ["src"], "video": ["src"],
           "audio": ["src"], "object": ["data"], "embed": ["src"]}
LINKED = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch", "manifest"}


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.anchors, self.links, self.fetched, self.text = set(), [], [], []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        for name in ("id", "name"):
            if values.get(name):
                self.anchors.add(values[name])
        if tag == "a" and values.get("href") is not None:
            self.links.append(values["href"])
        self.fetched += [values[name] for name in FETCHED.get(tag, []) if values.get(name)]
        if tag == "link" and set((values.get("rel") or "").split()) & LINKED:
            self.fetched.append(values["href"])
        if values.get("style"):
            self.fetched += re.findall(r"url\(['\"]?([^'\")]+)", values["style"])

    def handle_data(self, data):
        self.text.append(data)


def read(page):
    reader = Reader()
    reader.feed(page.read_text())
    return reader


def is_elsewhere(target):
    return re.match(r"(?:[a-z][a-z0-9+.-]*:)?//", target) is not None


class Checks:
    def __init__(self, site):
        self.site, self.passed, self.failed = site, 0, 0
        self.pages = {page: read(page) for page in sorted(site.rglob("*.html"))}

    def that(self, holds, complaint):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(complaint)

    def leads(self, page, target):
        """Whether a link of a page within the site has something at its end."""
        path, _, anchor = target.partition("#")
        path = urllib.parse.unquote(path.partition("?")[0])
        if path == "":
            place = page
        elif path.startswith("/"):
            place = self.site / path.lstrip("/")
        else:
            place = self.site / posixpath.normpath(posixpath.join(page.parent.relative_to(self.site), path))
        if place.is_dir():
            place /= "index.html"
        if not place.is_file():
            return False
        return not anchor or place.suffix != ".html" or urllib.parse.unquote(anchor) in self.pages[place].anchors


def check_links(checks):
    own = project()["WWS_DOCS_URL"] + "/"
    for page, reader in checks.pages.items():
        name = page.relative_to(checks.site)
        for target in reader.links:
            if target.startswith(own):
                target = "/" + target.removeprefix(own)
            if is_elsewhere(target) or target.startswith(("mailto:", "javascript:")):
                continue
            checks.that(name.name == "404.html" or checks.leads(page, target), f"{name}: {target} leads nowhere")


def check_nothing_is_foreign(checks):
    own = project()["WWS_DOCS_URL"] + "/"
    for page, reader in checks.pages.items():
        for target in reader.fetched:
            foreign = is_elsewhere(target) and not target.startswith(own)
            checks.that(not foreign, f"{page.relative_to(checks.site)}: fetches {target}")
    for sheet in sorted(checks.site.rglob("*.css")):
        for target in re.findall(r"(?:url\(|@import\s+)['\"]?([^'\")\s;]+)", sheet.read_text()):
            checks.that(not is_elsewhere(target), f"{sheet.relative_to(checks.site)}: fetches {target}")


def check_tables(checks):
    """What a Git host needs before a bar in a cell's code is not shown."""
    for page in checks.pages:
        for cell in re.findall(r"<td[^>]*>(.*?)</td>", page.read_text(), re.DOTALL):
            if "|" in cell:
                checks.that("\\|" not in cell, f"{page.relative_to(checks.site)}: a backslash before a bar: {cell}")


def check_pages(checks):
    """Each document that is a page says what it is about, and is in the navigation of the first page."""
    shown = " ".join("".join(checks.pages[checks.site / "index.html"].text).split())
    for document in documents():
        if document.startswith("docs/adr/"):
            words = " ".join(title((ROOT / document).read_text()).split())
            checks.that(words in shown, f"{document}: not in the navigation: {words}")
    for needed in ("start/index.html", "migrating/index.html", "kits/c/index.html", "cli/index.html", "404.html"):
        checks.that((checks.site / needed).is_file(), f"there is no {needed}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build/site")
    output = parser.parse_args().output.resolve()
    done = subprocess.run([ROOT / "scripts/make_site", "--output", output], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        print(done.stdout)
        if done.returncode != 77:
            print("0 passed, 1 failed")
        return done.returncode
    checks = Checks(output)
    for check in (check_links, check_nothing_is_foreign, check_tables, check_pages):
        check(checks)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed or not checks.passed else 0


if __name__ == "__main__":
    sys.exit(main())
