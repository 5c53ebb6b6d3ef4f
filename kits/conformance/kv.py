#!/usr/bin/env python3
"""The key-value store of a kit's conformance worker, on a server with a store.

usage: kv.py --wws BINARY --guests FOLDER [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import concurrent.futures
import http.client
import os
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tests"))
from robustness import PATIENCE, Server, run_tests  # noqa: E402

NAMESPACE = """
name = "kit"
version = "1"
[data.kv]
namespace = "{}"
[data.kv.bindings]
CARTS = "carts"
"""
NO_NAMESPACE = 'name = "kit"\nversion = "1"\n'
CONCURRENT = 200  # requests
MEBIBYTE = 1 << 20
MOST = 2**63 - 1


class Kit(Server):
    """The worker at /kit, at /second in another namespace, and at /bare without one. Two processes share what is stored."""

    def __init__(self, wws, module):
        self.module = module
        super().__init__(wws, "--processes", "2")

    def prepare(self):
        for folder, text in (("kit", NAMESPACE.format("one")), ("second", NAMESPACE.format("two")), ("bare", NO_NAMESPACE)):
            place = self.folder / folder
            place.mkdir()
            shutil.copy(self.module, place / "[...path].wasm")
            (place / "[...path].toml").write_text(text)

    def ask(self, what, body=None, kit="kit", **query):
        """Status, header fields and body. Of the query, bytes are written in hexadecimal digits."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        texts = [f"{name}={value.hex() if isinstance(value, bytes) else value}" for name, value in query.items()]
        try:
            connection.request("GET" if body is None else "POST", f"/{kit}/kv/{what}?{'&'.join(texts)}", body=body)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def do(self, what, body=None, **query):
        """What an operation that succeeds came to."""
        status, _, answer = self.ask(what, body, **query)
        assert status == 200, (what, query, status, answer[:200], self.log())
        return answer

    def fail(self, what, body=None, **query):
        """How an operation that does not succeed failed."""
        status, _, answer = self.ask(what, body, **query)
        assert status == 409, (what, query, status, answer[:200], self.log())
        return answer.decode()

    def get(self, key, **query):
        """Value and version; None without such a key."""
        status, headers, answer = self.ask("get", key=key, **query)
        if status == 404:
            assert answer == b"none"
            return None
        assert status == 200, (key, status, answer[:200], self.log())
        return answer, int(headers["x-version"])

    def put(self, key, value, **query):
        return int(self.do("put", value, key=key, **query))

    def page(self, **query):
        """Entries, and the place of the next page."""
        *lines, last = self.do("list", **query).decode().split("\n")
        entries = []
        for line in lines:
            version, key, value = line.split(" ")
            entries.append((int(version), bytes.fromhex(key), bytes.fromhex(value)))
        assert last.startswith("after "), last
        return entries, bytes.fromhex(last[6:])


def test_a_value_is_there_until_it_is_deleted(wws, module):
    with Kit(wws, module) as server:
        assert server.get(b"a") is None
        first = server.put(b"a", b"one")
        assert server.get(b"a") == (b"one", first)
        second = server.put(b"a", b"")
        assert second > first > 0
        assert server.get(b"a") == (b"", second)
        assert server.do("delete", key=b"a") == b"deleted"
        assert server.do("delete", key=b"a") == b"none"
        assert server.get(b"a") is None
        assert server.put(b"a", b"again", ttl=3600000) > second
        assert server.get(b"a")[0] == b"again"


def test_keys_and_values_are_any_bytes(wws, module):
    with Kit(wws, module) as server:
        values = {b"\0": b"\xff", b"\xff": b"\0", b"\0\0": bytes(range(256)), b"k" * 512: b"\xff\0" * 700, "é".encode(): b" "}
        for key, value in values.items():
            server.put(key, value)
        for key, value in values.items():
            assert server.get(key)[0] == value, key
        entries, after = server.page(prefix=b"", limit=100, values=1)
        assert [(key, value) for _, key, value in entries] == sorted(values.items())
        assert after == b""


def test_a_value_of_a_mebibyte(wws, module):
    with Kit(wws, module) as server:
        value = os.urandom(MEBIBYTE)
        version = server.put(b"large", value)
        assert server.get(b"large") == (value, version)
        assert server.fail("put", value + b"x", key=b"large") == "ValueSize"
        assert server.get(b"large") == (value, version)


def test_values_of_every_length_near_a_kit_s_first_guess(wws, module):
    with Kit(wws, module) as server:
        for length in (*range(244, 260), *range(500, 516), 1016, 1024, 4088, 4096, 65536):
            value = os.urandom(length)
            server.put(b"v", value)
            assert server.get(b"v")[0] == value, length


def test_keys_have_a_size(wws, module):
    with Kit(wws, module) as server:
        for key in (b"", b"k" * 513):
            for what, body in (("get", None), ("put", b"v"), ("delete", None), ("increment", None), ("swap", b"v")):
                assert server.fail(what, body, key=key, by=1, version=0) == "KeySize", what
            assert server.fail("get-many", keys=key) == "KeySize"
            assert server.fail("transaction", b"v", put=key) == "KeySize"


