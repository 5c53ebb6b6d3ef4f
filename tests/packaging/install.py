#!/usr/bin/env python3
"""install.sh against release folders that a server here serves: every way in, every error, interruptions.

usage: install.py [--all] [NAME...]     --all: broken off at every step, and not at some
Nothing outside of temporary folders is touched. With build/dist one test installs the real archive. What needs root, or
a tool that is not installed, says that it was left out. Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import contextlib
import hashlib
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
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from releases import FILES, MACHINE, ROOT, SUMS, Releases, add_release, archive_name, pack, program, snapshot
from robustness import PATIENCE, run_tests

STRIDE = 5  # of the steps at which an installation is broken off
SCRIPT = (ROOT / "install.sh").read_text()
NOBODY = 65534
# All that install.sh uses but for downloading and for digests.
TOOLS = ("sh cat cp chmod cut dirname find grep gzip head id mkdir mktemp mv printf rm rmdir sed sort sync tail tar "
         "uname wc").split()
BUSYBOX = next((path for path in ("/bin/busybox", "/usr/bin/busybox") if os.path.exists(path)), None)

DOWNLOADERS = [name for name in ("curl", "wget") if shutil.which(name)]


def say_left_out(name, reason):
    print(f"{name} left out: {reason}")


class Place:
    """A release folder that is served, a prefix, a folder for temporary files and one of tools: all of them empty."""

    def __init__(self):
        self.temp = tempfile.TemporaryDirectory(prefix="wws-install-test-")
        base = pathlib.Path(self.temp.name)
        base.chmod(0o755)
        self.releases, self.home, self.tmp, self.bin = (base / name for name in ("releases", "home", "tmp", "tools"))
        for folder in (self.releases, self.home, self.tmp, self.bin):
            folder.mkdir()
        self.tmp.chmod(0o1777)
        self.prefix = self.home / "prefix"
        self.use(*TOOLS, "sha256sum", "curl")

    def __enter__(self):
        self.server = Releases(self.releases).__enter__()
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        self.temp.cleanup()

    @property
    def wws(self):
        return self.prefix / "bin/wws"

    def use(self, *names):
        """The tools that are in PATH, and no others."""
        shutil.rmtree(self.bin)
        self.bin.mkdir()
        for name in names:
            found = shutil.which(name)
            assert found, f"{name} is not installed"
            (self.bin / name).symlink_to(found)

    def tool(self, name, text):
        """A tool of the test's own making, in place of the real one."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)

    def start(self, *arguments, shell=("sh",), text=SCRIPT, user=None, cwd=None, **variables):
        """The script, piped into a shell that has no terminal."""
        environment = {"PATH": str(self.bin), "TMPDIR": str(self.tmp), "HOME": str(self.home),
                       "WWS_BASE_URL": self.server.url, **variables}
        command = [shell[0] if shell[0].startswith("/") else str(self.bin / shell[0]), *shell[1:], "-s", "--", *arguments]
        process = subprocess.Popen(
            command, env={name: value for name, value in environment.items() if value is not None}, cwd=cwd or self.home,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            **({} if user is None else {"user": user, "group": user, "extra_groups": []}))
        threading.Thread(target=feed, args=(process.stdin, text), daemon=True).start()
        process.stdin = None  # the thread's
        return process

    def run(self, *arguments, status=0, **more):
        """What it printed; standard error is marked. Temporary files are gone in any case."""
        process = self.start(*arguments, **more)
        output, errors = process.communicate(timeout=PATIENCE)
        said = output + "".join(f"! {line}\n" for line in errors.splitlines())
        assert process.returncode == status, (process.returncode, said)
        assert not os.listdir(self.tmp), os.listdir(self.tmp)
        assert (status == 0) == (not errors), said
        return said

    def install(self, *arguments, **more):
        return self.run("--prefix", str(self.prefix), *arguments, **more)

    def refuse(self, *arguments, status=1, **more):
        """It fails, says why, and changes nothing."""
        before = snapshot(self.home)
        said = self.install(*arguments, status=status, **more)
        assert snapshot(self.home) == before, (snapshot(self.home), before)
        return said

    def version(self):
        done = subprocess.run([self.wws, "--version"], capture_output=True, text=True, check=True)
        return done.stdout.removeprefix("wasm-workers-server ").strip()


def feed(stream, text):
    with contextlib.suppress(BrokenPipeError):
        stream.write(text)
    with contextlib.suppress(BrokenPipeError):
        stream.close()


