#!/usr/bin/env python3
"""Static files of the real binary whose folder is elsewhere, or changes while it runs; its processes are confined.

usage: public_folder.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from robustness import Server, run_tests, until


class Project(tempfile.TemporaryDirectory):
    """A folder with a project and what is beside it."""

    def __enter__(self):
        self.base = pathlib.Path(super().__enter__())
        self.root = self.base / "project"
        self.root.mkdir()
        return self

    def put(self, path, text):
        (self.base / path).parent.mkdir(parents=True, exist_ok=True)
        (self.base / path).write_text(text)

    def serve(self, wws):
        return Server(wws, "--processes", "1", folder=self.root)


def test_a_folder_made_after_the_start_is_served(wws):
    with Project() as project, project.serve(wws) as server:
        assert server.get("/a.txt") == (404, b"")
        project.put("project/public/a.txt", "made")
        until(lambda: server.get("/a.txt") == (200, b"made"), "the folder that was made")
        shutil.rmtree(project.root / "public")
        assert server.get("/a.txt") == (404, b"")
        project.put("project/public/a.txt", "again")
        project.put("project/public/404.html", "gone")
        until(lambda: server.get("/a.txt") == (200, b"again"), "the folder that was made again")
        assert server.get("/b.txt") == (404, b"gone")
        assert server.stop() == 0


def test_a_folder_outside_of_the_project_is_served_where_it_is_named(wws):
    with Project() as project:
        project.put("dist/index.html", "built")
        project.put("secret.txt", "secret")
        project.put("project/wws.toml", '[public]\nfolder = "../dist"\n')
        (project.base / "dist/up.txt").symlink_to("../secret.txt")
        with project.serve(wws) as server:
            assert server.get("/") == (200, b"built")
            assert server.get("/up.txt")[0] == 404
            project.put("dist/new.txt", "new")
            assert server.get("/new.txt") == (200, b"new")
            assert "../dist: warning" not in server.log(), server.log()
            assert server.stop() == 0


def is_served_where_it_is_named(wws, folder, link, warning):
    """What `public` leads to by `link`, a function of the project: told and not served, until wws.toml names it."""
    with Project() as project:
        project.put(folder + "/a.txt", "built")
        (project.root / "public").symlink_to(link(project))
        with project.serve(wws) as server:
            assert server.get("/a.txt")[0] == 404
            assert "public: warning: " + warning in server.log(), server.log()
            assert server.stop() == 0
        project.put("project/wws.toml", '[public]\nfolder = "public"\n')
        with project.serve(wws) as server:
            assert server.get("/a.txt") == (200, b"built")
            assert server.stop() == 0


def test_a_link_out_of_the_project_is_served_where_it_is_named(wws):
    is_served_where_it_is_named(wws, "dist", lambda _: "../dist", "leads out of the project to ")


def test_an_absolute_link_within_the_project_is_told(wws):
    is_served_where_it_is_named(wws, "project/site", lambda project: project.root / "site", "is an absolute link")


def test_a_folder_outside_that_is_made_anew_is_served_or_told(wws):
    with Project() as project:
        project.put("dist/a.txt", "old")
        project.put("project/wws.toml", '[public]\nfolder = "../dist"\n')
        with project.serve(wws) as server:
            assert server.get("/a.txt") == (200, b"old")
            (project.base / "dist").rename(project.base / "dist.old")
            project.put("dist/a.txt", "new")
            # Where Landlock confines the process it may not read the new folder: then it says so.
            until(lambda: server.get("/a.txt") != (200, b"old"), "the end of the old folder")
            answer = server.get("/a.txt")
            assert answer == (200, b"new") or (answer[0] == 404 and "start the server again" in server.log()), (answer, server.log())
            assert server.stop() == 0


def test_a_folder_whose_name_is_not_utf8_is_told(wws):
    with Project() as project:
        folder = os.fsencode(project.base) + b"/\xff"
        os.mkdir(folder)
        done = subprocess.run([wws, "--port", "0", folder], capture_output=True, timeout=60)
        assert done.returncode == 1, done
        assert b"/\\xff: the name of the folder, or of one that it is in, is not UTF-8; rename it" in done.stderr, done


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
