#!/usr/bin/env python3
"""The code in the documents is what runs. Every block of code is one of these, and a block that is none is a failure:

- `<!-- from FILE -->` stands above it: a file that tests run, or at least compile; `scripts/fill --check` compares them
- toml, json: documented_configuration.py reads them with the server
- ini: systemd_units.py has systemd read them
- yaml: read here
- sh: commands. Here they are read by bash, and all that is ours in them (programs, subcommands, options, targets of make,
  presets, files) has to be there. Those of docs/start.md are run by start.py, those of the examples and of compilers here
- console: commands with what they print, run here
- text: what is no code: output, layouts, protocols
- `<!-- sketch: WHY -->` stands above it: nothing checks it, and why

usage: documented_code.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import functools
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "scripts")]
from docs_pages import blocks, documents  # noqa: E402
from robustness import PATIENCE, ROOT, LeftOut, Server, run_tests, until  # noqa: E402

DIST = ROOT / "examples/dist"
FROM = re.compile(r"<!-- from \S+( \S+)? -->")
SKETCH = re.compile(r"<!-- sketch: \S.* -->")
# Languages of which every block is checked, or is nothing to check.
ACCOUNTED = {"toml", "json", "ini", "yaml", "sh", "console", "text"}


def each(*languages, under=""):
    """(document, block, the line above it)."""
    for document in documents():
        if not document.startswith(under):
            continue
        text = (ROOT / document).read_text()
        lines = text.split("\n")
        for block in blocks(text):
            if not languages or block.language in languages:
                yield document, block, lines[block.first - 2] if block.first > 1 else ""


def complain(complaints):
    assert not complaints, "\n".join(["", *complaints])


def test_every_block_is_accounted_for(_):
    """Also: a mark without a block below it marks nothing."""
    wrong = []
    for document, block, above in each():
        if not block.language:
            wrong.append(f"{document}:{block.first}: which language? `text` is what is none")
        elif block.language not in ACCOUNTED and not FROM.fullmatch(above) and not SKETCH.fullmatch(above):
            wrong.append(f"{document}:{block.first}: {block.language} that no test reads: take it from a file")
    for document in documents():
        lines = (ROOT / document).read_text().split("\n")
        for number, line in enumerate(lines, 1):
            if line.startswith(("<!-- from", "<!-- sketch")):
                marked = number < len(lines) and lines[number].lstrip().startswith("```")
                if not marked or not (FROM.fullmatch(line) or SKETCH.fullmatch(line)):
                    wrong.append(f"{document}:{number}: marks no block: {line}")
    complain(wrong)


def test_yaml_is_yaml(_):
    try:
        import yaml
    except ModuleNotFoundError:
        raise LeftOut("the Python package yaml is missing") from None
    count = 0
    for document, block, _ in each("yaml"):
        assert yaml.safe_load(block.text), (document, block.first)
        count += 1
    assert count >= 5, count


def test_alerts_name_metrics_that_there_are(_):
    alerts = (ROOT / "deploy/prometheus/alerts.yml").read_text()
    sources = "".join(path.read_text() for path in sorted((ROOT / "src/metrics").glob("*.cc")))
    named = {re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"\bwws_\w+", alerts)}
    assert len(named) >= 5, named
    for name in named:
        assert name in sources or name.removesuffix("_total") in sources, f"there is no metric {name}"
    if not shutil.which("promtool"):
        raise LeftOut("promtool is missing")
    for kind, name in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        more = ["--syntax-only"] if kind == "config" else []
        done = subprocess.run(["promtool", "check", kind, *more, ROOT / "deploy/prometheus" / name], check=False,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_composed_server_has_these_options(wws):
    words = json.loads(re.search(r"command: (\[.*\])", (ROOT / "deploy/compose/compose.yaml").read_text())[1])
    assert len(words) > 3 and Commands(wws).of_wws(words) is None, words


# Commands that are only read.

class Commands:
    """What of ours can be in a command."""

    def __init__(self, wws):
        self.wws = wws
        self.targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        presets = json.loads((ROOT / "CMakePresets.json").read_text())
        self.presets = {preset["name"] for preset in presets["configurePresets"] + presets["buildPresets"]}

    @functools.lru_cache(maxsize=None)
    def help(self, *names):
        """The help of a subcommand; none: there is no such one."""
        done = subprocess.run([self.wws, *names, "--help"], check=False, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else None

    def of_wws(self, words):
        names = []
        if words and re.fullmatch(r"[a-z]+", words[0]) and f"\n  wws {words[0]} " in self.help():
            names = words[:1]
            if names == ["kv"]:
                if len(words) < 2 or not (words[1].startswith("-") or f"\n  {words[1]} " in self.help("kv")):
                    return f"there is no such action: wws {' '.join(words)}"
                names = words[:2]
        known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", self.help(*names)))
        for word in words:
            option = word.split("=")[0]
            if re.match(r"--?[a-z]", option) and option not in known:
                return f"wws {' '.join(names)} has no option {option}"
        return None

    def complaint(self, words):
        """What is wrong with one simple command, or None."""
        while words and (re.match(r"[A-Za-z_]+=", words[0]) or words[0] in ("sudo", "time")):
            words = words[1:]
        if not words:
            return None
        program, rest = words[0], words[1:]
        if program == "wws" or re.fullmatch(r"build/\w+/wws", program):
            return self.of_wws(rest)
        if program == "make":
            unknown = [word for word in rest if "=" not in word and word not in self.targets]
            return f"make has no target {unknown[0]}" if unknown else None
        if program == "cmake" and "--preset" in rest:
            preset = rest[rest.index("--preset") + 1]
            return None if preset in self.presets else f"there is no preset {preset}"
        if re.match(r"(tests|bench|scripts|kits|examples|packaging|deploy|fuzz)/", program):
            return None if os.access(ROOT / program, os.X_OK) else f"{program} is not there, or cannot be run"
        return None


def simple_commands(text):
    """The words of each command; what follows a redirection is a word like others."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        line = re.sub(r"(^|\s)#.*", "", line)  # with an apostrophe it may be
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;")
        lexer.commenters, lexer.whitespace_split = "", True
        try:
            found = list(lexer)
        except ValueError:  # quotes within quotes, which bash reads
            found = line.split()
        words = []
        for word in found:
            if re.fullmatch(r"[|&;]+", word):
                yield words
                words = []
            else:
                words.append(word)
        yield words