def holds(text, *parts):
    for part in parts:
        assert part in text, f"{part!r} is not in:\n{text}"


@contextlib.contextmanager
def small_file_system(folder, size="64k", options=""):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=1777{options}", "none", folder], check=True,
                   capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def needs_root(test):
    def run():
        if os.geteuid() != 0:
            return say_left_out(test.__name__[5:], "not root")
        test()
    return run


# --- installing ---

def test_one_command_installs_everything():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        said = place.install()
        holds(said, "Wasm Workers Server", "Downloading wws 2.0.0", "Unpacking", "Installing", f"is installed: {place.wws}",
              f"{place.prefix}/bin is not in PATH", "wws new hello", "--uninstall --prefix " + str(place.prefix))
        assert place.version() == "2.0.0"
        files = {name: mode for name, (mode, _) in snapshot(place.prefix).items() if mode.startswith("-")}
        assert files == {
            "bin/wws": "-rwxr-xr-x",
            **dict.fromkeys(["share/man/man1/wws.1", "share/man/man5/wws.toml.5", "share/doc/wws/README.md",
                             "share/doc/wws/LICENSE", "share/doc/wws/THIRD-PARTY-LICENSES.txt", "share/wws/installed",
                             "share/bash-completion/completions/wws", "share/zsh/site-functions/_wws",
                             "share/fish/vendor_completions.d/wws.fish"], "-rw-r--r--")}, files
        assert [path for path, _ in place.server.asked] == [
            "/latest", f"/v2.0.0/{SUMS}", f"/v2.0.0/{archive_name('2.0.0')}"], place.server.asked
        manifest = (place.prefix / "share/wws/installed").read_text()
        digest = hashlib.sha256(place.wws.read_bytes()).hexdigest()
        holds(manifest, "version 2.0.0\n", f"file {digest} bin/wws\n", "folder .\n", "folder share/wws\n")


def test_a_name_in_path_is_named_as_it_is_called():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        holds(place.install(PATH=f"{place.prefix}/bin:{place.bin}"), "\n  wws .  ")
        place.tool("wws", "exit 0")
        holds(place.install("--version", "2.0.0"), f"\"wws\" alone is {place.bin}/wws", f"\n  {place.wws} .  ")


def test_every_shell_runs_it():
    shells = {"dash": [], "bash": [], "bash --posix": ["bash"], "busybox sh": [BUSYBOX], "zsh --emulate sh": [],
              "ksh": [], "ksh93": [], "mksh": [], "posh": [], "yash": []}
    for name in shells:
        command = name.split()
        found = shutil.which(command[0])
        if not found:
            say_left_out(name, "not installed")
            continue
        with Place() as place:
            add_release(place.releases, "1.9.0")
            add_release(place.releases, "2.0.0-rc.1")
            (place.releases / "latest").write_text("2.0.0-rc.1\n")
            shell = (found, *command[1:])
            place.install("--version=v1.9.0", shell=shell)
            assert place.version() == "1.9.0", name
            holds(place.install(shell=shell), "it becomes 2.0.0-rc.1")
            assert place.version() == "2.0.0-rc.1", name
            holds(place.install("--uninstall", shell=shell), "was removed")
            assert snapshot(place.home) == {}, (name, snapshot(place.home))


def test_it_runs_as_a_file_too():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        (place.home / "install.sh").write_text(SCRIPT)
        subprocess.run(["sh", "install.sh", "--prefix", "there"], cwd=place.home, check=True, capture_output=True,
                       env={"PATH": str(place.bin), "WWS_BASE_URL": place.server.url + "/"})
        assert (place.home / "there/bin/wws").exists()


def test_each_tool_downloads():
    for tool in ("curl", "wget", "busybox"):
        if not shutil.which(tool):
            say_left_out(tool, "not installed")
            continue
        with Place() as place:
            add_release(place.releases, "2.0.0")
            if tool == "busybox":
                only_busybox(place)
            else:
                place.use(*TOOLS, "sha256sum", tool)
            place.install()
            assert place.version() == "2.0.0"
            agents = {agent.split("/")[0].lower() for _, agent in place.server.asked}
            assert agents == {{"busybox": "wget"}.get(tool, tool)}, agents
            holds(place.install("--uninstall"), "was removed")
            assert snapshot(place.home) == {}


def only_busybox(place, *without):
    """All tools are busybox's, but for some."""
    place.use()
    for name in {*TOOLS, "wget", "sha256sum"} - {*without}:
        (place.bin / name).symlink_to(BUSYBOX)


