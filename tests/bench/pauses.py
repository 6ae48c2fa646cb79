"""Rows that show how long a request may take at worst, and how long no request at all is answered, while a large file is
written at random for minutes, so that there are many checkpoints."""
import subprocess

from growth import CHANGE
from intervals import median
from meters import POST, SEED, Figure, cpu_per_request, load, load_command, read_load
from report import show, show_table
from rows import Row

USERS = 1000000
SERVERS = ("postern", "peer")
PACE = 1800  # writes a second, about half of what the peer commits one by one
READS = 500  # a second: one client, as people wait for it
TIMES = ("p50", "p99", "p99.9", "max", "pause")


def pauses(method, path, body, *options, connections=64):
    """Writes per second, their times, and those of a GET beside them. Times of what is paced are counted from when a
    request is due."""
    numbers = ("-k", str(USERS), "-s", SEED)
    writes = (path, *numbers, "-m", method, "-b", body, *options)
    reads = ("/users/#", *numbers, "-r", str(READS))

    def meter(server, seconds):
        load(server, 0.2, 1, "/users/#", *numbers)
        before = server.cpu_seconds()
        with subprocess.Popen(load_command(server, seconds, 1, *reads), stdout=subprocess.PIPE, text=True) as reader:
            written = read_load(load(server, seconds, connections, *writes))
            read = read_load(reader.communicate()[0])
        cpu = cpu_per_request(before, server.cpu_seconds(), written.count + read.count)
        return Figure(written.rate, cpu, written.times, read.times, refused=written.refused)

    return meter


def row(name, meter):
    return Row(f"{name} any of {USERS:,} users", "1/s", meter, servers=SERVERS, users=USERS)


PAUSE_ROWS = [
    row("POST a post for", pauses("POST", "/users/#/posts", POST)),
    row("PATCH", pauses("PATCH", "/users/#", CHANGE)),
    row(f"{PACE:,}/s: POST a post for", pauses("POST", "/users/#/posts", POST, "-r", str(PACE))),
]


def columns(figures):
    """Milliseconds: the medians of several rounds."""
    return [show(median([times[name] for times in figures]) / 1000) for name in TIMES]


def pauses_report(results):
    """A line for each row and server."""
    lines = []
    for row_ in PAUSE_ROWS:
        rounds = results.get(row_.name, [])
        for name in row_.servers if rounds else ():
            figures = [each[name] for each in rounds]
            lines.append([row_.name, name, show(median([each.value for each in figures])),
                          f"{median([each.refused for each in figures]):.1%}",
                          *columns([each.times for each in figures]), *columns([each.beside for each in figures])])
    show_table(["ms", "", "1/s", "503", *TIMES, "GET: p50", *TIMES[1:]], *lines)
