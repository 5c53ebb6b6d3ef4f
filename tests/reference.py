#!/usr/bin/env python3
"""What `wws manual` and `wws completions` print, as the programs take it that it is for: man, groff, bash, zsh, fish.

usage: reference.py --wws BINARY [NAME...]
Programs that are not installed are named, and left out. Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

from robustness import PATIENCE, run_tests

PAGES = {"wws": "1", "wws.toml": "5"}


def said(wws, *arguments, status=0):
    done = subprocess.run([wws, *arguments], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout if status == 0 else done.stderr


def run(command, text=None, **more):
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=PATIENCE, **more)


def has(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    for program in missing:
        print(f"left out: {program} is not installed")
    return not missing


def test_groff_has_no_warning(wws):
    if not has("groff"):
        return
    for page in PAGES:
        done = run(["groff", "-man", "-ww", "-Tutf8", "-z"], said(wws, "manual", page))
        assert done.returncode == 0 and done.stderr == "", (page, done.stderr)


def test_mandoc_has_no_warning(wws):
    if not has("mandoc"):
        return
    for page in PAGES:
        done = run(["mandoc", "-Tlint", "-Wwarning"], said(wws, "manual", page))
        # The date would be another one in each build.
        problems = [line for line in done.stdout.splitlines() if "missing date" not in line]
        assert problems == [], problems


def test_man_shows_all_options_and_keys(wws):
    if not has("man"):
        return
    with tempfile.TemporaryDirectory() as folder:
        for page, section in PAGES.items():
            path = pathlib.Path(folder) / f"{page}.{section}"
            path.write_text(said(wws, "manual", page))
            done = run(["man", "-l", str(path)], env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"})
            assert done.returncode == 0 and done.stderr == "", done.stderr
            text = re.sub(".\b", "", done.stdout)
            for section_title in ("NAME", "DESCRIPTION", "SEE ALSO"):
                assert re.search(f"^{section_title}$", text, re.M), section_title
            wanted = re.findall(r"--[a-z-]+", said(wws, "--help") + said(wws, "kv", "put", "--help")) if page == "wws" else \
                ["cpu_time", "[[folders]]", "[data.kv]", "allow_absolute", "Redis", "64KiB to 4GiB"]
            for name in wanted:
                assert name in text, (page, name)


def test_markdown_has_the_same(wws):
    for page in PAGES:
        text = said(wws, "manual", page, "--markdown")
        assert text.startswith(f"# {page}({PAGES[page]})\n"), text[:40]
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert len(rows) > 30, len(rows)
        for row in rows:
            assert row.endswith("|"), row
        # Every table has one width.
        for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
            widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(widths) == 1, table


def test_a_full_disk_is_an_error(wws):
    for arguments in (["manual", "wws"], ["completions", "bash"], ["schema", "worker"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([wws, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        assert done.returncode == 1 and "standard output" in done.stderr, (done.returncode, done.stderr)


def test_mistakes_point_to_their_own_help(wws):
    for command in ("check", "new", "types", "kv", "kv list", "kv get", "kv put", "kv delete", "kv export", "kv import", "health", "version",
                    "manual", "completions", "schema"):
        error = said(wws, *command.split(), "--nope", status=2)
        assert f'Run "wws {command} --help" for the options.' in error, (command, error)
        assert said(wws, *command.split(), "--help").count(f"Usage: wws {command} ") == 1
    for arguments in (["manual", "wws.ini"], ["completions", "tcsh"], ["schema", "kit"], ["new", "x", "--lang", "cobol"]):
        error = said(wws, *arguments, status=2)
        assert f'Run "wws {arguments[0]} --help" for the options.' in error, error


# Completions: what stands behind "wws" up to the cursor, what has to be offered, and what must not be.
WANTED = [
    ("--har", {"--hardening"}, {"--host"}),
    ("--hardening ", {"on", "required", "off"}, set()),
    ("--hardening re", {"required"}, {"on", "off"}),
    ("--log-level w", {"warn"}, {"info"}),
    ("--kv m", {"memory"}, {"file:"}),
    ("ch", {"check"}, {"completions"}),
    ("", {"check", "new", "kv", "schema", "manual", "folder"}, {"list", "file.txt"}),
    ("kv ", {"list", "get", "put", "import"}, {"check", "worker"}),
    ("kv put --t", {"--ttl"}, {"--host"}),
    ("check --", {"--prefix", "--ignore", "--cache"}, {"--port", "--hardening"}),
    ("check ", {"folder"}, {"file.txt", "check"}),
    ("--cache ", {"folder"}, {"file.txt"}),
    ("new x --lang r", {"rust"}, {"go"}),
    ("schema ", {"worker", "project"}, {"bash"}),
    ("completions ", {"bash", "zsh", "fish"}, {"worker"}),
    ("manual wws.", {"wws.toml"}, {"wws"}),
    ("--port 80 ", {"folder"}, {"check", "file.txt"}),
]


def lay_out(folder):
    (folder / "folder").mkdir()
    (folder / "file.txt").write_text("")


def check_completions(complete):
    with tempfile.TemporaryDirectory() as folder:
        lay_out(pathlib.Path(folder))
        for line, offered, absent in WANTED:
            found = {word.rstrip("/") if word not in ("redis://",) else word for word in complete(folder, line)}
            assert offered <= found and not absent & found, (line, sorted(found))


def test_bash_completes(wws):
    script = said(wws, "completions", "bash")
    assert run(["bash", "-n"], script).stderr == ""

    def complete(folder, line):
        """As bash calls it, which splits words at "=" and ":" too."""
        words = [word for word in re.split(r"([ =:])", line) if word not in ("", " ")]
        if line == "" or line.endswith(" "):
            words.append("")
        quoted = " ".join(f"'{word}'" for word in ["wws", *words])
        ask = (f"set -u\nCOMP_LINE='wws {line}' COMP_POINT={len(line) + 4}\nCOMP_WORDS=({quoted}) COMP_CWORD={len(words)}\n"
               "_wws wws\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n")
        done = run(["bash", "--norc", "-s"], script + ask, cwd=folder)
        assert done.returncode == 0 and done.stderr == "", (line, done.stderr)
        return done.stdout.split("\n")

    check_completions(complete)
    with tempfile.TemporaryDirectory() as folder:
        lay_out(pathlib.Path(folder))
        assert "required" in complete(folder, "--hardening=re")
        assert "memory" in complete(folder, "--kv=m")
        assert "folder" in complete(folder, "--kv file:fol")
        assert "folder" in complete(folder, "--kv=file:fol")
        assert "folder" in complete(folder, "--kv file:")


def type_and_read(command, text, wanted, **more):
    """What a program shows on a terminal until `wanted` stands there."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(more["cwd"])
        os.execvpe(command[0], command, {**os.environ, "TERM": "dumb", "PS1": "ready$ ", **more.get("env", {})})
    shown = b""
    deadline = time.monotonic() + PATIENCE
    typed = False
    try:
        while time.monotonic() < deadline:
            if not typed and b"ready$ " in shown:
                os.write(terminal, text.encode())
                typed, shown = True, b""
            if typed and wanted in shown.decode(errors="replace"):
                return shown.decode(errors="replace")
            if select.select([terminal], [], [], 1)[0]:
                try:
                    shown += os.read(terminal, 4096)
                except OSError:
                    break
        raise AssertionError(f"{wanted!r} never came: {shown!r}")
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


