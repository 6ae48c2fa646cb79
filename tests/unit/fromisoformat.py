"""Compares fromisoformat.def with this interpreter, CPython 3.14 or later."""
import ast
import datetime
import pathlib
import re
import sys

FACT = re.compile(r'^FACT\((".*"), (NONE|LOCAL|ZONED), (-?\d+), (-?\d+)\)$')
EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)


def fact_of(text):
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return "NONE", 0, 0
    microseconds = (moment.replace(tzinfo=None) - EPOCH) // MICROSECOND
    if moment.tzinfo is None:
        return "LOCAL", microseconds, 0
    offset = moment.utcoffset() // MICROSECOND
    seconds = (abs(offset) + 500000) // 1000000
    return "ZONED", microseconds, seconds if offset >= 0 else -seconds


def main():
    if sys.version_info < (3, 14):
        sys.exit("this needs CPython 3.14 or later")
    lines = pathlib.Path(__file__).with_suffix(".def").read_text().splitlines()
    facts = [m.groups() for m in map(FACT.match, lines) if m]
    wrong = 0
    for literal, kind, microseconds, offset in facts:
        text = ast.literal_eval("b" + literal.replace("\\?", "?")).decode()
        recorded = kind, int(microseconds), int(offset)
        if fact_of(text) != recorded:
            wrong += 1
            print(f"{text!a}: recorded {recorded}, is {fact_of(text)}")
    print(f"{len(facts)} facts, {wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
