#!/usr/bin/env python3
"""Mounted folders of the real binary: what workers do to files, and what they cannot reach.

usage: mounts.py --wws BINARY [NAME...]
The guest files.c does what the lines of a request's body say, and answers each with a line.
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time

from robustness import (GUESTS, LeftOut, PATIENCE, Server, children_of, cmdline, descriptors, receive, run_tests,
                        until)

# Numbers of WASI.
ERRORS = {"ACCES": 2, "BADF": 8, "BUSY": 10, "EXIST": 20, "ILSEQ": 25, "INVAL": 28, "IO": 29, "ISDIR": 31, "LOOP": 32,
          "MFILE": 33, "NAMETOOLONG": 37, "NOENT": 44, "NOTDIR": 54, "NOTEMPTY": 55, "NOSPC": 51, "NOTSUP": 58, "NXIO": 60,
          "PERM": 63, "ROFS": 69, "NOTCAPABLE": 76, "FAULT": 21, "SPIPE": 70, "XDEV": 75}
NAMES = {number: name for name, number in ERRORS.items()}
READ, WRITE = 1 << 1, 1 << 6
SECRET = "the secret outside"


class Mounts(Server):
    """A server whose worker `files` has a folder for reading and one for writing, and whose worker `other` another.

    Beside them lies what nobody mounts."""

    def __init__(self, wws, *options, more="", processes=1, **arguments):
        self.more = more
        super().__init__(wws, "--processes", str(processes), "--log-level", "warn", *options, guests=("hello",),
                         **arguments)

    def prepare(self):
        os.chmod(self.folder, 0o755)
        for name in ("files", "other", "none"):
            shutil.copy(GUESTS / "files.wasm", self.folder / f"{name}.wasm")
        for name in ("ro", "rw", "theirs", "outside"):
            (self.folder / name).mkdir(exist_ok=True)
            os.chmod(self.folder / name, 0o777)
        self.ro, self.rw, self.theirs = (self.folder / name for name in ("ro", "rw", "theirs"))
        (self.ro / "a").write_text("what is in a")
        (self.ro / "sub").mkdir(exist_ok=True)
        (self.ro / "sub" / "b").write_text("b")
        (self.folder / "outside" / "secret").write_text(SECRET)
        (self.theirs / "note").write_text(SECRET)
        (self.folder / "files.toml").write_text(
            'abi = "cgi"\n[[folders]]\nfrom = "ro"\nto = "/data"\n'
            '[[folders]]\nfrom = ".\\\\rw"\nto = "/work"\nmode = "rw"\n' + self.more)
        (self.folder / "other.toml").write_text(
            'abi = "cgi"\n[[folders]]\nfrom = "theirs"\nto = "/data"\nmode = "rw"\n')
        (self.folder / "none.toml").write_text('abi = "cgi"\n')

    def ask(self, *lines, worker="files"):
        """The answers to these lines."""
        body = "".join(line + "\n" for line in lines).encode()
        status, answer = self.post(f"/{worker}", body)
        assert status == 200, (status, answer, self.log())
        return [readable(line) for line in answer.decode(errors="replace").splitlines()]

    def post(self, path, body):
        with self.connect() as sock:
            sock.sendall(f"POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}\r\n"
                         "Connection: close\r\n\r\n".encode() + body)
            return receive(sock)

    def folders_child(self):
        return next((pid for pid in children_of(self.process.pid) if b"__folders" in cmdline(pid)), None)


def readable(line):
    """Errors by their names."""
    word, _, number = line.partition(" ")
    return NAMES.get(int(number), number) if word == "err" else line


def expect(server, table, worker="files"):
    """Lines and their answers, in one request."""
    answers = server.ask(*(line for line, _ in table), worker=worker)
    assert len(answers) == len(table), (answers, server.log())
    wrong = [(line, answer, wanted) for (line, wanted), answer in zip(table, answers)
             if not (answer == wanted or wanted.endswith("*") and answer.startswith(wanted[:-1]))]
    assert not wrong, wrong


def test_a_worker_reads_what_is_mounted(wws):
    with Mounts(wws) as server:
        expect(server, [
            ("@prestat 3", "ok 5 /data"), ("@prestat 4", "ok 5 /work"), ("@prestat 5", "BADF"),
            ("open r /data/a", "ok 5"), ("read 5 100", "ok 12 what is in a"), ("read 5 100", "ok 0 "),
            ("seek 5 5 set", "ok 5"), ("read 5 2", "ok 2 is"), ("seek 5 -1 end", "ok 11"), ("seek 5 0 cur", "ok 11"),
            ("seek 5 -20 cur", "INVAL"), ("pread 5 4 0", "ok 4 what"), ("seek 5 0 cur", "ok 11"),
            ("fstat 5", "ok file size=12*"), ("flags 5", "ok r"), ("close 5", "ok"), ("read 5 1", "BADF"),
            ("close 5", "BADF"), ("stat /data/sub", "ok dir*"), ("stat /data", "ok dir*"),
            ("list /data", "ok 2 0*"), ("open r /data/no", "NOENT"), ("open rd /data/a", "NOTDIR"),
            ("open r /data/a/x", "NOTDIR"), ("open r /data/sub/../a", "ok 5"), ("open r /data/sub/b", "ok 6"),
            ("close 5", "ok"), ("open r /data/a", "ok 5"), ("open r /data/", "ok 7"), ("read 7 1", "BADF"),
        ])
        assert server.stop() == 0, server.log()


def test_a_read_only_folder_stays_as_it_is_and_says_so_once(wws):
    with Mounts(wws) as server:
        before = sorted((path, path.stat().st_mtime_ns) for path in server.ro.rglob("*"))
        expect(server, [
            ("open w /data/a", "ROFS"), ("open rw /data/a", "ROFS"), ("open wct /data/new", "ROFS"),
            ("open rc /data/new", "ROFS"), ("open rcx /data/new", "ROFS"), ("open rcx /data/a", "EXIST"),
            ("open rcx /data/sub", "EXIST"), ("open rc /data/a", "ok 5"), ("write 5 x", "BADF"), ("size 5 0", "ROFS"),
            ("utime 5 1", "ROFS"), ("allocate 5 0 9", "ROFS"), ("mkdir /data/d", "ROFS"), ("rmdir /data/sub", "ROFS"),
            ("unlink /data/a", "ROFS"), ("rename /data/a /data/z", "ROFS"), ("rename /data/a /work/z", "ROFS"),
            ("link /data/a /data/z", "ROFS"), ("link /data/a /work/z", "ROFS"), ("symlink a /data/z", "ROFS"),
            ("times /data/a 1", "ROFS"), ("unlink /data/sub/b", "ROFS"), ("open r /data/sub", "ok 6"),
            ("@unlink 6 b", "ROFS"), ("@open 6 9 66 0 b", "ROFS"),
        ])
        assert sorted((path, path.stat().st_mtime_ns) for path in server.ro.rglob("*")) == before
        assert list(server.rw.iterdir()) == []
        assert server.log().count('mode = "rw"') == 1, server.log()


def test_a_worker_changes_what_is_mounted_for_writing(wws):
    with Mounts(wws) as server:
        expect(server, [
            ("open rwcx /work/f", "ok 5"), ("open rwcx /work/f", "EXIST"), ("write 5 hello", "ok 5"),
            ("pwrite 5 J 0", "ok 1"), ("pread 5 9 0", "ok 5 Jello"), ("flags 5", "ok rw"), ("size 5 2", "ok"),
            ("fstat 5", "ok file size=2*"), ("sync 5", "ok"), ("datasync 5", "ok"), ("advise 5", "ok"),
            ("allocate 5 0 100", "ok"), ("fstat 5", "ok file size=100*"), ("utime 5 1000", "ok"),
            ("stat /work/f", "ok file size=100 links=1 mtime=1000"), ("times /work/f 77", "ok"),
            ("stat /work/f", "ok file size=100 links=1 mtime=77"), ("close 5", "ok"),
            ("open wt /work/f", "ok 5"), ("fstat 5", "ok file size=0*"), ("read 5 1", "BADF"), ("close 5", "ok"),
            ("open wa /work/f", "ok 5"), ("write 5 one", "ok 3"), ("seek 5 0 set", "ok 0"), ("write 5 two", "ok 3"),
            ("flags 5", "ok wa"), ("append 5 off", "ok"), ("seek 5 0 set", "ok 0"), ("write 5 ON", "ok 2"),
            ("close 5", "ok"), ("open r /work/f", "ok 5"), ("read 5 9", "ok 6 ONetwo"), ("close 5", "ok"),
            ("open wcs /work/s", "ok 5"), ("write 5 x", "ok 1"), ("close 5", "ok"),
            ("open wcy /work/s", "ok 5"), ("close 5", "ok"), ("unlink /work/s", "ok"),
            ("mkdir /work/d", "ok"), ("mkdir /work/d", "EXIST"), ("mkdir /work/d/", "EXIST"),
            ("mkdir /work/no/e", "NOENT"), ("rmdir /work/f", "NOTDIR"), ("unlink /work/d", "ISDIR"),
            ("rename /work/f /work/d/g", "ok"), ("rmdir /work/d", "NOTEMPTY"), ("stat /work/f", "NOENT"),
            ("link /work/d/g /work/h", "ok"), ("stat /work/h", "ok file size=6 links=2*"),
            ("link /work/d /work/hd", "PERM"), ("link /work/h /work/d/g", "EXIST"), ("unlink /work/d/g", "ok"),
            ("rename /work/d /work/e/", "ok"), ("rename /work/h /work/e", "ISDIR"), ("rename /work/e /work/h", "NOTDIR"),
            ("rename /work/h/ /work/i", "NOTDIR"), ("unlink /work/h/", "NOTDIR"), ("stat /work/h/", "NOTDIR"),
            ("symlink h /work/l", "ok"), ("readlink /work/l", "ok 1 h"), ("lstat /work/l", "ok link*"),
            ("stat /work/l", "ok file*"), ("open rn /work/l", "LOOP"), ("open r /work/l", "ok 5"), ("close 5", "ok"),
            ("readlink /work/h", "INVAL"), ("symlink x /work/l", "EXIST"), ("symlink l2 /work/l2", "ok"),
            ("open r /work/l2", "LOOP"), ("unlink /work/l2", "ok"), ("unlink /work/l", "ok"),
            ("unlink /work/h", "ok"), ("rmdir /work/e/", "ok"), ("list /work", "ok 0 0"),
            ("rmdir /work/no", "NOENT"), ("unlink /work/no", "NOENT"), ("rename /work/no /work/x", "NOENT"),
        ])
        assert list(server.rw.iterdir()) == []


def test_what_a_request_wrote_the_next_one_reads(wws):
    with Mounts(wws, processes=2) as server:
        for i in range(20):
            expect(server, [("open wct /work/n", "ok 5"), (f"write 5 {i:05}", "ok 5"), ("close 5", "ok")])
            expect(server, [("open r /work/n", "ok 5"), ("read 5 9", f"ok 5 {i:05}")])


def test_large_files_pass_through_small_and_large_buffers(wws):
    size = 5_000_000
    with Mounts(wws) as server:
        expect(server, [("open rwc /work/big", "ok 5"), (f"fill 5 {size}", f"ok {size}"), ("seek 5 0 set", "ok 0"),
                        ("check 5 65536", f"ok {size}"), ("seek 5 0 set", "ok 0"), ("check 5 4099", f"ok {size}")])
        assert (server.rw / "big").stat().st_size == size


def test_a_folder_of_thousands_is_listed_once_each_and_emptied_while_it_is_read(wws):
    with Mounts(wws) as server:
        for i in range(3000):
            (server.rw / f"entry-{i:05}").touch()
        expect(server, [("list /work", "ok 3000 0*")])
        expect(server, [("open rd /work", "ok 5"), ("@list 5 0 100", "ok 100"), ("@list 5 0 24", "ok 24"),
                        ("@list 5 0 0", "ok 0"), ("@list 4 0 65536", "ok 65536")])
        expect(server, [("empty /work", "ok 3000 3000*"), ("list /work", "ok 0 0")])


def test_descriptors_are_numbered_and_limited_as_posix_has_it(wws):
    with Mounts(wws) as server:
        expect(server, [
            ("open r /data/a", "ok 5"), ("open r /data/sub/b", "ok 6"), ("renumber 6 5", "ok"), ("read 6 1", "BADF"),
            ("read 5 9", "ok 1 b"), ("renumber 5 99", "BADF"), ("renumber 1 99", "BADF"), ("renumber 99 5", "BADF"),
            ("renumber 99 1", "BADF"), ("renumber 5 5", "ok"), ("renumber 1 1", "ok"), ("close 3", "ok"), ("@prestat 3", "BADF"), ("@stat 3 0 a", "BADF"),
            ("read 77 1", "BADF"), ("@open 77 0 2 0 a", "BADF"), ("@open 0 0 2 0 a", "BADF"),
            ("@open 5 0 2 0 a", "NOTDIR"), ("@read 5 4294967280 1 8", "FAULT"), ("@read 5 8 1 4294967290", "FAULT"),
        ])
        answers = server.ask(*["open r /data/a"] * 300)
        assert answers[:254] == [f"ok {i}" for i in range(5, 259)] and set(answers[254:]) == {"MFILE"}, answers[250:]


def test_standard_streams_and_files_take_each_others_numbers(wws):
    with Mounts(wws) as server:
        expect(server, [
            ("open r /data/a", "ok 5"), ("@print 5 /work/out to_the_file", "ok 1 0"),
            # What stood under the number is closed, and it is free.
            ("read 5 1", "BADF"), ("open r /data/a", "ok 5"), ("open r /data/a", "ok 6"),
            # Standard input, which has been read to its end.
            ("renumber 0 6", "ok"), ("read 6 9", "ok 0 "), ("fstat 0", "BADF"), ("seek 6 0 cur", "SPIPE"),
            ("open r /data/a", "ok 0"), ("read 0 4", "ok 4 what"), ("renumber 5 2", "ok"), ("read 2 4", "ok 4 what"),
            ("write 2 x", "BADF"), ("open r /data/a", "ok 5"), ("close 6", "ok"), ("read 6 1", "BADF"),
            ("renumber 5 6", "BADF"), ("open r /data/a", "ok 6"), ("close 2", "ok"), ("read 2 1", "BADF"),
            ("rename /work/out /work/in", "ok"), ("open r /data/a", "ok 2"),
            # A mount goes like any other.
            ("renumber 6 3", "ok"), ("read 3 4", "ok 4 what"), ("@prestat 3", "BADF"), ("@open 3 0 2 0 a", "NOTDIR"),
            ("close 0", "ok"),
        ])
        assert (server.rw / "in").read_text() == "to_the_file"
        # A worker that has none of its streams left answers nothing, and closes what is in their place.
        child = server.folders_child()
        for _ in range(20):
            server.post("/files", b"open r /data/a\nrenumber 1 5\nopen r /data/a\n")
        until(lambda: open_files(child) == 0, "files closed that had numbers of streams")


def test_ten_thousand_names_pass_through_small_and_large_buffers(wws):
    with Mounts(wws, more="[limits]\ntime = \"120s\"\n") as server:
        for i in range(10_000):
            (server.rw / f"{i:05}").touch()
            (server.theirs / f"{i:05}{'x' * 150}").touch()
        for size in (29, 64, 100, 4096, 65536):
            expect(server, [(f"@walk 4 {size}", "ok 10000 0 parts")])
        expect(server, [("@walk 4 28", "too small"), ("@walk 3 4096", "ok 2 1 whole"),
                        ("@walk 4 4000000", "ok 10000 0 whole")])
        (server.theirs / "note").unlink()
        expect(server, [("@walk 3 4000000", "ok 10000 0 whole"), ("@walk 3 1500000", "ok 10000 0 parts"),
                        ("@walk 3 9000000", "ok 10000 0 whole")], worker="other")


def test_places_beyond_four_gigabytes(wws):
    place = 5_000_000_000
    with Mounts(wws) as server:
        expect(server, [
            ("open rwc /work/sparse", "ok 5"), (f"seek 5 {place} set", f"ok {place}"), ("write 5 far", "ok 3"),
            (f"pread 5 9 {place}", "ok 3 far"), ("pread 5 3 4294967296", "ok 3 \0\0\0"),
            (f"pwrite 5 F {place}", "ok 1"), ("fstat 5", f"ok file size={place + 3}*"), ("seek 5 -3 end", f"ok {place}"),
            ("read 5 3", "ok 3 Far"), (f"size 5 {1 << 33}", "ok"), ("stat /work/sparse", f"ok file size={1 << 33}*"),
            ("size 5 -1", "INVAL"), ("pread 5 1 -1", "INVAL"), ("allocate 5 -1 1", "INVAL"), ("allocate 5 0 0", "INVAL"),
            ("size 5 0", "ok"), ("unlink /work/sparse", "ok"),
        ])


def test_a_file_lives_on_without_its_name(wws):
    with Mounts(wws) as server:
        expect(server, [
            ("open rwc /work/f", "ok 5"), ("write 5 old", "ok 3"), ("unlink /work/f", "ok"), ("stat /work/f", "NOENT"),
            ("fstat 5", "ok file size=3 links=0*"), ("pwrite 5 O 0", "ok 1"), ("pread 5 9 0", "ok 3 Old"),
            ("open rwcx /work/f", "ok 6"), ("write 6 new", "ok 3"), ("open wc /work/g", "ok 7"), ("write 7 g", "ok 1"),
            # One put in the place of another: whoever has that open keeps it.
            ("rename /work/g /work/f", "ok"), ("pread 6 9 0", "ok 3 new"), ("fstat 6", "ok file size=3 links=0*"),
            ("stat /work/f", "ok file size=1 links=1*"), ("mkdir /work/d", "ok"), ("open rd /work/d", "ok 8"),
            ("rmdir /work/d", "ok"), ("@open 8 9 64 0 x", "NOENT"), ("@stat 8 0 .", "ok 3*"), ("@list 8 0 4096", "ok 0"),
        ])


def test_times_are_of_nanoseconds(wws):
    with Mounts(wws) as server:
        began = time.time_ns()
        expect(server, [
            ("open wc /work/f", "ok 5"), ("@stamps 5 1000000001 2000000002 5", "ok 1000000001 2000000002"),
            ("@stamps 5 7 3 4", "ok 1000000001 3"), ("@stamps 5 7 3 0", "ok 1000000001 3"),
            ("@stamps 5 0 0 12", "INVAL"), ("@stamps 5 0 0 3", "INVAL"), ("@stamps 5 0 0 16", "INVAL"),
            ("@stamps 5 0 4102444800000000009 6", "ok 1*"),
        ])
        stat_ = (server.rw / "f").stat()
        assert stat_.st_mtime_ns == 4102444800000000009 and abs(stat_.st_atime_ns - began) < 300e9, stat_


def test_files_are_always_ready(wws):
    with Mounts(wws) as server:
        expect(server, [("open r /data/a", "ok 5"), ("@poll 5", "ok 2 7:1:0 8:2:0"), ("@poll 4", "ok 2 7:1:0 8:2:0"),
                        ("@poll 77", "ok 2 7:1:8 8:2:8"), ("close 5", "ok"), ("@poll 5", "ok 2 7:1:8 8:2:8")])


def test_appending_appends_wherever_it_is_asked_to(wws):
    with Mounts(wws) as server:
        expect(server, [
            ("open rwca /work/f", "ok 5"), ("write 5 one", "ok 3"), ("pwrite 5 two 0", "ok 3"), ("seek 5 0 cur", "ok 3"),
            ("pread 5 9 0", "ok 6 onetwo"), ("size 5 1", "ok"), ("write 5 x", "ok 1"), ("seek 5 0 cur", "ok 2"),
            ("open rwca /work/f", "ok 6"), ("write 6 y", "ok 1"), ("write 5 z", "ok 1"), ("pread 6 9 0", "ok 4 oxyz"),
        ])


def test_a_full_disk_is_an_error_and_heals(wws):
    """On a file system of its own, where one can be mounted."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        raise LeftOut("nothing can be mounted here")
    with SmallDisk(wws) as server:
        expect(server, [
            ("open rwc /work/f", "ok 6"), ("fill 6 5000000", "NOSPC"), ("fstat 6", "ok file*"),
            ("allocate 6 0 9000000", "NOSPC"), ("open wc /work/g", "ok 7"), ("write 7 x", "NOSPC"), ("size 6 0", "ok"),
            ("write 7 x", "ok 1"), ("seek 6 0 set", "ok 0"), ("fill 6 100000", "ok 100000"), ("sync 6", "ok"),
            ("rename /work/f /theirs/f", "XDEV"), ("link /work/f /theirs/f", "XDEV"), ("stat /theirs/f", "NOENT"),
        ])


