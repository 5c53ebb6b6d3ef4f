#!/usr/bin/env python3
"""`wws types`: what it writes is what TypeScript's compiler, and with it every editor, understands.

usage: types_file.py --wws BINARY [NAME...]
The compiler comes from npm, by tests/types/package-lock.json, into build/types. Last line: 'N passed, N failed'; 77: there is no
npm, or no network.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from robustness import ROOT, run_tests

LOCK = ROOT / "tests/types"
TSC = ROOT / "build/types/node_modules/typescript/bin/tsc"

WORKERS = {
    "api/[id].js": """import page from "./_page.html";
import settings from "./_settings.json";
import key from "./_key.bin";

/** @type {Handler<"api/[id].js">} */
export default {
  async fetch(request, env, ctx) {
    const { id } = request.params;
    ctx.waitUntil(env.KV.put(`seen/${id}`, "1", { expirationTtl: 60 }));
    const visits = await env.KV.increment("visits", 1);
    const { value, version } = await env.KV.getWithMetadata("a");
    if (!(await env.KV.compareAndSwap("a", version, `${value ?? ""}${env.GREETING.toUpperCase()}`))) ctx.passThroughOnException();
    const { keys } = await env.KV.list({ prefix: "seen/" });
    await env.CARTS.put(id, new Uint8Array([1]), { metadata: { items: 1 }, expiration: 4102444800 });
    const cart = /** @type {KVEntry<ArrayBuffer, { items: number }>} */ (await env.CARTS.getWithMetadata(id, { type: "arrayBuffer", cacheTtl: 60 }));
    ctx.waitUntil(env.CARTS.put("total", String((cart.metadata?.items ?? 0) + (cart.expiration ?? 0))));
    const many = await env.KV.get(["a", "b"]);
    /** @type {string | undefined} */
    let cursor;
    do {
      const page = await env.KV.list({ limit: 10, cursor });
      ctx.waitUntil(env.KV.put(page.keys[0]?.name ?? "none", many.get("a")?.trim() ?? ""));
      cursor = page.list_complete ? undefined : page.cursor;
    } while (cursor);
    return Response.json({ id, text: page.trim(), rows: settings.rows, bytes: key.byteLength, visits: Number(visits), keys });
  },
};
""",
    "api/_page.html": "<p>\n", "api/_settings.json": '{"rows": 3}\n', "api/_key.bin": "x",
    "api/[id].toml": 'name = "api"\nversion = "1"\n[vars]\nGREETING = "$NOT_SET"\n"odd-name" = "x"\n[data.kv]\nnamespace = "api"\n[data.kv.bindings]\nCARTS = "carts"\n',
    "plain.js": """/** @type {Handler} */
export default {
  async fetch(request, env) {
    const [mine, yours] = (await request.text()).match(/./g) ?? [];
    return new Response(`${request.params.any ?? mine ?? yours} ${env.GREETING ?? "none"} ${(await env.KV?.get("a")) ?? ""}`);
  },
};
""",
}
MISTAKES = {
    "bad.js": ("""/** @type {Handler<"bad.js">} */
export default {
  async fetch(request, env) {
    request.parameters;
    env.KV;
    return "text";
  },
};
""", ("bad.js(4,13): error TS2339", "bad.js(5,9): error TS2339", "TS2322"))}


def get_compiler():
    """None: it is there. Else why not."""
    if TSC.exists() and (TSC.parents[2].parent / "package-lock.json").read_text() == (LOCK / "package-lock.json").read_text():
        return None
    npm = shutil.which("npm")
    if not npm:
        return "there is no npm"
    folder = TSC.parents[3]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK / name, folder)
    environment = dict(os.environ)
    roots = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
    if roots.exists():
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(roots))
    done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder], env=environment,
                          capture_output=True, text=True)
    return None if done.returncode == 0 else "npm cannot fetch TypeScript: " + done.stderr.strip()[-500:]


class Project:
    def __init__(self, wws, files):
        self.wws = wws
        self.temp = tempfile.TemporaryDirectory(prefix="wws-types-")
        self.run("new", "site", "--lang", "js", folder=self.temp.name)
        self.folder = pathlib.Path(self.temp.name) / "site"
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temp.cleanup()

    def run(self, *words, folder=None):
        done = subprocess.run([self.wws, *words], cwd=folder or self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def compile(self):
        """Complaints of the compiler, with the declarations themselves looked at too."""
        done = subprocess.run(["node", TSC, "-p", "jsconfig.json", "--skipLibCheck", "false"], cwd=self.folder,
                              capture_output=True, text=True)
        return [line for line in done.stdout.splitlines() if re.search(r"error TS\d+", line)] or done.stdout.splitlines()


def test_workers_are_understood(wws):
    with Project(wws, WORKERS) as project:
        assert project.run("types", ".") == "wws.d.ts: the types of 3 workers\n"
        assert not project.compile(), project.compile()


def test_mistakes_are_found(wws):
    text, complaints = MISTAKES["bad.js"]
    with Project(wws, {"bad.js": text}) as project:
        assert project.run("types") == "wws.d.ts: the types of 2 workers\n"
        said = "\n".join(project.compile())
        assert all(complaint in said for complaint in complaints), said


def test_a_new_project_has_them(wws):
    with Project(wws, {}) as project:
        before = (project.folder / "wws.d.ts").read_bytes()
        assert not project.compile(), project.compile()
        project.run("types")
        assert (project.folder / "wws.d.ts").read_bytes() == before


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    missing = get_compiler()
    if missing:
        print(f"types_file.py: SKIPPED, {missing}")
        return 77
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
