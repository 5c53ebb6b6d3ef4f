"""Release folders as `make dist` leaves them, small and made up, and servers that behave well and badly.

For the tests of install.sh; `packaging/README.md` says what a release folder holds.
"""
import contextlib
import functools
import hashlib
import http.server
import io
import os
import pathlib
import platform
import stat
import tarfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
MACHINE = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine(), platform.machine())
SUMS = "SHA256SUMS"

PROGRAM = """#!/bin/sh
# {padding}
[ "$1" != --version ] || echo "wasm-workers-server {version}"
"""
FILES = {
    "README.md": "read me\n",
    "LICENSE": "a licence\n",
    "THIRD-PARTY-LICENSES.txt": "other licences\n",
    "man/wws.1": ".TH wws 1\n",
    "man/wws.toml.5": ".TH wws.toml 5\n",
    "completions/wws.bash": "complete wws\n",
    "completions/_wws": "#compdef wws\n",
    "completions/wws.fish": "complete -c wws\n",
}


def archive_name(version, machine=MACHINE):
    return f"wws-{version}-linux-{machine}.tar.gz"


def program(version, size=0):
    """A `wws` that knows its version and nothing else."""
    return PROGRAM.format(version=version, padding="x" * size).encode()


def pack(version, files):
    """A .tar.gz with one folder."""
    top, raw = archive_name(version).removesuffix(".tar.gz"), io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            content = content if isinstance(content, bytes) else content.encode()
            info.size, info.mode, info.uid, info.gid = len(content), 0o755 if name == "wws" else 0o644, 1234, 1234
            tar.addfile(info, io.BytesIO(content))
    return raw.getvalue()


def add_release(folder, version, *, wws=None, files=FILES, archive=None, sums=None, latest=True):
    """Adds a version to a release folder. `wws`: the program; `files`: what is beside it. `archive`: in place of the
    packed ones. `sums`: the text of SHA256SUMS."""
    content = archive or pack(version, {"wws": wws or program(version), **files})
    place = pathlib.Path(folder) / f"v{version}"
    place.mkdir(parents=True, exist_ok=True)
    (place / archive_name(version)).write_bytes(content)
    if sums is None:
        sums = f"{hashlib.sha256(content).hexdigest()}  {archive_name(version)}\n"
    (place / SUMS).write_text(sums)
    if latest:
        (pathlib.Path(folder) / "latest").write_text(version + "\n")


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files. A path in `server.cut` is broken off in its middle; one in `server.held` stops there until the
    event is set, and then goes on; one in `server.status` gets this status."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("User-Agent", "")))
        path = pathlib.Path(self.translate_path(self.path))
        name = path.name
        if name in self.server.status:
            return self.send_error(self.server.status[name])
        if name not in self.server.cut and name not in self.server.held:
            return super().do_GET()
        content = path.read_bytes()
        half = content[:len(content) // 2]
        self.send_response(200)
        if name not in self.server.cut or self.server.tells_length:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(half)
        self.wfile.flush()
        if name in self.server.held:
            self.server.reached.set()
            self.server.held[name].wait(60)
            with contextlib.suppress(OSError):
                self.wfile.write(content[len(half):])
        self.close_connection = True

    def handle(self):
        with contextlib.suppress(ConnectionError):  # who was killed does not read on
            super().handle()

    def log_message(self, *_):
        pass


class Releases(http.server.ThreadingHTTPServer):
    """Serves a release folder on a free port while it is open."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
        self.folder = pathlib.Path(folder)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked, self.cut, self.held, self.status = [], set(), {}, {}
        self.tells_length, self.reached = True, threading.Event()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        for event in self.held.values():
            event.set()
        self.shutdown()
        self.server_close()


def snapshot(folder):
    """Everything below a folder that could change: names, kinds, modes, contents."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            path = pathlib.Path(parent) / name
            status = path.lstat()
            content = None
            if stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(status.st_mode):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path.relative_to(folder))] = (stat.filemode(status.st_mode), content)
    return found