def test_each_tool_finds_digests():
    for tool in ("sha256sum", "shasum", "openssl", "busybox"):
        if not shutil.which(tool):
            say_left_out(tool, "not installed")
            continue
        with Place() as place:
            add_release(place.releases, "2.0.0")
            place.use(*TOOLS, "curl", *(["perl"] if tool == "shasum" else []), tool)
            place.install()
            (place.releases / "v2.0.0" / SUMS).write_text(f"{'0' * 64}  {archive_name('2.0.0')}\n")
            holds(place.refuse("--version", "2.0.0"), "is not what SHA256SUMS says")
    with Place() as place:
        place.use(*TOOLS, "curl")
        holds(place.refuse(), "sha256sum, shasum or openssl is needed")
        place.tool("sha256sum", "echo wrong")  # one that does not work is none
        holds(place.refuse(), "sha256sum, shasum or openssl is needed")


def test_the_command_that_it_tells_removes_it():
    """It told a command without a path, of a script that nobody has who piped it into a shell."""
    with Place() as place:
        add_release(place.releases, "2.0.0")
        shutil.copy(ROOT / "install.sh", place.releases)
        prefix = place.home / "it's mine"
        for arguments in (["--prefix", str(prefix)], ["--local"]):
            before = snapshot(place.home)
            said = place.run(*arguments)
            command = re.search("To remove it again: (.*)", said)[1]
            assert place.server.url in command, command
            done = subprocess.run(["sh", "-c", command], cwd=place.home, check=True, capture_output=True, text=True,
                                  env={"PATH": str(place.bin), "TMPDIR": str(place.tmp), "HOME": str(place.home)})
            holds(done.stdout, "was removed")
            assert snapshot(place.home) == before, snapshot(place.home)


def test_local_puts_the_program_alone_into_the_current_folder():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        holds(place.run("--local"), f"{place.home}/wws", "\n  ./wws .  ", "--uninstall --local")
        assert list(snapshot(place.home)) == ["wws"]
        holds(place.run("--local"), "is installed in", "already")
        holds(place.run("--local", "--uninstall"), "was removed")
        assert snapshot(place.home) == {}
        holds(place.run("--local", "--uninstall"), "nothing to do")
        (place.home / "wws").write_text("#!/bin/sh\n")
        holds(place.run("--local", "--uninstall", status=1), "it stays")
        assert list(snapshot(place.home)) == ["wws"]


# --- versions ---

def test_versions_have_the_order_of_semver():
    versions = ["0.9.10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
                "1.0.0-beta.11", "1.0.0-beta.99999999999999999998", "1.0.0-beta.99999999999999999999", "1.0.0-beta-x",
                "1.0.0-rc.1", "1.0.0", "1.0.1", "1.9.0", "1.10.0-0", "1.10.0", "2.0.0-9", "2.0.0--", "2.0.0-A",
                "2.0.0-a", "2.0.0", "10.0.0"]
    functions = SCRIPT.rsplit("\n{ main", 1)[0]
    tests = "\n".join(f"is_older {a} {b} && echo {a} {b}" for a in versions for b in versions)
    for shell in ("dash", "bash"):
        done = subprocess.run([shell], input=functions + "\nset +e\n" + tests + "\n:\n", capture_output=True, text=True,
                              timeout=PATIENCE)
        expected = [f"{a} {b}" for i, a in enumerate(versions) for b in versions[i + 1:]]
        assert sorted(done.stdout.splitlines()) == sorted(expected), (
            set(done.stdout.splitlines()) ^ set(expected), done.stderr)


def test_only_a_newer_or_an_asked_for_version_replaces():
    with Place() as place:
        for version in ("2.0.0-rc.2", "2.0.0", "2.1.0"):
            add_release(place.releases, version)

        def latest(version):
            (place.releases / "latest").write_text(version)

        latest("2.0.0-rc.2\n")
        place.install()
        latest("2.0.0")  # no end of line
        holds(place.install(), "2.0.0-rc.2", "it becomes 2.0.0")
        assert place.version() == "2.0.0"
        before = snapshot(place.home)
        place.server.asked.clear()
        holds(place.install(), "2.0.0, the latest, is installed")
        latest("2.0.0-rc.2\n")
        holds(place.install(), "newer than 2.0.0-rc.2", "--version 2.0.0-rc.2")
        assert snapshot(place.home) == before
        assert {path for path, _ in place.server.asked} == {"/latest"}  # and nothing was downloaded for it
        place.install("--version", "2.1.0")
        assert place.version() == "2.1.0"
        holds(place.install("--version", "v2.0.0-rc.2"), "it becomes 2.0.0-rc.2")
        assert place.version() == "2.0.0-rc.2"
        place.wws.write_text("")  # what does not run any more is replaced by the same version too
        holds(place.install(), "does not run")
        assert place.version() == "2.0.0-rc.2"


