#!/usr/bin/env python3
"""The panel in a real browser, over a server under load: figures, tables, sign-in, control, keyboard, dark and phone.

usage: panel_browser.py --wws BINARY [--pictures FOLDER] [NAME...]
  --pictures FOLDER  puts pictures of the panel there, for people to look at
Last line: 'N passed, N failed'; 77: no browser (scripts/setup browser).
"""
import argparse
import asyncio
import contextlib
import os
import pathlib
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import browser as browsers  # noqa: E402
from admin import TOKEN, Admin  # noqa: E402
from robustness import load, run_tests  # noqa: E402

PHONE, DESK = (390, 844), (1280, 800)
VIEWS = ("overview", "routes", "workers", "errors", "log", "keys", "problems", "processes")
ENTER, TAB = "\ue007", "\ue004"


def page_of(server):
    return f"http://127.0.0.1:{server.name.rsplit(':', 1)[1]}/_panel/"


@contextlib.contextmanager
def panel(wws, window=DESK, scheme="light", token=TOKEN, files=None):
    """A browser that shows the panel of a server, signed in if there is a token."""
    with Admin(wws, "--enable-panel", "--processes", "2", "--kv", "memory", guests=["hello", "trap"],
               files={"hello.toml": '[data.kv]\nnamespace = "shop"\n', **(files or {})}) as server, \
            browsers.Browser(*window, scheme) as browser:
        browser.open(page_of(server))
        browser.until("return document.querySelector('#sign-in').open", "it asks for the token")
        if token:
            browser.type([*token, ENTER])
            browser.until("return document.querySelector('.plot')", "it shows plots")
        yield server, browser


@contextlib.contextmanager
def loaded(server):
    """Requests come all the while, one of fifty fails."""
    is_over = threading.Event()

    def run():
        while not is_over.is_set():
            asyncio.run(load(server.port, ["/hello"], 2, 100))
            server.get("/trap")
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def show(browser, view):
    browser.run(f"location.hash = '{view}'")
    browser.until(f"return document.querySelector('nav a[aria-current]')?.hash === '#{view}'", f"{view} is shown")


def text(browser):
    return browser.run("return document.querySelector('main').textContent")


def pass_ticks(browser, count):
    """Until the page has asked the server so many times more."""
    asked = "performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/stats')).length"
    before = browser.run(f"return {asked}")
    browser.until(f"return {asked} >= {before + count}", "the page to ask again")


def complaints(browser):
    """The browser tells of the one answer that asks for a token."""
    return [line for line in browser.complaints() if "401" not in line]


def test_shows_what_happens(wws, pictures):
    with panel(wws) as (server, browser), loaded(server):
        browser.until("return document.querySelectorAll('.plot path')[0].getAttribute('d').split('L').length > 4",
                      "the line of requests grows")
        browser.until("return parseFloat(document.querySelector('.figures dd').textContent.replace(',', '')) > 10",
                      "requests are counted")
        if pictures:
            browser.picture(pictures / "overview.png")
        show(browser, "routes")
        browser.until("return [...document.querySelectorAll('tr')].some((row) => row.textContent.includes('/trap') && "
                      "parseFloat(row.querySelector('.bad')?.textContent) > 0)", "failures are seen in the route's row")
        show(browser, "workers")
        browser.until("return document.querySelector('main').textContent.includes('hello.wasm')", "workers are told")
        browser.run("document.querySelector('details').open = true")
        assert "memory" in text(browser) and "128 MiB, " in text(browser)
        show(browser, "processes")
        for process in ("supervisor", "serving 1", "serving 2", "admin"):
            browser.until(f"return document.querySelector('main').textContent.includes('{process}')", process)
        assert not complaints(browser)


def test_shows_problems_as_text(wws, pictures):
    with panel(wws) as (server, browser):
        broken = server.folder / "<img src=x onerror=document.title=1>.js"
        broken.write_text("export default () => {;\n")
        browser.run("document.querySelector('#reload').click()")
        browser.until("return document.querySelector('#problem-count').textContent === '1'", "the problem is counted")
        show(browser, "problems")
        browser.until("return document.querySelector('main').textContent.includes('<img src=x')", "it is told as text")
        assert browser.run("return document.images.length") == 0
        if pictures:
            browser.picture(pictures / "problems.png")
        broken.unlink()
        browser.run("document.querySelector('#reload').click()")
        browser.until("return document.querySelector('#problem-count').hidden", "it is gone")


# What a worker says may be meant for whoever reads it.
HOSTILE = """export default () => {
  console.warn("<img src=x onerror=document.title=1> in the log");
  throw new Error("<script>document.title=1</script>");
};
"""