def test_commands_are_there(wws):
    commands, wrong, count = Commands(wws), [], 0
    for document, block, _ in each("sh", "console"):
        text = block.text
        if block.language == "console":
            text = "".join(line[2:] + "\n" for line in text.splitlines() if line.startswith("$ "))
        read = subprocess.run(["bash", "-n"], input=text, check=False, capture_output=True, text=True)
        if read.returncode:
            wrong.append(f"{document}:{block.first}: {read.stderr}")
            continue
        for words in simple_commands(text):
            count += 1
            complaint = commands.complaint(words)
            if complaint:
                wrong.append(f"{document}:{block.first}: {complaint}")
    complain(wrong)
    assert count >= 150, count


def test_mistakes_in_commands_are_found(wws):
    commands = Commands(wws)
    for line in ("wws --no-such .", "wws kv forget visits", "wws check --otlp x", "wws kv put a b --ttl-ms 7", "make nothing",
                 "cmake --preset none", "tests/none.py --wws x", "true && sudo wws --prots 80", "X=1 build/release/wws --x"):
        assert any(commands.complaint(words) for words in simple_commands(line)), line
    for line in ("wws .", "wws -p 80 my-project", "wws kv list visits --prefix 2026-", "make test", "FOO=1 make run PORT=8081"):
        assert not any(commands.complaint(words) for words in simple_commands(line)), line


# Commands that are run.

def matches(expected, printed):
    """… stands for anything, a number for any number, and a blank for any white space."""
    pattern = ".*".join(re.escape(part) for part in " ".join(expected.split()).split("…"))
    return re.search(re.sub(r"\d+", r"\\d+", pattern), " ".join(printed.split())) is not None


