"""What a declaration means: its operations and classes with all defaults, its rows, and the answers that show them."""

import operator
from decimal import Decimal

from declarations import ON_POSTGRES
from server import expect

METHODS = {"list": "GET", "create": "POST", "read": "GET", "update": "PATCH", "replace": "PUT", "delete": "DELETE", "children": "GET"}


class Unknown:
    """A value that the server has made and no answer has shown yet."""

    def __repr__(self):
        return "?"


def without_nulls(words):
    """The canonical form says null for what is not declared; only the null of a default is a value."""
    return {k: without_nulls(v) if k == "items" else v for k, v in words.items() if v is not None or k == "default"}


class Resource:
    def __init__(self, api, name, words):
        self.api, self.name, self.words = api, name, words
        self.plural, self.schema, self.table = words["plural"], words["schema"], words["table"]
        key = words["key"]
        self.key, self.key_type = key["name"], key["type"]
        self.parameter = key["parameter"] or name + "_id"
        self.bounds = without_nulls(key)
        self.parent = words.get("parent")
        parent_field = words.get("parent_field") or {}
        self.parent_field = parent_field.get("name", f"{self.parent}_id") if self.parent else None
        self.parent_in_body = parent_field.get("in") == "body"
        self.fields = {k: without_nulls(f) for k, f in words["fields"].items()}
        self.parent_words = {"type": "reference", "to": self.parent, "on_delete": words.get("on_delete", "cascade"), **parent_field}
        self.path = words.get("path", "/" + self.plural)
        self.list = words.get("list") or {}

    def prepare(self):
        operations = self.words["operations"]
        if isinstance(operations, list):
            operations = {action: {} for action in operations}
        self.operations = {action: Operation(self, action, words) for action, words in operations.items()}

    def column(self, name):
        return self.parent_words if name == self.parent_field else self.fields[name]

    def references(self):
        """Yields the columns that refer to rows, with their words."""
        if self.parent:
            yield self.parent_field, self.parent_words
        for name, field in self.fields.items():
            if field["type"] == "reference":
                yield name, field

    def unique(self):
        return [name for name, field in self.fields.items() if field.get("unique")]

    def inputs(self):
        sent = [k for k, f in self.fields.items() if "set" not in f and f["input"]]
        return sent + ([self.parent_field] if self.parent and self.parent_in_body else [])

    def row_path(self):
        return self.path.rstrip("/") + f"/{{{self.parameter}}}"

    # Classes.

    def body(self, name):
        """The fields of a class by name, as the class has them."""
        if name in self.words.get("schemas", {}):
            return dict(self.body_member(m) for m in self.words["schemas"][name])
        if name == self.schema + "Update":
            absent = {"nullable": True, "default": None}
            return {k: {**f, **({} if f.get("nullable") else absent), "default": None} for k, f in self.fields.items()
                    if k in self.inputs()}
        return {k: self.column(k) for k in self.inputs()}

    def body_member(self, member):
        if isinstance(member, str):
            return member, self.column(member)
        (name, words), = member.items()
        field = {**self.column(name), **words}
        if field.get("required"):
            field.pop("default", None)
        return name, without_nulls(field)

    def shown(self, name):
        """The members of a class by name: None for a field, else the words of the rows."""
        if name in self.words.get("schemas", {}):
            return dict(self.shown_member(m) for m in self.words["schemas"][name])
        columns = [k for k, f in self.fields.items() if f["shown"]]
        members = dict.fromkeys(columns + [self.key] + ([self.parent_field] if self.parent else []))
        if name == self.default_whole():
            for child in self.embedded():
                members[child.plural] = {"of": child.name, "by": child.parent_field, "as": child.default_whole()}
        return members

    @staticmethod
    def shown_member(member):
        if isinstance(member, str):
            return member, None
        (name, words), = member.items()
        return name, words if "by" in words else None

    def embedded(self):
        return [r for r in self.api.resources.values() if r.parent == self.name and r.words.get("embedded")]

    def default_whole(self):
        """The class of the answer to read: XResponse, or XWithYs."""
        children = self.embedded()
        return self.schema + ("With" + "And".join(camel_case(c.plural) for c in children) if children else "Response")

    # Words of failures: what may be answered, as pairs of a status and a text; None: any text.

    def failure(self, word, status, text, placeholder, value):
        words = self.words.get(word)
        return said(words, status, text, placeholder, value)

    def not_found(self, key):
        return self.failure("not_found", 404, self.schema + " not found", "{id}", str(key))

    def in_use(self, key):
        return self.failure("in_use", 409, None, "{id}", str(key))

    def conflict(self, column):
        unique = self.unique()
        names = " or ".join(unique)
        text = f"{names[:1].upper()}{names[1:]} already exists"
        own = self.fields[column].get("conflict")
        whole = self.failure("conflict", 409, text, "{field}", column)
        return said(own, whole[0], whole[1], "{field}", column) if own else whole


