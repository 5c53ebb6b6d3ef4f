"""What the tools here share: a server on one core, a load generator on another."""
import collections
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SITE = ROOT / "build/bench/site"
SERVER_CORE, LOAD_CORE = "0", "1"
ALL_CORES = f"{SERVER_CORE},{LOAD_CORE}"  # of a small machine: server, its children and load share them
SPIN = "import os\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"

NGINX = """
worker_processes 1; daemon off; pid %(folder)s/nginx.pid; error_log /dev/null;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on; default_type text/plain;
  client_body_temp_path %(folder)s/b; proxy_temp_path %(folder)s/p; fastcgi_temp_path %(folder)s/f;
  uwsgi_temp_path %(folder)s/u; scgi_temp_path %(folder)s/s;
  server { listen 127.0.0.1:%(port)d; root %(root)s; location = / { return 200 "hello"; } location / { } }
}
"""


def add_wws_option(parser):
    parser.add_argument("--wws", default=os.environ.get("WWS_BINARY", str(ROOT / "build/release/wws")))


def add_options(parser):
    """The options that say which programs to run; the environment can say it too."""
    add_wws_option(parser)
    parser.add_argument("--generator", default=os.environ.get("OPEN_LOOP", str(ROOT / "build/release/bench/open_loop")))


def check(arguments, *workers):
    """Ends the program when something is missing, with what makes it."""
    for program, maker in [(arguments.wws, "make build"),
                           (arguments.generator, "cmake --build --preset release --target open_loop")]:
        if not os.access(program, os.X_OK):
            sys.exit(f"{program} is missing ({maker})")
    for worker in workers:
        if not (SITE / f"{worker}.wasm").exists():
            sys.exit(f"the worker {worker} is missing (bench/build_workers)")


class Server:
    """A running wws with one serving process; use it by running()."""

    def __init__(self, process):
        self.process = process
        line = ""
        while "Start serving" not in line:
            line = process.stdout.readline().decode()
            if not line:
                raise RuntimeError("wws did not start")
        self.port = int(re.search(r":(\d+)\s*$", line).group(1))

    def cpu_seconds_by_role(self):
        """CPU time of its processes so far, by what they are: "serve", "store" and others; "" is the supervisor."""
        seconds = collections.Counter()
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                if int(fields[2]) != self.process.pid:  # its process group
                    continue
                role = re.search(rb"\0__(\w+)", (folder / "cmdline").read_bytes())
                ticks = int(fields[11]) + int(fields[12])
                seconds[role.group(1).decode() if role else ""] += ticks / os.sysconf("SC_CLK_TCK")
        return seconds

    def cpu_seconds(self):
        """CPU time of all its processes so far."""
        return sum(self.cpu_seconds_by_role().values())


def cpu_of_group(group):
    """Seconds of CPU time that the processes of a group have had so far, in all their threads."""
    nanoseconds = 0
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[2]) == group:
                nanoseconds += sum(int(one.read_text().split()[0]) for one in folder.glob("task/*/schedstat"))
    return nanoseconds / 1e9


