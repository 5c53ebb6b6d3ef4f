#!/usr/bin/env python3
"""wws as the first process of a PID namespace, as in a container: signals, exit statuses, processes it inherits.

usage: first_process.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 77: no namespace can be made here.
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

from robustness import PATIENCE, READY, run_tests, until

NAMESPACE = ["unshare", *(["--user", "--map-root-user"] if os.geteuid() else []), "--pid", "--fork", "--kill-child",
             "--mount-proc"]


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class First:
    """A program that is process 1 of its namespace."""

    def __init__(self, *command):
        self.log = tempfile.TemporaryFile("w+")
        self.outside = subprocess.Popen([*NAMESPACE, *command], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        until(lambda: self.outside.poll() is not None or children_of(self.outside.pid), "a process")
        self.pid = (children_of(self.outside.pid) or [None])[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.outside.poll() is None:
            self.outside.kill()
        self.outside.wait()
        self.log.close()

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def end(self):
        return self.outside.wait(PATIENCE)


class Server(First):
    def __init__(self, wws):
        self.folder = tempfile.TemporaryDirectory(prefix="wws-first-")
        (pathlib.Path(self.folder.name) / "public").mkdir()
        super().__init__(wws, "--port", "0", "--processes", "1", self.folder.name)
        until(lambda: READY in self.said() or self.outside.poll() is not None, "the start")
        assert self.outside.poll() is None, self.said()

    def __exit__(self, *_):
        super().__exit__()
        self.folder.cleanup()

    def supervisor(self):
        return children_of(self.pid)[0]


def test_signals_stop_it():
    for number in (signal.SIGTERM, signal.SIGINT):
        with Server(WWS) as server:
            os.kill(server.pid, number)
            assert server.end() == 0, server.said()


def test_a_signal_reloads_it():
    with Server(WWS) as server:
        os.kill(server.pid, signal.SIGHUP)
        until(lambda: "reload: " in server.said(), "the reload")
        os.kill(server.pid, signal.SIGTERM)
        assert server.end() == 0, server.said()


def test_another_server_takes_its_place():
    with Server(WWS) as server:
        for count in (1, 2):
            before = server.supervisor()
            os.kill(server.pid, signal.SIGUSR2)
            until(lambda: server.said().count("serves from now on") == count, server.said())
            until(lambda: len(children_of(server.pid)) == 1 and server.supervisor() != before, "one server")
            assert server.outside.poll() is None, server.said()
        os.kill(server.pid, signal.SIGTERM)
        assert server.end() == 0, server.said()


def test_it_ends_as_the_server_does():
    with First(WWS, "--nothing") as process:
        assert process.end() == 2, process.said()
    with First(WWS, "/nowhere") as process:
        assert process.end() == 1, process.said()
    with First(WWS, "--version") as process:
        assert process.end() == 0 and re.match(r"wasm-workers-server \d", process.said()), process.said()
    with Server(WWS) as server:
        os.kill(server.supervisor(), signal.SIGKILL)
        assert server.end() == 128 + signal.SIGKILL, server.said()


def test_processes_that_lost_their_parent_are_waited_for():
    with Server(WWS) as server:
        # A process in the namespace whose parent ends before it: it becomes a child of process 1.
        orphan = "import os\nr, w = os.pipe()\nif os.fork() == 0:\n os.close(w); os.read(r, 1); os._exit(0)\n"
        user = ["--user", "--preserve-credentials"] if os.geteuid() else []
        subprocess.run(["nsenter", f"--target={server.pid}", *user, "--pid", "--", sys.executable, "-c", orphan],
                       check=True, timeout=PATIENCE)
        until(lambda: children_of(server.pid) == [server.supervisor()], "its end")
        os.kill(server.pid, signal.SIGTERM)
        assert server.end() == 0, server.said()


def main():
    global WWS
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    WWS = os.path.abspath(arguments.wws)
    tried = subprocess.run([*NAMESPACE, "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        print(f"first_process is left out: {tried.stderr.strip()}")
        return 77
    return run_tests(globals(), arguments.names)


if __name__ == "__main__":
    sys.exit(main())
