"""Plots the bench as SVG: a bar for each row's ratio on a logarithmic scale, and a mark at its target."""
from html import escape
from math import log2

WIDTH, LABEL, ROW, TOP = 860, 290, 22, 46
LEAST, MOST = 1 / 8, 8  # ends of the scale


def place(ratio):
    inside = min(max(ratio, LEAST), MOST)
    return LABEL + (WIDTH - LABEL - 90) * (log2(inside) - log2(LEAST)) / (log2(MOST) - log2(LEAST))


def text(x, y, words, anchor="start", fill="#333"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{fill}">{escape(words)}</text>'


def bar(y, name, ratio, target, met):
    start, end = sorted((place(1), place(ratio)))
    parts = [text(LABEL - 10, y + 14, name, "end"),
             f'<rect x="{start:.1f}" y="{y + 3}" width="{max(end - start, 1):.1f}" height="{ROW - 8}" '
             f'fill="{"#2a7f62" if met else "#c1666b"}"/>',
             text(place(max(ratio, 1, target or 0)) + 8, y + 14, f"{ratio:.2f}")]
    if target:
        x = place(target)
        parts.append(f'<path d="M{x:.1f} {y + 1}v{ROW - 4}" stroke="#111" stroke-width="2"/>')
    return "".join(parts)


def plot(title, rows):
    """rows: name, ratio, target or None, True if the target is met."""
    height = TOP + ROW * len(rows) + 30
    grid = []
    for power in range(-3, 4):
        x = place(2.0 ** power)
        grid.append(f'<path d="M{x:.1f} {TOP - 6}v{height - TOP - 18}" stroke="{"#888" if power == 0 else "#ddd"}"/>')
        grid.append(text(x, height - 10, f"{2.0 ** power:g} ×", "middle", "#777"))
    bars = [bar(TOP + ROW * i, *row) for i, row in enumerate(rows)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
            f'font-size="12"><rect width="{WIDTH}" height="{height}" fill="#fff"/>'
            f'{text(10, 20, title)}{"".join(grid)}{"".join(bars)}</svg>\n')