def test_puts_have_conditions(wws, module):
    with Kit(wws, module) as server:
        assert server.fail("put", b"v", key=b"a", **{"if": "present"}) == "Conflict"
        server.put(b"a", b"1", **{"if": "absent"})
        assert server.fail("put", b"2", key=b"a", **{"if": "absent"}) == "Conflict"
        assert server.get(b"a")[0] == b"1"
        server.put(b"a", b"3", **{"if": "present"})
        assert server.get(b"a")[0] == b"3"


def test_many_keys_are_read_at_once(wws, module):
    with Kit(wws, module) as server:
        value = b"\0one"
        a, b = server.put(b"a", value), server.put(b"b", b"")
        keys = ",".join(key.hex() for key in (b"b", b"none", b"a", b"b"))
        assert server.do("get-many", keys=keys).decode() == f"{b} \n0 \n{a} {value.hex()}\n{b} \n"
        large = os.urandom(300_000)
        server.put(b"large", large)
        assert server.do("get-many", keys=b"large").decode().split() == [str(server.get(b"large")[1]), large.hex()]
        assert server.fail("get-many", keys=",".join(["61"] * 1001)) == "TooMuch"


def test_lists_have_pages(wws, module):
    with Kit(wws, module) as server:
        keys = sorted(b"user/" + bytes([number]) + b"\0\xff"[:number % 3] for number in range(25))
        versions = {key: server.put(key, b"value of " + key) for key in keys}
        server.put(b"other", b"")
        server.put(b"users", b"")
        for limit in (1, 4, 5, 24, 25, 26, 1000):
            assert server.do("list-all", prefix=b"user/", limit=limit).decode().split() == [key.hex() for key in keys]
        assert server.do("list-all", prefix=b"nobody", limit=10) == b""
        entries, after = server.page(prefix=b"user/", limit=10, values=1)
        assert entries == [(versions[key], key, b"value of " + key) for key in keys[:10]]
        entries, after = server.page(prefix=b"user/", limit=10, after=after)
        assert entries == [(versions[key], key, b"") for key in keys[10:20]]
        entries, after = server.page(prefix=b"user/", limit=10, after=after)
        assert ([key for _, key, _ in entries], after) == (keys[20:], b"")
        assert server.page(prefix=b"user/", limit=10, after=b"user0") == ([], b"")


def test_pages_of_large_values(wws, module):
    with Kit(wws, module) as server:
        for number in range(4):
            server.put(b"%d" % number, b"v" * 400_000)
        found, after = server.page(prefix=b"", limit=100, values=1)
        while after:
            entries, after = server.page(prefix=b"", limit=100, values=1, after=after)
            found += entries
        assert [(key, len(value)) for _, key, value in found] == [(b"%d" % number, 400_000) for number in range(4)]


def test_numbers(wws, module):
    with Kit(wws, module) as server:
        number, version = server.do("increment", key=b"n", by=5).split()
        assert number == b"5" and server.get(b"n") == (b"5", int(version))
        assert server.do("increment", key=b"n", by=-7).split()[0] == b"-2"
        assert server.do("increment", key=b"n", by=0).split()[0] == b"-2"
        server.put(b"n", b"%d" % (MOST - 1))
        assert server.do("increment", key=b"n", by=1).split()[0] == b"%d" % MOST
        assert server.fail("increment", key=b"n", by=1) == "Overflow"
        assert server.get(b"n")[0] == b"%d" % MOST
        server.put(b"n", b"%d" % -MOST)
        assert server.do("increment", key=b"n", by=-1).split()[0] == b"%d" % (-MOST - 1)
        assert server.fail("increment", key=b"n", by=-1) == "Overflow"
        server.put(b"n", b"a number")
        assert server.fail("increment", key=b"n", by=1) == "NotANumber"


def test_a_swap_compares(wws, module):
    with Kit(wws, module) as server:
        assert server.fail("swap", b"v", key=b"a", version=1) == "Conflict"
        first = int(server.do("swap", b"one", key=b"a", version=0))
        assert server.fail("swap", b"v", key=b"a", version=0) == "Conflict"
        second = int(server.do("swap", b"two", key=b"a", version=first))
        assert server.fail("swap", b"v", key=b"a", version=first) == "Conflict"
        assert server.get(b"a") == (b"two", second)


def test_transactions_are_all_or_nothing(wws, module):
    with Kit(wws, module) as server:
        first = server.put(b"from\0", b"v")
        version = int(server.do("transaction", b"v\0\xff", check=b"from\0", version=first, put=b"to", delete=b"from\0"))
        assert server.get(b"from\0") is None
        assert server.get(b"to") == (b"v\0\xff", version)
        assert server.fail("transaction", b"w", check=b"to", version=first, put=b"to", delete=b"to") == "Conflict"
        assert server.fail("transaction", b"w", check=b"none", version=first, put=b"to") == "Conflict"
        assert server.get(b"to") == (b"v\0\xff", version)
        # None of the keys that it writes was written since, but the namespace was.
        later = server.put(b"else", b"")
        assert server.fail("transaction", b"w", since=version, put=b"to") == "Conflict"
        assert int(server.do("transaction", b"w", since=later, check=b"none", version=0, put=b"to")) > later
        assert server.get(b"to")[0] == b"w"
        assert server.fail("transaction", b"v" * (MEBIBYTE + 1), put=b"to") == "ValueSize"


