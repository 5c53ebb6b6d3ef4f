#!/usr/bin/env python3
"""Lets system calls of the real binary fail, one in each run, and looks at what clients and the log are told.

usage: fault_sweep.py --wws BINARY --wat-guests FOLDER [--all] [--verbose] [ROLE:CALL[:NUMBER[:ERROR]]...]

A run is a server with one worker and one file: start, requests, stop. In it one call fails, once: the Nth that a
role (supervisor, compile, serve, store, egress, folders) makes of that kind. For the last three there is a worker
more, or one that can do more: count in the key-value store, ask other servers, or see a folder. The calls of all its processes are handed to this
program by the kernel (seccomp's user notification), whichever library makes them; the program under test is
not changed and knows nothing.

`compiling` is the supervisor where nothing is in the cache.

What must hold:
- no answer is wrong: the worker's and the file's are whole, or an error of the server, or none, never 404; what
  is not there is 404 or an error of the server, never 200;
- the server goes on, or refuses to start with a message; a process that dies is replaced;
- whatever was not answered as it should be, the log has a line of level warn or error;
- afterwards all is answered as it should be, and it stops with status 0.

Without --all: the first calls of each kind, which takes a minute. Needs Linux 5.19 and a C compiler's headers.
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import collections
import errno
import fcntl
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time

from system_calls import NUMBERS, libc, tell

PATIENCE = 15  # seconds: what takes longer hangs
LINES = 12  # of the log, in a report
READY = "Start serving requests at http://127.0.0.1:"

# Which calls fail with what. What cannot fail, or whose failure says nothing (close, munmap), is left out.
ERRORS = {
    "accept4": "EMFILE ENFILE ENOMEM ECONNABORTED EPERM",
    "bind": "ENOMEM", "listen": "EADDRINUSE", "socket": "EMFILE ENOMEM", "setsockopt": "ENOMEM",
    "getsockname": "ENOBUFS", "getpeername": "ENOTCONN", "shutdown": "ENOTCONN",
    "clone": "EAGAIN ENOMEM", "clone3": "EAGAIN ENOMEM", "vfork": "EAGAIN", "execve": "ENOMEM EACCES",
    "dup": "EMFILE", "dup2": "EMFILE", "dup3": "EMFILE", "fcntl": "EMFILE EINVAL",
    "epoll_create1": "EMFILE ENOMEM", "epoll_ctl": "ENOMEM ENOSPC", "epoll_wait": "EINTR", "epoll_pwait": "EINTR",
    "eventfd2": "EMFILE ENOMEM", "timerfd_create": "EMFILE ENOMEM", "timerfd_settime": "EINVAL",
    "timer_create": "EAGAIN ENOMEM", "timer_settime": "EINVAL",
    "signalfd4": "EMFILE", "pidfd_open": "EMFILE ENOMEM", "pidfd_send_signal": "EPERM",
    "fstat": "ENOMEM", "newfstatat": "ENOMEM EACCES", "statx": "ENOMEM EACCES", "fstatfs": "EIO",
    "fsync": "EIO ENOSPC", "fdatasync": "EIO ENOSPC", "fallocate": "ENOSPC", "pwrite64": "EIO ENOSPC", "ftruncate": "ENOSPC EIO", "getdents64": "EIO", "lseek": "EINVAL",
    "getrandom": "EINTR ENOSYS", "memfd_create": "EMFILE ENOMEM ENOSYS",
    "mkdir": "EACCES ENOSPC EROFS", "mkdirat": "EACCES ENOSPC EROFS",
    "mmap": "ENOMEM EACCES", "mprotect": "ENOMEM", "madvise": "ENOMEM", "mremap": "ENOMEM",
    "open": "EMFILE EACCES", "openat": "EMFILE ENFILE ENOMEM EACCES EIO", "openat2": "EMFILE ENFILE ENOMEM EIO",
    "pipe2": "EMFILE ENFILE", "socketpair": "EMFILE ENOMEM", "poll": "EINTR ENOMEM", "ppoll": "EINTR",
    "prctl": "EPERM EINVAL", "seccomp": "EPERM ENOSYS", "prlimit64": "EPERM", "setrlimit": "EPERM",
    "landlock_create_ruleset": "ENOSYS EOPNOTSUPP", "landlock_add_rule": "ENOMEM", "landlock_restrict_self": "EPERM",
    "pread64": "EIO", "read": "EIO EINTR", "readlink": "EACCES", "readlinkat": "EACCES",
    "write": "EIO ENOSPC EPIPE", "writev": "EIO EPIPE", "sendfile": "EIO ENOMEM",
    "recvfrom": "ECONNRESET ENOMEM", "recvmsg": "ECONNRESET ENOMEM EINTR",
    "sendto": "ECONNRESET EPIPE ENOBUFS", "sendmsg": "ECONNRESET EPIPE ENOBUFS",
    "rename": "EIO ENOSPC", "renameat": "EIO ENOSPC", "unlink": "EACCES", "unlinkat": "EACCES",
    "sched_getaffinity": "EPERM", "setpriority": "EPERM", "sigaltstack": "ENOMEM", "ioctl": "EINVAL ENOMEM", "getrusage": "EINVAL",
    "kill": "EPERM", "wait4": "EINTR", "waitid": "EINTR",
}
# The supervisor's only ones make its own sockets non-blocking; what it reads and writes while it compiles is the
# pipe by which it tells itself of signals.
CANNOT_FAIL = {("supervisor", "ioctl"), ("compiling", "ioctl"), ("compiling", "read"), ("compiling", "write")}
# What cannot be read when the project is looked at is told as what it looks like, a bad file, until the next start.
UNREADABLE = re.compile(r"handles\.wasm: cannot be run, its route answers 500: (cannot (open|read) |\S+ is not a regular file)")
ROLES = ("supervisor", "compiling", "compile", "serve", "store", "egress", "folders")
# Runs of these begin with an empty cache.
COLD = ("compiling", "compile")
#: A process counts from its first one on: what the dynamic loader does is not ours.
MARK = "rt_sigaction"
#: Where the driver gets hold of the notifications.
GATE = "execve"

NAMES = {number: name for name, number in NUMBERS.items()}


class Fault(collections.namedtuple("Fault", "role call number error")):
    def __str__(self):
        return f"{self.role}:{self.call}:{self.number}:{self.error}"


class Notifications(threading.Thread):
    """Answers the kernel for each call that is told: go on, or fail."""

    RECEIVE, SEND = 0xC0502100, 0xC0182101

    def __init__(self, main_pid, listener, fault):
        super().__init__(daemon=True)
        self.main_pid, self.listener, self.fault = main_pid, listener, fault
        self.counts = collections.Counter()
        self.roles, self.marked = {}, set()
        self.fired = threading.Event()
        self.start()

    def run(self):
        poller = select.poll()
        poller.register(self.listener, select.POLLIN)
        while True:
            for _, event in poller.poll():
                if event & select.POLLIN:
                    self.answer()
                elif event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                    return  # all processes are gone

    def answer(self):
        notification = bytearray(80)
        try:
            fcntl.ioctl(self.listener, self.RECEIVE, notification)
        except OSError:
            return  # it died meanwhile
        identity, pid = struct.unpack_from("QI", notification)
        name = NAMES[struct.unpack_from("i", notification, 16)[0]]
        error, flags = (-self.injected(pid, name), 0)
        if error == 0:
            flags = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE
        try:
            fcntl.ioctl(self.listener, self.SEND, struct.pack("QqiI", identity, 0, error, flags))
        except OSError:
            pass

    def injected(self, pid, name):
        """The number of the error with which it fails, or 0."""
        role = self.role(pid)
        if name == MARK:
            self.marked.add((pid, role))
        if (pid, role) not in self.marked:
            return 0
        self.counts[role, name] += 1
        fault = self.fault
        if fault is None or self.fired.is_set() or self.counts[role, name] != fault.number:
            return 0
        if (role, name) != (fault.role.replace("compiling", "supervisor"), fault.call):
            return 0
        self.fired.set()
        return getattr(errno, fault.error)

    def role(self, pid):
        if pid == self.main_pid:
            return "supervisor"
        if pid not in self.roles:
            try:
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                return "gone"
            role = {b"__serve": "serve", b"__compile": "compile", b"__store": "store",
                    b"__egress": "egress", b"__folders": "folders"}.get(words[1] if len(words) > 1 else b"")
            if role is None:
                return "supervisor"  # a child on its way to be one; shares what it does with its parent
            self.roles[pid] = role
        return self.roles[pid]


class Run:
    """A server in which one call fails, and what became of it."""

    def __init__(self, wws, project, calls, fault, keep_cache):
        self.cache = keep_cache or tempfile.mkdtemp(prefix="wws-fault-cache-")
        self.own_cache = not keep_cache
        self.output, self.errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.port = None
        self.status = None
        self.paths = [path for path in EXPECTED if path != "/counts" or (project / "counts.wasm").exists()]
        arguments = [wws, "--port", "0", "--processes", "1", "--stop-time", "5", str(project)]
        environment = dict(os.environ, XDG_CACHE_HOME=self.cache)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
                os.dup2(self.output.fileno(), 1)
                os.dup2(self.errors.fileno(), 2)
                tell(sorted({*calls, MARK, GATE}))
                os.execve(wws, arguments, environment)
            finally:
                os._exit(125)
        self.notifications = Notifications(self.pid, self.take_listener(), fault)

    def take_listener(self):
        """The new process waits at its execve until somebody answers: there is time to find what it made."""
        pidfd = os.pidfd_open(self.pid)
        try:
            for _ in range(100_000):
                for entry in pathlib.Path(f"/proc/{self.pid}/fd").iterdir():
                    try:
                        if os.readlink(entry) == "anon_inode:seccomp notify":
                            return libc.syscall(NUMBERS["pidfd_getfd"], pidfd, int(entry.name), 0)
                    except OSError:
                        pass
                time.sleep(0.0005)
            raise RuntimeError("no notifications of system calls: Linux 5.19 is needed")
        finally:
            os.close(pidfd)

    @staticmethod
    def text(file):
        return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode(errors="replace")

    def log(self):
        return self.text(self.errors)

    def has_ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def wait_until(self, condition):
        deadline = time.monotonic() + PATIENCE
        pause = 0.002
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)
        return True

    def serves(self):
        found = re.search(READY + r"(\d+)", self.text(self.output))
        if found:
            self.port = int(found.group(1))
        return found or self.has_ended()

    def get(self, path):
        """Status and body; None: no answer."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as sock:
                sock.settimeout(PATIENCE)
                sock.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n".encode())
                data = b""
                while chunk := sock.recv(65536):
                    data += chunk
        except TimeoutError:
            return "hangs"
        except OSError:
            return None
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if not head or (length and int(length.group(1)) != len(body)):
            return None  # cut off
        return int(head.split()[1]), body

    def is_answered(self, path):
        """As it should be; or with 500, for good, where the log has said that the worker cannot be read."""
        answer = self.get(path)
        return is_right(path, answer) or (
            path == "/handles" and isinstance(answer, tuple) and answer[0] == 500 and UNREADABLE.search(self.log()))

    def end(self):
        if not self.has_ended():
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            os.waitpid(self.pid, 0)
        # Children that are left would keep the notifications open.
        self.notifications.join(PATIENCE)
        os.close(self.notifications.listener)
        self.output.close()
        self.errors.close()
        if self.own_cache:
            shutil.rmtree(self.cache, ignore_errors=True)


