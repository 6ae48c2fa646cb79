"""Plots growth as SVG: for each axis the rate and the CPU time per request of each kind of request, on logarithmic
scales. Postern's lines are drawn through, the peer's dashed."""
from math import log10

from growth import AXES, SERIES
from plot import text
from report import cpu, figure, middle

WIDTH, HEIGHT, GAP, LEFT, TOP = 300, 210, 62, 60, 64
COLOURS = ("#2a7f62", "#c1666b", "#48639c", "#b8860b", "#7d4f9e")
DASHES = {"postern": "", "peer": ' stroke-dasharray="5 3"'}
MEASURES = {"requests per second": figure, "CPU µs per request": cpu}


def decades(values):
    """The powers of ten around the values, as their logarithms."""
    logs = [log10(value) for value in values]
    low, high = min(logs) // 1, -(-max(logs) // 1)
    return int(low), int(max(high, low + 1))


def place(value, low, high, length):
    """Where the value is on a logarithmic scale of this length, whose ends are the logarithms low and high."""
    return length * (log10(value) - low) / (high - low)


def measured(axis, measure, results):
    """Yields colour, server and points, of what has been measured along the axis: pairs of the axis's value and a figure."""
    for colour, series in zip(COLOURS, SERIES):
        for server in DASHES:
            pairs = [(getattr(point, axis.name), middle(results.get(series.row(point).name, []) or [{}], measure(server)))
                     for point in axis.points(series)]
            pairs = [(x, y) for x, y in pairs if y]
            if pairs:
                yield colour, server, pairs


def line(pairs, across, up, colour, server):
    points = [(place(x, *across, WIDTH), HEIGHT - place(y, *up, HEIGHT)) for x, y in pairs]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"{DASHES[server]}/>{dots}'


def grid(axis, across, up):
    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#888"/>']
    for power in range(up[0], up[1] + 1):
        y = HEIGHT - place(10 ** power, *up, HEIGHT)
        parts.append(f'<path d="M0 {y:.1f}h{WIDTH}" stroke="#ddd"/>{text(-6, y + 4, f"{10 ** power:,}", "end", "#777")}')
    for value in axis.values:
        x = place(value, *across, WIDTH)
        parts.append(f'<path d="M{x:.1f} 0v{HEIGHT}" stroke="#ddd"/>{text(x, HEIGHT + 16, f"{value:,}", "middle", "#777")}')
    return "".join(parts)


def panel(axis, title, measure, results):
    lines = list(measured(axis, measure, results))
    if not lines:
        return ""
    up = decades([y for _, _, pairs in lines for _, y in pairs])
    across = (log10(axis.values[0]), log10(axis.values[-1]))
    drawn = "".join(line(pairs, across, up, colour, server) for colour, server, pairs in lines)
    return text(0, -8, f"{title}, by {axis.name}") + grid(axis, across, up) + drawn


def legend():
    words = [text(LEFT + i * 200, 40, series.name, fill=colour) for i, (colour, series) in enumerate(zip(COLOURS, SERIES))]
    return text(LEFT, 20, "How cost grows: Postern ——, the peer - - -") + "".join(words)


def plot_growth(results):
    """results: rounds of figures by server, by the names of rows. Panels without figures are empty."""
    panels = []
    for i, axis in enumerate(AXES):
        for j, (title, measure) in enumerate(MEASURES.items()):
            x, y = LEFT + i * (WIDTH + GAP), TOP + 14 + j * (HEIGHT + GAP)
            panels.append(f'<g transform="translate({x} {y})">{panel(axis, title, measure, results)}</g>')
    width, height = LEFT + len(AXES) * (WIDTH + GAP), TOP + len(MEASURES) * (HEIGHT + GAP)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
            f'font-size="12"><rect width="{width}" height="{height}" fill="#fff"/>{legend()}{"".join(panels)}</svg>\n')
