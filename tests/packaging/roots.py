"""Clean systems in folders, for tests of packages. They need root; what is downloaded stays in build/roots."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / "build/roots"
SKIPPED = 77


def lacking(*tools):
    """Why no root can be made here; nothing if one can."""
    if os.geteuid() != 0:
        return "not root"
    return ", ".join(f"{tool} is not installed (scripts/setup_roots)" for tool in tools if not shutil.which(tool))


def apt_options():
    """How this machine's apt gets at its archive: proxies and the like."""
    dump = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True).stdout
    return [f"--aptopt={line}" for line in dump.splitlines() if line.startswith(("Acquire::http", "Acquire::https"))]


def debian12(*packages):
    """The tar file of a minimal Debian 12 with these packages besides; made once."""
    path = CACHE / ("-".join(["debian12", *packages]) + ".tar")
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"unfinished-{os.getpid()}-{path.name}")
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", *apt_options(),
                        *([f"--include={','.join(packages)}"] if packages else []), "bookworm", unfinished], check=True)
        unfinished.rename(path)
    return path


@contextlib.contextmanager
def unpacked(tar):
    with tempfile.TemporaryDirectory(prefix="wws-root-") as folder:
        os.chmod(folder, 0o755)
        subprocess.run(["tar", "-xf", tar, "-C", folder, "--exclude=./dev/*"], check=True)
        yield pathlib.Path(folder)


@contextlib.contextmanager
def busybox_alone():
    """A system of busybox and nothing else: no C library, no other program."""
    with tempfile.TemporaryDirectory(prefix="wws-root-") as folder:
        root = pathlib.Path(folder)
        root.chmod(0o755)
        for name in ("bin", "dev", "etc", "proc", "root", "sbin", "tmp", "usr/bin", "usr/local/bin", "usr/sbin"):
            (root / name).mkdir(parents=True)
        (root / "tmp").chmod(0o1777)
        shutil.copy("/bin/busybox", root / "bin/busybox")
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (root / "etc/group").write_text("root:x:0:\n")
        names = subprocess.run(["/bin/busybox", "--list-full"], capture_output=True, text=True, check=True).stdout.split()
        for name in names:
            if (root / name).parent.is_dir() and name != "bin/busybox":
                (root / name).symlink_to("/bin/busybox")
        yield root


def command_in(root, *command, read_only=False):
    """The command line that runs a command as the first process of the system, with /proc and /dev, and the network of
    this machine. All of its processes end with it."""
    mounts = ['mount --make-rprivate /', 'mount --bind "$0" "$0"', 'mount -t proc proc "$0/proc"',
              'mount --rbind /dev "$0/dev"', *(['mount -o remount,bind,ro "$0"'] if read_only else [])]
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec",
            "; ".join(mounts) + f'; exec {shutil.which("chroot")} "$0" "$@"', str(root), *map(str, command)]


def run_in(root, script, **variables):
    """What a line of shell prints there; it has to succeed."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", **variables}
    done = subprocess.run(command_in(root, "/bin/sh", "-c", script), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, (script, done.returncode, done.stdout, done.stderr)
    return done.stdout