FILE = b"the content of a file\n" * 2000
EXPECTED = {"/handles": (200, None), "/file.txt": (200, FILE), "/none": (404, None), "/counts": (200, None)}


def is_right(path, answer):
    status, body = EXPECTED[path]
    return isinstance(answer, tuple) and answer[0] == status and (body is None or answer[1] == body)


def is_honest(answer):
    """No answer, or one that says that it is the server that failed."""
    return answer is None or (isinstance(answer, tuple) and answer[0] in (403, 500, 503))


def judge(run):
    """Does what a run does. Returns what is wrong, or None."""
    if not run.wait_until(run.serves):
        return "neither serves nor ends"
    if run.has_ended():
        if run.status == 0 or not run.log().strip():
            return f"ended at the start with status {run.status} and no message"
        return None
    all_right = True
    for path in run.paths:
        answer = run.get(path)
        if is_right(path, answer):
            continue
        all_right = False
        if not is_honest(answer):
            return f"wrong answer to {path}: {str(answer)[:200]}"
    if not run.wait_until(lambda: run.has_ended() or all(run.is_answered(path) for path in run.paths)):
        return "does not recover"
    if run.has_ended():
        return f"ended with status {run.status}"
    os.kill(run.pid, signal.SIGTERM)
    if not run.wait_until(run.has_ended):
        return "does not stop"
    if run.status != 0:
        return f"stopped with status {run.status}"
    if not all_right and not re.search(r" (warn|error) ", run.log()):
        return "an answer failed and the log says nothing"
    return None