def camel_case(name):
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def said(words, status, text, placeholder, value):
    if isinstance(words, str):
        words = {"detail": words}
    words = words or {}
    if "detail" in words:
        text = words["detail"].replace(placeholder, value)
    return words.get("status", status), text


class Operation:
    def __init__(self, resource, action, words):
        self.resource, self.action, self.words = resource, action, words
        self.method = METHODS[action]
        self.path = resource.api.prefix + words.get("path", self.default_path())
        self.body = self.default_body()
        self.partial = words.get("partial", action == "update")
        self.answer = words["answer"] if "answer" in words else self.default_answer()
        no_content = action == "delete" and self.answer is None
        self.status = words.get("status", 201 if action == "create" else 204 if no_content else 200)
        self.list = resource.list if words.get("list", True) else {}
        self.missing_parent = words.get("missing_parent", "not_found")

    def default_path(self):
        r = self.resource
        if self.is_below_parent():
            parent = r.api.resources[r.parent]
            return f"{parent.row_path()}/{r.plural}"
        return r.path if self.action in ("list", "create") else r.row_path()

    def is_below_parent(self):
        r = self.resource
        return self.action == "children" or self.action == "create" and r.parent is not None and not r.parent_in_body

    def default_body(self):
        name = {"create": "Create", "update": "Update", "replace": "Create"}.get(self.action)
        return self.resource.body(self.words.get("body", self.resource.schema + name)) if name else None

    def default_answer(self):
        if self.action == "delete":
            return None
        return self.resource.default_whole() if self.action == "read" else self.resource.schema + "Response"

    def at(self, key):
        start, brace, rest = self.path.partition("{")
        return start + str(key) + rest.partition("}")[2] if brace else start


class Api:
    def __init__(self, words):
        self.words = words
        self.prefix = words.get("prefix") or ""
        self.resources = {}
        for name, resource in words["resources"].items():
            self.resources[name] = Resource(self, name, resource)
        for resource in self.resources.values():
            resource.prepare()

    def constants(self):
        """Yields the paths with fixed answers, and these."""
        for path, constant in (self.words.get("constants") or {}).items():
            yield path, constant["answer"]
        if self.words.get("home") is not None:
            yield "/", self.words["home"]


# Rows.

class Database:
    """The rows by resource and key; a row is its columns by name."""

    def __init__(self, api):
        self.api = api
        self.rows = {name: {} for name in api.resources}

    def has(self, name, key):
        return key in self.rows[name]

    def in_order(self, name):
        return [self.rows[name][key] for key in sorted(self.rows[name])]

    def referring(self, name, key, by):
        return [row for row in self.in_order(name) if row[by] == key]

    def missing(self, resource, row):
        """The columns of a row that refer to no row."""
        return [(words["to"], row[column]) for column, words in resource.references()
                if row.get(column) is not None and not self.has(words["to"], row[column])]

    def taken(self, resource, row, key):
        """The unique columns whose value another row has."""
        others = [other for k, other in self.rows[resource.name].items() if k != key]
        return [column for column in resource.unique()
                if row.get(column) is not None and any(same(other[column], row[column]) for other in others)]

    def removal(self, resource, key):
        """What goes with a row: keys of rows that are deleted, references that are set to null, and rows that forbid it."""
        gone, nulls, kept = {(resource.name, key)}, [], []
        todo = [(resource.name, key)]
        while todo:
            name, key = todo.pop()
            for other in self.api.resources.values():
                for column, words in other.references():
                    if words["to"] != name:
                        continue
                    for row in self.referring(other.name, key, column):
                        at = (other.name, row[other.key])
                        if words.get("on_delete", "cascade") == "restrict":
                            kept.append(at)
                        elif words.get("on_delete") == "set_null":
                            nulls.append((row, column))
                        elif at not in gone:
                            gone.add(at)
                            todo.append(at)
        return gone, nulls, kept

    def copy(self):
        copy = Database(self.api)
        copy.rows = {name: {key: dict(row) for key, row in rows.items()} for name, rows in self.rows.items()}
        return copy

    def remove(self, gone, nulls):
        for row, column in nulls:
            row[column] = None
        for name, key in gone:
            del self.rows[name][key]


