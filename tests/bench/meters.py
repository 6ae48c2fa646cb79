"""Measurements of a server. Each function returns a meter: called with a running server and a number of seconds, the
meter returns a Figure."""
import http.client
import os
import re
import resource
import socket
import subprocess
import time
from dataclasses import dataclass, field

from servers import fetch

HERE = os.path.dirname(os.path.abspath(__file__))
POST = '{"title":"Hello","content":"A post"}'
PRODUCT = ('{"name":"Lamp","kind":"spare-part","price":"19.90","weight":1.5,"stock":7,"active":true,'
           '"released_on":"2026-01-31","tags":["light","home"]}')
IDLE = 10000


@dataclass
class Figure:
    value: float
    cpu: dict = field(default_factory=dict)  # microseconds per request, by program
    times: dict = field(default_factory=dict)  # microseconds of requests: p50, p99, p99.9; by load also max, pause
    beside: dict = field(default_factory=dict)  # the times of other requests, which were sent meanwhile
    peak: dict = field(default_factory=dict)  # megabytes, by program
    refused: float = 0  # the part of the requests that was answered 503, which the value leaves out


class Tools:
    load = None  # path of the load generator, set by run


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def load_command(server, seconds, connections, path, *options):
    return [Tools.load, "-c", str(connections), "-d", str(seconds), *options, server.authority, path]


def load(server, seconds, connections, path, *options):
    return run(*load_command(server, seconds, connections, path, *options))


def wrk_command(url, seconds, connections, mode, options=()):
    return ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "15s", *options, "-s", f"{HERE}/requests.lua", url,
            "--", *mode]


@dataclass
class Answers:
    """What wrk has counted."""
    rate: float  # per second
    count: int
    times: dict
    refused: float = 0  # the part that was answered 503


def read_wrk(out, refused=False):
    """Each request must be answered, with 2xx unless refused is set."""
    count = int(re.search(r"(\d+) requests in", out)[1])
    others = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if "Socket errors" in out or (int(others[1]) if others else 0) not in (0, count if refused else 0) or count == 0:
        raise SystemExit(f"wrk: {out}")
    times = map(float, re.search(r"times (\d+) (\d+) (\d+)", out).groups())
    return Answers(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), count, dict(zip(("p50", "p99", "p99.9"), times)))


def read_load(out, refused=False):
    """What load has printed. Each answer must have been 200 or 201 (with refused: 422) or, of an overloaded server, 503."""
    wanted = ("422",) if refused else ("200", "201")
    lines = re.findall(r"^(\d+): +(\d+)/s +p50 +([\d.]+) +p99 +([\d.]+) +p99.9 +([\d.]+) +max +([\d.]+)", out, re.M)
    rates = {int(status): float(rate_) for status, rate_, *_ in lines}
    good = [(float(rate_), *map(float, times)) for status, rate_, *times in lines if status in wanted]
    if len(good) != 1 or len(rates) - (503 in rates) != 1:
        raise SystemExit(f"load: {out or 'no answer'}")
    rate_, *times = good[0]
    count = int(re.search(r"(\d+) answers in all", out)[1])
    pause = float(re.search(r"^longest pause ([\d.]+)", out, re.M)[1])  # without any answer
    return Answers(rate_, count, dict(zip(("p50", "p99", "p99.9", "max", "pause"), (*times, pause))),
                   rates.get(503, 0) / sum(rates.values()))


def cpu_per_request(before, after, count):
    return {name: (used - before.get(name, 0)) / count * 1e6 for name, used in after.items()}


def rate(*mode, path="/users/1", warm=None, connections=64, unit_bytes=None, options=(), refused=False):
    """Requests per second by wrk (with unit_bytes: body bytes per second in that unit), their times, and CPU time per request."""

    def meter(server, seconds):
        size = len(fetch(server.url + path)[1]) if unit_bytes else 1
        if warm:
            load(server, 0.2, min(connections, 64), warm, "-k", "1000")
        before = server.cpu_seconds()
        answers = read_wrk(run(*wrk_command(server.url + path, seconds, connections, mode, options)), refused)
        return Figure(answers.rate * size / (unit_bytes or 1), cpu_per_request(before, server.cpu_seconds(), answers.count),
                      answers.times)

    return meter


SEED = "1"
ANSWERED_LEAST = 1500  # a second: all connections get several answers