@contextlib.contextmanager
def running(wws, folder, *options, processes=1, cores=SERVER_CORE, log_level="warn", environment=None):
    """Starts wws on the server's core, or others, on a free port, with more in its environment. Its log goes to
    /dev/null."""
    command = ["taskset", "-c", cores, wws, "--processes", str(processes), "--port", "0", "--log-level", log_level,
               "--stop-time", "1", *options, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
                               env=os.environ | (environment or {}))
    try:
        yield Server(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@contextlib.contextmanager
def busy_cpus():
    """Work of the lowest class on both cores. Without it the cost of waking one that sleeps is measured, which on a
    virtual machine is several times that of all else."""
    spinners = [subprocess.Popen(["taskset", "-c", core, sys.executable, "-c", SPIN]) for core in ALL_CORES.split(",")]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def cost_in_slices(servers, seconds, slice_seconds=0.04):
    """CPU time of an answer of each server, {name: (url, process group)}, in seconds, and answers a second; how many they
    were.

    All are loaded for as many seconds, a slice at a time in turn: what else the machine does, and whatever makes it faster
    or slower for longer than a slice, is the same for each. Their generators are stopped while it is another's turn, so
    that latencies say nothing.
    """
    begin = time.monotonic()
    before = {name: cpu_of_group(group) for name, (_, group) in servers.items()}
    active = collections.Counter()
    results = {}
    generators = {name: subprocess.Popen(wrk_command(url, round(seconds * len(servers))), stdout=subprocess.PIPE, text=True)
                  for name, (url, _) in servers.items()}
    try:
        for generator in generators.values():
            generator.send_signal(signal.SIGSTOP)
        order = list(generators)
        while time.monotonic() - begin < seconds * len(servers) - slice_seconds:
            for name in order:
                generators[name].send_signal(signal.SIGCONT)
                turn = time.monotonic()
                time.sleep(slice_seconds)
                generators[name].send_signal(signal.SIGSTOP)
                active[name] += time.monotonic() - turn
            order = [*order[2:], *reversed(order[:2])]
        for name, generator in generators.items():  # each by itself too: it waits for its last answers
            generator.send_signal(signal.SIGCONT)
            turn = time.monotonic()
            results[name] = figures_of_wrk(generator.communicate(timeout=30)[0])
            active[name] += time.monotonic() - turn
    finally:
        for generator in generators.values():
            generator.kill()
            generator.wait()
    figures = {}
    for name, (_, group) in servers.items():
        answered = results[name]["answered"]
        if results[name]["errors"] or results[name]["broken"]:
            raise RuntimeError(f"{name}: {results[name]}")
        figures[name] = {"cpu": (cpu_of_group(group) - before[name]) / answered, "rate": answered / active[name],
                         "answered": answered}
    return figures


def load(generator, server, path, **options):
    """Runs the generator with its options (bench/open_loop.cc); returns what it prints."""
    command = ["taskset", "-c", LOAD_CORE, generator, "--port", str(server.port), "--path", path]
    for name, value in options.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    result = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    time.sleep(0.1)  # the server notices that the clients left
    return result


def wrk(url, seconds, connections=32, *options, cores=LOAD_CORE):
    """Loads a URL with wrk: answers a second and in all, latencies in ms, failures."""
    return figures_of_wrk(subprocess.run(wrk_command(url, seconds, connections, *options, cores=cores),
                                         capture_output=True, text=True, check=True).stdout)


def wrk_command(url, seconds, connections=32, *options, cores=LOAD_CORE):
    return ["taskset", "-c", cores, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *options, url]


def figures_of_wrk(output):
    unit = {"us": 1e-3, "ms": 1.0, "s": 1e3}

    def percentile(name):
        number, suffix = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", output).groups()
        return float(number) * unit[suffix]

    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    return {"answered": int(re.search(r"(\d+) requests in", output).group(1)),
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)), "p50": percentile(50),
            "p99": percentile(99), "errors": int(errors.group(1)) if errors else 0,
            "broken": sum(map(int, broken.groups())) if broken else 0}


def hello_beside_spinners(wws, spinners, requests):
    """How long each of so many hellos takes, in ms and in order of length, while guests spin for ever in the same
    process on the same core. Needs the guests of the tests (tests/guests/build)."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for guest in ("loop", "hello"):
            shutil.copy(ROOT / f"build/guests/{guest}.wasm", folder)
        with running(wws, folder) as server:
            address = ("127.0.0.1", server.port)
            spinning = [socket.create_connection(address) for _ in range(spinners)]
            with socket.create_connection(address) as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for number in range(requests):
                    if number % 400 == 0:  # each guest ends at its time limit: start them anew
                        for i, spinner in enumerate(spinning):
                            spinner.close()
                            spinning[i] = socket.create_connection(address)
                            spinning[i].sendall(b"GET /loop HTTP/1.1\r\nHost: t\r\n\r\n")
                    began = time.monotonic()
                    client.sendall(b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")
                    answer = client.recv(4096)
                    times.append((time.monotonic() - began) * 1000)
                    assert answer.startswith(b"HTTP/1.1 200"), answer
            for spinner in spinning:
                spinner.close()
    return sorted(times)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    for _ in range(2000):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError("a server did not start")


@contextlib.contextmanager
def running_peer(command, port, cwd=None):
    """Starts another server on the server's core; its process id."""
    process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, cwd=cwd, start_new_session=True)
    try:
        wait_for(port, process)
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def spread(values, digits=0):
    """The median, and the lowest and the highest."""
    text = f"{statistics.median(values):,.{digits}f}"
    if len(values) == 1:
        return text
    return f"{text} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


def write_json(name, data):
    output = ROOT / "build/bench" / name
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(data, indent=1))
    print(f"written: {output.relative_to(ROOT)}")
