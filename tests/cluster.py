#!/usr/bin/env python3
"""Three servers on machines of their own behind a real haproxy or nginx, with their keys in a real Redis or a Redis
Cluster of six: counters stay exact while machines die, come back, and are restarted one after the other.

usage: cluster.py --wws BINARY [--requests N] [--rounds N] [NAME...]
--requests: how often the counters are raised at least, in each test. --rounds: how often something happens to each.
Last line: 'N passed, N failed'. Exit status 77: there is no way to have machines here, and the line says why.
"""
import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import threading
import time

import machines
from balancers import Haproxy, Nginx, is_ready
from kv import CALLS, COUNT, UNAVAILABLE
from machines import BALANCER, SERVERS, RedisMachine, WwsMachine
from robustness import run_tests, until

CLIENTS = 16
ERROR_PAGE = b"<p>There was an error running this function</p>"
RAISE = {"calls": CALLS + "?incr", "count": COUNT}
SLOW = "/sleep?ms=200"
UNKNOWN = b"-10"  # docs/abi.md; UNAVAILABLE is -9
# Of both workers, when nothing was done, and when nobody knows what was.
REFUSALS = {(503, UNAVAILABLE), (503, UNKNOWN), (503, ERROR_PAGE), (500, ERROR_PAGE)}
REQUESTS = ROUNDS = CACHE = None


