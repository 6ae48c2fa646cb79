"""The speed of two builds side by side: both serve at the same time, and each is measured for a moment in turn, so that
what disturbs the machine for longer than a moment disturbs both alike."""
import contextlib
import os
import tempfile
from dataclasses import dataclass

from intervals import abba
from meters import POST, load, read_load
from servers import INVALID, How

NO_CACHE = ("--cache-size", "0")
USERS = ("-k", "1000", "-s", "1")
WRITE = ("-m", "POST", "-b", POST)


@dataclass
class Request:
    name: str
    path: str
    options: tuple = ()  # of load
    flags: tuple = ()  # of Postern
    connections: int = 64
    users: int = 0  # in the database; 0: 1,000 with 10 posts each
    refused: bool = False


REQUESTS = (
    Request("GET any user, cached", "/users/#", USERS),
    Request("GET any user, no cache", "/users/#", USERS, NO_CACHE),
    Request("GET any of 100,000 users, no cache", "/users/#", ("-k", "100000", "-s", "1"), NO_CACHE, users=100000),
    Request("GET a page of 50 posts, no cache", "/posts?after_id=#&limit=50", USERS, NO_CACHE),
    Request("GET a list of 10,000 rows, no cache", "/posts", (), NO_CACHE, 4),
    Request("POST a post", "/users/#/posts", (*USERS, *WRITE)),
    Request("POST a user", "/users", ("-m", "POST", "-b", '{"username":"~#","email":"~#@example.com"}')),
    Request("PATCH a user", "/users/#", (*USERS, "-m", "PATCH", "-b", '{"email":"changed#@example.com"}')),
    Request("POST what is refused, 422", "/users", ("-m", "POST", "-b", INVALID.decode()), refused=True),
    Request("GET any user, cached, 1 client", "/users/#", USERS, connections=1),
    Request("GET any user, no cache, 1 client", "/users/#", USERS, NO_CACHE, 1),
    Request("POST a post, 1 client", "/users/#/posts", (*USERS, *WRITE), connections=1),
)


@contextlib.contextmanager
def serve_both(kinds, request, databases):
    """Yields a server of each kind."""
    with contextlib.ExitStack() as stack:
        servers = []
        for kind in kinds:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            servers.append(stack.enter_context(kind.start(folder, How(request.flags, database=databases.get(request.users)))))
        os.sync()
        yield servers


def thrift(before, after, count):
    """Requests per second of CPU time."""
    used = sum(after.values()) - sum(before.values())
    return count / used


def measure_slice(server, request, seconds, name):
    """Returns speed and thrift. The name stands for each ~ of a body, so that no two slices make the same users."""
    options = [option.replace("~", name) for option in request.options]
    before = server.cpu_seconds()
    answers = read_load(load(server, seconds, request.connections, request.path, *options), request.refused)
    return answers.rate, thrift(before, server.cpu_seconds(), answers.count)


def measure_round(servers, request, seconds, number):
    """Returns the ratios new : base of speed and of thrift."""
    base, new = servers
    slices = [measure_slice(server, request, seconds, f"n{number}x{i}x") for i, server in enumerate((base, new, new, base))]
    return tuple(abba(*values) for values in zip(*slices))


def measure_rounds(kinds, request, databases, seconds, goes_on):
    """Measures as long as goes_on() of the rounds so far is true. Returns the ratios of speed and those of thrift, of all
    rounds but the first, which warms up."""
    rounds = []
    with serve_both(kinds, request, databases) as servers:
        measure_round(servers, request, seconds, 0)
        while goes_on(rounds):
            rounds.append(measure_round(servers, request, seconds, len(rounds) + 1))
    return tuple(zip(*rounds))
