"""`wws top` in a terminal. Imported."""
import os
import pty
import select
import subprocess
import termios

from robustness import PATIENCE


class Screen:
    """What `wws top` shows in a terminal."""

    def __init__(self, wws, *arguments):
        self.ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 200))
        self.top = subprocess.Popen([wws, "top", *arguments], stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.shown = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.top.kill()
        self.top.wait()
        os.close(self.ours)

    def views(self):
        """Those that are there whole."""
        return self.shown.split("\x1b[H")[1:-1]

    def until(self, is_so, what):
        """Reads on until a view is as wanted, which it gives; the rest is to come."""
        while True:
            for number, view in enumerate(self.views()):
                if is_so(view):
                    self.shown = self.shown.split("\x1b[H", number + 2)[-1]
                    return view
            assert select.select([self.ours], [], [], PATIENCE)[0], (what, self.shown[-2000:])
            self.shown += os.read(self.ours, 65536).decode(errors="replace")


def rate(view):
    """Requests a second of /hello."""
    return float(next(line for line in view.splitlines() if "/hello" in line).split()[0])
