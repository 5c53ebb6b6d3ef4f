#!/usr/bin/env python3
"""Has systemd read the units of packaging/systemd, and runs the real binary within their limits.

usage: systemd_units.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed, 77 where systemd-analyze is missing. What only root can do
is left out for others; a line says so.
"""
import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE.parents[1] / "scripts")]
from activation import Manager, get, listener  # noqa: E402
from docs_pages import blocks, documents  # noqa: E402
from hardening import confinement, need_root  # noqa: E402
from robustness import (GUESTS, PATIENCE, ROOT, LeftOut, Server, children_of, cmdline, receive, run_tests,  # noqa: E402
                        until)
from unit import Service, Unit  # noqa: E402

UNITS = ROOT / "packaging/systemd"
USER = "daemon"  # in place of wws, which the package makes
# Of systemd-analyze: 10 is no protection at all. What is left is access to the network and to memory for code.
MOST_EXPOSURE = 20  # in tenths


@contextlib.contextmanager
def units(wws):
    """The units as systemd finds them here: with the program that is tested, and a user that there is."""
    with tempfile.TemporaryDirectory() as folder:
        for file in UNITS.glob("wws.*"):
            text = file.read_text().replace("/usr/bin/wws", wws).replace("=wws\n", f"={USER}\n")
            pathlib.Path(folder, file.name).write_text(text.replace(f"Directory={USER}", "Directory=wws"))
        yield pathlib.Path(folder)


def analyze(*arguments):
    done = subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_systemd_understands_every_line(wws):
    with units(wws) as folder:
        code, text = analyze("verify", "--man=no", folder / "wws.service", folder / "wws.socket")
        lines = [line for line in text.splitlines() if str(folder) in line or "wws." in line]
        assert code == 0 and not lines, (code, text)


def test_systemd_understands_what_the_documents_change(wws):
    """Each block `ini` is a file of settings beside those of the service, or of the socket."""
    count = 0
    for document in documents():
        for block in blocks((ROOT / document).read_text()):
            if block.language != "ini":
                continue
            count += 1
            kind = "socket" if "[Socket]" in block.text else "service"
            with units(wws) as folder:
                changes = folder / f"wws.{kind}.d"
                changes.mkdir()
                (changes / "change.conf").write_text(block.text)
                code, text = analyze("verify", "--man=no", folder / "wws.service", folder / "wws.socket")
                lines = [line for line in text.splitlines() if "change.conf" in line or "wws." in line]
                assert code == 0 and not lines, (document, block.first, code, text)
                (changes / "change.conf").write_text(block.text + "\nNoSuchThing=1\n")
                assert "NoSuchThing" in analyze("verify", "--man=no", folder / "wws.service", folder / "wws.socket")[1]
    assert count >= 3, count


def test_what_is_exposed_stays_little(wws):
    with units(wws) as folder:
        code, text = analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSURE}", "--no-pager",
                             folder / "wws.service")
        assert code == 0, text


def project(folder):
    """Workers that use all that the server has children for."""
    os.chmod(folder, 0o755)
    for guest in ("hello", "kv_count", "files"):
        shutil.copy(GUESTS / f"{guest}.wasm", folder)
    for name in ("public", "ro"):
        pathlib.Path(folder, name).mkdir(0o755)
        pathlib.Path(folder, name, "file").write_text("in a file")
    pathlib.Path(folder, "hello.toml").write_text('[features.http_requests]\nallowed_hosts = ["example.com"]\n')
    pathlib.Path(folder, "kv_count.toml").write_text('[data.kv]\nnamespace = "n"\n')
    pathlib.Path(folder, "files.toml").write_text('abi = "cgi"\n[[folders]]\nfrom = "ro"\nto = "/data"\n')


def post(address, path, body):
    with socket.create_connection(address, PATIENCE) as sock:
        sock.sendall(f"POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}\r\n"
                     "Connection: close\r\n\r\n".encode() + body)
        return receive(sock)


def test_the_server_has_all_it_needs(wws):
    need_root()
    unit = Unit(UNITS / "wws.service")
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        pathlib.Path(place, "project").mkdir()
        project(pathlib.Path(place, "project"))
        program = shutil.copy(wws, place)  # where nobody finds it
        pathlib.Path(place, "var/lib").mkdir(parents=True)
        pathlib.Path(place, "var/cache").mkdir()
        replace = [("/usr/bin/wws", program), ("/usr/share/wws/welcome", f"{place}/project"), ("/var/", f"{place}/var/")]
        unit.lines += [("Environment", '"WWS_OPTIONS=--hardening required --kv file:/var/lib/wws/kv"')]
        manager = Manager(f"{place}/notify")
        os.chmod(manager.name, 0o777)
        with listener() as sock, Service(unit, [sock], user=USER, replace=replace, notify=manager.name) as service:
            service.wait_until_ready(manager)
            address = sock.getsockname()
            until(lambda: get(address)[0] == 200, "a worker that is compiled")
            assert get(address, "/file") == (200, b"in a file")
            assert get(address, "/kv_count")[0] == 200 and pathlib.Path(place, "var/lib/wws/kv").is_dir()
            status, answers = post(address, "/files", b"open r /data/file\nread 4 9\n")
            assert status == 200 and answers.splitlines()[-1] == b"ok 9 in a file", (status, answers, service.log())
            roles = {cmdline(pid).split(b"\0")[1] for pid in children_of(service.process.pid)}
            assert {b"__serve", b"__store", b"__egress", b"__folders"} <= roles, roles
            until(lambda: "memory reset by" in service.log(), "a line about its memory")
            log = service.log()
            assert "memory reset by page scan" in log or not has_page_scan(wws), log
            # Neither a way round nor a child that could not be confined.
            assert " warn " not in log and " error " not in log, log
            for pid in children_of(service.process.pid):
                assert confinement(pid) == ("1", "2"), cmdline(pid)
            service.process.send_signal(signal.SIGTERM)
            manager.hear("STOPPING=1")
            assert service.process.wait(PATIENCE) == 0, service.log()


def has_page_scan(wws):
    """Whether a server without any limits scans pages on this kernel."""
    with Server(wws, "--processes", "1", "--hardening", "off", guests=["hello"]) as server:
        until(lambda: "memory reset by" in server.log(), "a line about its memory")
        return "memory reset by page scan" in server.log()


def test_what_the_server_cannot_run_with_is_off(wws):
    """They are switched on by nobody who has not read packaging/systemd/README.md."""
    assert not Unit(UNITS / "wws.service").values("RestrictSUIDSGID")
    assert not Unit(UNITS / "wws.service").values("MemoryDenyWriteExecute")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if shutil.which("systemd-analyze") is None:
        print("systemd-analyze is missing")
        return 77
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
