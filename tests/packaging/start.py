#!/usr/bin/env python3
"""docs/start.md, run as its reader runs it: every block of commands, in one shell, and what they are to print.

usage: start.py --wws BINARY [--release FOLDER]
  --release FOLDER  a release folder (`make dist`: build/dist): then the server is installed as the page says, from there,
                    and the compiler from Python's package index. Without it, both are taken from this machine.

The server's port is another one than on the page. Last line: 'N passed, N failed'; 77: no compiler.
"""
import argparse
import contextlib
import functools
import http.server
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from docs_pages import ROOT, blocks, project  # noqa: E402

PATIENCE = float(os.environ.get("WWS_TEST_PATIENCE", "120"))

# What stands for the commands of the page on a machine that has all this already.
SHIMS = {
    "wws": """#!/bin/sh
case $1 in . | --dev) exec "{wws}" --port {port} "$@" ;; esac
exec "{wws}" "$@"
""",
    "python3": """#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec {python} "$@"
mkdir -p "$3/bin"
printf '#!/bin/sh\\n[ "$*" = "install --quiet ziglang=={zig}" ]\\n' >"$3/bin/pip"
printf '#!/bin/sh\\nexec "{cache}/venv/bin/python" -m ziglang "$@"\\n' >"$3/bin/python-zig"
chmod +x "$3/bin/pip" "$3/bin/python-zig"
""",
}


def machine():
    """Where the tools are: (cache, version of Zig, whether it is there)."""
    told = subprocess.run(["bash", "-c", '. scripts/lib.sh; have_zig && there=yes; echo "$cache $zig_version ${there:-no}"'],
                          cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return told[0], told[1], told[2] == "yes"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Shell:
    """One bash that gets block after block, as somebody pastes them."""

    def __init__(self, environment, folder):
        self.process = subprocess.Popen(["bash", "-e"], cwd=folder, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        start_new_session=True)
        self.output = ""
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.output += line

    def run(self, number, commands, expected):
        """Runs a block; its output once that is as expected. AssertionError: it failed, or printed something else."""
        begin, end = len(self.output), f"@@ end of block {number}\n"
        self.process.stdin.write(f"{commands}\necho '{end.strip()}'\n")
        self.process.stdin.flush()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            printed = self.output[begin:]
            if end in printed and (expected is None or matches(expected, printed.replace(end, ""))):
                return
            if self.process.poll() is not None:
                raise AssertionError(f"these commands failed:\n{commands}\nand printed:\n{self.output[begin:]}")
            time.sleep(0.02)
        raise AssertionError(f"after\n{commands}\nexpected:\n{expected}\nprinted:\n{self.output[begin:]}")

    def close(self):
        with contextlib.suppress(ProcessLookupError):  # a command that fails ends it
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()


def matches(expected, printed):
    """The lines expected come one after the other; … stands for anything, on a line of its own for any lines."""
    # The server's log comes in between.
    printed = re.sub(r"^(?:\d{4}-\d\d-\d\dT|127\.0\.0\.1 ).*\n", "", printed, flags=re.MULTILINE)
    pattern = ""
    for line in expected.splitlines():
        if line == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in line.split("…")) + r"\n"
    return re.search(f"^{pattern}", printed, re.MULTILINE) is not None


def steps():
    """(commands, what they print or None) of the page, in order."""
    found = []
    for block in blocks((ROOT / "docs/start.md").read_text()):
        if block.language == "sh":
            found.append([block.text, None])
        elif block.language == "text":
            assert found and found[-1][1] is None, f"line {block.first}: output of which commands?"
            found[-1][1] = block.text
        else:
            raise AssertionError(f"line {block.first}: a block of neither sh nor text")
    return found


def release_server(folder):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True, type=pathlib.Path)
    parser.add_argument("--release", type=pathlib.Path)
    arguments = parser.parse_args()
    cache, zig, there = machine()
    if not there and not arguments.release:
        print("start.py: no Zig; scripts/setup examples gets it")
        return 77
    base, port = project()["WWS_RELEASES_URL"], free_port()
    with tempfile.TemporaryDirectory(prefix="wws-start-") as place:
        bin_folder = pathlib.Path(place) / "bin"
        bin_folder.mkdir()
        values = {"wws": arguments.wws.resolve(), "port": port, "python": sys.executable, "zig": zig, "cache": cache}
        installed = bin_folder / "installed"
        if arguments.release:
            values["wws"] = installed / "bin/wws"
        for name, text in SHIMS.items():
            if name == "wws" or not arguments.release:
                (bin_folder / name).write_text(text.format(**values))
                (bin_folder / name).chmod(0o755)
        # To a terminal curl shows no progress of what is so short.
        (pathlib.Path(place) / ".curlrc").write_text("silent\nshow-error\n")
        environment = {"HOME": place, "PATH": f"{bin_folder}:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
                       "ZIG_GLOBAL_CACHE_DIR": f"{cache}/zig", "XDG_CACHE_HOME": f"{place}/cache"}
        passed, shell = 0, Shell(environment, place)
        try:
            for number, (commands, expected) in enumerate(steps()):
                if "/install.sh" in commands:
                    assert f"{base}/install.sh" in commands, "the page names another place than packaging/project.env"
                    if not arguments.release:
                        continue
                    served = release_server(arguments.release.resolve())
                    commands = commands.replace(base, served).replace(
                        "| sh", f"| WWS_BASE_URL={served} sh -s -- --prefix {installed}")
                shell.run(number, commands.replace(":8080", f":{port}"),
                          expected and expected.replace(":8080", f":{port}" if "wws new" not in commands else ":8080"))
                passed += 1
        except AssertionError as error:
            print(error)
            print(f"{passed} passed, 1 failed")
            return 1
        finally:
            shell.close()
    print(f"{passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
