"""Starts what a systemd unit says, within the limits that it sets, where no systemd runs.

Everything comes from the unit's file: the command with its variables, user, folders, limits, the filter of system calls,
the view of files. What is not emulated changes nothing that a program could miss (kernel modules, clocks, devices of
hardware).
"""
import ctypes
import fcntl
import json
import os
import pathlib
import re
import shlex
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from robustness import PATIENCE  # noqa: E402

# Of prctl, mount and unshare.
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_CAPBSET_DROP = 38, 22, 24
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


class Unit:
    """The lines of a unit's file."""

    def __init__(self, path):
        self.lines = []
        for line in pathlib.Path(path).read_text().splitlines():
            if "=" in line and not line.startswith(("#", ";", "[")):
                self.lines.append(tuple(part.strip() for part in line.split("=", 1)))

    def values(self, key):
        """All values, in their order; an empty one forgets those before it."""
        found = []
        for name, value in self.lines:
            if name == key:
                found = found + [value] if value else []
        return found

    def value(self, key, default=None):
        return (self.values(key) or [default])[-1]

    def is_on(self, key):
        return self.value(key) in ("yes", "true", "strict", "invisible")

    def environment(self, root="/"):
        variables = {}
        for value in self.values("Environment"):
            variables.update(word.split("=", 1) for word in shlex.split(value))
        for file in self.values("EnvironmentFile"):
            path = pathlib.Path(root, file.lstrip("-").lstrip("/"))
            if not path.exists() and file.startswith("-"):
                continue
            for line in path.read_text().splitlines():
                if line.strip() and not line.startswith(("#", ";")):
                    name, text = line.split("=", 1)
                    variables[name.strip()] = text.strip()
        return variables

    def command(self, environment):
        """As systemd expands it: ${NAME} within a word, a whole word $NAME to as many words as it has."""
        words = []
        for word in shlex.split(self.value("ExecStart")):
            if re.fullmatch(r"\$\w+", word):
                words += environment.get(word[1:], "").split()
            else:
                words.append(re.sub(r"\$\{(\w+)\}", lambda name: environment.get(name[1], ""), word))
        return words

    def system_calls(self):
        """The names that SystemCallFilter= allows."""
        allowed = set()
        for value in self.values("SystemCallFilter"):
            names = set().union(*map(expand, value.lstrip("~").split()))
            allowed = allowed - names if value.startswith("~") else allowed | names
        return sorted(allowed)


def expand(name):
    if not name.startswith("@"):
        return {name}
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    found = [line.strip() for line in text.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*map(expand, found))


