"""Machines of a network that only this test has: namespaces of the kernel, joined by a bridge. Imported, not run.

The test itself runs in a namespace of networks, processes and mounts of its own (`enter`): whatever it starts is gone
with it, however it ends.
"""
import binascii
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from robustness import GUESTS, until

OWN_NETWORK = 0x40000000  # CLONE_NEWNET of unshare(2) and setns(2)
INSIDE = "WWS_TEST_NETWORK"
LIBC = ctypes.CDLL(None, use_errno=True)
# As docs/scaling.md and the files of deploy/ have them.
BALANCER, SERVERS, REDIS = "10.0.0.10", ("10.0.0.11", "10.0.0.12", "10.0.0.13"), "10.0.0.20"


def enter():
    """Goes on in namespaces of its own. Returns why that cannot be, or nothing."""
    if os.environ.get(INSIDE):
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "lan", "type", "bridge")
        run("ip", "address", "add", "10.0.0.1/24", "dev", "lan")
        run("ip", "link", "set", "lan", "up")
        for folder in ("/run", "/var/log", "/var/lib/nginx"):  # what the programs write to
            run("mount", "-t", "tmpfs", "-o", "mode=755", "none", folder)
        tempfile.tempdir = "/run"
        return None
    missing = [name for name in ("ip", "unshare", "haproxy", "redis-server", "redis-cli", "nginx")
               if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    if missing:
        return f"{', '.join(missing)}: not installed (scripts/setup tests)"
    user = ["--user", "--map-root-user"] if os.geteuid() else []
    into = ["unshare", *user, "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    tried = subprocess.run([*into, "ip", "link", "add", "lan", "type", "bridge"], capture_output=True, text=True)
    if tried.returncode != 0:
        return "no network can be made here: " + tried.stderr.strip()
    os.environ[INSIDE] = "1"
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    os.execvp(into[0], [*into, sys.executable, *sys.argv])


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **more)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


class Machine:
    """An address with a network of its own, and the processes that run there."""

    count = 0

    def __init__(self, address):
        self.address = address
        self.processes = []
        self.network = new_network()
        Machine.count += 1
        self.cable = f"cable{Machine.count}"
        mine = f"/proc/{os.getpid()}/fd/{self.network}"
        run("ip", "link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", mine)
        run("ip", "link", "set", self.cable, "master", "lan", "up")
        for command in (["link", "set", "lo", "up"], ["address", "add", f"{address}/24", "dev", "eth0"],
                        ["link", "set", "eth0", "up"]):
            run("ip", *command, preexec_fn=self.join)
        self.log = tempfile.TemporaryFile("w+")

    def join(self):
        if LIBC.setns(self.network, OWN_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def start(self, *command, **more):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                   preexec_fn=self.join, start_new_session=True, **more)
        self.processes.append(process)
        return process

    def said(self):
        return os.pread(self.log.fileno(), 1 << 20, 0).decode(errors="replace")

    def set_cable(self, state):
        """"down": what is sent to it vanishes, and so does what it sends."""
        run("ip", "link", "set", self.cable, state)

    def kill(self):
        """As if the power were cut, but for what its kernel says to others: connections end."""
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            until(lambda: not has_group(process.pid), "the end of all processes")
        self.processes.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        run("ip", "link", "del", self.cable)
        os.close(self.network)
        self.log.close()


def new_network():
    """A descriptor of a new namespace; it lives as long as that or a process in it."""
    made = []

    def make():
        if LIBC.unshare(OWN_NETWORK) == 0:
            made.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    assert made, "no namespace for a network"
    return made[0]


def has_group(group):
    """Whether a process of the group still runs. (Its parents may be gone; who waits for it is this process, the first.)"""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rsplit(")", 1)[1].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its_group) == group and state not in "ZX":
            return True
    return False


def is_open(address, port):
    try:
        socket.create_connection((address, port), 1).close()
        return True
    except OSError:
        return False