def numbered(method, path, last, body="", connections=64):
    """The same by load, with a number from 1 to last at random in the path. Its connections are open before the first
    request is sent, and each has had an answer before the time begins. Reads are warmed up."""
    options = ["-k", str(last), "-s", SEED, "-m", method, *(["-b", body] if body else [])]

    def meter(server, seconds):
        if method == "GET":
            load(server, 0.3, 64, path, *options)
        before = server.cpu_seconds()
        long_enough = max(seconds, connections // ANSWERED_LEAST)
        answers = read_load(load(server, long_enough, connections, path, *options))
        return Figure(answers.rate, cpu_per_request(before, server.cpu_seconds(), answers.count), answers.times,
                      refused=answers.refused)

    return meter


def spread(*mode, path="/users/1", warm=None, connections=64, by_member=False):
    """Requests per second of the Posterns of one database together, with their times, and CPU time per request. The
    connections are divided among them; each time is the greatest of any. by_member: the last argument of the mode
    gets the number of the Postern."""

    def command(i, member, seconds, each):
        words = (*mode[:-1], mode[-1] + str(i)) if by_member else mode
        return wrk_command(member.url + path, seconds, each, words)

    def meter(server, seconds):
        members = getattr(server, "members", [server])
        each = max(connections // len(members), 1)
        for member in members:
            if warm:
                load(member, 0.2, each, warm, "-k", "1000")
        before = [member.cpu_seconds() for member in members]
        running = [subprocess.Popen(command(i, member, seconds, each), stdout=subprocess.PIPE, text=True)
                   for i, member in enumerate(members)]
        all_answers = [read_wrk(process.communicate()[0]) for process in running]
        count = sum(answers.count for answers in all_answers)
        cpu = {}
        for member, earlier in zip(members, before):
            for name, used in cpu_per_request(earlier, member.cpu_seconds(), count).items():
                cpu[name] = cpu.get(name, 0) + used
        times = {name: max(answers.times[name] for answers in all_answers) for name in all_answers[0].times}
        return Figure(sum(answers.rate for answers in all_answers), cpu, times)

    return meter


def long_list(path, rows):
    """Megabytes per second of one list, and the most memory that each program has had by its end."""

    def meter(server, _seconds):
        connection = http.client.HTTPConnection(server.authority, timeout=60)
        started = time.monotonic()
        connection.request("GET", path)
        response = connection.getresponse()
        size, objects, part = 0, 0, b" "
        while part:
            part = response.read1(1 << 20)
            size += len(part)
            objects += part.count(b"{")
        seconds = time.monotonic() - started
        connection.close()
        if response.status != 200 or objects != rows:
            raise SystemExit(f"{path}: {response.status}, {objects} rows")
        return Figure(size / seconds / 1e6, times={"whole": seconds * 1e6}, peak=server.peak_mb())

    return meter


def posts(connections, a_second):
    """Background load: clients post for users at random, at this total rate."""
    return lambda server, seconds: load_command(
        server, seconds, connections, "/users/#/posts", "-r", str(a_second), "-k", "1000", "-m", "POST", "-b", POST)


def lists(connections):
    """Background load: clients read the long list repeatedly."""
    return lambda server, seconds: ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", server.url + "/posts"]


def latency(percentile, path, *options, beside=None):
    """Microseconds from a request to its answer, with one client; beside starts background load."""

    def meter(server, seconds):
        load(server, 0.2, 1, "/users/#", "-k", "1000")
        others = beside and subprocess.Popen(beside(server, seconds + 1), stdout=subprocess.DEVNULL)
        out = load(server, seconds, 1, path, *options)
        if others and others.wait() != 0:
            raise SystemExit("the background load failed")
        return Figure(read_load(out).times[percentile])

    return meter


def idle_memory(server, _seconds):
    """Megabytes of all processes with IDLE idle connections, after one request on each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    host, port = server.authority.split(":")
    clients = []
    try:
        for _ in range(IDLE):
            clients.append(socket.create_connection((host, int(port))))
            clients[-1].sendall(b"GET /users/1 HTTP/1.1\r\nHost: bench\r\n\r\n")
            clients[-1].recv(65536)
        return Figure(server.pss_mb())
    finally:
        for client in clients:
            client.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def start_time(server, _seconds):
    """Milliseconds from fork to the first answer."""
    return Figure(server.start_ms)


def start_memory(server, _seconds):
    """Megabytes of all processes after the first answer."""
    return Figure(server.pss_mb())