def test_bash_completes_at_a_terminal(wws):
    with tempfile.TemporaryDirectory() as folder:
        lay_out(pathlib.Path(folder))
        path = pathlib.Path(folder) / "wws.bash"
        path.write_text(said(wws, "completions", "bash") + "\nPS1='ready$ '\n")
        shell = ["bash", "--noprofile", "--rcfile", str(path), "-i"]
        type_and_read(shell, "wws --kv file:fol\t", "file:folder/", cwd=folder)
        type_and_read(shell, "wws --harde\t", "--hardening ", cwd=folder)
        assert "file.txt" not in type_and_read(shell, "wws check f\t", "folder/", cwd=folder)


def test_zsh_completes(wws):
    if not has("zsh"):
        return
    script = said(wws, "completions", "zsh")
    assert run(["zsh", "-n"], script).stderr == ""
    with tempfile.TemporaryDirectory() as folder:
        lay_out(pathlib.Path(folder))
        (pathlib.Path(folder) / "_wws").write_text(script)
        (pathlib.Path(folder) / ".zshrc").write_text(
            f"fpath=({folder} $fpath)\nautoload -U compinit && compinit -u -d {folder}/dump\n"
            "zstyle ':completion:*' list-prompt ''\nunsetopt beep\nPS1='ready$ '\n")
        for text, wanted in [("wws --harde\t", "--hardening"), ("wws --hardening req\t", "required"), ("wws kv exp\t", "export"),
                             ("wws schema pro\t", "project"), ("wws check fol\t", "folder/"), ("wws fol\t", "folder/"),
                             ("wws compl\t", "completions"), ("wws kv put --tt\t", "--ttl"), ("wws --kv file:fol\t", "file:folder/")]:
            type_and_read(["zsh", "-i"], text, wanted, cwd=folder, env={"ZDOTDIR": folder})


def test_fish_completes(wws):
    if not has("fish"):
        return
    script = said(wws, "completions", "fish")
    assert run(["fish", "--no-config", "-n"], script).stderr == ""

    def complete(folder, line):
        path = pathlib.Path(folder) / "wws.fish"
        path.write_text(script)
        done = run(["fish", "--no-config", "-c", f"source wws.fish; complete -C 'wws {line}'"], cwd=folder,
                   env={**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder})
        path.unlink()
        assert done.returncode == 0 and done.stderr == "", done.stderr
        return [word.split("\t")[0] for word in done.stdout.splitlines()]

    check_completions(complete)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
