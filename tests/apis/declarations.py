"""Random declarations of APIs, and values that their fields accept."""

import copy
import json
import os
import random
import string
import uuid

import words

NAMES = ["user", "order", "select", "group", "item", "table", "note", "Color", "tag", "index", "a", "x1", "long_name_of_it"]
TEXT = string.ascii_letters + string.digits + " _-.é😀\"\\'<&>%"

# PostgreSQL's INTEGER has 32 bits, and a column with a zone is shown with it.
ON_POSTGRES = os.environ.get("POSTERN_TEST_ENGINE") == "postgres"
INTEGER_MOST = 2 ** 31 - 1 if ON_POSTGRES else 2 ** 40


def identifier(rng, taken):
    while True:
        name = rng.choice(NAMES) if rng.random() < 0.5 else "".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9)))
        name = name if rng.random() < 0.8 else name + "_" + str(rng.randint(0, 99))
        if name.lower() not in taken:
            taken.add(name.lower())
            return name


def number_bounds(rng, field, least, most, whole):
    pick = (lambda a, b: rng.randint(a, b)) if whole else (lambda a, b: round(rng.uniform(a, b), 2))
    if rng.random() < 0.4:
        low = pick(least, 0)
        field[rng.choice(["ge", "gt"])] = low
    if rng.random() < 0.4:
        field[rng.choice(["le", "lt"])] = pick(10, most)
    if whole and rng.random() < 0.2:
        field["multiple_of"] = rng.choice([1, 2, 3, 5])


def text_bounds(rng, field):
    if rng.random() < 0.5:
        field["min_length"] = rng.randint(0, 3)
    if rng.random() < 0.5:
        field["max_length"] = rng.randint(5, 60)
    for word in ("strip_whitespace", "to_lower"):
        if rng.random() < 0.1:
            field[word] = True


def choices(rng, field):
    whole = field["type"] == "integer"
    count = rng.randint(1, 5)
    values = rng.sample(range(-20, 20), count) if whole else rng.sample(["", "on", "off", "a'b", "é", "dark-blue", "None"], count)
    if rng.random() < 0.5:
        field["literal"] = values
    else:
        taken = set()
        field["enum"] = {"name": "E" + uuid.UUID(int=rng.getrandbits(128)).hex[:10],
                         "members": {identifier(rng, taken): v for v in values}}


def scalar(rng, kinds=("string", "text", "email", "url", "uuid", "integer", "number", "decimal", "boolean", "date", "time", "datetime")):
    field = {"type": rng.choice(kinds)}
    kind = field["type"]
    if kind in ("string", "integer") and rng.random() < 0.25:
        choices(rng, field)
    elif kind in ("string", "text"):
        text_bounds(rng, field)
    elif kind == "integer":
        number_bounds(rng, field, -1000, 100000, True)
    elif kind == "number":
        number_bounds(rng, field, -1000, 100000, False)
        if rng.random() < 0.3:
            field["allow_inf_nan"] = False
    elif kind == "decimal":
        if rng.random() < 0.6:
            field["max_digits"] = rng.randint(7, 12)
            field["decimal_places"] = rng.randint(0, 3)
        number_bounds(rng, field, -100, 1000, True)
        field.pop("multiple_of", None)
    elif kind == "datetime" and rng.random() < 0.5:
        field["timezone"] = True
    return field


def any_field(rng, resources):
    roll = rng.random()
    if roll < 0.06:
        return {"type": "object"}
    if roll < 0.12:
        return {"type": "array", "items": scalar(rng, ("string", "integer", "number", "boolean"))}
    if roll < 0.2 and resources:
        field = {"type": "reference", "to": rng.choice(resources)}
        if rng.random() < 0.5:
            field["on_delete"] = rng.choice(["cascade", "restrict"])
        return field
    return scalar(rng)


def make_field(rng, resources):
    field = any_field(rng, resources)
    kind = field["type"]
    if kind in ("date", "time", "datetime", "uuid") and rng.random() < 0.25:
        field["set"] = rng.choice(["create", "update"]) if kind != "uuid" else "create"
        if rng.random() < 0.3:
            field["nullable"] = True
        return field
    if rng.random() < 0.3:
        field["nullable"] = True
        if rng.random() < 0.7:
            field["default"] = None
    elif kind not in ("reference", "array", "object", "email", "url") and rng.random() < 0.2:
        field["default"] = canonical(rng, field)
    if kind not in ("object", "array", "boolean") and "literal" not in field and "enum" not in field:
        if rng.random() < 0.15:
            field["index"] = True
        if kind in ("string", "email", "integer", "uuid") and "default" not in field and rng.random() < 0.15:
            field["unique"] = True
    if rng.random() < 0.05:
        field["shown"] = False
    return field


def any_list(rng, columns):
    """How a list is read: so that all rows of a test are in it."""
    rules = {}
    if rng.random() < 0.7:
        rules["skip"] = rng.choice([{}, {"name": "offset"}, {"ge": None, "le": 100}])
    if rng.random() < 0.7:
        rules["limit"] = rng.choice([{}, {"default": 500, "ge": 1, "le": 1000}])
    if rng.random() < 0.7:
        rules["order_by"] = rng.choice(["", "-"]) + rng.choice(columns)
    return rules


