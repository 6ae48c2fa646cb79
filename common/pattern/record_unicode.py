#!/usr/bin/env python3
"""record_unicode.py DIR: writes the Unicode tables of common/pattern into DIR.

The tables are those of the regular expressions of pydantic-core (Rust's regex), which is asked for
the members of each class: then they agree with the reference in Unicode's version and in all names.
The candidates for names come from Python's regex package. Not part of the build.
"""
import re
import sys

from pydantic_core import SchemaError, SchemaValidator, core_schema
from regex import _regex_core

CHUNK = 128
SPACES = ("gc", "sc", "scx")
GROUPS = ("any", "assigned", "ascii", "c", "l", "lc", "m", "n", "p", "s", "z")


def matcher(pattern):
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern)).isinstance_python
    except SchemaError:
        return None


TEXTS = [(first, "".join(map(chr, range(first, first + CHUNK))))
         for first in range(0, 0x110000, CHUNK) if not 0xD800 <= first < 0xE000]


def members(inside, outside):
    """The ranges of a class and its complement, found by halving texts of all code points."""
    has, lacks = matcher(inside), matcher(outside)
    ranges = []

    def visit(first, text):
        if not has(text):
            return
        if lacks(text):
            half = len(text) // 2
            visit(first, text[:half])
            visit(first + half, text[half:])
        elif ranges and ranges[-1][1] == first - 1:
            ranges[-1][1] = first + len(text) - 1
        else:
            ranges.append([first, first + len(text) - 1])

    for first, text in TEXTS:
        visit(first, text)
    return tuple(map(tuple, ranges))


def normal(name):
    return re.sub(r"[ _-]", "", name.lower())


def candidates():
    """Normalized names of properties and values."""
    names = {"any", "assigned", "ascii"}
    for name, (_, values) in _regex_core.PROPERTIES.items():
        names.add(normal(name))
        names.update(map(normal, values))
    return sorted(names)


def group_names(found):
    """{ranges: names} of {name: ranges}; the shortest name comes first."""
    groups = {}
    for name, ranges in found.items():
        groups.setdefault(ranges, []).append(name)
    return {ranges: sorted(names, key=lambda n: (len(n), n)) for ranges, names in groups.items()}


def find_all():
    """{space: {name: ranges}}; the space "binary" has the properties that are no category or script."""
    names = candidates()
    found = {space: {n: members(rf"\p{{{space}={n}}}", rf"\P{{{space}={n}}}")
                     for n in names if matcher(rf"\p{{{space}={n}}}")} for space in SPACES}
    found["binary"] = {}
    for n in names:
        if not matcher(rf"\p{{{n}}}"):
            assert n not in found["gc"] and n not in found["sc"], n
            continue
        ranges = members(rf"\p{{{n}}}", rf"\P{{{n}}}")
        if found["gc"].get(n, found["sc"].get(n)) != ranges:
            found["binary"][n] = ranges
    return found


def find_orbits():
    """Sets of code points that are equal but for their case."""
    cased = members(r"[\p{Cased}\p{CWCM}\p{CWCF}]", r"[^\p{Cased}\p{CWCM}\p{CWCF}]")
    points = [c for first, last in cased for c in range(first, last + 1)]
    text = "".join(map(chr, points))
    orbits = set()
    for c in points:
        if matcher(rf"(?i)\x{{{c:x}}}")(text.replace(chr(c), "")):
            orbits.add(tuple(d for d in points if matcher(rf"^(?i)\x{{{c:x}}}$")(chr(d))))
    others = "".join(text for _, text in TEXTS)
    assert matcher(r"^(?i:\P{any})?$")("") and max(map(len, orbits)) <= 4 and len(others) > 0x100000
    assert sum(map(len, orbits)) == len(set().union(*orbits))
    return sorted(orbits)


def write_def(path, comment, lines):
    with open(path, "w", encoding="ascii") as f:
        f.write("/*\n" + "".join(f" * {line}\n" for line in comment) + " */\n")
        f.writelines(line + "\n" for line in lines)


def wrap(words, width=96):
    line = "\t"
    for word in words:
        if len(line) + len(word) > width:
            yield line.rstrip()
            line = "\t"
        line += word + " "
    yield line.rstrip()


def class_lines(name, ranges):
    words = [f"S({a:x})" if a == b else f"R({a:x},{b:x})" for a, b in ranges]
    words = [word + "," for word in words[:-1]] + [words[-1] + ")"]
    return [f"CLASS({name},", *wrap(words)]


def main(folder):
    found = find_all()
    classes, names = [], []
    for space in ("binary", *SPACES):
        for ranges, aliases in group_names(found[space]).items():
            name = f"{space}_{aliases[0]}"
            if space == "gc" and aliases[0] in GROUPS:
                continue
            if ranges:
                classes += class_lines(name, ranges)
            names += [f'NAME({space.upper()}, "{alias}", "{name if ranges else ""}")' for alias in aliases]
    for group in GROUPS[3:]:
        ranges = found["gc"][group]
        parts = [f"gc_{n[0]}" for r, n in group_names(found["gc"]).items()
                 if r and n[0] not in GROUPS and set(range(*r[0])) | {r[0][0]} <= covered(ranges)]
        for alias in group_names(found["gc"])[ranges]:
            names.append(f'NAME(GC, "{alias}", "{" ".join(parts)}")')
    classes += class_lines("word", members(r"\w", r"\W"))
    write_def(folder + "/unicode_classes.def",
              ["CLASS(name, ranges): the code points of a property, from S(only) and R(first,last).",
               "Written by record_unicode.py."], classes)
    write_def(folder + "/unicode_names.def",
              ["NAME(space, name, classes): what \\p{name} or \\p{space=name} stands for: the union of classes.",
               "Names are in lower case, without spaces, hyphens and low lines. Written by record_unicode.py."],
              sorted(names))
    write_def(folder + "/unicode_orbits.def",
              ["ORBIT(points): code points that are equal without regard to case (simple case folding).",
               "Written by record_unicode.py."],
              wrap_orbits(find_orbits()))


def covered(ranges):
    return {c for first, last in ranges for c in range(first, last + 1)}


def wrap_orbits(orbits):
    return list(line[1:] for line in wrap(["ORBIT(" + ",".join(f"0x{c:x}" for c in o) + ")" for o in orbits]))


if __name__ == "__main__":
    main(sys.argv[1])
