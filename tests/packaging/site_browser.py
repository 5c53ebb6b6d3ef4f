#!/usr/bin/env python3
"""The documentation site in a real browser, served by wws: pages, search, dark and light, a phone's width. And the page of
the examples, which tells how to get those that are missing.

usage: site_browser.py --wws BINARY [--site FOLDER] [--pictures FOLDER] [NAME...]
  --site FOLDER      the built site (default: build/site, which is built anew)
  --pictures FOLDER  puts pictures of the pages there, for people to look at
Last line: 'N passed, N failed'; 77: no browser (scripts/setup browser), or no site.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import browser as browsers  # noqa: E402
from robustness import Server  # noqa: E402

PHONE, DESK = (390, 844), (1280, 900)
PAGES = ("/", "/start/", "/kits/c/", "/kits/", "/kv/", "/limits/", "/cli/", "/migrating/", "/performance/",
         "/architecture/", "/abi/", "/adr/0021-documentation-site/", "/no-such-page")


class Site(Server):
    """The site as a project's folder of static files."""

    def __init__(self, wws, site):
        super().__init__(wws, "--log-level", "warn", files={"wws.toml": f'[public]\nfolder = "{site}"\n'})
        self.url = f"http://127.0.0.1:{self.port}"


def look(browser, site, path, pictures, name):
    browser.open(site.url + path)
    browser.until("return document.readyState === 'complete'", f"{path} is loaded")
    assert browser.run("return !!document.querySelector('h1')"), path
    widths = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1], f"{path} is {widths[0]} pixels wide on a screen of {widths[1]}"
    asked = browser.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
    foreign = [url for url in asked if not url.startswith((site.url, "data:", "blob:"))]
    assert not foreign, f"{path} asks others: {foreign}"
    complaints = [text for text in browser.complaints() if path != "/no-such-page" or "404" not in text]
    assert not complaints, f"{path}: {complaints}"
    if pictures:
        browser.picture(pictures / f"{name}{path.strip('/').replace('/', '-') or 'index'}.png")


def test_pages_at_every_width_in_both_colours(site, pictures):
    backgrounds = set()
    for kind, size in (("phone", PHONE), ("desk", DESK)):
        for scheme in ("light", "dark"):
            with browsers.Browser(*size, scheme) as browser:
                for path in PAGES:
                    look(browser, site, path, pictures, f"{kind}-{scheme}-")
                backgrounds.add((scheme, browser.run("return getComputedStyle(document.body).backgroundColor")))
    assert len(backgrounds) == 2, f"dark and light are not two: {backgrounds}"


def test_options_can_be_read_on_a_phone(site, _):
    """Their tables were three phones wide, and the name of an option in a text broke behind its first hyphen."""
    with browsers.Browser(*PHONE) as browser:
        for path, count in (("/cli/", 5), ("/reference/configuration/", 10)):
            browser.open(site.url + path)
            browser.until("return document.readyState === 'complete'", f"{path} is loaded")
            tables = browser.run("return [...document.querySelectorAll('.md-typeset__scrollwrap')]"
                                 ".map(table => [table.scrollWidth, table.clientWidth, table.textContent.trim().slice(0, 40)])")
            wide = [table for table in tables if table[0] > table[1]]
            assert len(tables) >= count and not wide, (path, len(tables), wide)
            broken = browser.run("return [...document.querySelectorAll('p code')].filter(code => code.textContent.length < 25 &&"
                                 " code.offsetHeight > 30).map(code => code.textContent)")
            assert not broken, broken


def test_search_finds_a_page(site, pictures):
    for kind, size in (("phone", PHONE), ("desk", DESK)):
        with browsers.Browser(*size) as browser:
            browser.open(site.url + "/")
            browser.until("return document.readyState === 'complete'", "the page is loaded")
            browser.type("/")
            browser.until("return document.activeElement.matches('input')", "the search has the focus")
            browser.type("snapshot")
            found = browser.until("""
                const links = [...document.querySelectorAll('a[href*="snapshots/"]')];
                return links.some(link => link.offsetParent && link.closest('[role=dialog], [data-md-component=search], .md-search, [class*=search]'));
                """, "a result leads to the snapshots")
            assert found
            first = browser.run("return document.querySelector('.md-search-result__item a').getAttribute('href')")
            assert "snapshots/" in first and "/adr/" not in first, f"the first result is {first}"
            if pictures:
                browser.picture(pictures / f"{kind}-search.png")
            assert not browser.complaints()


def test_the_examples_say_how_to_get_what_is_missing(site, pictures):
    with tempfile.TemporaryDirectory(prefix="wws-examples-") as folder:
        subprocess.run([ROOT / "scripts/build_examples", folder], check=True, stderr=subprocess.DEVNULL,
                       env=dict(os.environ, WWS_EXAMPLES_WITHOUT="go cpp"))
        with Server(site.wws, "--log-level", "warn", folder=folder) as server, browsers.Browser(*PHONE) as browser:
            browser.open(f"http://127.0.0.1:{server.port}/")
            browser.until("return /answer/.test(document.querySelector('#summary').textContent)", "the examples have answered")
            missing = browser.run("return [...document.querySelectorAll('.missing pre')].map(text => text.textContent)")
            assert len(missing) >= 2 and any("make example-go" in text for text in missing), missing
            assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
            assert not browser.complaints()
            if pictures:
                browser.picture(pictures / "examples.png")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--site", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if not browsers.is_there():
        print("site_browser.py: no browser; scripts/setup browser gets it")
        return 77
    if not arguments.site:
        arguments.site = ROOT / "build/site"
        status = subprocess.run([ROOT / "scripts/make_site"], check=False).returncode
        if status:
            return status
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    with Site(os.path.abspath(arguments.wws), arguments.site.resolve()) as site:
        site.wws = os.path.abspath(arguments.wws)
        for name in [name for name in globals() if name.startswith("test_")]:
            if arguments.names and name.removeprefix("test_") not in arguments.names:
                continue
            try:
                globals()[name](site, arguments.pictures)
                passed += 1
            except Exception:
                failed += 1
                print(f"{name}:\n{traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