def test_two_folders_are_one_tree_where_the_system_has_it_so(wws):
    table = [("open wc /work/f", "ok 6"), ("mkdir /work/d", "ok")]
    moves = ["rename /work/f /theirs/f", "link /theirs/f /work/g", "rename /work/d /theirs/d"]
    with Mounts(wws, more=folder("theirs", to="/theirs", mode="rw")) as server:
        expect(server, table + [(move, "ok") for move in moves] + [("stat /work/g", "ok file size=0 links=2*")])


class SmallDisk(Mounts):
    """What is mounted for writing is a megabyte of memory, for the server's processes alone."""

    def __init__(self, wws):
        super().__init__(wws, more=folder("theirs", to="/theirs", mode="rw"), before=self.mount)

    def mount(self):
        libc = ctypes.CDLL(None)
        new_namespace, recursive_and_private = 0x20000, 0x4000 | 0x40000
        if libc.unshare(new_namespace) or libc.mount(b"none", b"/", None, recursive_and_private, None):
            raise OSError("no namespace of its own")
        if libc.mount(b"none", bytes(self.rw), b"tmpfs", 0, b"size=1m,mode=0777"):
            raise OSError("nothing mounted")


def test_names_that_no_guest_can_mean(wws):
    with Mounts(wws) as server:
        expect(server, [
            ("open r /data/" + "x" * 256, "NAMETOOLONG"), ("@open 3 0 2 0 " + "x/" * 2100, "NAMETOOLONG"),
            ("@open 3 0 2 0 %ff", "ILSEQ"), ("@mkdir 4 %c0%af", "ILSEQ"), ("@rmdir 4 .", "INVAL"),
            ("@unlink 4 .", "ISDIR"), ("@mkdir 4 .", "EXIST"), ("@rename 4 . 4 x", "BUSY"),
            ("@open 3 16 2 0 a", "INVAL"), ("@open 3 3 2 0 a", "INVAL"),
        ])