def test_shows_what_failed_with_its_stack(wws, pictures):
    with panel(wws, files={"hostile.js": HOSTILE}) as (server, browser):
        show(browser, "errors")
        browser.until("return document.querySelector('main').textContent.includes('No request has failed')", "none has failed")
        assert server.get("/trap")[0] == 500
        browser.until("return document.querySelectorAll('.failure').length === 1", "the failure is shown")
        browser.run("document.querySelector('.failure summary').click()")
        assert server.get("/hostile")[0] == 500
        browser.until("return document.querySelectorAll('.failure').length === 2", "another one comes")
        assert browser.run("return [...document.querySelectorAll('.failure')].map((one) => one.open)") == [False, True]
        browser.run("document.querySelector('.failure summary').click()")
        shown = browser.run("return document.querySelector('.failure').textContent")
        assert "hostile.js:3:" in shown and "<script>document.title=1</script>" in shown and "guest-" in shown, shown
        assert browser.run("return document.querySelectorAll('main script, main img').length") == 0
        assert "Error: <script>" in browser.run("return document.querySelector('.failure summary').textContent"), "the exception"
        if pictures:
            browser.picture(pictures / "errors.png")
        assert not complaints(browser)


def test_follows_the_log(wws, pictures):
    with panel(wws, files={"hostile.js": HOSTILE}) as (server, browser):
        show(browser, "log")
        count = "return document.querySelectorAll('.line').length"
        has = "return document.querySelector('.log').textContent.includes({!r})".format
        browser.until(has("answering operators"), "the log's lines are there")
        assert server.get("/hostile")[0] == 500
        browser.until(has("Error running worker hostile.js"), "a failure is shown")
        assert browser.run(has("<img src=x")) and browser.run("return document.images.length") == 0
        assert browser.run("const log = document.querySelector('.log'); "
                           "return log.scrollTop + log.clientHeight >= log.scrollHeight - 8"), "it follows"
        if pictures:
            browser.picture(pictures / "log.png")
        # Only what is wanted.
        before = browser.run(count)
        browser.run("const level = document.querySelector('#log-level'); level.value = 'error'; "
                    "level.dispatchEvent(new Event('change'))")
        assert 0 < browser.run(count) < before
        assert browser.run("return document.querySelectorAll('.line:not(.error)').length") == 0
        browser.run("document.querySelector('#log-text').focus()")
        browser.type([*"RUNNING worker"])
        assert browser.run(count) == 1
        assert server.get("/trap")[0] == 500
        browser.until(f"{count} === 2", "new lines pass the filter, while somebody types")
        assert browser.run("return document.activeElement.id") == "log-text"
        # Nothing moves while it is paused.
        browser.run("[...document.querySelectorAll('main button')].find((one) => one.textContent === 'Pause').click()")
        assert server.get("/trap")[0] == 500
        pass_ticks(browser, 2)
        assert browser.run(count) == 2
        browser.run("document.querySelector('main button[aria-pressed=true]').click()")
        browser.until(f"{count} === 3", "it goes on")
        assert not complaints(browser)


def test_shows_and_changes_what_workers_keep(wws, pictures):
    with panel(wws) as (server, browser):
        keys = {"cart%2F42": b'{"items":[1,2],"total":9.5}', "%00%FF": bytes(range(256)), "note": b"<img src=x>"}
        for key, value in keys.items():
            assert server.ask(f"/api/v1/kv/shop/{key}", "PUT", body=value)[0] == 200
        assert server.ask("/api/v1/kv/shop/session?ttl=60m", "PUT", body=b"before")[0] == 200
        show(browser, "keys")
        button = "[...document.querySelectorAll('main button, dialog button')].find((one) => one.textContent === {!r})".format
        browser.until("return document.querySelectorAll('.key').length === 4", "the keys are listed")

        def choose(key, has):
            browser.run(button(key) + ".click()")
            browser.until(f"return document.querySelector('.value')?.textContent.includes({has!r})", f"the value of {key}")
        choose("cart/42", '\n  "items": [')
        if pictures:
            browser.picture(pictures / "keys.png")
        choose("note", "<img src=x>")
        assert browser.run("return document.images.length") == 0
        choose("\\x00\\xff", "00000010  10 11 12")
        assert browser.run(f"return {button('Edit')}.disabled")
        # A change asks first, and keeps the time after which the key is forgotten.
        choose("session", "before")
        browser.run(button("Edit") + ".click()")
        browser.type(" and after")
        browser.run(button("Save") + ".click()")
        browser.until("return document.querySelector('dialog[open]')?.textContent.includes('session')", "it asks")
        if pictures:
            browser.picture(pictures / "keys-confirm.png")
        browser.run("document.querySelector('dialog[open] button[value=no]').click()")
        browser.until("return !document.querySelector('dialog[open]')", "no is no")
        assert server.ask("/api/v1/kv/shop/session") == (200, "before")
        choose("session", "before")
        browser.run(button("Edit") + ".click()")
        browser.type(" and after")
        browser.run(button("Save") + ".click()")
        browser.until("return document.querySelector('dialog[open] button[value=yes]')", "it asks again")
        browser.run("document.querySelector('dialog[open] button[value=yes]').click()")
        browser.until("return document.querySelector('.value')?.textContent.includes('and after')", "it is written")
        assert server.ask("/api/v1/kv/shop/session") == (200, "before and after")
        assert "never" not in browser.run("return document.querySelector('section .pairs').textContent")
        # What somebody else changed meanwhile stands.
        browser.run(button("Edit") + ".click()")
        browser.type(" and mine")
        assert server.ask("/api/v1/kv/shop/session", "PUT", body=b"theirs")[0] == 200
        browser.run(button("Save") + ".click()")
        browser.until("return document.querySelector('dialog[open] button[value=yes]')", "it asks")
        browser.run("document.querySelector('dialog[open] button[value=yes]').click()")
        browser.until("return document.querySelector('main [role=alert]').textContent.includes('conflict')", "it tells the conflict")
        assert server.ask("/api/v1/kv/shop/session") == (200, "theirs")
        choose("session", "theirs")
        browser.run(button("Delete") + ".click()")
        browser.until("return document.querySelector('dialog[open] button[value=yes]')", "it asks")
        browser.run("document.querySelector('dialog[open] button[value=yes]').click()")
        browser.until("return document.querySelectorAll('.key').length === 3", "the key is gone")
        assert server.ask("/api/v1/kv/shop/session")[0] == 404
        assert [line for line in complaints(browser) if "412" not in line] == []


