#!/usr/bin/env python3
"""The Debian package: what is in it, and its life in a clean Debian 12, where its unit's command is started as systemd would.

usage: deb.py --wws BINARY [NAME...]     what is in it, and what lintian says, with a small program in place of the server
       deb.py --stage FOLDER [NAME...]   all of it, with what make dist staged (build/static/package/wws-...): installed,
                                         upgraded under load, removed, purged; needs root, and Debian's archive once (roots.py)
Last line: 'N passed, N failed'. Exit status 1 when any failed, 77 where something of that is missing.
"""
import argparse
import contextlib
import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import roots  # noqa: E402
from activation import Manager, get, listener  # noqa: E402
from robustness import GUESTS, PATIENCE, ROOT, LeftOut, run_tests, until  # noqa: E402
from unit import Service, Unit  # noqa: E402

# What the package manager notes of itself, which is not the package's.
NOTES = re.compile(r"^(var/lib/dpkg|var/lib/apt|var/cache/apt|var/cache/debconf|var/log|run|tmp|proc|dev)(/|$)|-$")
SYSTEMCTL = """#!/bin/sh
echo "$*" >>/run/systemctl.log
case "$*" in *is-enabled*) echo enabled ;; esac
"""
OLDER = "1.9.0"


class Packages:
    """Packages of one stage, each version made once."""

    def __init__(self, stage, is_release):
        self.stage, self.is_release = pathlib.Path(stage), is_release
        self.folder = tempfile.TemporaryDirectory(prefix="wws-packages-")

    @functools.cache
    def get(self, version=None):
        return self.make(self.folder.name, version)

    def make(self, output, version=None):
        environment = dict(os.environ, **({"WWS_VERSION": version} if version else {}))
        done = subprocess.run([ROOT / "packaging/deb/make", self.stage, output], capture_output=True, text=True,
                              env=environment)
        assert done.returncode == 0, done.stderr
        return pathlib.Path(done.stdout.strip())

    def need_release(self):
        if not self.is_release:
            raise LeftOut("--stage names none of make dist")


def stand_in(folder, wws):
    """A stage with a program that does nothing, which is packed in no time; its manual is the real one's."""
    folder = pathlib.Path(folder)
    (folder / "nothing.c").write_text("int main(void) { return 0; }\n")
    subprocess.run(["cc", "-static-pie", "-fPIE", "-s", "-o", folder / "wws", folder / "nothing.c"], check=True)
    (folder / "THIRD-PARTY-LICENSES.txt").write_text("those of others\n")
    shutil.copy(ROOT / "CHANGELOG.md", folder)
    subprocess.run([ROOT / "packaging/stage_reference", wws, folder], check=True)