def same(one, other):
    return not isinstance(one, Unknown) and one == other


def new_row(resource, fields, body):
    """The row that a body makes by a class with these fields."""
    row = {resource.parent_field: None} if resource.parent else {}
    for name, field in resource.fields.items():
        made = "set" in field and not (field["set"] == "update" and field.get("nullable"))
        row[name] = Unknown() if made else field.get("default")
    row.update({name: field["default"] for name, field in fields.items() if "default" in field})
    return {**row, **body}


def changed_row(operation, row, body):
    changed = dict(row)
    if not operation.partial:
        changed.update({name: field["default"] for name, field in operation.body.items() if "default" in field})
    for name, field in operation.resource.fields.items():
        if field.get("set") == "update":
            changed[name] = Unknown()
    return {**changed, **body}


# Answers.

def fixed(template, key):
    if isinstance(template, str):
        return template.replace("{id}", str(key))
    if isinstance(template, list):
        return [fixed(item, key) for item in template]
    if isinstance(template, dict):
        return {name: fixed(item, key) for name, item in template.items()}
    return template


def check_row(db, resource, schema, row, answer):
    """Compares what a class shows of a row. Values that are unknown become known."""
    members = resource.shown(schema)
    expect(isinstance(answer, dict) and set(answer) == set(members), schema, "has", list(members), "the answer is", answer)
    for name, words in members.items():
        if words:
            check_rows_within(db, resource, words, row, answer[name])
        elif isinstance(row[name], Unknown):
            row[name] = answer[name]
        else:
            expect(answer[name] == row[name] and isinstance(answer[name], bool) == isinstance(row[name], bool),
                   name, "of", resource.name, row[resource.key], "is shown as", answer[name], "and should be", row[name])


def check_rows_within(db, resource, words, row, answer):
    if "of" in words:
        other = db.api.resources[words["of"]]
        check_rows(db, other, words["as"], db.referring(other.name, row[resource.key], words["by"]), answer)
        return
    key = row[words["by"]]
    to = db.api.resources[resource.column(words["by"])["to"]]
    if key is None:
        expect(answer is None, "a reference to no row is shown as", answer)
    else:
        check_row(db, to, words["as"], db.rows[to.name][key], answer)


def check_rows(db, resource, schema, rows, answer):
    """Rows in the order of their keys. Those whose keys are UUIDs have none."""
    if resource.key_type == "uuid":
        match_rows(db, resource, schema, rows, answer)
        return
    expect_count(resource, rows, answer)
    for row, shown in zip(rows, answer):
        check_row(db, resource, schema, row, shown)


def match_rows(db, resource, schema, rows, answer):
    """Rows in an order that is not known are found by their keys, if these are shown."""
    expect_count(resource, rows, answer)
    if resource.key not in resource.shown(schema):
        return
    by_key = {row[resource.key]: row for row in rows}
    for shown in answer:
        expect(shown[resource.key] in by_key, shown, "should not be among", rows)
        check_row(db, resource, schema, by_key.pop(shown[resource.key]), shown)


def expect_count(resource, rows, answer):
    expect(isinstance(answer, list) and len(answer) == len(rows), "the rows of", resource.name, "are", rows, "and shown as", answer)


# Filters.

def compared(field, value):
    return Decimal(value) if field["type"] == "decimal" else value


OPS = {"eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}


def filter_fields(words):
    return words.get("fields") or [words["field"]]


def passes(resource, words, value, row):
    """True if a filter with this value leaves the row; None if that is not known."""
    if words.get("op") == "contains":
        folded = str if ON_POSTGRES else ascii_lower
        return any(row[name] is not None and folded(value) in folded(row[name]) for name in filter_fields(words))
    column = words["field"]
    if row[column] is None or isinstance(row[column], Unknown):
        return None if row[column] else False
    field = resource.column(column)
    return OPS[words.get("op", "eq")](compared(field, row[column]), compared(field, value))


def passes_all(resource, values, row):
    passed = [passes(resource, resource.list["filters"][name], value, row) for name, value in values.items()]
    return None if None in passed else all(passed)


def ascii_lower(text):
    return "".join(c.lower() if c.isascii() else c for c in text)


def in_list_order(resource, rows):
    """The rows in the order of the list; None if that is not the order of the keys."""
    by = resource.list.get("order_by") or resource.key
    rows = sorted(rows, key=lambda row: row[resource.key], reverse=by[0] == "-")
    return rows if by.lstrip("-") == resource.key else None