def test_the_original_is_replaced_and_other_programs_are_not():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        place.wws.parent.mkdir(parents=True)
        place.wws.write_bytes(program("1.7.0"))
        place.wws.chmod(0o755)
        holds(place.install(), "1.7.0", "it becomes 2.0.0")
        assert place.version() == "2.0.0"
        place.install("--uninstall")
        for text in ("#!/bin/sh\necho something else\n", ""):
            place.wws.parent.mkdir(parents=True, exist_ok=True)
            place.wws.write_text(text)
            place.wws.chmod(0o755)
            holds(place.refuse(), "does not say that it is Wasm Workers Server")
        place.wws.unlink()
        place.wws.mkdir()
        holds(place.refuse(), "is a folder")


def test_a_running_server_keeps_its_program():
    with Place() as place:
        add_release(place.releases, "2.0.0", wws=program("2.0.0") + b'[ "$1" = --version ] || { cat; echo "$0"; }\n')
        place.install()
        inode = place.wws.stat().st_ino
        with open(place.wws) as running:
            add_release(place.releases, "2.0.1")
            place.install()
            assert place.wws.stat().st_ino != inode
            assert running.read().endswith('echo "$0"; }\n')  # whole, though it has no name any more


# --- removing ---

def test_removal_leaves_what_was_there_before():
    for others in ([], ["share/man/man1/other.1", "bin/other"], ["share/wws/mine"]):
        with Place() as place:
            add_release(place.releases, "2.0.0")
            for name in others:
                (place.prefix / name).parent.mkdir(parents=True, exist_ok=True)
                (place.prefix / name).write_text("mine")
            before = snapshot(place.home)
            place.install()
            place.install("--version", "2.0.0")  # over it: folders that it made before are still its own
            place.install("--uninstall")
            assert snapshot(place.home) == before, (snapshot(place.home), before)
            holds(place.install("--uninstall"), "nothing to do")


def test_removal_leaves_what_was_changed_or_added_later():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        place.install()
        place.wws.write_text("my own")
        (place.prefix / "share/doc/wws/notes").write_text("mine")
        holds(place.install("--uninstall"), f"{place.wws} was changed since it was installed: it stays")
        left = [name for name, (mode, _) in snapshot(place.prefix).items() if mode.startswith("-")]
        assert sorted(left) == ["bin/wws", "share/doc/wws/notes"], left
        assert not (place.prefix / "share/man").exists()


def test_an_upgrade_removes_what_the_new_version_does_not_have():
    with Place() as place:
        add_release(place.releases, "2.0.0", files=FILES | {"old/one": "1", "old/two": "2"})
        add_release(place.releases, "2.0.1")
        place.install("--version", "2.0.0")
        (place.prefix / "share/doc/wws/old/two").write_text("changed")
        holds(place.install(), "old/two was changed")
        assert not (place.prefix / "share/doc/wws/old/one").exists()
        (place.prefix / "share/doc/wws/old/two").unlink()
        (place.prefix / "share/doc/wws/old").rmdir()
        place.install("--uninstall")
        assert snapshot(place.home) == {}


def test_a_manifest_cannot_lead_out():
    with Place() as place:
        (place.home / "mine").write_text("mine")
        digest = hashlib.sha256(b"mine").hexdigest()
        (place.prefix / "share/wws").mkdir(parents=True)
        (place.prefix / "share/wws/installed").write_text(
            f"file {digest} ../mine\nfile {digest} {place.home}/mine\nfolder ..\nfolder ../other\n")
        (place.home / "other").mkdir()
        place.install("--uninstall")
        assert (place.home / "mine").exists() and (place.home / "other").exists()


# --- errors ---