class Sweep:
    def __init__(self, wws, wat_guests, verbose):
        self.wws, self.verbose = os.path.abspath(wws), verbose
        self.temp = tempfile.TemporaryDirectory(prefix="wws-fault-")
        self.project = pathlib.Path(self.temp.name) / "project"
        (self.project / "public").mkdir(parents=True)
        shutil.copy(wat_guests / "handles.wasm", self.project)
        (self.project / "public/file.txt").write_bytes(FILE)
        self.counting = pathlib.Path(self.temp.name) / "counting"
        shutil.copytree(self.project, self.counting)
        shutil.copy(wat_guests / "counts.wasm", self.counting)
        (self.counting / "counts.toml").write_text('[data.kv]\nnamespace = "n"\n')
        self.reaching = pathlib.Path(self.temp.name) / "reaching"
        shutil.copytree(self.project, self.reaching)
        (self.reaching / "handles.toml").write_text('[features.http_requests]\nallowed_hosts = ["example.com"]\n')
        self.mounting = pathlib.Path(self.temp.name) / "mounting"
        shutil.copytree(self.project, self.mounting)
        (self.mounting / "folder").mkdir()
        (self.mounting / "folder/file").write_bytes(b"in a folder")
        (self.mounting / "handles.toml").write_text('[[folders]]\nfrom = "folder"\nto = "/f"\nmode = "rw"\n')
        self.cache = str(pathlib.Path(self.temp.name) / "cache")
        os.mkdir(self.cache, 0o700)
        self.passed = 0
        self.failed = []

    def project_of(self, role):
        """Where there is a store, it is a new one."""
        if role == "egress":
            return self.reaching
        if role == "folders":
            return self.mounting
        if role != "store":
            return self.project
        shutil.rmtree(self.counting / ".wws", ignore_errors=True)
        return self.counting

    def count(self, keep_cache, role=None):
        run = Run(self.wws, self.project_of(role), [name for name in ERRORS if name in NUMBERS], None, keep_cache)
        problem = judge(run)
        counts, log = run.notifications.counts, run.log()
        run.end()
        assert problem is None, f"without any fault: {problem}\n{log}"
        return counts

    def plan(self, chosen, is_all):
        """Faults of the first few calls of each kind, or of all."""
        self.count(self.cache, "store")  # fills it
        warm, cold = self.count(self.cache), self.count(None)
        services = {role: self.count(self.cache, role) for role in ("store", "egress", "folders")}
        calls = {role: cold if role in COLD else services.get(role, warm) for role in ROLES}
        faults = []
        for role in ROLES:
            counts = calls[role]
            its_role = role.replace("compiling", "supervisor")
            for call in sorted(call for one, call in counts if one == its_role):
                if call not in ERRORS or (role, call) in CANNOT_FAIL:
                    continue
                most = counts[its_role, call]
                # What the supervisor does either way is tried with what is in the cache.
                before = min(most, warm[its_role, call]) if role == "compiling" else 0
                errors = ERRORS[call].split()
                if is_all:
                    numbers = range(before + 1, min(most, 100) + 1)
                    faults += [Fault(role, call, n, error) for n in numbers for error in errors]
                else:
                    # Two of the calls, each with one of the errors, so that all errors have their turn.
                    numbers = [before + 1 + n * ((most - before) // 2 if before else 1) for n in range(min(most - before, 2))]
                    faults += [Fault(role, call, n, errors[n % len(errors)]) for n in numbers]
        if chosen:
            faults = []
            for text in chosen:
                role, call, *rest = text.split(":")
                most = calls[role][role.replace("compiling", "supervisor"), call]
                numbers = [int(rest[0])] if rest else range(1, most + 1)
                errors = rest[1:] or ERRORS[call].split()
                faults += [Fault(role, call, n, error) for n in numbers for error in errors]
        return faults

    def try_one(self, fault):
        run = Run(self.wws, self.project_of(fault.role), [fault.call], fault, None if fault.role in COLD else self.cache)
        try:
            problem = judge(run)
            fired = run.notifications.fired.is_set()
            log = run.log()
        finally:
            run.end()
        if problem:
            self.failed.append(fault)
            print(f"{fault}: {problem}", *("    " + line for line in log.splitlines()[-LINES:]), sep="\n", flush=True)
        else:
            self.passed += 1
            if self.verbose:
                print(f"{fault}: {'passed' if fired else 'passed, not reached'}", flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--wat-guests", type=pathlib.Path, required=True)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("faults", nargs="*")
    arguments = parser.parse_args()
    program = pathlib.Path(arguments.wws).read_bytes()
    if b"__asan_init" in program or b"__tsan_init" in program:
        print("left out: the sanitizers make calls of their own, and end the process when one fails")
        return 0
    sweep = Sweep(arguments.wws, arguments.wat_guests, arguments.verbose)
    for fault in sweep.plan(arguments.faults, arguments.all):
        sweep.try_one(fault)
    if sweep.failed:
        print("again: fault_sweep.py … " + " ".join(map(str, sweep.failed)))
    print(f"{sweep.passed} passed, {len(sweep.failed)} failed")
    return 1 if sweep.failed or not sweep.passed else 0


if __name__ == "__main__":
    sys.exit(main())