def run(command, folder, environment=None):
    done = subprocess.run(["bash", "-c", command], cwd=folder, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=PATIENCE, env=dict(os.environ, **(environment or {})))
    return done.returncode, done.stdout.decode(errors="replace")


def is_built(command):
    """Whether the worker that a command asks is in examples/dist; by the first word of the path."""
    asked = re.search(r"localhost:8080/?([\w.-]*)", command)
    return not asked or any(DIST.glob(f"{asked[1]}*"))


def test_examples_answer_as_their_pages_say(wws):
    """Behind `#` stands what is printed; in parentheses what it is, in words."""
    if not (DIST / "c.wasm").exists():
        raise LeftOut("the examples are not built; make examples does")
    wrong, count = [], 0
    with tempfile.TemporaryDirectory(prefix="wws-documented-") as place:
        folder = pathlib.Path(place) / "dist"
        shutil.copytree(DIST, folder, symlinks=True, ignore=shutil.ignore_patterns(".wws"))
        with Server(wws, "--log-level", "warn", folder=folder) as server:
            def here(command):
                command = re.sub(r"build/\w+/wws\b", shlex.quote(wws), command)
                return command.replace("localhost:8080", f"localhost:{server.port}").replace("examples/dist", str(folder))

            for document, block, _ in each("sh", under="examples/"):
                lines = block.text.splitlines()
                assert "build/release/wws examples/dist" in lines, f"{document}: the server is not started"
                before = ""  # variables that a line sets for those below it
                for line in lines[lines.index("build/release/wws examples/dist") + 1:]:
                    command, _, comment = line.partition("  # ")
                    if re.match(r"\w+=", command):
                        before = command
                        continue
                    if not is_built(command):
                        print(f"{document}: not built")
                        continue
                    count += 1
                    status, printed = run(here(f"set -e; {before}\n{command}").replace("curl ", "curl -sS "), place)
                    said = comment.strip()
                    if status or not printed:
                        wrong.append(f"{document}: {command}: exit status {status}: {printed}")
                    elif said and not said.startswith("(") and not matches(said, printed):
                        wrong.append(f"{document}: {command}: not {said}, but {printed}")
                    elif re.search(r"HTTP/1.1 5|^There was an error", printed):
                        wrong.append(f"{document}: {command}: {printed}\n{server.log()}")
    complain(wrong)
    assert count >= 15, count


def sessions(document):
    """Of each block `console`: its commands with what they print."""
    for _, block, _ in each("console", under=document):
        found = []
        for line in block.text.splitlines():
            if line.startswith("$ "):
                found.append([line[2:], ""])
            else:
                found[-1][1] += line + "\n"
        yield found


def test_the_first_page_shows_what_happens(wws):
    [session] = sessions("README.md")
    with tempfile.TemporaryDirectory(prefix="wws-documented-") as place:
        folder, server, asked = pathlib.Path(place), None, 0
        for command, printed in session:
            if command.startswith("cat "):
                (folder / command[4:]).write_text(printed)
            elif command.startswith("wws "):
                assert command == "wws --dev ."
                server = Server(wws, "--dev", folder=folder)
                # It has more to say; these lines, one after the other, with its port, come before the last.
                assert printed.replace(":8080", f":{server.port}") in server.output, (printed, server.output)
            else:
                status, output = run(command.replace(":8080", f":{server.port}").replace("curl ", "curl -sS "), place)
                assert (status, output.strip()) == (0, printed.strip()), (command, output, server.log())
                asked += 1
        with server:
            assert asked == 1


def scripts(wws, name, *options):
    return Server(wws, "--processes", "1", *options, folder=copy_of(name))


def copy_of(name, kept=[]):  # noqa: B006: it is what keeps them
    kept.append(tempfile.TemporaryDirectory(prefix="wws-documented-"))
    folder = pathlib.Path(kept[-1].name) / name
    shutil.copytree(ROOT / "tests/docs" / name, folder)
    return folder


