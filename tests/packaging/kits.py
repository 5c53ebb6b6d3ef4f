#!/usr/bin/env python3
"""The kits' packages work for those who have nothing but their language's own tools: go get, zig fetch, cargo.

usage: kits.py [--rust] [NAME...]
  --rust  the crates too: packed and built from what is packed, as `cargo publish` does, and documented without a
          warning. Takes a minute, and asks the index of crates

Without a network but for that. Last line: 'N passed, N failed'; 77: neither Go nor Zig is there.
"""
import argparse
import functools
import hashlib
import http.server
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from docs_pages import project, version  # noqa: E402

# Seconds after which a command is given up.
PATIENCE = float(os.environ.get("WWS_TEST_PATIENCE", "300"))
TOOLS = subprocess.run(["bash", "-c", '. scripts/lib.sh; echo "$cache"; have_zig && echo yes || echo no; find_go'], cwd=ROOT,
                       check=True, capture_output=True, text=True).stdout.split("\n")
CACHE, HAVE_ZIG, GO = pathlib.Path(TOOLS[0]), TOOLS[1] == "yes", TOOLS[2]


def run(*command, cwd=ROOT, **variables):
    done = subprocess.run(command, cwd=cwd, env=dict(os.environ, **variables), check=False, capture_output=True,
                          text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}"
    return done.stdout


def make_packages(folder, *options, **variables):
    run("scripts/make_kit_packages", "--output", folder, *options, **variables)
    return folder


