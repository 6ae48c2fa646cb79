#!/usr/bin/env python3
"""replay_types.py --declare: prints a declaration with one resource for each type of types.json.
replay_types.py BASE_URL: sends every body of body.jsonl to a server of that declaration and compares the answers.

The recorded answers are of an app that echoes its input; a server shows what its database gives back. So these differ by
rule, as the README in this folder says: a zone is dropped, -0.0 is 0.0, a decimal has the digits of its column, NaN is
null, and what the database cannot store is 422.
"""

import argparse
import http.client
import json
import math
import os
import re
import sys
import urllib.parse
from decimal import Decimal

FOLDER = os.path.dirname(os.path.abspath(__file__))
SHOWN_FAILURES = 20


def declared_types():
    with open(os.path.join(FOLDER, "types.json"), encoding="utf-8") as file:
        types = json.load(file)
    members, fields = {}, {}
    for name, declared in types.items():
        if "field" not in declared:
            continue
        field = fields[name] = dict(declared["field"])
        if "enum" in field:
            enum = field["enum"]
            members.setdefault(enum["name"], enum.get("members"))
            field["enum"] = {"name": enum["name"], "members": members[enum["name"]]}
    return fields


def declaration(fields):
    resources = {f"t{i}": {"schema": f"T{i}", "fields": {"v": field}} for i, field in enumerate(fields.values())}
    return {"title": "Types", "resources": resources}


def rows():
    with open(os.path.join(FOLDER, "body.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def stored_decimal(field, text):
    scale = field.get("decimal_places", 10)
    return str(Decimal("%.*f" % (scale, float(text) + 0.0)))  # without the sign of -0.0


def shown(field, value):
    """The JSON text of a recorded value after it was stored in SQLite and read back."""
    kind = field["type"]
    if value == "null":
        return value
    if kind == "decimal":
        return json.dumps(stored_decimal(field, json.loads(value)))
    if kind in ("time", "datetime"):
        return re.sub(r'(Z|[+-]\d\d:\d\d)"$', '"', value)
    if kind == "number" and value == "-0.0":
        return "0.0"
    return value


def beyond_64_bits(field, value):
    return field["type"] == "integer" and abs(int(value)) >= 2 ** 63 and int(value) != -2 ** 63 if value != "null" else False


def check_success(field, row, status, answer):
    value = row["answer"][len('{"v":'):-1]
    if field["type"] == "decimal" and value != "null" and math.isinf(float(json.loads(value))):
        return status == 422 and '"finite_number"' in answer
    if beyond_64_bits(field, value):
        return status == 422 and ("less_than_equal" in answer or "greater_than_equal" in answer)
    if field["type"] == "number" and value == "null" and not field.get("nullable"):
        # NaN and infinities are written as null. SQLite stores infinities, but NaN as NULL.
        return status == 201 and answer.startswith('{"v":null,"id":') or status == 422 and '"finite_number"' in answer
    return status == 201 and answer.startswith('{"v":' + shown(field, value) + ',"id":')


def check(field, row, status, answer):
    if row["status"] == 200:
        return check_success(field, row, status, answer)
    if row["status"] == 422:
        return status == 422 and answer == row["answer"]
    return status == 422


def replay(base, fields):
    parts = urllib.parse.urlsplit(base)
    client = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    paths = {name: f"/t{i}s" for i, name in enumerate(fields)}
    failures, count = 0, 0
    for row in rows():
        client.request("POST", paths[row["type"]], row["body"].encode("utf-8", "surrogatepass"), {"Content-Type": "application/json"})
        response = client.getresponse()
        answer = response.read().decode("utf-8")
        count += 1
        if check(fields[row["type"]], row, response.status, answer):
            continue
        failures += 1
        if failures <= SHOWN_FAILURES:
            print(f"{row['type']}: {row['body']}\n  expected {row['status']} {row['answer']}\n  found    {response.status} {answer}")
    print(f"{count - failures} of {count} bodies answered as recorded")
    return 1 if failures or not count else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", nargs="?")
    parser.add_argument("--declare", action="store_true")
    args = parser.parse_args()
    fields = declared_types()
    if args.declare:
        print(json.dumps(declaration(fields), ensure_ascii=False, indent=2))
        return 0
    return replay(args.base, fields)


if __name__ == "__main__":
    sys.exit(main())