def declaration(rng):
    """A declaration that is valid by construction."""
    names, taken = [], set()
    api = {"title": "".join(rng.choices(TEXT, k=rng.randint(1, 20))), "resources": {}}
    if rng.random() < 0.5:
        api["version"] = "1." + str(rng.randint(0, 9))
    if rng.random() < 0.5:
        api["home"] = {"message": "".join(rng.choices(TEXT, k=8)), "n": rng.randint(0, 5)}
    for _ in range(rng.randint(1, 6)):
        name = identifier(rng, taken)
        columns = {"id"}
        resource = {"plural": name + "_rows", "schema": "S" + str(len(names)) + name.replace("_", ""), "fields": {}}
        if names and rng.random() < 0.5:
            resource["parent"] = rng.choice(names)
            columns.add(resource["parent"].lower() + "_id")
            if rng.random() < 0.5:
                resource["embedded"] = True
            if rng.random() < 0.3:
                resource["on_delete"] = rng.choice(["cascade", "restrict"])
        for _ in range(rng.randint(1, 12)):
            resource["fields"][identifier(rng, columns)] = make_field(rng, names)
        if rng.random() < 0.4:
            resource["list"] = any_list(rng, ["id", *resource["fields"]])
        if rng.random() < 0.2:
            resource["operations"] = rng.sample(["list", "create", "read", "update", "delete"], 5)
        names.append(name)
        api["resources"][name] = resource
    return words.add_words(rng, api) if rng.random() < 0.8 else api


def nodes(tree, path=()):
    yield path
    if isinstance(tree, dict):
        for key in tree:
            yield from nodes(tree[key], path + (key,))
    elif isinstance(tree, list):
        for i, value in enumerate(tree):
            yield from nodes(value, path + (i,))


VERBATIM = {"responses", "schema", "answer_schema"}  # /openapi.json has them as they are


def in_verbatim(path):
    """True if /openapi.json has this part as it is. The schemas of a resource are others."""
    return bool(VERBATIM & set(path[:-1])) or len(path) > 1 and path[0] == "schemas"


def broken_text(rng, api):
    """The text of a declaration after one random change. It may still be valid."""
    api = copy.deepcopy(api)
    path = rng.choice([p for p in nodes(api) if p and not in_verbatim(p)])
    parent = api
    for step in path[:-1]:
        parent = parent[step]
    junk = [None, True, -1, 0, 1.5, 1e300, "", "x", "é", [], {}, [1], {"a": 1}, "string", 2 ** 70, "id", "user"]
    roll = rng.random()
    if roll < 0.5:
        parent[path[-1]] = rng.choice(junk)
    elif roll < 0.7 and isinstance(parent, dict):
        del parent[path[-1]]
    elif isinstance(parent, dict):
        key = rng.choice(["type", "nullable", "default", "set", "parent", "literal", "x y", "", "min_length", "to", "1a", "docs"])
        parent[key] = rng.choice(junk)
    text = json.dumps(api, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 2]))
    if rng.random() < 0.2:
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(["", "\"", "{", "}", ",", "\x00", "\n"]) + text[at + rng.randint(0, 2):]
    return text


# Values.

def bounds(field, least, most):
    low, high = least, most
    if "ge" in field:
        low = field["ge"]
    if "gt" in field:
        low = field["gt"] + 1
    if "le" in field:
        high = field["le"]
    if "lt" in field:
        high = field["lt"] - 1
    return low, high


def text_value(rng, field):
    least = max(field.get("min_length", 0), 1)
    length = rng.randint(least, max(least, min(field.get("max_length", 40), 40)))
    letters = "".join(rng.choices(string.ascii_lowercase + string.digits + "éß😀\"\\'", k=length))
    return letters.lower().replace("ß", "s") if field.get("to_lower") else letters


def choice_values(field):
    return field["literal"] if "literal" in field else list(field["enum"]["members"].values())


def canonical(rng, field):
    """A value in the form in which answers show it."""
    kind = field["type"]
    if "literal" in field or "enum" in field:
        return rng.choice(choice_values(field))
    if kind in ("string", "text"):
        return text_value(rng, field)
    if kind == "email":
        return "".join(rng.choices(string.ascii_lowercase, k=12)) + "@example.com"
    if kind == "url":
        return "https://example.com/" + "".join(rng.choices(string.ascii_lowercase, k=8))
    if kind == "uuid":
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))
    if kind == "integer":
        low, high = bounds(field, -INTEGER_MOST, INTEGER_MOST)
        step = field.get("multiple_of", 1)
        low = -(-low // step)
        return rng.randint(low, max(low, high // step)) * step
    if kind == "number":
        low, high = bounds(field, -1e6, 1e6)
        return round(rng.uniform(low, max(low, high)), 3)
    if kind == "decimal":
        low, high = bounds(field, -999, 999)
        places = field.get("decimal_places", 10)
        # SQLAlchemy shows a zero of ten places as 0E-10.
        return f"{rng.randint(int(low), int(high)) or 1}" + ("." + "0" * places if places else "")
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "date":
        return f"{rng.randint(1, 9999):04}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    if kind == "time":
        return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"
    if kind == "datetime":
        zone = "Z" if ON_POSTGRES and field.get("timezone") else ""
        return canonical(rng, {"type": "date"}) + "T" + canonical(rng, {"type": "time"}) + zone
    if kind == "object":
        return {"k" + str(i): rng.choice([1, 1.5, "é", None, True, [1, "a"], {"b": {}}]) for i in range(rng.randint(0, 3))}
    if kind == "array":
        return [canonical(rng, field["items"]) for _ in range(rng.randint(0, 4))]
    raise ValueError(kind)


def seeded(seed):
    return random.Random(seed)
