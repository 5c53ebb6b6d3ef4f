"""haproxy and nginx on a machine of their own, with the files of deploy/ as they are. Imported, not run.

How a server is taken out and in, and how it is asked whether it is well, is here alone.
"""
import http.client
import os
import pathlib
import signal
import socket
import tempfile

from kv import CALLS
from machines import BALANCER, SERVERS, Machine, is_open
from robustness import ROOT, children_of, cmdline, until

SOCKET = pathlib.Path("/run/haproxy/admin.sock")


def is_ready(number):
    """Whether a server that was started answers at a route that needs its keys, of which there are some: it serves before
    Redis is reached, and refuses what needs that until then."""
    client = http.client.HTTPConnection(SERVERS[number], 8080, timeout=10)
    try:
        client.request("GET", CALLS + "?get")
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()


def is_listening():
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(SOCKET))
        return True
    except OSError:
        return False


class Haproxy(Machine):
    def __init__(self):
        super().__init__(BALANCER)
        SOCKET.parent.mkdir(exist_ok=True)
        SOCKET.unlink(missing_ok=True)
        self.process = self.start("haproxy", "-db", "-f", str(ROOT / "deploy/haproxy/haproxy.cfg"))
        until(lambda: self.process.poll() is not None or (is_listening() and is_open(BALANCER, 80)), "haproxy")
        assert self.process.poll() is None, self.said()
        for number in range(len(SERVERS)):
            self.until_up(number)

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(SOCKET))
            sock.sendall(command.encode() + b"\n")
            data = b""
            while chunk := sock.recv(65536):
                data += chunk
            return data.decode()

    def state(self, number):
        """The line of a server in its statistics, by the names of the columns."""
        head, *lines = self.ask("show stat").removeprefix("# ").splitlines()
        names = head.split(",")
        for line in lines:
            row = dict(zip(names, line.split(",")))
            if row.get("svname") == f"wws{number + 1}":
                return row
        raise AssertionError("haproxy knows no such server")

    def until_up(self, number):
        until(lambda: self.state(number)["status"] == "UP", f"server {number + 1} in haproxy")

    def until_down(self, number):
        until(lambda: self.state(number)["status"].startswith("DOWN"), "haproxy to notice")

    def take_out(self, number):
        """No new requests; returns when those that it had are answered."""
        assert self.ask(f"set server wws/wws{number + 1} state drain").strip() == ""
        until(lambda: self.state(number)["scur"] == "0", "the end of its requests")

    def take_in(self, number):
        until(lambda: is_ready(number), "the server's keys")
        assert self.ask(f"set server wws/wws{number + 1} state ready").strip() == ""
        self.until_up(number)

    def served(self, number):
        """How many requests it has had."""
        return int(self.state(number)["stot"])


class Nginx(Machine):
    def __init__(self):
        super().__init__(BALANCER)
        pathlib.Path("/var/log/nginx").mkdir(exist_ok=True)
        self.temp = tempfile.TemporaryDirectory(prefix="wws-nginx-")
        self.file = pathlib.Path(self.temp.name) / "nginx.conf"
        self.text = (ROOT / "deploy/nginx/nginx.conf").read_text()
        self.file.write_text(self.text)
        self.process = self.start("nginx", "-e", "stderr", "-c", str(self.file), "-g",
                                  "daemon off; user root; error_log stderr;")
        until(lambda: self.process.poll() is not None or is_open(BALANCER, 80), "nginx")
        assert self.process.poll() is None, self.said()

    def workers(self):
        return {pid for pid in children_of(self.process.pid) if b"nginx: worker" in cmdline(pid)}

    def change(self, text):
        """Returns when the last worker with the old file has answered its last request."""
        old = self.workers()
        self.file.write_text(text)
        os.kill(self.process.pid, signal.SIGHUP)
        until(lambda: self.workers() - old and not self.workers() & old, "nginx to read its file again")

    def take_out(self, number):
        server = f"server {SERVERS[number]}:8080"
        assert server in self.text
        self.change(self.text.replace(server, server + " down"))

    def take_in(self, number):
        until(lambda: is_ready(number), "the server's keys")
        self.change(self.text)

    def __exit__(self, *_):
        super().__exit__()
        self.temp.cleanup()
