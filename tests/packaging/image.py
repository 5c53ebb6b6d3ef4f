#!/usr/bin/env python3
"""What packaging/Dockerfile makes and says, without an engine for containers.

usage: image.py [--build] [NAME...]     after make dist; needs root
The last steps of the build are run as they stand, on build/dist; the image they leave is started as an engine would:
read-only, as its user, without rights, as process 1, in a network of its own. With --build all steps run, in a clean
Debian 12, and the image is of what came out: that takes as long as a build without caches.
Last line: 'N passed, N failed'. Exit status 77: cannot run here.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import dockerfile
import roots
from robustness import PATIENCE, run_tests, until

ROOT = roots.ROOT
GUESTS = ROOT / "build/guests"
GRACE = 10  # seconds that engines leave a container by default
BUILDER, FINAL = dockerfile.parse((ROOT / "packaging/Dockerfile").read_text())
IMAGE = None  # the folder of the image that the tests share


# --- building ---

def seconds(text):
    number, unit = re.fullmatch(r"(\d+)([smh])", text).groups()
    return int(number) * {"s": 1, "m": 60, "h": 3600}[unit]


def build_here():
    """The steps that assemble the image, on what make dist left in this checkout."""
    steps = [text for instruction, text, _ in BUILDER.steps if instruction == "RUN" and text.startswith("packaging/")]
    assert steps, BUILDER.steps
    for step in steps:
        subprocess.run(["sh", "-ec", step], cwd=ROOT, check=True)
    return ROOT


def build_in_clean_root(root):
    """All steps of the first stage."""
    assert BUILDER.base.startswith("debian:12-slim@sha256:"), BUILDER.base
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    environment = {"PATH": os.environ["PATH"], "HOME": "/root", **BUILDER.environment, **BUILDER.arguments,
                   **{name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}}
    for instruction, text, workdir in BUILDER.steps:
        (root / workdir.lstrip("/")).mkdir(parents=True, exist_ok=True)
        print(f"{instruction} {text}", flush=True)
        if instruction == "COPY":
            assert text == ". .", text
            files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
            archive = subprocess.Popen(["tar", "-c", "--null", "-T", "-"], cwd=ROOT, stdin=subprocess.PIPE,
                                       stdout=(pipe := subprocess.Popen(["tar", "-x"], cwd=root / workdir.lstrip("/"),
                                                                        stdin=subprocess.PIPE)).stdin)
            archive.communicate(files)
            pipe.stdin.close()
            assert archive.returncode == 0 and pipe.wait() == 0
        else:
            subprocess.run(roots.command_in(root, "/bin/sh", "-c", f"cd {workdir} && {text}"), env=environment, check=True)
    return root / BUILDER.workdir.lstrip("/")


def copy_image(workdir, image):
    """COPY --from=builder of the last stage."""
    for instruction, text, _ in FINAL.steps:
        source, target = re.fullmatch(rf"--from={BUILDER.name} (\S+) (\S+)", text).groups()
        assert instruction == "COPY" and target == "/" and source.startswith(BUILDER.workdir), text
        subprocess.run(["cp", "-a", f"{workdir}/{os.path.relpath(source, BUILDER.workdir)}/.", image], check=True)


# --- running ---

class Container:
    """The image while it runs."""

    def __init__(self, project, *command, environment=None, writable=()):
        """`writable`: folders that are file systems of their own, with options of mount."""
        self.user, self.group = FINAL.user.split(":")
        variables = {"PATH": "/usr/bin", **FINAL.environment} if environment is None else environment
        mounts = ['mount --make-rprivate /', 'mount --bind "$0" "$0"', 'mount -t proc proc "$0/proc"',
                  'mount --rbind /dev "$0/dev"', f'mount --bind "{project}" "$0/app"',
                  'mount -o remount,bind,ro "$0/app"', 'mount -o remount,bind,ro "$0"',
                  *(f'mount -t tmpfs -o {options} none "$0{folder}"' for folder, options in writable)]
        start = "; ".join(mounts) + f'; exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid ' \
            f'{shutil.which("chroot")} --userspec={self.user}:{self.group} --groups= "$0" "$@"'
        self.log = tempfile.TemporaryFile("w+")
        self.engine = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child", "sh", "-ec", start, IMAGE,
             *FINAL.entrypoint, *(command or FINAL.command)],
            env=variables, stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd="/")
        until(lambda: self.engine.poll() is not None or children_of(self.engine.pid), "a process")
        self.init = (children_of(self.engine.pid) or [None])[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.engine.poll() is None:
            self.engine.kill()
        self.engine.wait()
        self.log.close()

    def inside(self, *command, as_user=True):
        """A process beside the server, as `docker exec` starts one; of the image, or of this machine in its network."""
        enter = ["nsenter", f"--target={self.init}", "--net"]
        if as_user:
            enter += ["--mount", "--pid", "--root", "--wd", f"--setuid={self.user}", f"--setgid={self.group}"]
        return subprocess.run([*enter, "--", *command], capture_output=True, text=True, timeout=PATIENCE,
                              env={"PATH": os.environ["PATH"]})

    def serves(self):
        """Waits for its last start line; the loopback interface comes up first."""
        up = ("import fcntl,socket,struct;s=socket.socket();"
              "fcntl.ioctl(s,0x8914,struct.pack('16sh14x',b'lo',0x49))")  # SIOCSIFFLAGS: up, loopback, running
        done = self.inside(sys.executable, "-c", up, as_user=False)
        assert done.returncode == 0, done.stderr
        until(lambda: "Start serving" in self.said() or self.engine.poll() is not None, "the start")
        assert self.engine.poll() is None, self.said()

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def get(self, path):
        done = self.inside("curl", "--silent", "--max-time", "60", "--write-out", "%{http_code}",
                           "http://127.0.0.1:8080" + path, as_user=False)
        assert done.returncode == 0, (done, self.said())
        return int(done.stdout[-3:]), done.stdout[:-3]

    def stop(self):
        """The exit status after the image's signal, and the seconds that it took."""
        began = time.monotonic()
        os.kill(self.init, getattr(signal, FINAL.stop_signal))
        return self.engine.wait(PATIENCE), time.monotonic() - began


