#!/usr/bin/env python3
"""Prints the results of CPython's json.loads for every prefix of some hundred documents, for test_json_cpython.c.

One line per prefix: its bytes in hex, a tab, then one of

    value <text>            json.dumps of the value, or "-" if that is not unique (a float, a lone surrogate)
    syntax <position> <message>
    undecodable             the bytes are not text

The last line is "end".

The reference is CPython 3.14. An older CPython differs in two rules, which this program adjusts:

* Before 3.13, a comma before the end of an array or object has no error message of its own (gh-113149).
* Before gh-152052, a string that ends directly after a complete \\uXXXX is called an invalid escape. Several
  branches got the change in patch releases, so the program tries which rule the interpreter has.
"""

import json
import random
import re
import sys

VALUES = [
    "null", "true", "false", "NaN", "Infinity", "-Infinity", "0", "-0", "7", "-12", "18446744073709551616", "0.0", "-1.5",
    "1e5", "1E+05", "2.5e-3", "-0.0e0", '""', '"a"', '"abc def"', '"\\""', '"\\\\"', '"\\/\\b\\f\\n\\r\\t"', '"\\u0041"',
    '"\\u4e2d"', '"\\u0000\\u001f"', '"\\uD83D\\uDE00"', '"\\ud83d"', '"\\ude00"', '"\\ud83d\\ud83d\\ude00"',
    '"\\ud83d\\u0041"', '"\\ud83d\\n"', '"\\ud83dx"', '"x\\u4e2dy\\u00e9z"', '"é"', '"漢字"', '"😀\\u4e2d😀"', '"\x7f"',
    "[]", "{}", "[[]]", '[{}, [], ""]', "[1,2,3]", " [ 1 , 2 ] ", '{"a":1}', '{"a":1,"b":[true,false,null]}',
    '{ "a" : { "b" : { "c" : "\\u00e9" } } }', '{"":""}', '{"":"\\udc00"}', '{"\\u4e2d":"\\u4e2d"}', '{"a":1,"a":2}',
    '[\n\t"a",\r\n\t"b"\n]', '{"username":"corey","email":"corey@example.com"}',
    '{"title":"\\ud83d\\ude00 T\\u00eftre","content":"line\\nline"}', '["\\u4e2d","\\u4e2d\\ud83d\\ude00"]',
]

MALFORMED = [
    "", " ", "tru", "nul", "-", "+1", ".5", "01", "1.", "1.e5", "1e", "1e+", "0x1", "'a'", "[1,]", "[1 , ]", "[,]", "[1,,2]",
    "[1 2]", "[}", "{]", "{,}", '{"a":1,}', '{"a":1 ,\t}', '{"a":1,]', '{"a"}', '{"a" 1}', '{"a":}', "{a:1}", "{'a':1}",
    '{"a":1 "b":2}', "[1,}", "[[1,],2]", '"\\x41"', '"\\U0041"', '"\\', '"\\u"', '"\\u1"', '"\\u12G4"', '"\\u12\\u1234"',
    '"\\ud83d\\u"', '"\\ud83d\\uzzzz"', '"\\ud83d\\u12', '"\\u00eé"', '"\\u１234"', '"a\nb"', '"\x00"', "1 2", "{}]", "nullx",
    "\ufeff[]", "[1]\u00a0", "\f1", "[NaN,nan]", "-Infinit", '["é" 1]', '{"漢":1 2}', '"😀\\u12"',
]


def generate(seed):
    """A document of random shape."""
    rng = random.Random(seed)

    def string():
        parts = ["a", " ", "é", "漢", "😀", "\\n", "\\\"", "\\u4e2d", "\\ud83d\\ude00", "\\ud83d", "\\udc00", "\\u00e9", "/"]
        return '"' + "".join(rng.choice(parts) for _ in range(rng.randrange(5))) + '"'

    def space():
        return rng.choice(["", "", "", " ", "\n", "\t "])

    def value(depth):
        kind = rng.randrange(7 if depth > 0 else 5)
        if kind < 2:
            return string()
        if kind < 5:
            return rng.choice(["null", "true", "false", "0", "-17", "3.25", "1e9", "NaN"])
        items = [value(depth - 1) for _ in range(rng.randrange(4))]
        if kind == 5:
            return "[" + space() + (space() + "," + space()).join(items) + space() + "]"
        return "{" + space() + (space() + "," + space()).join(
            string() + space() + ":" + space() + item for item in items) + space() + "}"

    return value(3)


def documents():
    texts = VALUES + MALFORMED + [generate(seed) for seed in range(100)]
    for text in texts:
        yield text.encode()
    for text in texts[::5]:
        for encoding in "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be":
            yield text.encode(encoding, "surrogatepass")
    yield b'"\xed\xa0\xbd\\ude00\xed\xb8\x80"'
    yield b'["\xff"]'
    yield b'{"\xc3\x28":1}'


LOADS = json.JSONDecoder().decode  # json.loads of bytes, once they are text: that of a str refuses a byte order mark


def error_of(text):
    try:
        LOADS(text)
    except json.JSONDecodeError as error:
        return error.pos, error.msg
    return None


KNOWS_TRAILING_COMMA = sys.version_info >= (3, 13)
KNOWS_WHOLE_ESCAPE = error_of('"\\u4e2d') == (0, "Unterminated string starting at")

ENDS = {
    ("]", "Expecting value"): "array",
    ("}", "Expecting property name enclosed in double quotes"): "object",
}


def update_trailing_comma(text, position, message):
    before = text[:position].rstrip(" \t\r\n")
    what = ENDS.get((text[position : position + 1], message))
    if not what or not before.endswith(","):
        return position, message
    return len(before) - 1, f"Illegal trailing comma before end of {what}"


def update_whole_escape(text, position, message):
    if message != "Invalid \\uXXXX escape" or not re.fullmatch("u[0-9A-Fa-f]{4}", text[position:]):
        return position, message
    # Without its last escape the string is also unterminated, and starts at the same position.
    return reference_error(text[: position - 1])


def reference_error(text):
    error = error_of(text)
    if error and not KNOWS_TRAILING_COMMA:
        error = update_trailing_comma(text, *error)
    if error and not KNOWS_WHOLE_ESCAPE:
        error = update_whole_escape(text, *error)
    return error


def decode(data):
    """Decodes bytes like json.loads."""
    try:
        return data.decode(json.detect_encoding(data), "surrogatepass")
    except UnicodeDecodeError:
        return None


def has_one_form(text):
    holds_float = re.search(r"[0-9][.eE]|NaN|Infinity", text)
    return not holds_float and "\\ud" not in text.lower() and not re.search("[\ud800-\udfff]", text)


def outcome(data):
    text = decode(data)
    if text is None:
        return "undecodable"
    error = reference_error(text)
    if error:
        return f"syntax {error[0]} {error[1]}"
    if not has_one_form(text):
        return "value -"
    return "value " + json.dumps(LOADS(text), ensure_ascii=False, separators=(",", ":"))


def main():
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    for document in documents():
        for end in range(len(document) + 1):
            print(document[:end].hex(), outcome(document[:end]), sep="\t")
    print("end")


main()