class Machine:
    """A clean Debian, with the names and modes of all its files before anything was installed."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="wws-deb-")
        self.root = pathlib.Path(self.folder.name)
        os.chmod(self.root, 0o755)
        subprocess.run(["tar", "-xf", roots.debian12(), "-C", self.root], check=True)
        # As if systemd ran there: what the package's scripts ask of it is written down.
        (self.root / "run/systemd/system").mkdir(parents=True)
        self.put("usr/bin/systemctl", SYSTEMCTL).chmod(0o755)
        self.asked = self.put("run/systemctl.log", "")
        self.before = self.files()
        self.accounts = self.read_accounts()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def put(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def run(self, *command):
        done = subprocess.run(["chroot", self.root, *command], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                                   "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def install(self, package):
        shutil.copy(package, self.root / "tmp")
        output = self.run("apt-get", "install", "-y", "--no-install-recommends", f"/tmp/{package.name}")
        (self.root / "tmp" / package.name).unlink()
        return output

    def files(self):
        found = {}
        for folder, folders, files in os.walk(self.root):
            for name in folders + files:
                path = pathlib.Path(folder, name)
                relative = str(path.relative_to(self.root))
                if not NOTES.search(relative):
                    status = path.lstat()
                    found[relative] = (status.st_mode, status.st_uid, status.st_gid)
        return found

    def read_accounts(self):
        return {name: (self.root / "etc" / name).read_text() for name in ("passwd", "group", "shadow", "gshadow")}

    def take_asked(self):
        """What was asked of systemctl since the last time."""
        text = self.asked.read_text()
        self.asked.write_text("")
        return [line.replace("--quiet ", "").replace("--system ", "") for line in text.splitlines()]

    def start(self, sock):
        """The unit's command, as systemd starts it after the socket's unit."""
        service = Service(Unit(self.root / "lib/systemd/system/wws.service"), [sock], root=self.root,
                          notify=self.notify().name)
        try:
            service.wait_until_ready(self.manager)
        except BaseException:
            service.__exit__()
            raise
        return service

    def notify(self):
        self.manager = Manager()
        return self.manager


def stop(service):
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(PATIENCE) == 0, service.log()


def address_of_unit(machine):
    """What wws.socket listens on, with a free port in place of its own."""
    host, _, port = Unit(machine.root / "lib/systemd/system/wws.socket").value("ListenStream").rpartition(":")
    assert port.isdigit()
    return (host, 0)


def put_project(machine):
    """What a person does: a project in /srv/wws, a line of the configuration, and a file of their own beside it."""
    folder = machine.root / "srv/wws"
    folder.mkdir()
    for guest in ("hello", "kv_count"):
        shutil.copy(GUESTS / f"{guest}.wasm", folder)
    (folder / "kv_count.toml").write_text('[data.kv]\nnamespace = "n"\n')
    machine.put("etc/wws/mine.toml", "# mine\n")
    conf = machine.root / "etc/wws/wws.conf"
    conf.write_text(re.sub(r"^WWS_PROJECT=.*", "WWS_PROJECT=/srv/wws", conf.read_text(), flags=re.M))


@contextlib.contextmanager
def clean_machine():
    if reason := roots.lacking("mmdebstrap", "systemd-analyze"):
        raise LeftOut(reason)
    with Machine() as machine:
        yield machine


class Load:
    """Clients that ask one after the other, each time over a connection of its own."""

    def __init__(self, address):
        self.answers, self.failures, self.is_over = 0, [], threading.Event()
        self.threads = [threading.Thread(target=self.ask, args=(address,)) for _ in range(8)]

    def ask(self, address):
        while not self.is_over.is_set():
            try:
                answer = get(address)
                self.answers += 1
                if answer != (200, b"hello"):
                    self.failures.append(answer)
            except (OSError, AssertionError) as error:
                self.failures.append(repr(error))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join(PATIENCE)

    def wait_for_more(self):
        so_far = self.answers
        until(lambda: self.answers > so_far + 200, "answers under load")


def test_it_has_all_that_belongs_to_a_server(packages):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "--raw-extract", packages.get(), folder], check=True)
        root = pathlib.Path(folder)
        headers = {path.name for kit in ("c/*.h", "cpp/*.hpp") for path in (ROOT / "kits").glob(kit)}
        included = {name for path in (root / "usr/include/wws").iterdir()
                    for name in re.findall(r'^#include "(.*)"', path.read_text(), re.M)}
        assert headers == set(os.listdir(root / "usr/include/wws")) and included <= headers, (headers, included)
        unit = Unit(root / "lib/systemd/system/wws.service")
        command = unit.command(unit.environment(root))
        assert (root / command[0].lstrip("/")).read_bytes() == (packages.stage / "wws").read_bytes()
        assert (root / command[-1].lstrip("/") / "public/index.html").is_file(), command
        assert (root / command[command.index("--config") + 1].lstrip("/")).is_file(), command
        for file in ("man/man1/wws.1.gz", "man/man5/wws.toml.5.gz", "bash-completion/completions/wws",
                     "zsh/vendor-completions/_wws", "fish/vendor_completions.d/wws.fish", "doc/wws/third-party-licences.gz"):
            assert (root / "usr/share" / file).stat().st_size > 0, file
        assert (root / "DEBIAN/conffiles").read_text().split() == ["/etc/wws/wws.conf", "/etc/wws/wws.toml",
                                                                           "/etc/logrotate.d/wws"]
        unit_logs = pathlib.PurePath("/var/log") / unit.values("LogsDirectory")[-1]
        rotation = (root / "etc/logrotate.d/wws").read_text()
        assert re.search(rf"^{unit_logs}/\*\.log \{{$", rotation, re.M) and "--signal=USR1 wws.service" in rotation, rotation


def test_its_files_are_roots_and_nobody_elses_to_write(packages):
    listing = subprocess.run(["dpkg-deb", "--fsys-tarfile", packages.get()], capture_output=True, check=True).stdout
    with tempfile.TemporaryFile() as file:
        file.write(listing)
        file.seek(0)
        for member in tarfile.open(fileobj=file):
            assert (member.uid, member.gid) == (0, 0), member
            wanted = 0o755 if member.isdir() or member.name == "./usr/bin/wws" else 0o644
            assert member.mode == wanted, f"{member.name}: {member.mode:o}"


def test_the_same_bytes_come_out_twice(packages):
    with tempfile.TemporaryDirectory() as other:
        assert packages.get().read_bytes() == packages.make(other).read_bytes()


def test_a_program_that_needs_libraries_is_refused(packages):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(packages.stage, folder, dirs_exist_ok=True)
        shutil.copy("/bin/true", f"{folder}/wws")
        done = subprocess.run([ROOT / "packaging/deb/make", folder, folder], capture_output=True, text=True)
        assert done.returncode == 1 and "needs libraries" in done.stderr, done


def test_lintian_finds_nothing(packages):
    if shutil.which("lintian") is None:
        raise LeftOut("lintian is missing (scripts/setup tests)")
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", packages.get()],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_override_is_needless(packages):
    packages.need_release()
    done = subprocess.run(["lintian", "--allow-root", "--display-info", packages.get()], capture_output=True, text=True)
    assert "unused-override" not in done.stdout and "mismatched-override" not in done.stdout, done.stdout


def test_from_installation_to_purge(packages):
    packages.need_release()
    with clean_machine() as machine:
        first, second = packages.get(OLDER), packages.get()
        began = time.monotonic()
        machine.install(first)
        assert machine.take_asked()[-1] == "start wws.socket wws.service"
        assert "wws:x:" in machine.read_accounts()["passwd"]
        assert machine.run("su", "-s", "/bin/sh", "wws", "-c", "wws --version").startswith("wasm-workers-server ")
        with listener(address_of_unit(machine)) as sock:
            address = sock.getsockname()
            with machine.start(sock) as service:
                assert b"<h1>wws serves</h1>" in get(address, "/")[1]
                print(f"installed and seen after {time.monotonic() - began:.1f} s")
                assert os.stat(f"/proc/{service.process.pid}").st_uid != 0
                stop(service)
            put_project(machine)
            with Load(address) as load:
                with machine.start(sock) as service:
                    load.wait_for_more()
                    assert get(address, "/kv_count")[0] == 200
                    machine.install(second)
                    asked = machine.take_asked()
                    assert asked[-1] == "try-restart wws.service" and not any("stop" in line for line in asked), asked
                    load.wait_for_more()
                    stop(service)
                with machine.start(sock) as service:
                    load.wait_for_more()
                    until(lambda: get(address, "/kv_count")[0] == 200, "the counter")
                    load.is_over.set()
                    for thread in load.threads:
                        thread.join(PATIENCE)
                    assert not load.failures, (load.answers, load.failures[:5])
                    print(f"upgraded under load: {load.answers} answers, none lost")
                    assert (machine.root / "var/lib/wws/kv").is_dir()
                    machine.run("apt-get", "remove", "-y", "wws")
                    assert "stop wws.socket wws.service" in machine.take_asked()
                    stop(service)
        assert "/srv/wws" in (machine.root / "etc/wws/wws.conf").read_text(), "configuration outlives a removal"
        assert (machine.root / "var/lib/wws/kv").is_dir(), "state outlives a removal"
        machine.run("apt-get", "purge", "-y", "wws")
        after = machine.files()
        left = {path for path in after if path not in machine.before}
        assert left == {"srv/wws", "srv/wws/hello.wasm", "srv/wws/kv_count.wasm", "srv/wws/kv_count.toml", "etc/wws",
                        "etc/wws/mine.toml"}, left
        changed = {path for path, kind in machine.before.items() if after.get(path) != kind}
        assert not changed, changed
        assert machine.read_accounts() == machine.accounts


def test_the_scripts_do_without_systemd(packages):
    packages.need_release()
    with clean_machine() as machine:
        (machine.root / "run/systemd/system").rmdir()
        (machine.root / "usr/bin/systemctl").unlink()
        machine.install(packages.get())
        for unit, target in (("wws.service", "multi-user"), ("wws.socket", "sockets")):
            assert (machine.root / f"etc/systemd/system/{target}.target.wants/{unit}").is_symlink(), unit
        machine.run("apt-get", "purge", "-y", "wws")
        assert set(machine.files()) == set(machine.before) - {"usr/bin/systemctl"}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws")
    parser.add_argument("--stage")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    for tool in ("cpack", "dpkg-deb", "cc", "readelf"):
        if shutil.which(tool) is None:
            print(f"left out: {tool} is missing")
            return roots.SKIPPED
    if arguments.stage:
        return run_tests(globals(), arguments.names, Packages(arguments.stage, is_release=True))
    with tempfile.TemporaryDirectory() as folder:
        stand_in(folder, os.path.abspath(arguments.wws))
        return run_tests(globals(), arguments.names, Packages(folder, is_release=False))


if __name__ == "__main__":
    sys.exit(main())
