#!/usr/bin/env python3
"""Looks at what the real binary's children may do, as the kernel tells it in /proc.

usage: hardening.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.

What only root can do or see is left out for others, and what a build with sanitizers does not have; a line
says so.
"""
import argparse
import contextlib
import errno
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import system_calls
from kv_redis import Redis
from robustness import GUESTS, PATIENCE, LeftOut, Server, children_of, cmdline, descriptors, receive, run_tests, until

NOBODY = pwd.getpwnam("nobody")
NO_LANDLOCK = ("landlock_create_ruleset", errno.ENOSYS)


def need_root():
    if os.geteuid() != 0:
        raise LeftOut("only root can do that")


def status(pid):
    """The fields of /proc/PID/status; empty when it is gone."""
    with contextlib.suppress(OSError):
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
        return {name: value.split() for name, value in re.findall(r"^(\w+):[ \t]*(.*)$", text, re.MULTILINE)}
    return {}


def confinement(pid):
    fields = status(pid)
    return fields.get("NoNewPrivs", [None])[0], fields.get("Seccomp", [None])[0]


def compile_children(server):
    """Process ids of the compile children."""
    pids = []
    for cmdline in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if (b"__compile" in cmdline.read_bytes()
                    and status(cmdline.parent.name).get("PPid") == [str(server.process.pid)]):
                pids.append(int(cmdline.parent.name))
    return pids


def ticks_in_user_mode(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11])