def test_arguments():
    with Place() as place:
        for arguments, complaint in ((["--nothing"], "no option --nothing"), (["wws"], "no option wws"),
                                     (["--version"], "needs a value"), (["--version", ""], "needs a value"),
                                     (["--version", "2"], "not a version"), (["--version", "2.0.0/../x"], "not a version"),
                                     (["--version", "2.0.0\n2.0.0"], "not a version"),
                                     (["--version=02.0.0"], "not a version"), (["--local"], "exclude each other"),
                                     (["--uninstall", "--version", "2.0.0"], "leave --version out")):
            holds(place.refuse(*arguments, status=2), complaint, "--help")
        holds(place.run("--help"), "usage:", "--uninstall", "WWS_BASE_URL")
        holds(place.run("--prefix", f"{place.home}/a/b", status=1), f"there is no folder {place.home}/a to make b in")
        holds(place.run("--prefix", "/", status=1), "choose a folder of its own")
        place.prefix.write_text("")
        holds(place.refuse(), "is not a folder")
        assert not place.server.asked


def test_the_server_is_not_there():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        for tool in DOWNLOADERS:
            place.use(*TOOLS, "sha256sum", tool)
            holds(place.refuse(WWS_BASE_URL="http://127.0.0.1:9"), "cannot download http://127.0.0.1:9/latest",
                  "the network or the server is in the way", "Nothing was changed")
            place.server.status = {SUMS: 500}
            holds(place.refuse(), f"cannot download {place.server.url}/v2.0.0/{SUMS}", "500")
            place.server.status = {}
        holds(place.refuse(WWS_BASE_URL="releases.example.org"), "WWS_BASE_URL is not an address")
        holds(place.refuse(WWS_BASE_URL="file:///etc"), "WWS_BASE_URL is not an address")
        place.use(*TOOLS, "sha256sum")
        holds(place.refuse(), "curl or wget is needed")


def test_the_version_is_not_there():
    with Place() as place:
        tools = DOWNLOADERS + ["busybox"] * bool(BUSYBOX)
        for tool in tools:
            only_busybox(place) if tool == "busybox" else place.use(*TOOLS, "sha256sum", tool)
            holds(place.refuse(), "has no file \"latest\"")
            holds(place.refuse("--version", "9.9.9"), f"there is no version 9.9.9 at {place.server.url}")
        add_release(place.releases, "2.0.0")
        for text in ("", "<html>\n", "2.0\n", "../../etc\n"):
            (place.releases / "latest").write_text(text)
            holds(place.refuse(), "does not hold a version")
        (place.releases / "v2.0.0" / archive_name("2.0.0")).unlink()
        holds(place.refuse("--version", "2.0.0"), f"has no {archive_name('2.0.0')}")
        add_release(place.releases, "2.0.0", sums=f"{'0' * 64}  {archive_name('2.0.0', 'other')}\n")
        holds(place.refuse(), f"is not made for {MACHINE}")


def test_what_arrives_is_not_what_was_sent():
    good = pack("2.0.0", {"wws": program("2.0.0")})
    for tool in DOWNLOADERS + ["busybox"] * bool(BUSYBOX):
        for tells_length in (True, False):
            with Place() as place:
                only_busybox(place) if tool == "busybox" else place.use(*TOOLS, "sha256sum", tool)
                add_release(place.releases, "2.0.0")
                place.server.cut, place.server.tells_length = {archive_name("2.0.0")}, tells_length
                said = place.refuse()
                assert "is not what SHA256SUMS says: it was cut off" in said or "cannot download" in said, said
                place.server.cut = {SUMS}
                said = place.refuse()
                assert "its SHA256SUMS is cut off" in said or "cannot download" in said, said
    with Place() as place:
        add_release(place.releases, "2.0.0", archive=good, sums=f"{'a' * 64}  {archive_name('2.0.0')}\n")
        holds(place.refuse(), "is not what SHA256SUMS says", "expected " + "a" * 64,
              "received " + hashlib.sha256(good).hexdigest(), f"{len(good)} bytes")
        # What has the right digest and is no archive all the same.
        add_release(place.releases, "2.0.0", archive=good[:-200])
        holds(place.refuse(), "cannot be unpacked")
        add_release(place.releases, "2.0.0", archive=b"nothing of the kind")
        holds(place.refuse(), "cannot be unpacked")
        add_release(place.releases, "2.0.0", archive=pack("2.0.1", {"wws": program("2.0.0")}))
        holds(place.refuse(), "holds no")


