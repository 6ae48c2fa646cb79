"""Rows that show how cost grows with users, connections and workers. A point is a number of each; along an axis one of
them varies."""
from dataclasses import dataclass, replace

from meters import POST, numbered
from rows import NO_CACHE, Row
from seed import POSTS_EACH

PAGE = 50
CHANGE = '{"email":"changed#@example.com"}'


@dataclass(frozen=True)
class Point:
    users: int = 1000
    connections: int = 64
    workers: int = 2


@dataclass
class Axis:
    name: str  # of Point's fields
    values: tuple

    def points(self, series):
        return [replace(Point(), **{self.name: value}) for value in self.values] if self.name in series.axes else []


@dataclass
class Series:
    """A request with a number at random, at any point."""
    name: str
    method: str
    path: str  # the # is the number
    body: str = ""
    flags: tuple = ()
    axes: tuple = ("users",)
    last: object = lambda users: users  # the greatest number

    def row(self, point):
        meter = numbered(self.method, self.path, self.last(point.users), self.body, point.connections)
        return Row(f"{self.name}: {name_point(point)}", "1/s", meter, servers=("postern", "peer"), flags={"postern": self.flags}, workers=point.workers, users=point.users,
                   writes=self.method != "GET")


def name_point(point):
    return f"{point.users:,} users, {point.connections:,} connections, {point.workers} workers"


AXES = (
    Axis("users", (1000, 100000, 1000000)),
    Axis("connections", (64, 1000, 10000)),
    Axis("workers", (1, 2, 4, 8)),
)
EVERY = tuple(axis.name for axis in AXES)

SERIES = (
    Series("GET any user", "GET", "/users/#", axes=EVERY),
    Series("GET any user, no cache", "GET", "/users/#", flags=NO_CACHE["postern"], axes=EVERY),
    Series(f"GET any page of {PAGE} posts", "GET", f"/posts?after_id=#&limit={PAGE}",
           last=lambda users: users * POSTS_EACH - PAGE),
    Series("POST a post for any user", "POST", "/users/#/posts", POST, axes=EVERY),
    Series("PATCH any user", "PATCH", "/users/#", CHANGE),
)


def growth_rows(axes=EVERY):
    """The rows of these axes; one at which several axes meet is there once."""
    rows = (series.row(point) for axis in AXES if axis.name in axes for series in SERIES for point in axis.points(series))
    return list({row.name: row for row in rows}.values())