def test_drains_and_takes_that_back(wws, _):
    with panel(wws) as (server, browser):
        for pressed, status in (("true", 503), ("false", 200)):
            browser.run("document.querySelector('#drain').click()")
            browser.until(f"return document.querySelector('#drain').getAttribute('aria-pressed') === '{pressed}'",
                          f"the button is pressed: {pressed}")
            assert server.ask("/readyz", token=None)[0] == status


def test_wants_the_right_token(wws, _):
    with panel(wws, token=None) as (server, browser):
        assert text(browser) == ""
        browser.type([*"not-the-token-of-it", ENTER])
        browser.until("return document.querySelector('#sign-in-error').textContent.includes('not the token')", "it says so")
        browser.type([*TOKEN, ENTER])
        browser.until("return document.querySelector('.plot')", "it shows plots")
        browser.open(page_of(server))
        browser.until("return document.querySelector('.plot')", "the tab keeps the token")


def test_is_used_with_the_keyboard(wws, _):
    with panel(wws) as (_, browser):
        browser.run("document.activeElement.blur()")
        seen = []
        for _ in range(12):
            browser.type([TAB])
            seen.append(browser.run("return document.activeElement.textContent.trim()"))
        assert "Skip to the content" in seen and "Reload the project" in seen and "Routes" in seen, seen
        while browser.run("return document.activeElement.hash") != "#routes":
            browser.type([TAB])
        browser.type([ENTER])
        browser.until("return document.activeElement.id === 'view' && document.querySelector('caption')", "the view has the focus")


def test_tells_screen_readers_what_is_what(wws, _):
    with panel(wws) as (_, browser):
        missing = """
          const controls = 'input, select, textarea';
          const unnamed = [...document.querySelectorAll(`button, a, svg, dialog, nav, section, summary, [role], ${controls}`)]
            .filter((element) => !(element.getAttribute('aria-label') || element.labels?.length ||
              element.getAttribute('aria-labelledby') || (!element.matches(controls) && element.textContent.trim()) ||
              ['status', 'alert'].includes(element.role)));
          return [document.documentElement.lang, document.querySelectorAll('main').length, unnamed.map((e) => e.outerHTML)];"""
        assert browser.run(missing) == ["en", 1, []], browser.run(missing)
        for view in VIEWS[1:]:
            show(browser, view)
            browser.until("return [...document.querySelectorAll('table')].every((table) => table.caption && "
                          "[...table.querySelectorAll('th')].every((th) => th.scope))", f"tables of {view} have captions and heads")
            assert browser.run(missing) == ["en", 1, []], (view, browser.run(missing))


def test_fits_a_phone_in_the_dark(wws, pictures):
    with panel(wws, PHONE, "dark") as (server, browser), loaded(server):
        for view in VIEWS:
            show(browser, view)
            browser.until("return document.querySelector('main').childElementCount > 0", f"{view} is drawn")
            browser.run("for (const one of document.querySelectorAll('details')) one.open = true")
            browser.fits()
            # Nor within a table; and no value is broken into a column of single letters.
            assert browser.run("return [...document.querySelectorAll('.table')].every((one) => "
                               "one.scrollWidth <= one.clientWidth)"), view
            assert browser.run("return [...document.querySelectorAll('td, .pairs dd')].every((one) => "
                               "one.getBoundingClientRect().height < 60 || one.clientWidth > 200)"), view
            if pictures:
                browser.picture(pictures / f"phone-{view}.png")
        ground = browser.run("return getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(20, 21, 26)", ground
        assert not complaints(browser)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--pictures", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if not browsers.is_there():
        print("there is no Chromium here: scripts/setup browser")
        return 77
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws), arguments.pictures)


if __name__ == "__main__":
    sys.exit(main())