def test_operations_overlap(wws, module):
    with Kit(wws, module) as server:
        assert server.do("overlap", key=b"n", count=1) == b"1"
        assert server.do("overlap", key=b"n", count=100) == b"%d" % sum(range(2, 102))
        assert server.get(b"n")[0] == b"101"


def test_nothing_is_lost_when_many_increment(wws, module):
    with Kit(wws, module) as server:
        with concurrent.futures.ThreadPoolExecutor(CONCURRENT // 4) as pool:
            answers = list(pool.map(lambda _: server.do("increment", key=b"n", by=1).split(), range(CONCURRENT)))
        assert sorted(int(number) for number, _ in answers) == list(range(1, CONCURRENT + 1))
        by_number = sorted((int(number), int(version)) for number, version in answers)
        assert all(one[1] < next[1] for one, next in zip(by_number, by_number[1:])), "versions rise"
        assert server.get(b"n")[0] == b"%d" % CONCURRENT


def test_values_have_metadata(wws, module):
    with Kit(wws, module) as server:
        about, later = '{"ü":1}'.encode(), int(time.time() * 1000) + 3_600_000
        version = server.put(b"a", b"one", metadata=about, ttl=3_600_000)
        other = server.put(b"b", b"two")
        status, headers, body = server.ask("get-with-metadata", key=b"a")
        assert (status, body, headers["x-version"], bytes.fromhex(headers["x-metadata"])) == (200, b"one", str(version), about)
        expires = headers["x-expires"]
        assert abs(int(expires) - later) < PATIENCE * 1000, (expires, later)
        assert server.ask("get-with-metadata", key=b"none")[::2] == (404, b"none")
        assert server.get(b"a") == (b"one", version)
        lines = [f"{other} 0  {b'two'.hex()}", "0 0  ", f"{version} {expires} {about.hex()} {b'one'.hex()}", ""]
        assert server.do("get-many-with-metadata", keys=",".join(key.hex() for key in (b"b", b"none", b"a"))).decode().split("\n") == lines
        for values in (False, True):
            one, two = ((b"one".hex(), b"two".hex()) if values else ("", ""))
            listed = server.do("list-with-metadata", prefix=b"", limit=10, **({"values": 1} if values else {})).decode()
            assert listed.split("\n") == [f"{version} {expires} 61 {about.hex()} {one}", f"{other} 0 62  {two}", ""], listed
        assert server.fail("put", b"", key=b"a", metadata=b"m" * 1025) == "ValueSize"
        version = int(server.do("transaction", b"three", put=b"b", metadata=b"[3]"))
        assert server.do("get-many-with-metadata", keys="62").decode() == f"{version} 0 {b'[3]'.hex()} {b'three'.hex()}\n"
        server.put(b"n", b"1", metadata=b"[]")
        server.do("increment", key=b"n", by=1)
        assert server.do("get-many-with-metadata", keys=b"n".hex()).decode().split(" ")[2:] == [b"[]".hex(), b"2".hex() + "\n"]
        server.put(b"a", b"")
        assert server.ask("get-with-metadata", key=b"a")[1]["x-metadata"] == ""


def test_bindings_are_namespaces_too(wws, module):
    with Kit(wws, module) as server:
        server.put(b"a", b"own")
        server.put(b"a", b"cart", binding="CARTS")
        assert server.get(b"a")[0] == b"own"
        assert server.get(b"a", binding="CARTS")[0] == b"cart"
        assert server.get(b"a", binding="CARTS", kit="second")[0] == b"cart"
        assert server.fail("get", key=b"a", binding="NONE") == "NoNamespace"
        assert server.fail("get", key=b"a", binding="CARTS", kit="bare") == "NoNamespace"


def test_namespaces_are_apart(wws, module):
    with Kit(wws, module) as server:
        server.put(b"a", b"one")
        assert server.get(b"a", kit="second") is None


def test_a_worker_without_a_namespace_is_told(wws, module):
    with Kit(wws, module) as server:
        for what, body in (("get", None), ("put", b"v"), ("delete", None), ("increment", None), ("swap", b"v"),
                           ("list", None), ("transaction", b"v"), ("overlap", None)):
            answer = server.fail(what, body, kit="bare", key=b"a", by=1, limit=1, put=b"a", count=3)
            assert answer == "NoNamespace", what
        assert server.fail("get-many", kit="bare", keys=b"a") == "NoNamespace"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--guests", required=True, type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws), arguments.guests / "kit.wasm")


if __name__ == "__main__":
    sys.exit(main())
