"""Clean systems in folders, for tests of packages. They need root; what is downloaded stays in build/roots."""
import contextlib
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.request

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
    return made("debian12", "bookworm", packages)


def older_systems():
    """What else the server is said to run on: a name, and what makes the tar file of such a system with curl."""
    yield "Debian 11", lambda: made("debian11", "bullseye", ["curl"])
    yield "Ubuntu 22.04", lambda: made("ubuntu22.04", "jammy", ["curl"], f"--keyring={ubuntu_keys()}", source=ubuntu())


def made(name, suite, packages, *options, source=None):
    path = CACHE / ("-".join([name, *packages]) + ".tar")
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"unfinished-{os.getpid()}-{path.name}")
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", *apt_options(), *options,
                        *([f"--include={','.join(packages)}"] if packages else []), suite, unfinished,
                        *([source] if source else [])], check=True)
        unfinished.rename(path)
    return path


def ubuntu():
    """An archive of Ubuntu: which one is for whoever runs this to say, as apt's own sources are."""
    archive = os.environ.get("WWS_UBUNTU_ARCHIVE")
    if not archive:
        raise OSError("WWS_UBUNTU_ARCHIVE does not say where an archive of Ubuntu is")
    return archive.rstrip("/")


# Debian has it too, but not in all of its versions. Known by its digest, the way there does not matter.
UBUNTU_KEYS = "pool/main/u/ubuntu-keyring/ubuntu-keyring_2021.03.26_all.deb"
UBUNTU_KEYS_DIGEST = "0d0e7ed6b112f5d03eabf3c7eb01ebdacf9c57714b279e90495cfc58c8c4520f"


def ubuntu_keys():
    """The keys that Ubuntu's archive is signed with."""
    folder = CACHE / "ubuntu-keyring"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(f"{ubuntu()}/{UBUNTU_KEYS}", timeout=60) as answer:
            package = answer.read()
        digest = hashlib.sha256(package).hexdigest()
        assert digest == UBUNTU_KEYS_DIGEST, f"{UBUNTU_KEYS} is another file than it was: {digest}"
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            (pathlib.Path(work) / "package.deb").write_bytes(package)
            subprocess.run(["dpkg-deb", "-x", f"{work}/package.deb", f"{work}/unpacked"], check=True)
            pathlib.Path(work, "unpacked").rename(folder)
    return folder / "usr/share/keyrings/ubuntu-archive-keyring.gpg"


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