class Load:
    """Clients that raise counters with POST, each over one connection while that holds, and one after the other: no client
    has more than one request on its way. What was answered with 200, and what was not."""

    def __init__(self, names):
        self.answers = {name: [] for name in names}  # (when it was sent, the number)
        self.before = {name: value(name) for name in names}
        self.slow = 0
        self.failures = []  # (when it was sent, what came)
        self.starts = []  # from when to when a server served that had not reached Redis yet
        self.sent_again = 0
        self.broken = []  # why a client ended before its time
        self.is_over = threading.Event()

    def start(self, number, server):
        begin = time.monotonic()
        server.serve()
        until(lambda: is_ready(number), "the server's keys")
        self.starts.append((begin, time.monotonic()))

    def lost(self):
        """Failures of which nobody knows what was done: all but refusals of a server without Redis."""
        return [(sent, what) for sent, what in self.failures
                if what[0] != 503 or not any(begin <= sent <= end for begin, end in self.starts)]

    def count(self):
        return sum(map(len, self.answers.values()))

    def goes_on(self, more):
        """Waits for so many more answers."""
        goal = self.count() + more

        def are_there():
            assert not self.broken, self.broken
            return self.count() >= goal
        until(are_there, f"{more} answers")

    async def client(self, name):
        try:
            await self.ask_until_over(name)
        except Exception as error:
            self.broken.append(f"{name}: {error!r}")
            raise

    async def ask_until_over(self, name):
        connection, sent = None, 0
        while not self.is_over.is_set():
            is_new = connection is None
            try:
                connection = connection or await Connection.open()
                sent = time.monotonic()
                self.take(name, sent, *await connection.post(RAISE.get(name, SLOW)))
                if connection.is_ended:
                    connection = connection.close()
            except (OSError, asyncio.IncompleteReadError) as error:
                connection = connection and connection.close()
                if not is_new and not getattr(error, "partial", b""):
                    self.sent_again += 1  # as clients do: who is asked closes connections that idle
                else:
                    self.failures.append((sent, repr(error)))
            if self.failures and self.failures[-1][0] == sent:
                await asyncio.sleep(0.02)
        if connection:
            connection.close()

    def take(self, name, sent, status, body):
        if status != 200:
            self.failures.append((sent, (status, body)))
        elif name in RAISE:
            self.answers[name].append((sent, int(body)))
        else:
            assert body == b"slept", body
            self.slow += 1

    async def beside(self, what):
        clients = [asyncio.create_task(self.client(name)) for name in [*self.answers] * (CLIENTS // len(self.answers))]
        clients += [asyncio.create_task(self.client("slow")) for _ in range(2)]
        try:
            await asyncio.to_thread(what, self)
        finally:
            self.is_over.set()
            done = await asyncio.gather(*clients, return_exceptions=True)
        assert not any(done), done


class Connection:
    """One to the balancer. `is_ended`: the last answer was its last."""

    @classmethod
    async def open(cls):
        made = cls()
        made.reader, made.writer = await asyncio.open_connection(BALANCER, 80)
        made.is_ended = False
        return made

    async def post(self, path):
        self.writer.write(f"POST {path} HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n".encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        self.is_ended = b"connection: close" in head
        status, body = int(head.split()[1]), await self.body(head)
        assert status != 200 or b"\r\nx-request-id: " in head, "the balancer has not named the request"
        return status, body

    async def body(self, head):
        if b"content-length: " in head:
            return await self.reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        body = b""
        if b"transfer-encoding: chunked" not in head:
            return await self.reader.read()
        while size := int(await self.reader.readline(), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()
        return body

    def close(self):
        self.writer.close()


def under_load(what, names=tuple(RAISE)):
    load = Load(names)
    asyncio.run(load.beside(what))
    return load


def value(name):
    """What the counter has, raised once more by a request like all others."""
    async def ask():
        connection = await Connection.open()
        answer = await connection.post(RAISE[name])
        connection.close()
        return answer
    status, body = asyncio.run(ask())
    assert status == 200, (status, body)
    return int(body)


def assert_exact(load, sent_again=0):
    """Each number was answered once and none is missing, and the counter has the last one."""
    assert not load.failures, (len(load.failures), load.failures[:5])
    assert load.sent_again <= sent_again, load.sent_again
    for name, answers in load.answers.items():
        numbers, first = sorted(number for _, number in answers), load.before[name] + 1
        assert numbers == list(range(first, first + len(numbers))), (name, first, numbers[:3], numbers[-3:], len(numbers))
        assert value(name) == first + len(numbers), name


def assert_counted(load, may_fail):
    """No number was answered twice. A request that failed may have been counted or not, as with any server that dies
    before it answers; each that was answered was, and nothing was counted twice."""
    failed = len(load.lost()) + load.sent_again
    assert failed <= may_fail, (failed, load.lost()[:5])
    for name, answers in load.answers.items():
        numbers = {number - load.before[name] for _, number in answers}
        assert len(numbers) == len(answers), (name, len(answers) - len(numbers))
        final = value(name) - 1 - load.before[name]
        assert min(numbers) > 0 and max(numbers) <= final, (name, min(numbers), max(numbers), final)
        assert len(numbers) <= final <= len(numbers) + failed, (name, len(numbers), final, failed)


@contextlib.contextmanager
def three_servers(wws, balancer=Haproxy, nodes=1):
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(RedisMachine(nodes))
        servers = [stack.enter_context(WwsMachine(wws, address, redis.url, CACHE)) for address in SERVERS]
        yield redis, servers, stack.enter_context(balancer())
        for server in servers:
            assert server.stop() == 0, server.said()


def kill_and_return(servers, balancer, load):
    for _ in range(ROUNDS):
        for number, server in enumerate(servers):
            load.goes_on(REQUESTS // (6 * ROUNDS))
            server.kill()
            balancer.until_down(number)
            load.goes_on(REQUESTS // (6 * ROUNDS))
            load.start(number, server)
            balancer.until_up(number)
            had = balancer.served(number)
            until(lambda: balancer.served(number) > had + 10, "requests for it")


def restart_one_after_the_other(servers, balancer, load):
    for _ in range(ROUNDS):
        for number, server in enumerate(servers):
            load.goes_on(REQUESTS // (3 * ROUNDS))
            balancer.take_out(number)
            assert server.stop() == 0, server.said()
            server.serve()
            balancer.take_in(number)
    load.goes_on(REQUESTS // 10)


def test_counters_are_exact_while_servers_are_killed_and_return(wws):
    """What dies takes the requests with it that were on their way there: one of each client at most."""
    with three_servers(wws) as (_, servers, balancer):
        load = under_load(lambda load: kill_and_return(servers, balancer, load))
        assert_counted(load, may_fail=3 * ROUNDS * (CLIENTS + 2))


def test_a_rolling_restart_fails_no_request(wws):
    with three_servers(wws) as (_, servers, balancer):
        load = under_load(lambda load: restart_one_after_the_other(servers, balancer, load))
        assert load.slow > 0
        assert_exact(load)


def test_a_rolling_restart_behind_nginx_fails_no_request(wws):
    with three_servers(wws, Nginx) as (_, servers, balancer):
        load = under_load(lambda load: restart_one_after_the_other(servers, balancer, load))
        # A worker of nginx that ends closes connections that idle, also one on which a request is just coming.
        assert_exact(load, sent_again=6 * ROUNDS * (CLIENTS + 2))


def test_a_server_that_dies_behind_nginx_fails_its_own_requests_alone(wws):
    with three_servers(wws, Nginx) as (_, servers, _):
        def kill(load):
            load.goes_on(REQUESTS // 4)
            servers[0].kill()
            load.goes_on(REQUESTS // 4)
            load.start(0, servers[0])
            load.goes_on(REQUESTS // 4)
        assert_counted(under_load(kill), may_fail=CLIENTS + 2)


def test_a_machine_without_a_network_is_left_out(wws):
    """Nobody is told that it is gone: requests on their way there wait until haproxy has found out."""
    with three_servers(wws) as (_, servers, balancer):
        def cut(load):
            load.goes_on(REQUESTS // 4)
            servers[0].set_cable("down")
            balancer.until_down(0)
            load.goes_on(REQUESTS // 4)
            servers[0].set_cable("up")
            balancer.until_up(0)
            load.goes_on(REQUESTS // 4)
        assert_counted(under_load(cut), may_fail=CLIENTS + 2)


def test_redis_without_a_network_holds_nobody_up(wws):
    """What is sent to it vanishes. Requests that need it are refused, others notice nothing, and no connection from before
    has to end for it to be used again. None of the increments that were answered is lost."""
    with three_servers(wws) as (redis, _, _):
        def cut(load):
            load.goes_on(REQUESTS // 4)
            redis.set_cable("down")
            until(lambda: load.failures, "a refusal")
            slow = load.slow
            until(lambda: load.slow > slow, "a route without keys")
            redis.set_cable("up")
            load.goes_on(REQUESTS // 4)
        load = under_load(cut)
        assert {what for _, what in load.failures} <= REFUSALS, load.failures[:5]
        # One that has had no request since then still refuses the first.
        until(lambda: all([is_ready(number) for number in range(len(SERVERS))]), "the servers' keys")
        assert_counted(load, may_fail=len(load.failures))


def test_with_a_cluster_counters_are_as_exact(wws):
    with three_servers(wws, nodes=6) as (_, servers, balancer):
        load = under_load(lambda load: kill_and_return(servers, balancer, load))
        assert_counted(load, may_fail=3 * ROUNDS * (CLIENTS + 2))
        assert_exact(under_load(lambda load: restart_one_after_the_other(servers, balancer, load)))


def test_a_primary_of_a_cluster_dies(wws):
    """Redis answers before its replicas have a write, and promises nothing for those that they do not get. This one runs on
    after its death in so far as its kernel sends what it wrote to its sockets: at most what one turn of its loop
    answered can be gone, and that is one increment of each client. So that is asserted, and:
    - until there is another primary, requests are answered with what docs/kv.md says, and routes without keys as ever;
    - numbers that the old primary answered are each there once, and so are those of the new one;
    - the new one counts on from what it had, exactly, but for requests whose outcome was said to be unknown."""
    with three_servers(wws, nodes=6) as (redis, _, _):
        for _ in range(ROUNDS):
            primary = redis.primary_of("kv_calls")
            died = []

            def kill(load):
                load.goes_on(REQUESTS // 4)
                redis.kill_node(primary)
                died.append(time.monotonic())
                until(lambda: load.failures, "a failure")
                slow = load.slow
                until(lambda: load.slow > slow, "a route without keys")
                until(lambda: redis.primary_of("kv_calls") not in (None, primary), "another primary")
                load.goes_on(REQUESTS // 4)

            load = under_load(kill, names=("calls",))
            assert {what for _, what in load.failures} <= {(503, UNAVAILABLE), (503, UNKNOWN)}, load.failures[:5]
            unknown = [sent for sent, what in load.failures if what[1] == UNKNOWN]
            old = sorted(number for sent, number in load.answers["calls"] if sent < died[0])
            new = sorted(number for sent, number in load.answers["calls"] if sent >= died[0])
            assert len(set(old)) == len(old) and len(set(new)) == len(new), "a number was answered twice"
            assert old[0] > load.before["calls"], (load.before, old[0])
            gone = max(old) - (new[0] - 1)
            assert gone <= CLIENTS, f"{gone} answered increments are gone"
            final = value("calls") - 1
            assert len(new) <= final - (new[0] - 1) <= len(new) + len(unknown), (new[0], len(new), final, len(unknown))
            redis.serve(primary)
            until(lambda: all(redis.is_whole(port) for port in redis.servers), "the Cluster, whole again")


def main():
    global REQUESTS, ROUNDS, CACHE
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--requests", type=int, default=1200)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    REQUESTS, ROUNDS = arguments.requests, arguments.rounds
    reason = machines.enter()
    if reason:
        print(f"left out: {reason}")
        return 77
    with tempfile.TemporaryDirectory(prefix="wws-cluster-") as CACHE:
        return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