def test_signatures_are_checked():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        sums, keys = place.releases / "v2.0.0" / SUMS, place.tmp.parent

        def openssl(*arguments):
            return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout

        for name in ("key", "other"):
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", keys / name)
        public = openssl("ec", "-in", keys / "key", "-pubout")
        text = SCRIPT.replace("\nrelease_key=\n", f"\nrelease_key='{public.strip()}'\n")
        assert text != SCRIPT or "\nrelease_key='" in SCRIPT
        place.use(*TOOLS, "sha256sum", "curl", "openssl")
        holds(place.refuse(text=text), "is not signed")
        openssl("dgst", "-sha256", "-sign", keys / "other", "-out", f"{sums}.sig", sums)
        holds(place.refuse(text=text), "is not signed by the project")
        openssl("dgst", "-sha256", "-sign", keys / "key", "-out", f"{sums}.sig", sums)
        place.install(text=text)
        sums.write_text(sums.read_text() + "\n")
        holds(place.refuse("--version", "2.0.0", text=text), "is not signed by the project")
        (place.bin / "openssl").unlink()
        holds(place.install("--version", "2.0.0", text=text), "there is no openssl")


def test_a_program_that_does_not_run_is_not_installed():
    with Place() as place:
        add_release(place.releases, "2.0.0", wws=b"#!/bin/sh\necho 'no such library' >&2\nexit 1\n")
        holds(place.refuse(), "does not run on this system", "no such library")
        add_release(place.releases, "2.0.0", wws=program("2.0.1"))
        holds(place.refuse(), "does not run on this system")


def test_another_system_or_processor():
    with Place() as place:
        for system, machine, complaint in (("Darwin", "arm64", "container image"), ("MINGW64_NT", "x86_64", "WSL 2"),
                                           ("FreeBSD", "amd64", "this is FreeBSD"), ("Linux", "riscv64", "this is riscv64")):
            place.tool("uname", f'[ "$1" = -s ] && echo {system} || echo {machine}\n')
            holds(place.refuse(), complaint)
        for machine, name in (("amd64", "x86_64"), ("arm64", "aarch64")):
            place.tool("uname", f'[ "$1" = -s ] && echo Linux || echo {machine}\n')
            add_release(place.releases, "2.0.0")
            place.server.asked.clear()
            if name == MACHINE:
                place.install()
            else:
                holds(place.refuse("--version", "2.0.0"), f"is not made for {name}")


@needs_root
def test_no_space():
    big = program("2.0.0", 300_000).replace(b"xxx", os.urandom(3).hex().encode()[:3])
    for tool in DOWNLOADERS + ["busybox"] * bool(BUSYBOX):
        with Place() as place:
            add_release(place.releases, "2.0.0", wws=b"#!/bin/sh\necho 'wasm-workers-server 2.0.0'\nexit\n" + os.urandom(200_000))
            only_busybox(place) if tool == "busybox" else place.use(*TOOLS, "sha256sum", tool)
            with small_file_system(place.tmp):
                holds(place.refuse(), "no space left in", "TMPDIR names another place")
    with Place() as place:
        add_release(place.releases, "2.0.0", wws=big)  # the archive is small
        with small_file_system(place.tmp):
            holds(place.refuse(), "no space left in", "to unpack")
        place.prefix.mkdir()
        with small_file_system(place.prefix):
            holds(place.refuse(), f"no space left in {place.prefix}")
            add_release(place.releases, "1.9.0", latest=False)
            place.install("--version", "1.9.0")
            holds(place.refuse(), f"no space left in {place.prefix}")
            assert place.version() == "1.9.0"


@needs_root
def test_a_file_system_that_is_read_only():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        place.prefix.mkdir()
        with small_file_system(place.prefix):
            subprocess.run(["mount", "-o", "remount,ro", place.prefix], check=True)
            holds(place.refuse(), "cannot be written to, even by root")


@needs_root
def test_programs_may_not_run_where_temporary_files_are():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        with small_file_system(place.tmp, size="1m", options=",noexec"):
            place.install()
            assert place.version() == "2.0.0"


# --- rights ---

def unprivileged(place):
    """A prefix that its user may not write to, and that user."""
    user = NOBODY if os.geteuid() == 0 else None
    place.prefix.mkdir()
    if user:
        for path in (place.home, place.prefix):
            os.chown(path, user, user)
    place.prefix.chmod(0o555)
    return user


# Stands for root's rights: the prefix can be written to while it runs something.
RIGHTS = """echo "$0" "$@" >>'{log}'
chmod 755 '{prefix}'; "$@"; status=$?; chmod 555 '{prefix}'; exit $status
"""