def digests(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_sources_give_the_same_bytes(place):
    first = digests(make_packages(place / "one", "--without-rust", SOURCE_DATE_EPOCH="1700000000"))
    second = digests(make_packages(place / "two", "--without-rust", SOURCE_DATE_EPOCH="1700000000"))
    assert first == second and len(first) == 7, (first, second)


def test_c_headers_are_all_there(place):
    """What an archive has compiles, from its own folder."""
    if not HAVE_ZIG:
        return "no Zig"
    packages = make_packages(place / "packages", "--without-rust")
    for language, compiler, suffix, options in (("c", "cc", ".h", []), ("cpp", "c++", ".hpp", ["-std=c++20"])):
        name = f"wws-{language}-{version()}"
        run("tar", "xzf", packages / f"{name}.tar.gz", cwd=place)
        headers = sorted((place / name).glob(f"*{suffix}"))
        source = place / f"headers.{'c' if language == 'c' else 'cc'}"
        source.write_text("".join(f'#include "{header.name}"\n' for header in headers))
        run(CACHE / "venv/bin/python", "-m", "ziglang", compiler, "--target=wasm32-wasi", "-c", *options, "-o",
            place / "headers.o", f"-I{place / name}", source, ZIG_GLOBAL_CACHE_DIR=str(CACHE / "zig"))
    return None


def test_go_get_finds_the_module(place):
    if not GO:
        return "no Go"
    packages, module = make_packages(place / "packages", "--without-rust"), project()["WWS_GO_MODULE"]
    folder = place / "hello"
    folder.mkdir()
    shutil.copy(ROOT / "kits/go/examples/hello/main.go", folder)
    variables = {"GOPROXY": f"file://{packages}/go", "GONOSUMDB": "*", "GONOSUMCHECK": "1", "GOFLAGS": "-modcacherw",
                 "GOMODCACHE": str(place / "modules"), "GOCACHE": str(CACHE / "go-build"), "GOTOOLCHAIN": "local",
                 "GOWORK": "off"}
    run(GO, "mod", "init", "hello", cwd=folder, **variables)
    run(GO, "get", module, cwd=folder, **variables)
    assert f"require {module} v{version()}" in (folder / "go.mod").read_text(), (folder / "go.mod").read_text()
    run(GO, "mod", "verify", cwd=folder, **variables)
    run(GO, "build", "-buildmode=c-shared", "-o", "hello.wasm", ".", cwd=folder, GOOS="wasip1", GOARCH="wasm", **variables)
    assert (folder / "hello.wasm").read_bytes()[:4] == b"\0asm"
    assert "func HandleFunc(" in run(GO, "doc", module, cwd=folder, **variables)
    return None


class Files(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Not here."""


def test_zig_fetches_the_package(place):
    if not HAVE_ZIG:
        return "no Zig"
    packages = make_packages(place / "packages", "--without-rust")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=packages))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = place / "hello"
    (folder / "src").mkdir(parents=True)
    (folder / "build.zig").write_text('''const std = @import("std");
const wws = @import("wws");

pub fn build(b: *std.Build) void {
    b.installArtifact(wws.addWorker(b, .{ .name = "hello", .root_source_file = b.path("src/hello.zig") }));
}
''')
    (folder / "build.zig.zon").write_text('''.{
    .name = .worker,
    .version = "0.1.0",
    .fingerprint = 0x9fb2bf62f19dde46,
    .paths = .{""},
}
''')
    shutil.copy(ROOT / "kits/zig/examples/hello.zig", folder / "src")
    zig = (CACHE / "venv/bin/python", "-m", "ziglang")
    # What it compiles for itself takes minutes in a new cache; the package comes from the server all the same.
    variables = {"ZIG_GLOBAL_CACHE_DIR": str(CACHE / "zig")}
    url = f"http://127.0.0.1:{server.server_address[1]}/wws-zig-{version()}.tar.gz"
    try:
        run(*zig, "fetch", "--save=wws", url, cwd=folder, **variables)
        told = (folder / "build.zig.zon").read_text()
        assert f'.hash = "wws-{version()}-' in told and url in told, told
        run(*zig, "build", cwd=folder, **variables)
    finally:
        server.shutdown()
    assert (folder / "zig-out/bin/hello.wasm").read_bytes()[:4] == b"\0asm"
    return None


def test_rust_crates_are_what_a_registry_takes(place):
    """Packed, unpacked and built as `cargo publish --dry-run` does, the one with the other."""
    target = ROOT / "build/kits/rust-packages"
    run("scripts/with_cargo", "bash", "-ec",
        '"$WWS_CARGO" publish --dry-run --locked --allow-dirty --manifest-path kits/rust/Cargo.toml '
        f'--package wasm-workers-rs-macro --package wasm-workers-rs --target-dir "{target}"')
    packages = make_packages(place / "packages")
    names = sorted(path.name for path in packages.glob("*.crate"))
    assert names == [f"wasm-workers-rs-{version()}.crate", f"wasm-workers-rs-macro-{version()}.crate"], names
    for name in names:
        inside = run("tar", "tzf", packages / name).split()
        for needed in ("LICENSE", "Cargo.toml", "src/lib.rs"):
            assert f"{name.removesuffix('.crate')}/{needed}" in inside, (name, inside)


def test_rust_documentation_is_clean(place):
    run("scripts/with_cargo", "bash", "-ec",
        '"$WWS_CARGO" doc --locked --no-deps --all-features --manifest-path kits/rust/Cargo.toml '
        f'--package wasm-workers-rs-macro --package wasm-workers-rs --target-dir "{CACHE}/kits-rust-host"',
        RUSTDOCFLAGS="-D warnings")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--rust", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if not HAVE_ZIG and not GO:
        print("kits.py: neither Go nor Zig is here; scripts/setup tests gets them")
        return 77
    tests = [name for name in globals() if name.startswith("test_") and (arguments.rust or "_rust_" not in name)]
    passed = failed = 0
    for name in [name for name in tests if not arguments.names or name.removeprefix("test_") in arguments.names]:
        with tempfile.TemporaryDirectory(prefix="wws-kits-") as place:
            try:
                left_out = globals()[name](pathlib.Path(place))
                if left_out:
                    print(f"{name}: left out: {left_out}")
                passed += 1
            except Exception:
                failed += 1
                print(f"{name}:\n{traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