def test_scripts_of_the_documents_answer(wws):
    with scripts(wws, "javascript") as server:
        assert ask(server, "/hello") == {"hello": "world", "method": "GET"}, server.log()
        assert [ask(server, "/api/7") for _ in range(2)] == [{"id": "7", "visits": 1}, {"id": "7", "visits": 2}], server.log()
        assert ask(server, "/sessions?id=7/a") == {"value": {"user": 7}, "metadata": {"user": 7}, "isVersion": True}, server.log()
        until(lambda: "7/a { user: 7 }" in server.log(), "the list of keys")
    with scripts(wws, "typescript") as server:
        answer = ask(server, "/hello")
        assert answer["hello"] == "world" and re.fullmatch(r"\d{4}-.*Z", answer["at"]), answer


def ask(server, path):
    status, body = server.get(path)
    assert status == 200, (path, status, body, server.log())
    return json.loads(body)


def test_the_admin_interface_answers_as_its_page_says(wws):
    with tempfile.TemporaryDirectory(prefix="wws-documented-") as place:
        folder = pathlib.Path(place) / "project"
        folder.mkdir()
        (folder / "warn.js").write_text('export default { fetch() { console.warn("look"); return new Response("x"); } };\n')
        (folder / "warn.toml").write_text('[data.kv]\nnamespace = "shop"\n')
        token = pathlib.Path(place) / "FILE"
        token.write_text("0123456789abcdef-of-a-test\n")
        token.chmod(0o600)
        (pathlib.Path(place) / "value.json").write_text("{}")
        count = 0
        with Server(wws, "--processes", "1", "--admin", "127.0.0.1:0", "--admin-token-file", str(token), folder=folder) as server:
            place_in_log = re.compile(r"the admin interface is at http://127\.0\.0\.1:(\d+)")
            until(lambda: place_in_log.search(server.log()), "the admin interface")
            port = place_in_log.search(server.log())[1]
            assert server.get("/warn")[0] == 200
            for session in sessions("docs/admin.md"):
                for command, expected in session:
                    command = command.replace(":9000", f":{port}").replace("curl ", "curl -sS --fail ")
                    expected = expected.rstrip("\n")
                    deadline = time.monotonic() + PATIENCE
                    while not matches(expected, (answer := run(command, place))[1]):  # lines come a little later
                        assert time.monotonic() < deadline, (command, expected, answer, server.log())
                        time.sleep(0.05)
                    count += 1
        assert count >= 2, count


# Compilers.

# Of the documents whose compilers are run: the files in whose folder they are, and what is in them, or where it is.
KIT_C = {"wws.h": "kits/c/wws.h", "wws_v1.h": "kits/c/wws_v1.h"}
COMPILED = {
    "kits/c/README.md": {**KIT_C, "hello.c": "kits/c/template/worker.c", "worker.c": "kits/c/tests/two_files.c",
                         "more.c": "kits/c/tests/second.c", "wws_kv.h": "kits/c/wws_kv.h"},
    "kits/cpp/README.md": {**KIT_C, "hello.cc": "kits/cpp/template/worker.cc", "worker.cc": "kits/cpp/tests/two_files.cc",
                           "more.cc": "kits/cpp/tests/second.cc"},
    "kits/zig/README.md": {"hello.zig": "kits/zig/examples/hello.zig"},
    "docs/workers.md": {"hello.c": "examples/c/greet.c", "worker.h": "examples/c/worker.h", "hello.cc": "int main() {}\n",
                        "hello.zig": "examples/zig/primes.zig"},
}


def zig():
    """The shell's words for Zig, and where it keeps what it made; LeftOut: it is not there."""
    told = subprocess.run(["bash", "-c", '. scripts/lib.sh; have_zig && declare -f zig && echo "cache=$cache"'], cwd=ROOT,
                          check=False, capture_output=True, text=True)
    if told.returncode:
        raise LeftOut("there is no Zig; scripts/setup examples gets it")
    return told.stdout