class Service:
    """A unit's command, running. `sockets` are what its socket unit opens; `notify` a socket for its messages."""

    def __init__(self, unit, sockets, root="/", user=None, replace=(), notify=None, more_writable=()):
        """`root`: the file system it sees, which only root can choose. `user`: in place of the unit's. `replace`: pairs
        of paths, the unit's and those that stand for them here."""
        def here(text):
            for old, new in replace:
                text = text.replace(old, new)
            return text

        environment = unit.environment(root)
        passwd = pathlib.Path(root, "etc/passwd").read_text()
        fields = re.search(rf"^{user or unit.value('User')}:[^:]*:(\d+):(\d+):", passwd, re.M)
        folders = [here(f"{parent}/{unit.value(key)}") for key, parent in
                   (("StateDirectory", "/var/lib"), ("CacheDirectory", "/var/cache")) if unit.value(key)]
        for folder in folders:  # what systemd makes before each start
            path = pathlib.Path(root, folder.lstrip("/"))
            path.mkdir(mode=0o700, exist_ok=True)
            os.chown(path, int(fields[1]), int(fields[2]))
        descriptors = [sock.fileno() for sock in sockets]
        self.errors = tempfile.TemporaryFile()
        spec = {
            "argv": [here(word) for word in unit.command(environment)],
            "environment": dict(environment, PATH="/usr/sbin:/usr/bin", LANG="C.UTF-8",
                                LISTEN_FDS=str(len(descriptors)), **({"NOTIFY_SOCKET": notify} if notify else {}),
                                WATCHDOG_USEC=str(int(unit.value("WatchdogSec", "0")) * 1_000_000)),
            "descriptors": descriptors, "root": str(root), "uid": int(fields[1]), "gid": int(fields[2]),
            "writable": [*folders, *more_writable] if unit.is_on("ProtectSystem") else None,
            "proc": [f"{option}={value}" for option, value in (("hidepid", unit.value("ProtectProc")),
                                                               ("subset", unit.value("ProcSubset"))) if value],
            "users": unit.is_on("PrivateUsers"), "directory": here(unit.value("WorkingDirectory", "/")),
            "umask": int(unit.value("UMask", "0022"), 8), "files": int(unit.value("LimitNOFILE", "1024")),
            "calls": unit.system_calls(), "families": unit.value("RestrictAddressFamilies", "").split(),
        }
        self.process = subprocess.Popen([sys.executable, __file__, json.dumps(spec)], pass_fds=descriptors,
                                        stdout=self.errors, stderr=self.errors, stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def wait_until_ready(self, manager):
        """Until the manager is told so; a service that ends before is a failure."""
        manager.socket.settimeout(0.2)
        deadline = time.monotonic() + PATIENCE
        while True:
            assert self.process.poll() is None and time.monotonic() < deadline, "it did not start:\n" + self.log()
            try:
                manager.hear("READY=1")
                break
            except TimeoutError:
                pass
        manager.socket.settimeout(PATIENCE)

    def log(self):
        fd = self.errors.fileno()
        return os.pread(fd, os.fstat(fd).st_size, 0).decode(errors="replace")


# --- in the process that becomes the service ---

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result < 0:
        raise OSError(ctypes.get_errno(), what)


def mount(source, target, kind, flags, options=None):
    check(libc.mount(source and source.encode(), target.encode(), kind and kind.encode(), ctypes.c_ulong(flags),
                     options and options.encode()), f"mount {target}")


def limit_files(spec):
    """ProtectSystem=strict, ProtectProc=, and PrivateTmp= and PrivateDevices= where there is another root."""
    from system_calls import NUMBERS
    root = spec["root"].rstrip("/")
    check(libc.unshare(CLONE_NEWNS), "unshare")
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    if root:
        mount(root, root, None, MS_BIND | MS_REC)
        for name in ("null", "zero", "full", "random", "urandom"):
            pathlib.Path(root, "dev", name).touch()
            mount(f"/dev/{name}", f"{root}/dev/{name}", None, MS_BIND)
        mount("tmpfs", root + "/tmp", "tmpfs", 0)
    mount("proc", root + "/proc", "proc", 0, ",".join(spec["proc"]))
    for path in spec["writable"]:
        mount(root + path, root + path, None, MS_BIND)
    mount(None, root or "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID)
    if root:  # not by chroot(), in which the kernel makes no namespace of users
        os.chdir(root)
        check(libc.syscall(NUMBERS["pivot_root"], b".", b"."), "pivot_root")
        check(libc.umount2(b".", MNT_DETACH), "umount")
        os.chdir("/")


def be_user_alone(spec):
    """PrivateUsers=: root and the service's user are themselves, and all others are nobody."""
    told, tell = os.pipe()
    process = os.getpid()
    if os.fork() == 0:
        os.close(tell)
        if not os.read(told, 1):  # there is no such namespace
            os._exit(1)
        for name, number in (("uid_map", spec["uid"]), ("gid_map", spec["gid"])):
            pathlib.Path(f"/proc/{process}/{name}").write_text(f"0 0 1\n{number} {number} 1\n")
        os._exit(0)
    check(libc.unshare(CLONE_NEWUSER), "unshare users")
    os.write(tell, b"x")
    os.close(tell)
    os.close(told)
    assert os.wait()[1] == 0, "no map of users"


def filter_calls(names, families):
    """All but these system calls fail with EPERM, and sockets of other families with EAFNOSUPPORT."""
    from system_calls import NUMBERS
    load, equal, answer = 0x20, 0x15, 0x06

    def step(code, yes, no, value):
        return struct.pack("HBBI", code, yes, no, value)

    numbers = [int(getattr(socket, name)) for name in families]
    code = [step(load, 0, 0, 0)]
    if numbers:
        code += [step(equal, 0, len(numbers) + 3, NUMBERS["socket"]), step(load, 0, 0, 16)]
        code += [step(equal, len(numbers) - index, 0, number) for index, number in enumerate(numbers)]
        code += [step(answer, 0, 0, REFUSE | 97), step(answer, 0, 0, ALLOW)]
    for name in names:
        if name in NUMBERS:  # others belong to other machines
            code += [step(equal, 0, 1, NUMBERS[name]), step(answer, 0, 0, ALLOW)]
    code.append(step(answer, 0, 0, REFUSE | 1))
    text = ctypes.create_string_buffer(b"".join(code))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    program = Program(len(code), ctypes.cast(text, ctypes.c_void_p))
    check(libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0), "seccomp")


def become(spec):
    import resource
    from system_calls import NUMBERS  # noqa: F401  asks the compiler, which the new root does not have
    passed = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 256) for descriptor in spec["descriptors"]]
    for number, descriptor in enumerate(passed, 3):
        os.dup2(descriptor, number, inheritable=True)
    os.closerange(3 + len(passed), 1024)
    files = min(spec["files"], resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # more needs a right that root may lack
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, files), files))
    if spec["writable"] is not None:
        limit_files(spec)
    if spec["users"]:
        be_user_alone(spec)
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    os.setgroups([])
    os.setgid(spec["gid"])
    os.setuid(spec["uid"])
    os.chdir(spec["directory"])
    os.umask(spec["umask"])
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    filter_calls(spec["calls"], spec["families"])
    os.execve(spec["argv"][0], spec["argv"], dict(spec["environment"], LISTEN_PID=str(os.getpid())))


if __name__ == "__main__":
    become(json.loads(sys.argv[1]))