def test_rights_are_asked_for_where_they_are_needed():
    for tool in ("sudo", "doas"):
        with Place() as place:
            add_release(place.releases, "2.0.0")
            user = unprivileged(place)
            log = place.tmp.parent / "log"
            log.touch()
            log.chmod(0o666)
            said = place.refuse(user=user)
            holds(said, f"{place.prefix} is not yours to write to", "Run this as root", "--prefix \"$HOME/.local\"", "--local")
            place.tool(tool, "echo 'a password is required' >&2; exit 1\n")
            holds(place.refuse(user=user), "! a password is required", f"{tool} did not get root's rights", "--local")
            place.tool(tool, RIGHTS.format(prefix=place.prefix, log=log))
            holds(place.install(user=user), f"{place.prefix} belongs to the system: {tool} is used")
            assert place.version() == "2.0.0"
            assert len(log.read_text().splitlines()) == 1, log.read_text()  # it asks once
            holds(place.install(user=user), "already")
            place.install("--uninstall", user=user)
            assert len(log.read_text().splitlines()) == 2
            place.prefix.chmod(0o755)
            assert os.listdir(place.prefix) == []


def test_without_need_no_rights_are_asked_for():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        user = NOBODY if os.geteuid() == 0 else None
        if user:
            os.chown(place.home, user, user)
        place.tool("sudo", "echo sudo was called >&2; exit 1\n")
        place.install(user=user)
        assert place.wws.stat().st_uid == (user or os.geteuid())


def test_neither_home_nor_terminal_is_needed():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        place.install(HOME=None, TERM=None)
        place.tmp.rmdir()
        before = snapshot(place.home)
        process = place.start("--prefix", str(place.prefix), "--version", "2.0.0")
        _, errors = process.communicate(timeout=PATIENCE)
        holds(errors, "no folder can be made in", "TMPDIR names another place")
        assert snapshot(place.home) == before
        place.tmp.mkdir()


# --- interruptions ---

def test_of_a_text_that_is_cut_off_nothing_runs():
    with Place() as place:
        add_release(place.releases, "2.0.0")
        text = SCRIPT.rstrip("\n")
        positions = [*range(0, len(text), 331), *range(len(text) - 14, len(text))]
        for position in positions:
            process = place.start("--prefix", str(place.prefix), text=text[:position])
            process.communicate(timeout=PATIENCE)
            assert not place.server.asked, (position, text[position - 20:position])
        assert snapshot(place.home) == {}
        place.install(text=text)


def test_an_end_in_the_middle_of_the_download():
    for number in (signal.SIGTERM, signal.SIGKILL):
        with Place() as place:
            add_release(place.releases, "2.0.0")
            place.install()
            before = snapshot(place.home)
            add_release(place.releases, "2.0.1")
            place.server.held = {archive_name("2.0.1"): threading.Event()}
            process = place.start("--prefix", str(place.prefix))
            assert place.server.reached.wait(PATIENCE)
            os.killpg(process.pid, number)
            process.communicate(timeout=PATIENCE)
            assert process.returncode in (128 + number, -number), process.returncode
            assert snapshot(place.home) == before
            assert place.version() == "2.0.0"
            if number == signal.SIGTERM:
                assert not os.listdir(place.tmp), os.listdir(place.tmp)
            for left in place.tmp.iterdir():
                shutil.rmtree(left)
            place.server.held = {}
            place.install()
            assert place.version() == "2.0.1"


def in_step(place, tool, number, action):
    """The `number`th run of a tool does something else."""
    counter = place.tmp.parent / "counter"
    counter.write_text("0\n")
    place.tool(tool, f"""read -r before <'{counter}'
echo $((before + 1)) >'{counter}'
[ $((before + 1)) -ne {number} ] || {{ {action}; }}
exec {shutil.which(tool)} "$@"
""")


def test_every_write_may_fail():
    """At whatever step it fails, the old version is there whole, and nothing else."""
    for tool in ("cp", "chmod", "mkdir"):
        with Place() as place:
            add_release(place.releases, "2.0.0", files=FILES | {"old": "1"})
            place.install()
            add_release(place.releases, "2.0.1", files=FILES | {"new/file": "1"})
            number = 0
            while place.version() == "2.0.0":
                number += STRIDE
                assert number < 80
                before = snapshot(place.home)
                place.use(*TOOLS, "sha256sum", "curl")
                in_step(place, tool, number, "echo \"$0: refused\" >&2; exit 1")
                process = place.start("--prefix", str(place.prefix))
                _, errors = process.communicate(timeout=PATIENCE)
                if process.returncode == 0:
                    break
                assert errors and snapshot(place.home) == before, (tool, number, errors)
                assert not os.listdir(place.tmp)
            assert number > STRIDE and place.version() == "2.0.1", (tool, number)