def test_compilers_take_the_commands_of_the_documents(_):
    shell, count = zig(), 0
    with tempfile.TemporaryDirectory(prefix="wws-documented-") as place:
        for document, files in COMPILED.items():
            folder = pathlib.Path(place) / document.replace("/", "-")
            folder.mkdir()
            for name, source in files.items():
                (folder / name).write_text((ROOT / source).read_text() if "/" in source else source)
            if document == "kits/cpp/README.md":
                for header in (ROOT / "kits/cpp").glob("*.hpp"):
                    shutil.copy(header, folder)
            for _, block, _ in each("sh", under=document):
                for line in re.sub(r"\\\n", " ", block.text).splitlines():
                    if not line.startswith(("zig c", "zig build-exe", "python-zig ")):
                        continue
                    (folder / "hello.wasm").unlink(missing_ok=True)
                    line = line.replace("python-zig", "zig").replace("/path/to/kits", str(ROOT / "kits"))
                    status, printed = run(f"set -e; {shell}\n{line}", folder,
                                          {"ZIG_GLOBAL_CACHE_DIR": f"{shell.rpartition('cache=')[2].strip()}/zig"})
                    made = list(folder.glob("*.wasm"))
                    assert status == 0 and made and made[0].read_bytes()[:4] == b"\0asm", (document, line, printed)
                    count += 1
    assert count >= 8, count


def lines_of(document, wanted):
    """The lines of its blocks of commands, and what "By hand" says in its text, that are like this."""
    text = "".join(block.text for _, block, _ in each("sh", under=document))
    found = text.splitlines() + re.findall(r"^By hand: `(.*)`$", (ROOT / document).read_text(), re.MULTILINE)
    return [line for line in found if re.match(wanted, line)]


def is_module(path):
    return path.is_file() and path.read_bytes()[:4] == b"\0asm"


def tools():
    """What the scripts know of the compilers here: the cache, Go's program, and how Rust makes WebAssembly."""
    told = subprocess.run(["bash", "-c", '. scripts/lib.sh; printf "%s\\n" "$cache" "$(find_go)" "$(rust_wasi_way)"'], cwd=ROOT,
                          check=True, capture_output=True, text=True).stdout.split("\n")
    return pathlib.Path(told[0]), told[1], told[2]


def test_go_takes_the_commands_of_the_documents(_):
    cache, go, _ = tools()
    if not go:
        raise LeftOut("there is no Go; scripts/setup tests gets it")
    shell = {"PATH": f"{pathlib.Path(shutil.which(go)).parent}:{os.environ['PATH']}", "GOCACHE": str(cache / "go-build"),
             "GOTOOLCHAIN": "local", "GOWORK": "off"}
    with tempfile.TemporaryDirectory(prefix="wws-documented-") as place:
        for document, module in (("docs/workers.md", "hello.wasm"), ("examples/go/README.md", "go.wasm")):
            folder = pathlib.Path(place) / document.replace("/", "-")
            shutil.copytree(ROOT / "examples/go", folder)
            [line] = lines_of(document, "GOOS=")
            status, printed = run(line, folder, shell)
            assert status == 0 and is_module(folder / module), (document, line, printed)
        # The kit as a package: what a release's folder of modules has is what `go get` finds.
        packages, folder = pathlib.Path(place) / "packages", pathlib.Path(place) / "kit"
        status, printed = run(f"scripts/make_kit_packages --without-rust --output {packages}", ROOT)
        assert status == 0, printed
        folder.mkdir()
        [source] = [block.text for _, block, above in each("go", under="kits/go/README.md") if "examples/hello/" in above]
        (folder / "main.go").write_text(source)
        lines = lines_of("kits/go/README.md", "go mod init|go get|GOOS=")
        assert len(lines) == 3, lines
        status, printed = run("set -e\n" + "\n".join(lines), folder, {
            **shell, "GOPROXY": f"file://{packages}/go", "GONOSUMDB": "*", "GOFLAGS": "-modcacherw",
            "GOMODCACHE": f"{place}/modules"})
        assert status == 0 and is_module(folder / "hello.wasm"), (lines, printed)