def children_of(pid):
    with contextlib.suppress(OSError):
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


@contextlib.contextmanager
def project(**workers):
    with tempfile.TemporaryDirectory(prefix="wws-image-") as folder:
        base = pathlib.Path(folder)
        base.chmod(0o755)
        (base / "public").mkdir()
        (base / "public/index.html").write_text("hello")
        for name, guest in workers.items():
            shutil.copy(GUESTS / f"{guest}.wasm", base / f"{name}.wasm")
        yield base


# --- what is in it, and what it says of itself ---

def test_it_holds_the_server_and_little_else():
    names = sorted(str(path.relative_to(IMAGE)) for path in pathlib.Path(IMAGE).rglob("*") if path.is_file())
    others = [name for name in names if not name.startswith("usr/share/doc/wws/")]
    assert others == ["etc/group", "etc/nsswitch.conf", "etc/passwd", "etc/ssl/certs/ca-certificates.crt", "usr/bin/wws"], names
    assert any("LICENSE" in name for name in names), names
    sizes = {name: os.path.getsize(f"{IMAGE}/{name}") for name in names}
    print(f"image: {sum(sizes.values()) / 1e6:.1f} MB, of which", ", ".join(
        f"{name} {size / 1e6:.2f}" for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:4]))
    linked = subprocess.run(["readelf", "--program-headers", f"{IMAGE}/usr/bin/wws"], capture_output=True, text=True, check=True)
    assert "INTERP" not in linked.stdout, "the image has no loader for this program"
    for name in ("cache", "data"):
        status = os.stat(f"{IMAGE}/{name}")
        assert (status.st_uid, status.st_mode & 0o7777) == (int(FINAL.user.split(":")[0]), 0o700), name


def test_it_says_what_orchestrators_read():
    user, _, group = FINAL.user.partition(":")
    assert int(user) and int(group), "a user by number, for those who check that it is not root"
    assert f"wws:x:{user}:{group}:" in pathlib.Path(IMAGE, "etc/passwd").read_text()
    # The program ends before it is killed, and a check before it is given up.
    stop_time = int(FINAL.command[FINAL.command.index("--stop-time") + 1])
    assert 0 < stop_time < GRACE, stop_time
    assert FINAL.command[FINAL.command.index("--host") + 1] == "0.0.0.0" and FINAL.command[-1] == "/app"
    assert FINAL.health[0] == FINAL.entrypoint[0] == "/usr/bin/wws"
    assert seconds(FINAL.health_options["timeout"]) > 5  # what `wws health` waits for
    keys = {key.removeprefix("org.opencontainers.image.") for key in FINAL.labels}
    assert {"title", "description", "licenses", "version", "revision", "created", "source", "documentation"} <= keys, keys
    # Each label that is filled in has its argument, and packaging/build_image passes them all.
    passed = set(re.findall(r"--build-arg (\w+)=", (ROOT / "packaging/build_image").read_text()))
    assert passed == {*BUILDER.arguments, *FINAL.arguments}, (passed, FINAL.arguments)
    used = set(re.findall(r"\$(\w+)", " ".join(FINAL.labels.values())))
    assert used == set(FINAL.arguments), used