class WwsMachine(Machine):
    """A server on port 8080 of its machine, with a copy of the project and its keys in Redis."""

    def __init__(self, wws, address, store, cache):
        super().__init__(address)
        self.temp = tempfile.TemporaryDirectory(prefix="wws-machine-")
        folder = pathlib.Path(self.temp.name)
        for guest in ("kv_count", "kv_calls", "sleep"):
            shutil.copy(GUESTS / (guest + ".wasm"), folder)
        for name in ("kv_count", "kv_calls"):
            (folder / f"{name}.toml").write_text(f'[data.kv]\nnamespace = "{name}"\n')
        # Longer than the 250 ms that it is otherwise: the machine that runs all of this may be busy.
        (folder / "wws.toml").write_text(f'[kv]\nplace = "{store}"\ntime_limit = "2s"\n')
        self.command = [wws, "--host", "0.0.0.0", "--port", "8080", "--processes", "1", "--log-level", "warn",
                        "--cache", cache, str(folder)]
        self.serve()

    def serve(self):
        self.process = self.start(*self.command)
        until(lambda: is_open(self.address, 8080) or self.process.poll() is not None, "the server")
        assert self.process.poll() is None, self.said()

    def stop(self):
        """As a service manager does. The exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(60)
        self.processes.remove(self.process)
        return status

    def __exit__(self, *_):
        super().__exit__()
        self.temp.cleanup()


class RedisMachine(Machine):
    """Redis servers which write every change to their disks before they answer: one on port 6379, or six, on ports from
    7001 on, which make a Cluster of three primaries with a replica each."""

    OPTIONS = ["--protected-mode", "no", "--save", "", "--appendonly", "yes", "--appendfsync", "always",
               "--repl-diskless-sync-delay", "0"]

    def __init__(self, nodes=1):
        super().__init__(REDIS)
        self.temp = tempfile.TemporaryDirectory(prefix="wws-redis-")
        self.servers = {}
        if nodes == 1:
            self.serve(6379)
            self.url = f"redis://{REDIS}"
            return
        ports = range(7001, 7001 + nodes)
        for port in ports:
            self.serve(port)
        hosts = [f"{REDIS}:{port}" for port in ports]
        run("redis-cli", "--cluster", "create", *hosts, "--cluster-replicas", "1", "--cluster-yes")
        until(lambda: all(self.is_whole(port) for port in ports), "the Cluster")
        self.url = f"redis+cluster://{hosts[0]},{hosts[1]},{hosts[2]}"

    def serve(self, port):
        folder = pathlib.Path(self.temp.name) / str(port)
        folder.mkdir(exist_ok=True)
        cluster = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"] if port != 6379 else []
        self.servers[port] = self.start("redis-server", "--port", str(port), "--dir", str(folder), *self.OPTIONS, *cluster)
        until(lambda: self.ask(port, "PING") == "PONG\n", "redis-server")

    def ask(self, port, *words):
        done = subprocess.run(["redis-cli", "-h", REDIS, "-p", str(port), *words], capture_output=True, text=True,
                              timeout=60)
        return done.stdout

    def is_whole(self, port):
        """Every node answers, every slot has a primary, and every primary a replica that has all it has."""
        state, nodes = self.ask(port, "CLUSTER", "INFO"), self.ask(port, "CLUSTER", "NODES").splitlines()
        info = self.ask(port, "INFO", "replication")
        return ("cluster_state:ok" in state and len(nodes) == 6 and not any("fail" in node for node in nodes) and
                sum("slave" in node for node in nodes) == 3 and
                ("role:master" not in info or "state=online" in info) and
                ("role:slave" not in info or "master_link_status:up" in info))

    def primary_of(self, namespace):
        """The port of the node that has the namespace, as another node sees it. None: none has it now."""
        slot = binascii.crc_hqx(namespace.encode(), 0) % 16384  # of the key's hash tag
        for port in self.servers:
            for line in self.ask(port, "CLUSTER", "NODES").splitlines():
                words = line.split()
                ranges = [word.split("-") for word in words[8:] if not word.startswith("[")]
                if "master" in words[2] and "fail" not in words[2] and any(
                        int(some[0]) <= slot <= int(some[-1]) for some in ranges):
                    return int(words[1].split("@")[0].rsplit(":", 1)[1])
        return None

    def kill_node(self, port):
        self.servers[port].kill()
        self.servers[port].wait()

    def __exit__(self, *_):
        super().__exit__()
        self.temp.cleanup()
