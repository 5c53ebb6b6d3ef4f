#!/usr/bin/env python3
"""What the release workflow does with the folders of several machines: packaging/collect and packaging/publish.

usage: publish.py [NAME...]
Publishing is left out where rclone is not installed (scripts/setup_roots). Last line: 'N passed, N failed'.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "scripts")]
from docs_pages import version  # noqa: E402
from releases import ROOT, SUMS, archive_name, pack, snapshot  # noqa: E402
from robustness import run_tests  # noqa: E402


class Machines:
    """Release folders of two machines, each with its files and its checksums."""

    def __init__(self, version="2.0.0"):
        self.temp = tempfile.TemporaryDirectory(prefix="wws-publish-")
        self.base = pathlib.Path(self.temp.name)
        self.folders = []
        for machine in ("x86_64", "aarch64"):
            folder = self.base / machine
            (folder / f"v{version}").mkdir(parents=True)
            (folder / "latest").write_text(version + "\n")
            (folder / f"v{version}" / archive_name(version, machine)).write_bytes(pack(version, {"wws": machine}))
            (folder / f"v{version}" / "same.txt").write_text("same")
            self.sums(folder / f"v{version}")
            self.folders.append(folder)
        self.output = self.base / "release"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temp.cleanup()

    @staticmethod
    def sums(folder):
        (folder / SUMS).unlink(missing_ok=True)
        subprocess.run("sha256sum -- * >../sums && mv ../sums SHA256SUMS", shell=True, cwd=folder, check=True)

    def collect(self, *options, **variables):
        return subprocess.run([ROOT / "packaging/collect", *options, self.output, *self.folders], capture_output=True,
                              text=True, env={"PATH": "/usr/bin:/bin", **variables})


def test_one_folder_has_what_all_machines_made():
    with Machines() as machines:
        done = machines.collect()
        assert done.returncode == 0, done.stderr
        names = sorted(snapshot(machines.output))
        assert names == sorted(["install.sh", "latest", "v2.0.0", f"v2.0.0/{SUMS}", "v2.0.0/same.txt",
                                *(f"v2.0.0/{archive_name('2.0.0', machine)}" for machine in ("x86_64", "aarch64"))]), names
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=machines.output / "v2.0.0", check=True)
        assert machines.collect().returncode == 1  # never over something


def test_the_kits_packages_lie_beside_the_server():
    with Machines(version()) as machines:
        kits, folder = machines.base / "kits", machines.output / f"v{version()}"
        subprocess.run([ROOT / "scripts/make_kit_packages", "--without-rust", "--output", kits], check=True)
        done = machines.collect("--kits", kits)
        assert done.returncode == 0, done.stderr
        assert snapshot(folder / "kits") == snapshot(kits)
        listed = {line.split("  ")[1] for line in (folder / SUMS).read_text().splitlines()}
        assert listed == {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {SUMS}, listed
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=folder, check=True)
    with Machines("2.0.1") as machines:
        (machines.base / "kits").mkdir()
        (machines.base / "kits/wws-c-2.0.0.tar.gz").touch()
        done = machines.collect("--kits", machines.base / "kits")
        assert done.returncode == 1 and "no packages of version 2.0.1" in done.stderr, done


def test_what_does_not_fit_together_is_refused():
    def changed(folder):
        (folder / "v2.0.0/same.txt").write_text("other")

    def different(folder):
        changed(folder)
        Machines.sums(folder / "v2.0.0")

    def unlisted(folder):
        (folder / "v2.0.0/more.txt").write_text("more")

    def of_another_version(folder):
        (folder / "latest").write_text("2.0.1\n")

    for spoil, complaint in ((changed, "is not what its SHA256SUMS says"), (different, "is not the same from each machine"),
                             (unlisted, "is not in its SHA256SUMS"), (of_another_version, "is of version 2.0.1")):
        with Machines() as machines:
            spoil(machines.folders[1])
            done = machines.collect()
            assert done.returncode == 1 and complaint in done.stderr, (complaint, done.stderr)


def test_the_whole_is_signed():
    with Machines() as machines:
        key = machines.base / "key.pem"
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True)
        subprocess.run(["openssl", "ec", "-in", key, "-pubout", "-out", machines.base / "public.pem"], check=True,
                       capture_output=True)
        assert machines.collect(WWS_SIGNING_KEY=str(key)).returncode == 0
        folder = machines.output / "v2.0.0"
        subprocess.run(["openssl", "dgst", "-sha256", "-verify", machines.base / "public.pem", "-signature",
                        folder / f"{SUMS}.sig", folder / SUMS], check=True, capture_output=True)
        assert f"{SUMS}.sig" not in (folder / SUMS).read_text()


def test_latest_never_goes_back():
    if not shutil.which("rclone"):
        return print("latest_never_goes_back left out: rclone is not installed")
    with tempfile.TemporaryDirectory(prefix="wws-published-") as place:
        place = pathlib.Path(place)
        for version, latest in (("2.0.0", "2.0.0"), ("2.1.0-rc.1", "2.0.0"), ("2.10.0", "2.10.0"), ("2.9.1", "2.10.0")):
            with Machines(version) as machines:
                assert machines.collect().returncode == 0
                done = subprocess.run([ROOT / "packaging/publish", machines.output, place], capture_output=True, text=True)
                assert done.returncode == 0, (version, done.stderr)
                assert (place / "latest").read_text() == latest + "\n", version
                assert (place / f"v{version}" / SUMS).exists()
        assert (place / "install.sh").read_bytes() == (ROOT / "install.sh").read_bytes()
        # What was released stays as it was.
        with Machines("2.0.0") as machines:
            for folder in machines.folders:
                (folder / "v2.0.0/same.txt").write_text("other")
                Machines.sums(folder / "v2.0.0")
            assert machines.collect().returncode == 0
            before = snapshot(place)
            done = subprocess.run([ROOT / "packaging/publish", machines.output, place], capture_output=True, text=True)
            assert done.returncode != 0, done
            assert snapshot(place) == before


def main():
    return run_tests(globals(), sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
