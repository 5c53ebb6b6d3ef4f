"""A real Chromium, driven over WebDriver (Debian's chromium-driver) with nothing but this language's library. Imported."""
import base64
import http.client
import json
import os
import re
import shutil
import subprocess
import time

PATIENCE = float(os.environ.get("WWS_TEST_PATIENCE", "60"))


def is_there():
    return shutil.which("chromedriver") is not None and shutil.which("chromium") is not None


class Browser:
    """One window of a given size. It reaches nothing but this machine."""

    def __init__(self, width, height, scheme="light"):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True)
        for line in self.driver.stdout:
            started = re.search(r"started successfully on port (\d+)", line)
            if started:
                break
        self.port = int(started[1])
        self.session = None
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
                   "mobileEmulation": {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 1,
                                                         "mobile": width < 700, "touch": width < 700}}}
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = answer["sessionId"]
        self.prefer(scheme)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.call("DELETE", f"/session/{self.session}")
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, json.dumps(body if body is not None else {}) if method == "POST" else None,
                               {"Content-Type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise AssertionError(f"{path}: {value['error']}: {value['message'].splitlines()[0]}")
        return value

    def do(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def prefer(self, scheme):
        self.do("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]}})

    def open(self, url):
        self.do("POST", "/url", {"url": url})

    def run(self, script):
        """The value of a script's `return`."""
        return self.do("POST", "/execute/sync", {"script": script, "args": []})

    def until(self, script, what):
        """Waits until a script returns something true, and gives that."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            value = self.run(script)
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"it did not come to this: {what}")

    def type(self, keys):
        """What a person's keyboard does, to whatever has the focus."""
        actions = [step for key in keys for step in ({"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})]
        self.do("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def fits(self):
        """That nobody has to scroll sideways."""
        page, window = self.run("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert page <= window, f"the page is {page} wide, the window {window}"

    def complaints(self):
        """What pages wrote to the console since the last call: warnings and errors."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.do("POST", "/se/log", {"type": "browser"})
                if entry["level"] in ("WARNING", "SEVERE")]

    def picture(self, path):
        path.write_bytes(base64.b64decode(self.do("GET", "/screenshot")))