def test_every_step_may_be_the_last():
    """Killed at whatever step: a whole program is there, and the next run or removal clears up."""
    for tool, last in (("cp", "install"), ("mv", "install"), ("mv", "uninstall"), ("sync", "install")):
        with Place() as place:
            add_release(place.releases, "2.0.0", files=FILES | {"old": "1"}, latest=False)
            add_release(place.releases, "2.0.1", files=FILES | {"new/file": "1"})
            place.install("--version", "2.0.0")
            older = place.tmp.parent / "older"
            shutil.copytree(place.prefix, older, symlinks=True)
            number, killed = 0, True
            while killed:
                number += STRIDE
                assert number < 80
                shutil.rmtree(place.prefix, ignore_errors=True)
                shutil.copytree(older, place.prefix, symlinks=True)
                in_step(place, tool, number, "kill -9 0; sleep 60")
                (place.bin / "sleep").symlink_to(shutil.which("sleep"))
                process = place.start("--prefix", str(place.prefix))
                process.communicate(timeout=PATIENCE)
                killed = process.returncode != 0
                assert place.version() in ("2.0.0", "2.0.1")
                for left in place.tmp.iterdir():
                    shutil.rmtree(left)
                place.use(*TOOLS, "sha256sum", "curl")
                if last == "install":
                    place.install("--version", "2.0.1")
                    assert not [name for name in snapshot(place.home) if ".wws-install" in name], snapshot(place.home)
                place.install("--uninstall")
                assert snapshot(place.home) == {}, (tool, number, snapshot(place.home))
            assert number > 5, number


# --- the project ---

def project():
    lines = re.findall(r'^(WWS_\w+)="(.*)"$', (ROOT / "packaging/project.env").read_text(), re.MULTILINE)
    return dict(lines)


def test_addresses_are_the_project_s():
    values = dict(re.findall(r"^(default_releases_url|docs_url)=(\S+)$", SCRIPT, re.MULTILINE))
    assert values == {"default_releases_url": project()["WWS_RELEASES_URL"], "docs_url": project()["WWS_DOCS_URL"]}, (
        "install.sh and packaging/project.env differ", values)
    key = ROOT / "packaging/release_key.pem"
    pinned = re.search(r"^release_key=(?:'([^']*)')?$", SCRIPT, re.MULTILINE)[1]
    assert (pinned or "").strip() == (key.read_text().strip() if key.exists() else ""), "install.sh and packaging/release_key.pem differ"


def test_the_real_archive():
    folder = ROOT / "build/dist"
    if not (folder / "latest").exists():
        return say_left_out("the_real_archive", "there is no build/dist: make dist")
    with Place() as place:
        place.server.__exit__()
        place.server = Releases(folder).__enter__()
        place.install()
        version = (folder / "latest").read_text().strip()
        assert place.version() == version
        with tarfile.open(folder / f"v{version}" / archive_name(version)) as archive:
            packed = {name.partition("/")[2] for name in archive.getnames()}
        for name, installed in (("LICENSE", "doc/wws/LICENSE"), ("man/wws.1", "man/man1/wws.1"),
                                ("completions/wws.bash", "bash-completion/completions/wws")):
            assert (place.prefix / "share" / installed).exists() == (name in packed), name
        site = place.home / "site"
        (site / "public").mkdir(parents=True)
        (site / "public/index.html").write_text("hello")
        server = subprocess.Popen([place.wws, "--port", "0", site], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  text=True)
        try:
            url = next(re.search(r"http://\S+", line)[0] for line in server.stdout if "Start serving" in line)
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                assert answer.read() == b"hello"
        finally:
            server.terminate()
            assert server.wait(PATIENCE) == 0
        shutil.rmtree(site)
        place.install("--uninstall")
        shutil.rmtree(place.home / ".cache", ignore_errors=True)
        assert snapshot(place.home) == {}, snapshot(place.home)


def main():
    global STRIDE
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    STRIDE = 1 if arguments.all else STRIDE
    return run_tests(globals(), arguments.names)


if __name__ == "__main__":
    sys.exit(main())
