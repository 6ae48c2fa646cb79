"""Prints the figures as tables: medians of the rounds."""
from growth import AXES, SERIES, name_point
from intervals import median
from rows import ALL, BESIDE, SEVERAL, ratio

TIMES = ("p50", "p99", "p99.9")


def middle(rounds, value):
    """The median of value() over the rounds; None if a round has none."""
    return median([value(figures) for figures in rounds])


def figure(name):
    return lambda figures: figures[name].value if name in figures else None


def cpu(name):
    """CPU time of a server, or of one program of Postern."""
    server, _, program = name.partition(" ")
    return lambda figures: (
        sum(used for of, used in figures[server].cpu.items() if program in of) if server in figures else None)


def show(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def show_table(*lines):
    if len(lines) == 1:
        return
    widths = [max(map(len, column)) for column in zip(*lines)]
    for first, *others in lines:
        print("  ".join([first.ljust(widths[0]), *(text.rjust(w) for text, w in zip(others, widths[1:]))]).rstrip())
    print()


def verdicts(row, rounds):
    return [", ".join(map(str, row.targets)), ", ".join(target.verdict(rounds) for target in row.targets)]


def spread_of(rounds, value):
    values = [value(figures) for figures in rounds]
    return "" if None in values else f"{min(values):.2f}–{max(values):.2f}"


def line(row, rounds):
    return [row.name, row.unit, *(show(middle(rounds, figure(name))) for name in ALL),
            *(f(rounds, ratio(name)) for name in ALL[1:] for f in (lambda *a: show(middle(*a)), spread_of)),
            *verdicts(row, rounds)]


def report(rows, results):
    show_table(["", "unit", *ALL, "to nginx", "from–to", "to bare", "from–to", "to peer", "from–to",
                "target", ""],
               *(line(row, results[row.name]) for row in rows))
    columns = ["postern worker", "postern dbd", "nginx", "bare", "peer"]
    show_table(["CPU µs/request", *columns], *(
        [row.name, *(show(middle(results[row.name], cpu(column))) for column in columns)]
        for row in rows if results[row.name][0]["postern"].cpu))


def refused(name):
    return lambda figures: figures[name].refused


def growth_columns(rounds, server, programs):
    return [show(middle(rounds, figure(server))), f"{middle(rounds, refused(server)):.0%}", *(show(middle(rounds, detail(server, "times", key))) for key in TIMES),
            *(show(middle(rounds, cpu(program))) for program in programs)]


def growth_line(point, rounds):
    return [name_point(point), *growth_columns(rounds, "postern", ("postern worker", "postern dbd")),
            *growth_columns(rounds, "peer", ("peer",)), *(f(rounds, ratio("peer")) for f in (lambda *a: show(middle(*a)), spread_of))]


def growth_report(results):
    """A table for each request and axis of which all points have been measured."""
    for axis in AXES:
        for series in SERIES:
            points = [(point, results.get(series.row(point).name)) for point in axis.points(series)]
            if len(points) < 2 or not all(rounds for _, rounds in points):
                continue
            show_table([f"{series.name}, by {axis.name}", "1/s", "503", *TIMES, "CPU µs: worker", "dbd",
                        "peer: 1/s", "503", *TIMES, "CPU µs", "to peer", "from–to"], *(growth_line(*each) for each in points))


def postgres_line(row, rounds):
    return [row.name, row.unit, *(show(middle(rounds, figure(name))) for name in ("postern", *BESIDE)),
            *(f(rounds, ratio(name)) for name in BESIDE for f in (lambda *a: show(middle(*a)), spread_of)),
            *verdicts(row, rounds)]


def detail(name, kind, key):
    return lambda figures: getattr(figures[name], kind).get(key) if name in figures else None


def postgres_report(rows, results):
    short, long = ([row for row in rows if ("long" in row.servers) == is_long] for is_long in (False, True))
    show_table(["", "unit", "postern", *BESIDE, *(word for name in BESIDE for word in (f"× {name}", "from–to")),
                "target", ""], *(postgres_line(row, results[row.name]) for row in short))
    show_table(["p50 and p99, µs", *(word for name in ("postern", *BESIDE) for word in (name, ""))], *(
        [row.name, *(show(middle(results[row.name], detail(name, "times", key)))
                     for name in ("postern", *BESIDE) for key in ("p50", "p99"))] for row in short))
    show_table(["Posterns on one server", "unit", "one", "two", "four", "two: p50", "p99", "four: p50", "p99"], *(
        [row.name, row.unit, *(show(middle(results[row.name], figure(name))) for name in SEVERAL),
         *(show(middle(results[row.name], detail(name, "times", key)))
           for name in SEVERAL[1:] for key in ("p50", "p99"))] for row in short if "two" in row.servers))
    columns = ["postern worker", "postern dbd", "SQLite worker", "SQLite dbd"]
    show_table(["CPU µs/request", *columns], *(
        [row.name, *(show(middle(results[row.name], cpu(program))) for program in columns)] for row in short))
    show_table(["", "MB/s", "seconds", "peak MB of dbd", "of a worker"], *(
        [row.name, show(middle(results[row.name], figure("long"))),
         show(middle(results[row.name], detail("long", "times", "whole")) / 1e6),
         *(show(middle(results[row.name], peak(program))) for program in ("dbd", "worker"))] for row in long))


def peak(program):
    return lambda figures: max(mb for name, mb in figures["long"].peak.items() if program in name)