def test_rust_takes_the_commands_of_the_documents(_):
    cache, _, way = tools()
    if not way:
        raise LeftOut("this Rust makes no WebAssembly; scripts/setup tests gets one that does")
    told = subprocess.run(["bash", "-c", '. scripts/rust_wasi.sh; echo "$rust_library_flags"; echo "$rust_package_flags"'], cwd=ROOT,
                          check=True, capture_output=True, text=True).stdout.splitlines()
    # Where make examples and new_project.py --build have built, so that the standard library is there.
    places = {"library": (cache / "new-project-rust", told[0]), "package": (cache / f"examples-rust-{way}", told[1])}

    with tempfile.TemporaryDirectory(prefix="wws-documented-") as place:
        def build(document, folder, kind, module):
            target, flags = places[kind]
            shell = {"CARGO_TARGET_DIR": str(target)}
            if way == "build-std":
                shell |= {"RUSTC_BOOTSTRAP": "1", "RUSTC": "/usr/bin/rustc", "RUSTFLAGS": flags,
                          "PATH": f"/usr/bin:{os.environ['PATH']}"}
                with (folder / ".cargo/config.toml").open("a") as configuration:
                    configuration.write('[unstable]\nbuild-std = ["std", "panic_abort"]\n')
            made = target / "wasm32-wasip1/release" / module
            made.unlink(missing_ok=True)
            [line] = lines_of(document, "cargo build")
            status, printed = run(line, folder, shell)
            assert status == 0 and is_module(made), (document, line, printed)

        for document in ("docs/workers.md", "examples/rust/README.md"):
            folder = pathlib.Path(place) / document.replace("/", "-")
            shutil.copytree(ROOT / "examples/rust", folder, ignore=shutil.ignore_patterns("target"))
            (folder / ".cargo").mkdir()
            build(document, folder, "package", "greet.wasm")
        # The kit, of which no registry has this version: cargo is told where it is.
        folder = pathlib.Path(place) / "kit"
        (folder / ".cargo").mkdir(parents=True)
        (folder / "src").mkdir()
        (folder / ".cargo/config.toml").write_text(f'[patch.crates-io]\nwasm-workers-rs = {{ path = "{ROOT}/kits/rust" }}\n\n')
        [source] = [block.text for _, block, above in each("rust", under="kits/rust/README.md") if "examples/hello/" in above]
        (folder / "src/lib.rs").write_text(source)
        manifest = next(block.text for _, block, _ in each("toml", under="kits/rust/README.md"))
        (folder / "Cargo.toml").write_text(manifest)
        shutil.copy(ROOT / "kits/rust/Cargo.lock", folder)
        build("kits/rust/README.md", folder, "library", "hello.wasm")


def test_pages_say_what_new_projects_are_told(wws):
    """The table of docs/kits/README.md, and the page that lies in each project."""
    table = re.findall(r"^\| [^|]*\| `wws new hello --lang (\w+)` \|\n\| \| `(.*)` \|$", (ROOT / "docs/kits/README.md").read_text(),
                       re.MULTILINE)
    assert len(table) >= 7, table
    with tempfile.TemporaryDirectory(prefix="wws-documented-") as place:
        for language, command in table:
            folder = pathlib.Path(place) / language
            folder.mkdir()
            status, printed = run(f"{shlex.quote(wws)} new hello --lang {language}", folder)
            told = re.search(r"\n    cd hello\n    (.*)\n", printed)
            assert status == 0 and told, printed
            told = told[1].replace("python-zig", "zig")
            assert command == f"cd hello && {told}", (language, command, told)
            [block] = [block for block in blocks((folder / "hello/README.md").read_text()) if block.language == "sh"]
            lines = [re.sub(r"\s+#.*", "", line) for line in block.text.splitlines()]
            lines = [line for line in lines if not line.startswith(("rustup ", "curl "))]
            assert " && ".join(lines) == told, (language, lines, told)



def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
