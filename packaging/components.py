"""What a built `wws` is made of: crates, Debian's libraries, and what of ours it carries along.

Read from the build itself: cargo's graph of crates, the linker's map, and the headers that the compiler opened.
"""
import dataclasses
import html
import json
import os
import pathlib
import re
import subprocess
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
LICENCE_NAME = re.compile(r"(?i)^(licen[cs]e|copying|copyright|notice|unlicense)")
COMMON_LICENCE = re.compile(r"/usr/share/common-licenses/([A-Za-z0-9][A-Za-z0-9.+-]*[A-Za-z0-9])")


class Unclear(Exception):
    """Something that is in the executable and of which not all is known; the text says what to do."""


@dataclasses.dataclass
class Component:
    name: str
    version: str
    kind: str      # crate, vendored, toolchain, debian, ours
    licence: str   # an SPDX expression
    relation: str  # SPDX's, of wws to it
    home: str | None = None
    purl: str | None = None
    sha256: str | None = None
    texts: list[str] = dataclasses.field(default_factory=list)  # of licences and notices


def output(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def read(path):
    return path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip() + "\n"


def licence_texts(folder, *, depth=1):
    """The texts of the files and folders in it whose names are those of licences."""
    texts = []
    for path in sorted(folder.iterdir()):
        if LICENCE_NAME.match(path.name):
            files = sorted(path.rglob("*")) if path.is_dir() else [path]
            texts += [read(file) for file in files if file.is_file() and file.suffix not in (".rs", ".c", ".h", ".py")]
        elif path.is_dir() and depth > 1:
            texts += licence_texts(path, depth=depth - 1)
    return texts


def expression(text):
    """Cargo once allowed `MIT/Apache-2.0`."""
    return re.sub(r"\s*/\s*", " OR ", text)


# Of one repository, whose text not all of its crates bring along.
WASMTIME_FAMILY = re.compile(r"(wasmtime|cranelift|pulley)-")

# Repositories under the MIT licence whose crates do not bring its text along, and what it names in them.
MIT_HOLDERS = {
    "https://github.com/oxc-project/oxc": ["2024-present VoidZero Inc. & Contributors", "2023 Boshen"],
    "https://github.com/oxc-project/oxc-browserslist": ["2021-present Pig Fang", "2024-present Boshen"],
    "https://github.com/oxc-project/oxc-index-vec": ["2024-present Boshen"],
    "https://github.com/Nugine/simd": ["2022 Nugine"],
}

# Sources of others inside of crates: whose, the folder in the crate, its licence. Their versions end those of the crates,
# or stand in a header.
VENDORED = {
    "curl-sys": ("curl", "curl", "curl", None),
    "libnghttp2-sys": ("nghttp2", "nghttp2", "MIT", None),
    "libz-sys": ("zlib", "src/zlib", "Zlib", "zlib.h"),
}


def crate_graph():
    """Cargo's packages by id, and the ids of those that are in the library: no tools of the build, no macros."""
    cargo = os.environ.get("WWS_CARGO", "cargo")
    host = re.search(r"host: (\S+)", output(os.environ.get("RUSTC", "rustc"), "-vV")).group(1)
    graph = json.loads(output(cargo, "metadata", "--locked", "--format-version", "1", "--filter-platform", host,
                              "--manifest-path", str(ROOT / "bridge/Cargo.toml"), *patch_arguments()))
    packages = {package["id"]: package for package in graph["packages"]}
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    waiting = [i for i, package in packages.items() if package["name"] == "wws-bridge"]
    found = set()
    while waiting:
        crate = waiting.pop()
        if crate in found or any("proc-macro" in target["kind"] for target in packages[crate]["targets"]):
            continue
        found.add(crate)
        waiting += [dep["pkg"] for dep in nodes[crate]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
    return packages, found


def patch_arguments():
    """bridge/build compiles a corrected copy of Wasmtime; the graph is that of the copy."""
    folder = output(str(ROOT / "bridge/build"), "wasmtime").strip()
    return ["--config", f'patch.crates-io.wasmtime.path="{folder}"']


def crate_checksums():
    checksums = {}
    for lock in ("bridge/upstream/Cargo.lock", "bridge/Cargo.lock"):
        for package in tomllib.loads((ROOT / lock).read_text())["package"]:
            if "checksum" in package:
                checksums[package["name"], package["version"]] = package["checksum"]
    return checksums


def crates():
    packages, found = crate_graph()
    checksums = crate_checksums()
    texts = {}
    for crate in found:
        texts[crate] = licence_texts(pathlib.Path(packages[crate]["manifest_path"]).parent)
    wasmtime = next(packages[i] for i in found if packages[i]["name"] == "wasmtime")
    components = []
    for crate in sorted(found, key=lambda i: (packages[i]["name"], packages[i]["version"])):
        package = packages[crate]
        if package["name"] in ("wws-bridge", "wws-redis", "wws-typescript"):
            continue
        if not package["license"]:
            raise Unclear(f"the crate {package['name']} names no licence")
        own = texts[crate]
        if not own and WASMTIME_FAMILY.match(package["name"]) and package["license"] == wasmtime["license"]:
            own = texts[wasmtime["id"]]
        own = own or mit_text(package, texts)
        if not own:
            raise Unclear(f"the crate {package['name']} has no file with its licence")
        components.append(Component(
            package["name"], package["version"], "crate", expression(package["license"]), "STATIC_LINK",
            package["repository"] or package["homepage"], f"pkg:cargo/{package['name']}@{package['version']}".replace("+", "%2B"),
            checksums.get((package["name"], package["version"])), own))
        if package["name"] in VENDORED:
            components.append(vendored(package))
    return components


def mit_text(package, texts):
    """The licence of a crate in MIT_HOLDERS, in the words that another crate brings; nothing for others."""
    holders = MIT_HOLDERS.get(package["repository"])
    if not holders or package["license"] != "MIT":
        return []
    notice = re.compile(r"\AMIT License\n\nCopyright \(c\) [^\n]*\n\nPermission is hereby granted")
    # Of all of them the first by its letters: in which order the crates come is another one in each run.
    model = min((text for of_crate in texts.values() for text in of_crate if notice.match(text)), default=None)
    if model is None:
        raise Unclear(f"no crate brings the words of the MIT licence, which {package['name']} needs")
    notices = "\n".join(f"Copyright (c) {holder}" for holder in holders)
    return [notice.sub(f"MIT License\n\n{notices}\n\nPermission is hereby granted", model)]


def vendored(package):
    name, folder, licence, header = VENDORED[package["name"]]
    folder = pathlib.Path(package["manifest_path"]).parent / folder
    where = (folder / header).read_text() if header else package["version"].partition("+")[2]
    version = re.search(r"\b[0-9]+\.[0-9]+\.[0-9]+\b", where)
    texts = licence_texts(folder)
    if not version or not texts:
        raise Unclear(f"{folder}: no version or no licence found of {name}; see VENDORED in packaging/components.py")
    return Component(name, version.group(), "vendored", licence, "STATIC_LINK",
                     purl=f"pkg:generic/{name}@{version.group()}", texts=texts)


def rust_library():
    """Rust's standard library, which is compiled into the bridge's. Rust's own packages and Debian's say its licences."""
    rustc = os.environ.get("RUSTC", "rustc")
    version = output(rustc, "--version").split()[1]
    sysroot = pathlib.Path(output(rustc, "--print", "sysroot").strip())
    for notice in (sysroot / "share/doc/rust/COPYRIGHT-library.html", pathlib.Path("/usr/share/doc/libstd-rust-web-dev/copyright")):
        if notice.is_file():
            text = read(notice)
            if notice.suffix == ".html":
                text = re.sub(r"\n\s*\n\s*", "\n\n", html.unescape(re.sub(r"<[^>]*>", "", text)))
            return Component("rust-std", version, "toolchain", "MIT OR Apache-2.0", "STATIC_LINK",
                             "https://www.rust-lang.org", f"pkg:generic/rust-std@{version}", texts=[text])
    raise Unclear(f"no licence of Rust's standard library found below {sysroot}")


def system_files(build):
    """The system's files that are in the executable: those that were linked, and the headers that were compiled."""
    text = (build / "wws.map").read_text(errors="replace")
    linked = set(re.findall(r"^(/[^()\n]+\.a)\(", text, re.M)) | set(re.findall(r"^LOAD (/\S+\.o)$", text, re.M))
    headers = set()
    wanted = False
    for line in output("ninja", "-C", str(build), "-t", "deps", stderr=subprocess.DEVNULL).splitlines():
        if line and not line.startswith(" "):
            target = re.match(r"CMakeFiles/(wws[a-z_]*)\.dir/", line)
            wanted = bool(target) and not re.search(r"_(test|benchmark|headers_alone)$", target.group(1))
        elif wanted:
            headers.add(line.strip())
    system = ("/usr/", "/lib/")
    return ({os.path.normpath(path) for path in linked if path.startswith(system)},
            {os.path.normpath(path) for path in headers if path.startswith(system)})


def owners(paths):
    """The Debian packages that the files are of."""
    found = subprocess.run(["dpkg-query", "-S", *sorted(paths)], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    owner = {}
    for line in found.stdout.splitlines():
        package, path = line.split(": ", 1)
        owner[path] = package.split(",")[0].split(":")[0]
    if unknown := sorted(paths - owner.keys()):
        raise Unclear(f"no Debian package has {unknown[0]} ({len(unknown)} such files)")
    return set(owner.values())


def debian(build):
    linked, headers = system_files(build)
    if not linked or not headers:
        raise Unclear(f"{build}: not a build of the executable in this folder")
    licences = tomllib.loads((ROOT / "packaging/debian_licences.toml").read_text())
    components = []
    in_archives = owners(linked)
    for package in sorted(in_archives | owners(headers)):
        if package not in licences:
            raise Unclear(f"{package} is in the executable: write its licence into packaging/debian_licences.toml")
        version, machine, home = output(
            "dpkg-query", "-W", "-f", "${Version}\n${Architecture}\n${Homepage}\n", package).splitlines()[:3]
        texts = licence_texts(pathlib.Path("/usr/share/doc", package))
        if not texts:
            raise Unclear(f"/usr/share/doc/{package} has no copyright file")
        for common in sorted({name for text in texts for name in COMMON_LICENCE.findall(text)}):
            texts.append(read(pathlib.Path("/usr/share/common-licenses", common)))
        components.append(Component(
            package, version, "debian", licences[package], "STATIC_LINK" if package in in_archives else "CONTAINS",
            home or None, f"pkg:deb/debian/{package}@{version}?arch={machine}".replace("+", "%2B"), texts=texts))
    return components


def javascript_engine():
    """What interpreters/js/build compiles of others' sources into the engine that the executable carries."""
    upstream = pathlib.Path(output(str(ROOT / "interpreters/js/build"), "upstream").strip())
    streams = upstream / "node_modules/web-streams-polyfill"
    encodings = upstream / "node_modules/@exodus/bytes"
    time_zones = upstream / "node_modules/moment-timezone"
    cargo = os.environ.get("WWS_CARGO", "cargo")
    metadata = json.loads(output(cargo, "metadata", "--locked", "--format-version", "1", "--manifest-path",
                                 str(ROOT / "interpreters/js/upstream/Cargo.toml")))
    folders = {package["name"]: pathlib.Path(package["manifest_path"]).parent for package in metadata["packages"]}
    parts = []
    for name, licence, header, pattern, folder in (
            ("quickjs-ng", "MIT", folders["rquickjs-sys"] / "quickjs/quickjs.h",
             r"define QJS_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", folders["rquickjs-sys"] / "quickjs"),
            ("ada", "Apache-2.0 OR MIT", folders["ada-url"] / "deps/ada.h",
             r"ADA_VERSION_(?:MAJOR|MINOR|REVISION) = (\d+)", folders["ada-url"]),
            ("zlib", "Zlib", folders["libz-sys"] / "src/zlib/zlib.h", r"define ZLIB_VER_(?:MAJOR|MINOR|REVISION) (\d+)",
             folders["libz-sys"] / "src/zlib"),
            ("web-streams-polyfill", "MIT", streams / "package.json", r'"version": "(\d+)\.(\d+)\.(\d+)"', streams),
            ("@exodus/bytes", "MIT", encodings / "package.json", r'"version": "(\d+)\.(\d+)\.(\d+)"', encodings),
            ("moment-timezone", "MIT", time_zones / "package.json", r'"version": "(\d+)\.(\d+)\.(\d+)"', time_zones)):
        found = re.findall(pattern, header.read_text(errors="replace"))
        numbers = list(found[0]) if found and isinstance(found[0], tuple) else found[:3]
        texts = licence_texts(folder)
        if len(numbers) != 3 or not texts:
            raise Unclear(f"{folder}: no version or no licence found of {name}; see packaging/components.py")
        version = ".".join(numbers)
        parts.append(Component(name, version, "vendored", licence, "CONTAINS", purl=f"pkg:generic/{name}@{version}",
                               texts=texts))
    return parts


def zig_libraries():
    """What Zig links into the engine: the C and C++ libraries that come with it, for WASI."""
    version, zig = output("bash", "-c", f". '{ROOT}/scripts/lib.sh'; echo $zig_version; "
                          "$cache/venv/bin/python -c 'import ziglang; print(ziglang.__path__[0])'").split()
    parts = []
    for name, licence, folder in (
            ("wasi-libc", "(Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT) AND MIT", "lib/libc/wasi"),
            ("libc++", "Apache-2.0 WITH LLVM-exception", "lib/libcxx"),
            ("libc++abi", "Apache-2.0 WITH LLVM-exception", "lib/libcxxabi"),
            ("zig-compiler-rt", "MIT", ".")):
        texts = licence_texts(pathlib.Path(zig, folder))
        if not texts:
            raise Unclear(f"{zig}/{folder}: no text of the licence found; see packaging/components.py")
        parts.append(Component(name, f"of-zig-{version}", "vendored", licence, "CONTAINS",
                               purl=f"pkg:pypi/ziglang@{version}", texts=texts))
    return parts


def node_modules():
    """The packages that interpreters/js/node/build bundles for the engine: all of npm's that it fetches but the bundler."""
    fetched = output(str(ROOT / "scripts/npm_packages"), str(ROOT / "interpreters/js/node"))
    folder = pathlib.Path(fetched.strip()) / "node_modules"
    parts = []
    for path in sorted([*folder.glob("*/package.json"), *folder.glob("@*/*/package.json")]):
        package = json.loads(path.read_text())
        if "esbuild" in package["name"]:
            continue
        licence = package.get("license") or next(iter(package.get("licenses", [])), {}).get("type")
        texts = licence_texts(path.parent)
        if not licence or not texts:
            raise Unclear(f"{path}: the package names no licence, or has no text of it")
        name, version = package["name"], package["version"]
        parts.append(Component(name, version, "vendored", licence, "CONTAINS", purl=f"pkg:npm/{name}@{version}",
                               texts=texts))
    return parts


def ours(version):
    """What `wws new` writes: the kits' own sources."""
    kits = sorted(path.parent.name for path in (ROOT / "kits").glob("*/template.list"))
    return [Component(f"wws-kit-{kit}", version, "ours", "Apache-2.0", "CONTAINS") for kit in kits]