# --- escapes ---

def plant(server):
    """What whoever may write to the folders could put there."""
    project = server.folder
    for place in (server.ro, server.rw):
        for name, target in {
                "abs": project / "outside" / "secret", "up": "../outside/secret", "updir": "../outside", "root": "/",
                "absdir": project / "outside", "chain1": "chain2", "chain2": "up", "etc": "/etc/passwd",
                "self": "/proc/self/fd/3", "selfroot": "/proc/self/root", "deep": "sub/../../outside/secret",
                "other": "../theirs/note", "config": "../files.toml", "dangling": "../outside/new", "fd": "/dev/fd/0",
                "null": "/dev/null", "wws": "../wws.toml"}.items():
            os.symlink(target, place / name)
        os.mkfifo(place / "fifo")
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(str(place / "sock"))
        sock.close()
        (place / "sub").mkdir(exist_ok=True)
        if os.geteuid() == 0:
            os.mknod(place / "zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))


OUT = ["abs", "up", "updir/secret", "root/etc/passwd", "absdir/secret", "chain1", "etc", "self", "selfroot/etc/passwd",
       "deep", "other", "config", "fd", "null", "../outside/secret", "sub/../../outside/secret", "..", "../..",
       "./../outside/secret", "sub/../..", "/etc/passwd", "//etc/passwd", "/", "/proc/self/environ", "../theirs/note",
       "../files.toml", "../files.wasm", "/dev/null", "updir/../outside/secret", "sub/../../theirs/note", "updir/",
       "absdir/", "root/", "root/proc/self/fd/3"]


def attempts():
    """Lines that would reach what is not mounted; each has to fail."""
    lines = []
    for fd in (3, 4):
        for path in OUT:
            lines += [f"@open {fd} 0 {READ} 1 {path}", f"@stat {fd} 1 {path}", f"@open {fd} 2 {READ} 1 {path}"]
        lines += [f"@open {fd} 0 {READ} 1 fifo", f"@open {fd} 0 {WRITE} 1 fifo", f"@open {fd} 0 {READ} 1 sock",
                  f"@open {fd} 0 {READ} 0 abs", f"@readlink {fd} updir/secret", f"@readlink {fd} ../outside/secret",
                  f"@readlink {fd} updir/"]
        if os.geteuid() == 0:
            lines += [f"@open {fd} 0 {READ} 1 zero"]
    for path in OUT + ["dangling", "updir/new", "root/tmp/new", "../new", "/tmp/new"]:
        lines += [f"@open 4 9 {WRITE} 1 {path}", f"@times 4 1 {path}"]
    for path in [path for path in OUT if "/" in path] + ["updir/new", "../new", "/tmp/new", "root/tmp/new"]:
        lines += [f"@mkdir 4 {path}", f"@rmdir 4 {path}", f"@unlink 4 {path}", f"@symlink x 4 {path}",
                  f"@rename 4 {path} 4 mine", f"@rename 4 sub 4 {path}", f"@link 4 0 {path} 4 mine",
                  f"@link 4 1 {path} 4 mine", f"@link 4 0 sub/../keep 4 {path}"]
    lines += ["@link 4 1 up 4 mine", "@link 3 0 a 4 mine", "@rename 3 a 4 mine", "@link 4 0 abs/ 4 mine",
              "@symlink /etc/passwd 4 mine", "@link 4 0 fifo 4 mine", "@link 4 0 sock 4 mine"]
    return lines


def test_hundreds_of_attempts_lead_nowhere(wws):
    with Mounts(wws) as server:
        plant(server)
        (server.rw / "keep").write_text("kept")
        outside = snapshot(server)
        lines = attempts()
        assert len(lines) > 400
        escaped = []
        for start in range(0, len(lines), 100):
            some = lines[start:start + 100]
            escaped += [(line, answer) for line, answer in zip(some, server.ask(*some)) if answer.startswith("ok")]
        assert not escaped, escaped
        assert snapshot(server) == outside
        assert not (server.rw / "mine").exists()
        assert server.ask("open r /work/keep", "read 5 9") == ["ok 5", "ok 4 kept"]


def snapshot(server):
    """All that is not mounted for writing, and the folder's own names."""
    paths = [path for path in server.folder.rglob("*") if server.rw not in path.parents and ".wws" not in path.parts]
    return sorted((str(path), path.lstat().st_mode, path.lstat().st_size, path.lstat().st_nlink,
                   path.lstat().st_mtime_ns if not path.is_dir() else 0) for path in paths)


def test_renames_by_others_open_no_way_out(wws):
    """While a second process turns a folder into a link that leads out, and back, nothing of outside is read."""
    with Mounts(wws, processes=2) as server:
        (server.rw / "d").mkdir()
        (server.rw / "d" / "secret").write_text("mine")
        os.symlink("../outside", server.rw / "link")
        swapper = subprocess.Popen([sys.executable, "-c", SWAP], cwd=server.rw)
        try:
            seen = set()
            for _ in range(40):
                for answer in server.ask(*["open r /work/d/secret", "read 5 99", "close 5", "open wc /work/d/new",
                                           "close 5", "@stat 4 1 d/secret"] * 20):
                    assert SECRET not in answer and f"size={len(SECRET)}" not in answer, answer
                    seen.add(answer)
        finally:
            swapper.kill()
            swapper.wait()
        assert "ok 4 mine" in seen, seen
        assert sorted(path.name for path in (server.folder / "outside").iterdir()) == ["secret"]


SWAP = """
import os
while True:
    os.rename("d", "aside"); os.rename("link", "d")
    os.rename("d", "link"); os.rename("aside", "d")
"""


def test_a_fifo_holds_up_nobody(wws):
    with Mounts(wws) as server:
        os.mkfifo(server.rw / "fifo")
        for _ in range(10):
            assert server.ask("open r /work/fifo", "open w /work/fifo", "open rw /work/fifo") == ["NOTSUP"] * 3
        assert server.ask("open r /data/a") == ["ok 5"]


# --- apart from each other ---

def test_two_workers_have_their_own(wws):
    with Mounts(wws) as server:
        expect(server, [("list /data", "ok 1 0 note"), ("stat /work", "NOENT"), ("@prestat 4", "BADF"),
                        ("open r /data/a", "NOENT"), ("@stat 4 0 f", "BADF")], worker="other")
        expect(server, [("@prestat 3", "BADF"), ("stat /data", "NOENT*"), ("@open 3 0 2 0 a", "BADF")], worker="none")
        assert server.get("/hello")[0] == 200


def test_requests_at_once_do_not_meet(wws):
    with Mounts(wws, processes=2) as server:
        failures = []

        def work(name):
            for i in range(10):
                lines = [f"open rwct /work/{name}", f"write 5 {name}{i}", "seek 5 0 set", "read 5 99", "list /data"]
                answers = server.ask(*lines)
                if answers[3] != f"ok {len(name) + 1} {name}{i}" or answers[0] != "ok 5":
                    failures.append(answers)

        threads = [threading.Thread(target=work, args=(f"name{i}-",)) for i in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures[:3]


def open_files(pid):
    return sum(name.endswith(("/a", "/f")) for name in descriptors(pid).values())


def test_what_a_guest_had_open_is_closed_with_it(wws):
    with Mounts(wws, more="[limits]\ncpu_time = \"200ms\"\n") as server:
        child = server.folders_child()
        status, _ = server.post("/files", b"open r /data/a\nopen r /data/a\nspin\n")  # over its time limit
        assert status == 504, status
        until(lambda: open_files(child) == 0, "files closed after a time limit")
        sock = server.connect()  # its client leaves
        body = b"open r /data/a\nsleep 20000\n"
        sock.sendall(b"POST /files HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        until(lambda: open_files(child) == 1, "a file that is open")
        sock.close()
        until(lambda: open_files(child) == 0, "files closed after the client left")
        server.ask("open r /data/a")  # it returns with the file open
        until(lambda: open_files(child) == 0, "files closed after the end")


def test_the_death_of_the_child_is_an_error_for_those_in_flight_alone(wws):
    with Mounts(wws, processes=2) as server:
        answers = []
        body = b"open r /data/a\nsleep 1500\nread 5 9\nopen r /data/a\n"
        thread = threading.Thread(target=lambda: answers.append(server.post("/files", body)))
        child = server.folders_child()
        thread.start()
        until(lambda: open_files(child) == 1, "a file that is open")
        os.kill(child, signal.SIGKILL)
        until(lambda: server.folders_child() not in (None, child), "another folders child")
        thread.join()
        status, text = answers[0]
        assert status == 200 and text.decode().splitlines() == ["ok 5", "ok", "err 29", "err 29"], answers
        until(lambda: server.ask("open r /data/a") == ["ok 5"], "files again")
        assert server.get("/hello")[0] == 200


def test_a_busy_disk_stops_no_other_route(wws):
    with Mounts(wws) as server:
        stop = threading.Event()

        def write(name):
            while not stop.is_set():
                server.ask(f"open wct /work/{name}", "fill 5 4000000", "sync 5", "close 5")

        threads = [threading.Thread(target=write, args=(f"w{i}",)) for i in range(8)]
        for thread in threads:
            thread.start()
        try:
            longest = 0.0
            for _ in range(100):
                began = time.monotonic()
                assert server.get("/hello")[0] == 200
                longest = max(longest, time.monotonic() - began)
            assert longest < 2, longest
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def test_programs_of_a_suite_are_told_apart_by_how_they_end(wws):
    """wasi_testsuite.py, with programs of our own."""
    with tempfile.TemporaryDirectory() as temp:
        suite = pathlib.Path(temp)
        (suite / "sub" / "tree").mkdir(parents=True)
        for name, guest, wanted in [("ends", "files", '{"root": "tree", "env": {"a": "\\"\\n"}}'), ("traps", "trap", None),
                                    ("answers", "hello", None), ("wants", "hello", '{"args": ["x"]}'),
                                    ("other", "exit", '{"exit_code": 3}')]:
            shutil.copy(GUESTS / f"{guest}.wasm", suite / "sub" / f"{name}.wasm")
            if wanted:
                (suite / "sub" / f"{name}.json").write_text(wanted)
        script = pathlib.Path(__file__).with_name("wasi_testsuite.py")
        run = subprocess.run([sys.executable, script, "--wws", wws, "--suite", suite], capture_output=True, text=True,
                             timeout=PATIENCE)
        assert run.returncode == 1 and run.stdout.endswith("2 passed, 2 failed, 1 skipped\n"), (run.stdout, run.stderr)
        assert "FAILED sub/traps: ended with a trap and not 0" in run.stdout, run.stdout
        assert "FAILED sub/other: ended with 0 and not 3" in run.stdout, run.stdout


# --- the configuration ---

def start_fails(wws, toml, project="", before=None):
    """What a project with this worker's TOML says instead of starting."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        (folder / "w").mkdir()
        shutil.copy(GUESTS / "files.wasm", folder / "w" / "x.wasm")
        (folder / "w" / "x.toml").write_text(toml.replace("PROJECT", str(folder)))
        (folder / "wws.toml").write_text(project.replace("PROJECT", str(folder)))
        (folder / "data").mkdir()
        if before:
            before(folder)
        run = subprocess.run([wws, "check", str(folder)], capture_output=True, text=True, timeout=PATIENCE)
        return run.returncode, run.stdout + run.stderr


def folder(source, to="/d", mode=None):
    return (f'[[folders]]\nfrom = "{source}"\n' if source is not None else "[[folders]]\n") + f'to = "{to}"\n' + (
        f'mode = "{mode}"\n' if mode else "")


def test_folders_that_are_refused_are_refused_with_their_place(wws):
    def link(name, target):
        return lambda root: os.symlink(target, root / name)

    for toml, project, before, place, text in [
            (folder("/"), "", None, "2:8", "whole file system"), (folder("/proc"), "", None, "2:8", "never mounted"),
            (folder("/sys/kernel"), "", None, "2:8", "never mounted"), (folder("/dev"), "", None, "2:8", "never"),
            (folder("/proc"), '[folders]\nallow_absolute = ["/"]\n', None, "2:8", "never mounted"),
            (folder("/etc"), "", None, "2:8", "allow_absolute"), (folder("../.."), "", None, "2:8", "allow_absolute"),
            (folder("../l"), "", link("l", "/etc"), "2:8", "allow_absolute"),
            (folder("../l"), "", link("l", "/"), "2:8", "whole file system"),
            (folder(".."), "", None, "2:8", "folder of the project"), (folder("../.wws"), "", None, "2:8", "never"),
            (folder("../.wws/kv"), "", None, "2:8", "never"), (folder(None, mode="rw"), "", None, "1:1", "x.wasm"),
            (folder(".", mode="rw"), "", None, "2:8", "x.wasm"), (folder("../wws.toml"), "", None, "2:8", "not a folder"),
            (folder("../data", to=""), "", None, "3:6", "a path without"),
            (folder("../data", to="../d"), "", None, "3:6", "a path without"),
            (folder("../data", to="/a/../b"), "", None, "3:6", "a path without"),
            (folder("../data") + folder("../data", to="/d/"), "", None, "6:6", "two folders"),
            (folder("../data") + folder("../data", to="./d"), "", None, "6:6", "two folders"),
            ('[[folders]]\nfrom = "../data"\n', "", None, "1:1", '"to"'),
            (folder("../data", mode="wr"), "", None, "4:8", '"ro"'), ('folders = "x"\n', "", None, "1:11", "[[folders]]"),
            ("[[folders]]\nfrom = 1\nto = \"/d\"\n", "", None, "2:8", "string")]:
        status, said = start_fails(wws, toml, project, before)
        assert status == 2 and f"w/x.toml:{place}: error" in said and text in said, (toml, status, said)


def test_folders_that_are_allowed(wws):
    for toml, project in [(folder("../data"), ""), (folder("..\\\\data\\\\"), ""), (folder(None), ""),
                          (folder("../data", mode="rw"), ""), (folder("../data", to="/"), ""),
                          (folder("../data", to="d"), ""), (folder("../data", to="."), ""),
                          (folder("/usr/share"), '[folders]\nallow_absolute = ["/usr"]\n'),
                          (folder("../../../usr/share"), '[folders]\nallow_absolute = ["/usr/share/"]\n')]:
        status, said = start_fails(wws, toml, project)
        assert status == 0, (toml, said)


def test_a_folder_keeps_a_name_that_is_not_absolute(wws):
    with Mounts(wws, more=folder("ro", to="./fs-tests.dir/")) as server:
        answers = server.ask("list /data", "list fs-tests.dir", "list /fs-tests.dir")
        assert answers[0] == answers[1] == answers[2] and answers[0].startswith("ok"), answers


def test_a_missing_folder_is_a_warning_and_an_error_a_request(wws):
    with Mounts(wws, more=folder("later", to="/later")) as server:
        assert "files.toml:10:8: warning" in server.log() and "is not there" in server.log(), server.log()
        assert server.post("/files", b"")[0] == 500
        assert "was not there when the server started" in server.log(), server.log()
        assert server.ask("list /data", worker="other") == ["ok 1 0 note"]


def test_a_project_without_folders_has_no_such_child(wws):
    with Server(wws, "--processes", "1", guests=("hello",)) as server:
        assert not any(b"__folders" in cmdline(pid) for pid in children_of(server.process.pid))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