# --- how it runs ---

def test_it_serves_with_a_read_only_root():
    with project(hello="hello") as folder, Container(folder) as container:
        container.serves()
        assert container.get("/") == (200, "hello")
        assert container.get("/hello")[0] == 200, container.said()
        assert "compiled modules are not kept" in container.said(), container.said()
        status = pathlib.Path(f"/proc/{container.init}/status").read_text()
        assert re.search(r"^Uid:\t" + r"\t".join([container.user] * 4) + "$", status, re.MULTILINE), status
        assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE) and re.search(r"^NSpid:\t\d+\t1$", status, re.MULTILINE), status
        code, took = container.stop()
        assert code == 0, (code, container.said())
        assert took < GRACE, took


def test_a_cache_keeps_compiled_modules():
    options = f"uid={FINAL.user.split(':')[0]},mode=0700,exec"
    with project(hello="hello") as folder, Container(folder, writable=[("/cache", options)]) as container:
        container.serves()
        assert container.get("/hello")[0] == 200, container.said()
        assert "not kept" not in container.said(), container.said()
        kept = pathlib.Path(f"/proc/{container.init}/root/cache/wws/modules")
        assert list(kept.glob("*.cwasm")), list(kept.iterdir())


def test_it_starts_without_home_and_variables():
    with project(hello="hello") as folder, Container(folder, environment={}) as container:
        container.serves()
        assert container.get("/hello")[0] == 200, container.said()


def test_the_health_check_needs_no_shell():
    with project() as folder, Container(folder) as container:
        container.serves()
        done = container.inside(*FINAL.health)
        assert (done.returncode, done.stderr) == (0, ""), (done, container.said())
        serving = [pid for supervisor in children_of(container.init) for pid in children_of(supervisor)]
        assert serving, container.said()
        for pid in serving:  # what hangs does not answer
            os.kill(pid, signal.SIGSTOP)
        done = container.inside(*FINAL.health, "--timeout", "200ms")
        assert done.returncode == 1 and "no answer" in done.stderr, done
        for pid in serving:
            os.kill(pid, signal.SIGCONT)
        assert container.inside(*FINAL.health).returncode == 0
        assert container.stop()[0] == 0


def test_requests_in_flight_end_within_the_grace():
    with project(sleep="sleep") as folder, Container(folder) as container:
        container.serves()
        assert container.get("/sleep?ms=1")[0] == 200, container.said()
        enter = ["nsenter", f"--target={container.init}", "--net", "--"]
        slow = subprocess.Popen([*enter, "curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}",
                                 "http://127.0.0.1:8080/sleep?ms=1500"], stdout=subprocess.PIPE, text=True)
        connected = f"/proc/{container.init}/net/tcp"
        until(lambda: re.search(r":1F90 [0-9A-F]{8}:[0-9A-F]{4} 01 ", pathlib.Path(connected).read_text()), "a connection")
        code, took = container.stop()
        assert code == 0 and took < GRACE, (code, took, container.said())
        assert slow.communicate(timeout=PATIENCE)[0] == "200", container.said()


def main():
    global IMAGE
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--build", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    reason = roots.lacking(*["mmdebstrap"] * arguments.build, "nsenter", "unshare", "setpriv", "curl")
    if not reason and not arguments.build and not (ROOT / "build/dist/latest").exists():
        reason = "no build/dist: make dist"
    if reason:
        print(f"image is left out: {reason}")
        return roots.SKIPPED
    with contextlib.ExitStack() as stack:
        IMAGE = stack.enter_context(tempfile.TemporaryDirectory(prefix="wws-image-"))
        os.chmod(IMAGE, 0o755)
        if arguments.build:
            root = stack.enter_context(roots.unpacked(roots.debian12()))
            copy_image(build_in_clean_root(root), IMAGE)
        else:
            copy_image(build_here(), IMAGE)
        return run_tests(globals(), arguments.names)


if __name__ == "__main__":
    sys.exit(main())