def leb128(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def section(number, content):
    return bytes([number]) + leb128(len(content)) + content


def slow_module():
    """A good module that the compiler needs some seconds for."""
    functions = 4000
    body = b"\0" + b"\x20\0\x20\0\x6c\x41\x07\x6a\x21\0" * 200 + b"\x20\0\x0b"  # x = x * x + 7, often
    return (b"\0asm\1\0\0\0" + section(1, b"\x02\x60\x01\x7f\x01\x7f\x60\0\0") +
            section(3, leb128(functions + 1) + b"\0" * functions + b"\1") +
            section(7, b"\1\x06_start\0" + leb128(functions)) +
            section(10, leb128(functions + 1) + (leb128(len(body)) + body) * functions + b"\x02\0\x0b"))


@contextlib.contextmanager
def compiling(wws, *options):
    """A server, and its compile child when that has given up what it gives up and is at work."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        os.chmod(folder, 0o755)
        pathlib.Path(folder, "slow.wasm").write_bytes(slow_module())
        with Server(wws, "--processes", "1", *options, folder=folder, cache=cache) as server:
            found = []

            def is_at_work():
                found[:] = compile_children(server)
                return found and ticks_in_user_mode(found[0]) > 10  # past its start and the reading of the module

            until(is_at_work, "a compile child at work")
            yield server, found[0]
            server.process.send_signal(signal.SIGTERM)


class Counting(Server):
    """A server whose worker has a namespace in the key-value store."""

    def prepare(self):
        os.chmod(self.folder, 0o755)
        shutil.copy(GUESTS / "kv_count.wasm", self.folder)
        (self.folder / "kv_count.toml").write_text('[data.kv]\nnamespace = "n"\n')

    def store_child(self):
        return next(pid for pid in children_of(self.process.pid) if b"__store" in cmdline(pid))


def test_every_thread_of_the_store_child_is_confined(wws):
    for options in ((), ("--kv", "memory")):
        with Counting(wws, "--processes", "1", *options) as server:
            assert server.get("/kv_count") == (200, b"1")
            tasks = [f"{server.store_child()}/task/{task.name}"
                     for task in pathlib.Path(f"/proc/{server.store_child()}/task").iterdir()]
            assert len(tasks) == (1 if options else 2), tasks
            for task in tasks:
                assert confinement(task) == ("1", SECCOMP), (task, confinement(task))


def test_the_store_child_has_its_files_and_sockets_and_no_more(wws):
    with Counting(wws, "--processes", "1") as server:
        assert server.get("/kv_count") == (200, b"1")
        names = [re.sub(r":?\[\d+\]$", "", link).removeprefix(str(server.folder))
                 for link in descriptors(server.store_child()).values()]
        files = sorted(name for name in names if name.startswith("/.wws/"))
        assert files == ["/.wws/kv/kv.ballast", "/.wws/kv/kv.sqlite", "/.wws/kv/kv.sqlite-wal"], names
        assert names.count("socket") == 2 + 1, names  # the channel, its duplicate, and one serving process
        assert not any(name.endswith(".wasm") or "public" in name for name in names), names


def test_a_store_child_with_redis_is_confined_and_has_no_files(wws):
    with Redis() as redis:
        for host, user in (("127.0.0.1", ()), ("localhost", ("--user", "nobody") if os.geteuid() == 0 else ())):
            where = f"redis://{host}:{redis.port}"
            with Counting(wws, "--processes", "1", "--kv", where, *user) as server:
                until(lambda: server.get("/kv_count")[0] == 200, "Redis")
                child = server.store_child()
                tasks = [f"{child}/task/{task.name}" for task in pathlib.Path(f"/proc/{child}/task").iterdir()]
                assert len(tasks) == 3, tasks  # the child's own, the client's, and the resolver's
                for task in tasks:
                    assert confinement(task) == ("1", SECCOMP), (task, confinement(task))
                kinds = {re.sub(r":?\[.*\]$", "", link) for link in descriptors(child).values()}
                files = {kind for kind in kinds if kind.startswith("/") and not kind.startswith(("/dev/null", "/memfd:"))}
                assert not {name for name in files if "(deleted)" not in name}, kinds
                # After it was confined too: connections are made anew.
                redis.stop()
                until(lambda: server.get("/kv_count")[0] == 503, "a refusal")
                redis.start()
                until(lambda: server.get("/kv_count")[0] == 200, "another connection")


class Mounting(Server):
    """A server whose worker has a folder for reading and one for writing."""

    def prepare(self):
        os.chmod(self.folder, 0o755)
        shutil.copy(GUESTS / "files.wasm", self.folder)
        for name in ("ro", "rw"):
            (self.folder / name).mkdir()
            os.chmod(self.folder / name, 0o777)
        (self.folder / "ro/a").write_text("a")
        (self.folder / "files.toml").write_text(
            'abi = "cgi"\n[[folders]]\nfrom = "ro"\nto = "/ro"\n'
            '[[folders]]\nfrom = "rw"\nto = "/rw"\nmode = "rw"\n')

    def folders_child(self):
        return next(pid for pid in children_of(self.process.pid) if b"__folders" in cmdline(pid))

    def works(self):
        body = b"open r /ro/a\nopen wc /rw/f\nopen wc /ro/f\n"
        with self.connect() as sock:
            sock.sendall(b"POST /files HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" %
                         len(body) + body)
            return receive(sock) == (200, b"ok 5\nok 6\nerr 69\n")


def test_every_thread_of_the_folders_child_is_confined(wws):
    for options in ((), ("--hardening", "required")):
        with Mounting(wws, "--processes", "1", *options) as server:
            assert server.works(), server.log()
            child = server.folders_child()
            tasks = [f"{child}/task/{task.name}" for task in pathlib.Path(f"/proc/{child}/task").iterdir()]
            assert len(tasks) == 1 + 4, tasks
            for task in tasks:
                assert confinement(task) == ("1", SECCOMP), (task, confinement(task))
            assert "could not be confined" not in server.log(), server.log()


def test_the_folders_child_has_its_folders_and_sockets_and_no_more(wws):
    with Mounting(wws, "--processes", "1") as server:
        assert server.works(), server.log()

        def names():
            return [re.sub(r":?\[\d+\]$", "", link).removeprefix(str(server.folder))
                    for link in descriptors(server.folders_child()).values()]

        until(lambda: sorted(name for name in names() if name.startswith("/r")) == ["/ro", "/rw"], "only the folders")
        assert names().count("socket") == 2 + 1, names()  # the channel, its duplicate, and one serving process
        assert not any(name.endswith((".wasm", ".toml")) or "public" in name for name in names()), names()
        for pid in server.children():
            assert not any(name.endswith(("/ro", "/rw")) for name in descriptors(pid).values()), "a mount"


def test_the_folders_child_is_the_user_that_children_become(wws):
    need_root()
    with Mounting(wws, "--processes", "1", "--user", "nobody") as server:
        assert server.works(), server.log()
        assert status(server.folders_child())["Uid"] == [str(NOBODY.pw_uid)] * 4
        assert (server.folder / "rw/f").stat().st_uid == NOBODY.pw_uid


def test_folders_work_without_confinement(wws):
    for options, refused in ((("--hardening", "off"), None), ((), NO_LANDLOCK)):
        with Mounting(wws, "--processes", "1", *options, refused=refused) as server:
            assert server.works(), server.log()


def test_the_store_belongs_to_the_user_that_children_become(wws):
    need_root()
    with Counting(wws, "--processes", "1", "--user", "nobody") as server:
        assert server.get("/kv_count") == (200, b"1")
        assert status(server.store_child())["Uid"] == [str(NOBODY.pw_uid)] * 4
        assert (server.folder / ".wws/kv/kv.sqlite").stat().st_uid == NOBODY.pw_uid
        assert (server.folder / ".wws/kv").stat().st_mode & 0o777 == 0o700


class Reaching(Server):
    """A server whose worker may ask others."""

    def prepare(self):
        os.chmod(self.folder, 0o755)
        shutil.copy(GUESTS / "hello.wasm", self.folder)
        (self.folder / "hello.toml").write_text('[features.http_requests]\nallowed_hosts = ["example.com"]\n')

    def egress_children(self):
        return [pid for pid in children_of(self.process.pid) if b"__egress" in cmdline(pid)]


def test_the_egress_child_is_there_where_a_worker_may_ask_others(wws):
    with Server(wws, "--processes", "1", guests=["hello"]) as server:
        assert not [pid for pid in children_of(server.process.pid) if b"__egress" in cmdline(pid)]
    with Reaching(wws, "--processes", "2") as server:
        until(lambda: len(server.egress_children()) == 1, "an egress child")
        first = server.egress_children()[0]
        os.kill(first, signal.SIGKILL)
        until(lambda: server.egress_children() not in ([], [first]), "another egress child")
        assert server.get("/hello")[0] == 200


def test_the_egress_child_is_confined_and_has_sockets_alone(wws):
    with Reaching(wws, "--processes", "1") as server:
        assert server.get("/hello")[0] == 200
        child = server.egress_children()[0]
        until(lambda: confinement(child) == ("1", SECCOMP), "its confinement")
        assert len(list(pathlib.Path(f"/proc/{child}/task").iterdir())) == 1, "it has threads"
        names = [re.sub(r":?\[\d+\]$", "", link) for link in descriptors(child).values()]
        # What is deleted is the status page, and where this test keeps the log.
        assert not any(name.startswith("/") and name != "/dev/null" and "(deleted)" not in name for name in names), names


def test_the_egress_child_becomes_the_user_of_children(wws):
    need_root()
    with Reaching(wws, "--processes", "1", "--user", "nobody") as server:
        assert server.get("/hello")[0] == 200
        assert status(server.egress_children()[0])["Uid"] == [str(NOBODY.pw_uid)] * 4


class Exporting(Server):
    """A server that tells a collector, which is not there."""

    def __init__(self, wws, *options):
        super().__init__(wws, "--processes", "1", "--otlp", "http://127.0.0.1:9", *options, guests=["hello"])

    def prepare(self):
        os.chmod(self.folder, 0o755)

    def telemetry_child(self):
        children = [pid for pid in children_of(self.process.pid) if b"__telemetry" in cmdline(pid)]
        return children[0] if children else None


def test_the_telemetry_child_is_confined_and_started_again(wws):
    with Exporting(wws) as server:
        first = server.telemetry_child()
        until(lambda: confinement(first) == ("1", SECCOMP), "its confinement")
        assert len(list(pathlib.Path(f"/proc/{first}/task").iterdir())) == 1, "it has threads"
        names = [re.sub(r":?\[\d+\]$", "", link) for link in descriptors(first).values()]
        assert not any(name.startswith("/") and name != "/dev/null" and "(deleted)" not in name for name in names), names
        os.kill(first, signal.SIGKILL)
        until(lambda: server.telemetry_child() not in (None, first), "another telemetry child")
        assert server.get("/hello") == (200, b"hello")
        assert server.stop() == 0


def test_the_telemetry_child_becomes_the_user_of_children(wws):
    need_root()
    with Exporting(wws, "--user", "nobody") as server:
        assert status(server.telemetry_child())["Uid"] == [str(NOBODY.pw_uid)] * 4


def test_children_are_confined_by_default(wws):
    with Server(wws, "--processes", "2", guests=["hello"]) as server:
        assert len(server.children()) == 2
        for pid in server.children():
            assert confinement(pid) == ("1", SECCOMP), confinement(pid)
        assert confinement(server.process.pid)[1] == "0", "the supervisor starts programs"
        assert server.get("/hello") == (200, b"hello")
        assert "could not be confined" not in server.log(), server.log()
        assert server.stop() == 0


def test_a_process_that_is_started_again_is_confined(wws):
    with Server(wws, "--processes", "1", guests=["hello"]) as server:
        [first] = server.children()
        os.kill(first, signal.SIGKILL)
        until(lambda: any(pid != first and confinement(pid) == ("1", SECCOMP) for pid in server.children()),
              "a confined process")
        assert server.get("/hello") == (200, b"hello")
        assert server.stop() == 0


def test_compile_children_are_confined(wws):
    with compiling(wws) as (_, child):
        assert confinement(child) == ("1", SECCOMP), confinement(child)


def test_compile_children_have_the_standard_streams_only(wws):
    need_root()
    with compiling(wws) as (_, child):
        assert sorted(descriptors(child)) == [0, 1, 2], descriptors(child)


def children_of_the_engine_child(server):
    """Those that it made, by the command line that they share with it: it is the first."""
    return sorted(pid for pid in children_of(server.process.pid) if b"__engine" in cmdline(pid))[1:]


def test_children_for_scripts_are_confined_as_all_that_compile(wws):
    """They are made ready before there is a script, by a process that is not confined."""
    need_root()
    script = 'export default () => new Response("%s");'
    with Server(wws, "--processes", "1", "--watch", files={"a.js": script % "first"}) as server:
        assert server.get("/a") == (200, b"first")
        until(lambda: children_of_the_engine_child(server), "a child that is ready")
        [ready] = children_of_the_engine_child(server)
        pathlib.Path(server.folder, "b.js").write_text("while (true);\n")
        until(lambda: ticks_in_user_mode(ready) > 5, "a child at work on a script")
        assert confinement(ready) == ("1", SECCOMP), confinement(ready)
        assert status(ready)["PPid"] == [str(server.process.pid)]
        kinds = {number: link for number, link in descriptors(ready).items() if not link.endswith(".cwasm")}
        assert not any("socket" in link for link in kinds.values()), kinds
        limits = pathlib.Path(f"/proc/{ready}/limits").read_text()
        assert re.search(r"Max cpu time\s+30\s+30\s", limits), limits
        assert re.search(r"Max core file size\s+0\s+0\s", limits), limits
        assert SECCOMP == "0" or re.search(r"Max data size\s+2147483648\s", limits), limits
        server.process.send_signal(signal.SIGKILL)
        until(lambda: not status(ready), "the end of the child with the supervisor's")


def test_required_serves_where_it_can(wws):
    if SECCOMP == "0":
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([wws, "--port", "0", "--hardening", "required", folder], capture_output=True,
                                  text=True, timeout=PATIENCE)
        assert done.returncode == 1 and "not filtered" in done.stderr, done
        return
    with Server(wws, "--processes", "1", "--hardening", "required", guests=["hello"]) as server:
        assert confinement(server.children()[0]) == ("1", "2")
        assert server.get("/hello") == (200, b"hello")
        assert server.stop() == 0


def test_required_fails_where_landlock_is_missing(wws):
    code, errors = refused(wws, "--hardening", "required", preexec_fn=lambda: system_calls.refuse(*NO_LANDLOCK))
    assert code == 1, (code, errors)
    if SECCOMP == "2":
        assert "Landlock: this kernel does not limit file access" in errors, errors


def test_a_missing_landlock_is_told(wws):
    with Server(wws, "--processes", "1", guests=["hello"], refused=NO_LANDLOCK) as server:
        assert server.get("/hello") == (200, b"hello")
        assert "serving processes may open any file that their user can: Landlock" in server.log(), server.log()
        assert confinement(server.children()[0]) == ("1", "2")
        assert server.stop() == 0


def test_off_confines_nothing(wws):
    with Server(wws, "--processes", "1", "--hardening", "off", guests=["hello"]) as server:
        assert confinement(server.children()[0]) == ("0", "0")
        assert server.get("/hello") == (200, b"hello")
        assert server.stop() == 0


def not_needed(pid, folder):
    """The descriptors of a serving process of two modules that it could do without."""
    found = descriptors(pid)
    needed = {
        r"socket:\[\d+\]": 3,  # the channel, a duplicate of it for the event loop, the listener
        r"anon_inode:\[eventpoll\]": 1,
        r"anon_inode:\[timerfd\]": 1,
        r"anon_inode:\[eventfd\]": 3,  # the engine's, a duplicate for the event loop, the loop's own
        r"/memfd:wws-status \(deleted\)": 1,
        r"/memfd:wws-store \(deleted\)": 1,  # of namespaces that a reload may bring too; for reading only
        rf"/proc/{pid}/pagemap": 1,
        re.escape(folder): 1,
        r".*/[0-9a-f-]+-[\w.-]+\.cwasm": 2,
    }
    for number in range(16):  # the streams, and numbers that are kept free of connections
        if number == 2 or found.get(number) == "/dev/null":
            found.pop(number, None)
    for pattern, count in needed.items():
        for number in [number for number, name in found.items() if re.fullmatch(pattern, name)][:count]:
            del found[number]
    return found


def test_a_serving_process_has_only_the_descriptors_it_needs(wws):
    need_root()
    with (tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scripts,
          tempfile.TemporaryDirectory() as cache):
        for guest in ("hello", "echo"):
            shutil.copy(GUESTS / f"{guest}.wasm", folder)
        pathlib.Path(folder, "public").mkdir()
        pathlib.Path(folder, "public/file.txt").write_text("file")
        # A caller that leaves descriptors open, of low and of high numbers.
        careless = pathlib.Path(scripts, "wws")
        careless.write_text(f'#!/bin/bash\nexec "{wws}" "$@" 3</etc/passwd 4</etc/passwd 77</etc/passwd\n')
        careless.chmod(0o755)
        with Server(str(careless), "--processes", "1", folder=folder, cache=cache) as server:
            for path in ("/hello", "/file.txt"):
                assert server.get(path)[0] == 200
            until(lambda: "all modules are compiled" in server.log(), "the end of compilation")
            assert server.get("/echo")[0] == 200
            [child] = server.children()
            # A connection is closed a moment after its client.
            until(lambda: not not_needed(child, folder), f"the needed descriptors alone: {descriptors(child)}")
            found = descriptors(child)
            sockets = {name for name in found.values() if name.startswith("socket:")}
            assert len(sockets) == 2, sockets
            # What is shared with other processes has the low numbers, by which the filter knows it.
            assert found[3] in sockets and found[4] in sockets and found[3] != found[4], found
            with server.connect() as sock:
                until(lambda: len(set(descriptors(child).values()) - sockets) > 0 and
                      any(number >= 16 and name.startswith("socket:") and name not in sockets
                          for number, name in descriptors(child).items()), "the connection, at a high number")
                sock.close()
            assert server.stop() == 0


def identity(pid):
    fields = status(pid)
    return fields["Uid"], fields["Gid"], fields["Groups"]


def test_user_is_whom_children_become(wws):
    need_root()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        shutil.copy(GUESTS / "hello.wasm", folder)
        pathlib.Path(folder, "public").mkdir()
        pathlib.Path(folder, "public/file.txt").write_text("file")
        for name, group in (("nobody", NOBODY.pw_gid), ("nobody:daemon", 1), (f"{NOBODY.pw_uid}:7", 7)):
            with Server(wws, "--processes", "1", "--user", name, folder=folder) as server:
                assert server.get("/hello") == (200, b"hello")
                assert server.get("/file.txt") == (200, b"file")
                [child] = server.children()
                assert identity(child) == ([str(NOBODY.pw_uid)] * 4, [str(group)] * 4, []), identity(child)
                assert confinement(child) == ("1", SECCOMP), confinement(child)
                assert identity(server.process.pid)[0] == ["0"] * 4
                until(lambda: "memory reset by" in server.log(), "a line about its memory")
                assert "root" not in server.log(), server.log()
                os.kill(child, signal.SIGKILL)
                assert server.get("/hello") == (200, b"hello")
                assert server.stop() == 0
    with compiling(wws, "--user", "nobody") as (_, child):
        assert identity(child) == ([str(NOBODY.pw_uid)] * 4, [str(NOBODY.pw_gid)] * 4, []), identity(child)
        assert confinement(child) == ("1", SECCOMP), confinement(child)


def refused(wws, *options, folder=None, **popen):
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run([wws, "--port", "0", *options, folder or empty], capture_output=True, text=True,
                              timeout=PATIENCE, **popen)
    return done.returncode, done.stderr


def test_a_user_that_nobody_knows_is_refused(wws):
    need_root()
    for name, words in (("no-such-user", 'no user "no-such-user"'),
                        ("nobody:no-such-group", 'no group "no-such-group"'),
                        ("123456", "name a group too"), ("root", "is the superuser"), ("0:7", "is the superuser")):
        code, errors = refused(wws, "--user", name)
        assert code == 2 and words in errors, (code, errors)


def test_a_folder_that_the_user_cannot_read_is_told(wws):
    need_root()
    with tempfile.TemporaryDirectory() as folder:
        code, errors = refused(wws, "--user", "nobody", folder=folder)
        assert code == 1 and folder in errors and "cannot search it: Permission denied" in errors, (code, errors)
        os.chmod(folder, 0o755)
        public = pathlib.Path(folder, "public")
        public.mkdir(0o700)
        code, errors = refused(wws, "--user", "nobody", folder=folder)
        assert code == 1 and str(public) in errors and "cannot read it: Permission denied" in errors, (code, errors)


def test_user_is_for_root_only(wws):
    if os.geteuid() != 0:
        code, errors = refused(wws, "--user", "nobody")
    else:
        with tempfile.TemporaryDirectory() as folder:  # where nobody finds the program
            os.chmod(folder, 0o755)
            program = shutil.copy(wws, folder)
            code, errors = refused(program, "--user", "nobody", folder=folder, user=NOBODY.pw_uid)
    assert code == 2 and "--user works only when the server is started as root" in errors, (code, errors)


def test_serving_as_root_is_warned_of_once(wws):
    need_root()
    with Server(wws, "--processes", "2", guests=["hello"]) as server:
        assert server.log().count("serving as root: name a user without rights") == 1, server.log()
        assert server.stop() == 0


def main():
    global SECCOMP
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    wws = os.path.abspath(arguments.wws)
    # As src/hardening/system_call_filter.cc has it.
    program = pathlib.Path(wws).read_bytes()
    SECCOMP = "0" if b"__asan_init" in program or b"__tsan_init" in program else "2"
    return run_tests(globals(), arguments.names, wws)


if __name__ == "__main__":
    sys.exit(main())
