#!/usr/bin/env python3
"""What a browser shows while somebody works on a project: it loads itself again, shows what failed, in dark and light and on
a phone.

usage: live_browser.py --wws BINARY [--pictures FOLDER] [NAME...]
  --pictures FOLDER  puts pictures of the pages there, for people to look at
Last line: 'N passed, N failed'; 77: no browser (scripts/setup browser).
"""
import argparse
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import browser as browsers  # noqa: E402
from reload import Site, put  # noqa: E402
from robustness import run_tests  # noqa: E402

PHONE, DESK = (390, 844), (1280, 800)
PAGE = """export default () => new Response(`<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>%s</title><link rel="stylesheet" href="/x.css"><h1>%s</h1>
<p>A page of a worker.</p>`, { headers: { "content-type": "text/html; charset=utf-8"%s } });
"""
# A policy that lets nothing in but what the page's own origin has.
STRICT = ", \"content-security-policy\": \"default-src 'self'\""
BROKEN = """// A handler with a slip of the pen, and text that would end a script: </script><b>.
import { rows } from "./_rows.js";

export default async (request) => {
  const list = rows.map((row) => `<li>${row.name}</li>`;
  return new Response(`<ul>${list.join("")}</ul>`, { headers: { "content-type": "text/html" } });
};
"""
FILES = {"a.js": PAGE % ("one", "One", STRICT), "_rows.js": "export const rows = [];\n",
         "t.js": "function inner(text) {\n  return JSON.parse(text).name;\n}\n\nexport default async () => {\n"
                 "  return new Response(inner('{\"name\": <b>}'));\n};\n",
         "bad.js": BROKEN, "public/x.css": "h1{color:rgb(1, 2, 3)}", "public/p.html": "<!doctype html><title>page</title><p>p"}
OVERLAY = "document.querySelector('wws-failures')"
TEXT = f"{OVERLAY}?.shadowRoot.querySelector('main').textContent"


def open_page(browser, site, path):
    browser.open(f"http://127.0.0.1:{site.port}{path}")
    browser.until("return document.readyState === 'complete'", f"{path} is loaded")


def picture(browser, pictures, name):
    if pictures:
        browser.picture(pictures / f"{name}.png")


def complaints(browser):
    """All but that of an icon that is not there."""
    return [text for text in browser.complaints() if "favicon.ico" not in text]


def test_pages_load_themselves_again(wws, pictures):
    with Site(wws, "--dev", files=FILES) as site, browsers.Browser(*DESK) as browser:
        open_page(browser, site, "/a")
        browser.until("return document.title === 'one'", "the page")
        for title in ("two", "three"):
            put(site.root / "a.js", PAGE % (title, title, STRICT))
            browser.until(f"return document.title === '{title}'", title)
        browser.run("window.stays = true")
        put(site.root / "public/x.css", "h1{color:rgb(4, 5, 6)}")
        browser.until("return getComputedStyle(document.querySelector('h1')).color === 'rgb(4, 5, 6)'", "the style")
        assert browser.run("return window.stays"), "it loaded itself again for a style sheet"
        assert browser.run("return document.querySelectorAll('link').length") == 1
        open_page(browser, site, "/p")
        put(site.root / "public/p.html", "<!doctype html><title>other</title><p>p")
        browser.until("return document.title === 'other'", "the static page")
        left = complaints(browser)
        assert not left, left


def test_a_server_that_starts_again_is_found(wws, pictures):
    with Site(wws, "--dev", files=FILES) as site, browsers.Browser(*DESK) as browser:
        open_page(browser, site, "/a")
        port = site.port
        assert site.stop() == 0
        put(site.root / "a.js", PAGE % ("again", "Again", ""))
        again = subprocess.Popen([wws, "--dev", "--port", str(port), site.root], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            browser.until("return document.title === 'again'", "the page of the other server")
        finally:
            again.terminate()
            again.wait()


def test_failures_are_shown_over_the_page_and_go(wws, pictures):
    for kind, size in (("desk", DESK), ("phone", PHONE)):
        for scheme in ("light", "dark"):
            with Site(wws, "--dev", files=FILES, processes=1) as site, browsers.Browser(*size, scheme) as browser:
                (site.root / "bad.js").unlink()
                open_page(browser, site, "/a")
                browser.until("return document.title === 'one'", "the page")
                put(site.root / "a.js", BROKEN)
                text = browser.until(f"return {TEXT}", "the failure")
                assert "SyntaxError" in text and "a.js:5" in text and "</script><b>" not in browser.run("return document.title"), text
                assert "const list = rows.map" in text, text
                browser.until(f"return {OVERLAY}.shadowRoot.styleSheets.length === 1", "its styles")
                assert browser.run("return document.title") == "one", "the old version serves"
                browser.fits()
                picture(browser, pictures, f"overlay-{kind}-{scheme}")
                browser.type("\ue00c")  # Escape
                browser.until(f"return !{OVERLAY}", "it is closed")
                put(site.root / "a.js", BROKEN + "// another\n")
                put(site.root / "a.js", PAGE % ("mended", "Mended", STRICT))
                browser.until(f"return document.title === 'mended' && !{OVERLAY}", "the new version")
                left = complaints(browser)
                assert not left, left


def test_pages_of_failures_load_themselves_again(wws, pictures):
    for kind, size in (("desk", DESK), ("phone", PHONE)):
        for scheme in ("light", "dark"):
            with Site(wws, "--dev", files=FILES, processes=1) as site, browsers.Browser(*size, scheme) as browser:
                open_page(browser, site, "/bad")
                text = browser.until("return document.querySelector('.failure')?.textContent", "the page")
                assert "SyntaxError" in text and "bad.js:5" in text and not browser.run(f"return !!{OVERLAY}"), text
                browser.fits()
                picture(browser, pictures, f"bad-{kind}-{scheme}")
                open_page(browser, site, "/t")
                text = browser.until("return document.querySelector('.failure')?.textContent", "the page")
                assert "SyntaxError" in text and "at inner (t.js:2" in text, text
                browser.fits()
                picture(browser, pictures, f"thrown-{kind}-{scheme}")
                put(site.root / "t.js", PAGE % ("fine", "Fine", ""))
                browser.until("return document.title === 'fine'", "the new version")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--pictures", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if not browsers.is_there():
        print("live_browser.py: SKIPPED, there is no browser; scripts/setup browser gets it")
        return 77
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws), arguments.pictures)


if __name__ == "__main__":
    sys.exit(main())
