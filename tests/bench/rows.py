"""The rows of the bench: what is measured, with which servers, and the targets."""
import os
from dataclasses import dataclass, field

from intervals import median
from meters import POST, PRODUCT, idle_memory, latency, lists, long_list, posts, rate, spread, start_memory, start_time
from postgres import LONG, beside
from servers import INVALID

HERE = os.path.dirname(os.path.abspath(__file__))
CONSTANTS = ("postern", "nginx", "bare")
ALL = (*CONSTANTS, "peer")
FILES = ("postern", "nginx")
FILES_AND_PEER = (*FILES, "peer")
DURABLE = ("postern", "bare", "peer")
NO_CACHE = {"postern": ("--cache-size", "0")}
PRODUCTS = {"postern": ("--api", f"{HERE}/product.json")}
PRODUCTS_NO_CACHE = {"postern": (*PRODUCTS["postern"], *NO_CACHE["postern"])}
TASKS = {"postern": ("--api", f"{HERE}/tasks.json")}


def ratio(name):
    """Postern's value relative to that of a server; None: not measured."""
    return lambda figures: figures["postern"].value / figures[name].value if name in figures else None


@dataclass
class Target:
    bound: float
    beside: str = "nginx"  # the target is a ratio to this server; "": a figure of Postern's
    most: bool = False  # the bound is an upper one

    def __str__(self):
        return f"{'≤' if self.most else '≥'} {self.bound:g}{' × ' if self.beside else ''}{self.beside}"

    def verdict(self, rounds):
        value = median([ratio(self.beside)(figures) if self.beside else figures["postern"].value for figures in rounds])
        return "?" if value is None else "met" if self.met(value) else "MISSED"

    def met(self, value):
        return value <= self.bound if self.most else value >= self.bound


@dataclass
class Row:
    name: str
    unit: str
    meter: object
    targets: tuple = ()  # or one
    servers: tuple = CONSTANTS
    flags: dict = field(default_factory=dict)  # by server
    answer: str = "user"  # what the bare server answers
    workers: int = 2
    users: int = 0  # in the database; 0: the one that all but the growth rows start with
    writes: bool = True

    def __post_init__(self):
        if isinstance(self.targets, Target):
            self.targets = (self.targets,)


ROWS = [
    Row("GET any of 1,000 users", "1/s", rate("any", warm="/users/#"), Target(1.0)),
    Row("GET the same user", "1/s", rate("same", "GET", warm="/users/1"), Target(1.0)),
    Row("GET any user, no cache", "1/s", rate("any", warm="/users/#"), (Target(0.5), Target(1.3, "peer")), ALL, NO_CACHE),
    Row("GET the same user, 16 pipelined", "1/s", rate("pipelined", "GET", "16", warm="/users/1"), Target(4.0)),
    Row("POST a post", "1/s", rate("same", "POST", POST, path="/users/1/posts"), Target(0.47, "bare"), DURABLE),
    Row("POST a user", "1/s", rate("create"), Target(0.44, "bare"), DURABLE),
    Row("90 % GET, 5 % PATCH, 5 % POST", "1/s", rate("mixed", POST, warm="/users/#"), Target(0.58, "bare"), DURABLE),
    Row("POST what is refused, 422", "1/s",
        rate("same", "POST", INVALID.decode(), path="/users", refused=True, warm="/users/1"), Target(1.0),
        answer="invalid"),
    Row("GET a list of 10,000 rows", "MB/s", rate("same", "GET", path="/posts", connections=4, unit_bytes=1e6),
        Target(1.2), FILES),
    Row("GET that list, no cache", "MB/s", rate("same", "GET", path="/posts", connections=4, unit_bytes=1e6),
        (Target(0.225), Target(1.3, "peer")), FILES_AND_PEER, NO_CACHE),
    Row("GET /docs", "1/s", rate("same", "GET", path="/docs", warm="/docs"), Target(1.6), FILES),
    Row("GET on a new connection each", "1/s", rate("same", "GET", options=("-H", "Connection: close")),
        Target(1.0), flags={"bare": ("-c",)}),
    Row("GET any of 1,000 products, ten fields", "1/s", rate("any", "/products/", path="/products/1", warm="/products/#"),
        servers=("postern",), flags=PRODUCTS),
    Row("GET any product, no cache", "1/s", rate("any", "/products/", path="/products/1", warm="/products/#"),
        servers=("postern",), flags=PRODUCTS_NO_CACHE),
    Row("POST a product", "1/s", rate("same", "POST", PRODUCT, path="/products"), servers=("postern",), flags=PRODUCTS),
    Row("GET 20 of 100,000 tasks, filtered and ordered", "1/s",
        rate("any", "/tasks?done=false&owner=", path="/tasks?owner=1"), servers=("postern",), flags=TASKS),
    Row("GET, 1 client, median", "µs", latency("p50", "/users/1"), Target(1.0, most=True), ALL),
    Row("POST a post, 1 client, median", "µs", latency("p50", "/users/1/posts", "-m", "POST", "-b", POST),
        Target(0.95, "peer", most=True), ("postern", "peer")),
    Row("GET beside 1,800 posts/s, p99", "µs", latency("p99", "/users/#", "-k", "1000", beside=posts(64, 1800)),
        (Target(1.3, "bare", most=True), Target(1.0, "peer", most=True)), ALL),
    Row("GET beside 64 lists, no cache, p99", "µs", latency("p99", "/users/#", "-k", "1000", beside=lists(64)),
        servers=FILES, flags=NO_CACHE),
    Row("10,000 idle connections, PSS", "MB", idle_memory, Target(15, "", most=True)),
    Row("start to the first answer", "ms", start_time, Target(15, "", most=True)),
    Row("after it, PSS", "MB", start_memory, Target(6, "", most=True)),
]

ONE, MANY = "pgbench, one client", "pgbench, 64 clients"
SEVERAL = ("postern", "two", "four")
BESIDE = (ONE, MANY, "SQLite")
NO_CACHES = {name: NO_CACHE["postern"] for name in (*SEVERAL, "SQLite")}

# "postern" is one on PostgreSQL, "two" and "four" are so many on one server.
POSTGRES_ROWS = [
    Row("PostgreSQL: POST a post", "1/s", beside(spread("posts", POST), "post"), (Target(8, ONE), Target(2.5, MANY)),
        (*SEVERAL, *BESIDE)),
    Row("PostgreSQL: POST a user", "1/s", beside(spread("create", "new", by_member=True), "user"), servers=(*SEVERAL, *BESIDE)),
    Row("PostgreSQL: POST a post, 1 client", "1/s", beside(spread("posts", POST, connections=1), "post"),
        servers=("postern", ONE, "SQLite")),
    Row("PostgreSQL: POST a user, 1 client", "1/s", beside(spread("create", "new", connections=1, by_member=True), "user"),
        servers=("postern", ONE, "SQLite")),
    Row("PostgreSQL: GET any of 1,000 users, kept", "1/s", spread("any", warm="/users/#"), Target(0.5, "SQLite"), (*SEVERAL, "SQLite")),
    Row("PostgreSQL: GET any user, no cache", "1/s", beside(spread("any", warm="/users/#"), "read"), servers=(*SEVERAL, *BESIDE),
        flags=NO_CACHES),
    Row("PostgreSQL: 90 % GET, 5 % PATCH, 5 % POST", "1/s", spread("mixed", POST, warm="/users/#"), servers=(*SEVERAL, "SQLite")),
    Row("PostgreSQL: GET a list of 1,000,000 rows", "MB/s", long_list("/posts", LONG), servers=("long",)),
]
