"""Sends requests to the server of a declaration and compares the answers with the model of the declaration."""

import urllib.parse
import uuid

import answers
import databases
import declarations
import model
from server import expect

# The order in which rows were inserted or changed.
NEWEST = "xmin::text::bigint" if databases.is_postgres() else "rowid"
JUNK_KEYS = ("x", "-1", "1.5", "%20", "99999999999999999999", "%00")


def in_query(values):
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in values.items()}
    return "?" + urllib.parse.urlencode(texts) if texts else ""


class Exercise:
    def __init__(self, rng, api, database):
        self.rng, self.api, self.database = rng, api, database
        self.db = model.Database(api)
        self.resources = list(api.resources.values())

    def serve(self, server):
        self.server = server
        status, document = server.ask_json("GET", "/openapi.json")
        expect(status == 200, "/openapi.json answers", status)
        self.answers = answers.Answers(document)

    # Requests.

    def ask(self, operation, key=None, body=None, query="", match=None):
        path = operation.at(key)
        status, answer = self.server.ask_json(operation.method, path + query, body, match)
        where = (operation.method, path + query, body, "answers", status, answer)
        expect(status < 500, *where)
        self.answers.check(operation.method, operation.path, status, answer)
        return status, answer, where

    def expect_failure(self, failures, status, answer, where):
        """One of several failures, each a status and a text; text None: any."""
        expect(any(status == s and (text is None or answer == {"detail": text}) for s, text in failures),
               *where, "and should be one of", failures)

    def check_answer(self, operation, row, status, answer, where, db=None):
        expect(status == operation.status, *where, "and should have", operation.status)
        resource = operation.resource
        if isinstance(operation.answer, str):
            model.check_row(db or self.db, resource, operation.answer, row, answer)
            self.answers.check_order(operation.method, operation.path, status, answer)
            return
        expected = model.fixed(operation.answer, row[resource.key])
        expect(answer == expected, *where, "and should be", expected)

    # Values.

    def absent(self, resource):
        return declarations.canonical(self.rng, {"type": "uuid"}) if resource.key_type == "uuid" else 987654

    def some_key(self, resource):
        keys = list(self.db.rows[resource.name])
        return self.rng.choice(keys) if keys and self.rng.random() < 0.95 else self.absent(resource)

    def some_row(self, resource):
        keys = list(self.db.rows[resource.name])
        return self.db.rows[resource.name][self.rng.choice(keys)] if keys else None

    def some_parent(self, resource):
        return self.some_key(self.api.resources[resource.parent])

    def value(self, field):
        if field.get("nullable") and self.rng.random() < 0.3:
            return None
        if field["type"] == "reference":
            return self.some_key(self.api.resources[field["to"]])
        return declarations.canonical(self.rng, field)

    def make_body(self, resource, fields, partial):
        """A valid body: its values are valid for the columns too."""
        body = {}
        for name, field in fields.items():
            if ("default" in field or partial) and self.rng.random() < 0.4:
                continue
            column = resource.column(name)
            body[name] = self.value({**column, "nullable": field.get("nullable") and column.get("nullable")})
        names = list(body)
        self.rng.shuffle(names)
        return {name: body[name] for name in names}

    # Writes.

    def key_of_new(self, resource):
        """The key of the row that was inserted last, from the database."""
        [[key]] = self.database.ask(f'SELECT "{resource.key}" FROM "{resource.table}" ORDER BY {NEWEST} DESC LIMIT 1')
        return str(uuid.UUID(key)) if resource.key_type == "uuid" else int(key)

    def failures(self, resource, row, key=None):
        failures = [self.api.resources[to].not_found(at) for to, at in self.db.missing(resource, row)]
        return failures + [resource.conflict(column) for column in self.db.taken(resource, row, key)]

    def create(self, resource):
        operation = resource.operations.get("create")
        if not operation:
            return
        body = self.make_body(resource, operation.body, False)
        row = model.new_row(resource, operation.body, body)
        parent = None
        if operation.is_below_parent():
            parent = row[resource.parent_field] = self.some_parent(resource)
        status, answer, where = self.ask(operation, parent, body)
        failures = self.failures(resource, row)
        if failures:
            self.expect_failure(failures, status, answer, where)
            return
        expect(status == operation.status, *where, "and should have", operation.status)
        row[resource.key] = self.key_of_new(resource)
        self.db.rows[resource.name][row[resource.key]] = row
        self.check_answer(operation, row, status, answer, where)

    def some_match(self, resource, key):
        """Sometimes the ETag that the row has: with it a write does what it does without."""
        read = resource.operations.get("read")
        return self.server.etag(read.at(key)) if read and self.rng.random() < 0.4 else None

    def send_mismatch(self, resource, action):
        operation, row = resource.operations.get(action), self.some_row(resource)
        if operation and row:
            status, _, where = self.ask(operation, row[resource.key], operation.body and self.make_body(resource, operation.body, False),
                                        match='"0123456789abcdef"')
            expect(status == 412, *where)

    def change(self, resource, action):
        operation, row = resource.operations.get(action), self.some_row(resource)
        if not operation or not row:
            return
        body = self.make_body(resource, operation.body, action == "update" and all("default" in f for f in operation.body.values()))
        changed = model.changed_row(operation, row, body)
        if any(changed[name] is None and not resource.column(name).get("nullable") for name in operation.body):
            return  # the class has null as the default of a column that has none
        key = row[resource.key]
        status, answer, where = self.ask(operation, key, body, match=self.some_match(resource, key))
        failures = self.failures(resource, changed, key)
        if failures:
            self.expect_failure(failures, status, answer, where)
            return
        row.update(changed)
        self.check_answer(operation, row, status, answer, where)

    def remove(self, resource):
        operation, row = resource.operations.get("delete"), self.some_row(resource)
        if not operation or not row:
            return
        key = row[resource.key]
        gone, nulls, kept = self.db.removal(resource, key)
        before = self.db.copy()
        status, answer, where = self.ask(operation, key, match=self.some_match(resource, key))
        if [at for at in kept if at not in gone] or kept and status != operation.status:
            self.expect_failure([resource.in_use(key)], status, answer, where)
            return
        self.db.remove(gone, nulls)
        self.check_answer(operation, before.rows[resource.name][key], status, answer, where, before)
        self.read_row(resource, key)

    # Reads.

    def read_row(self, resource, key):
        operation = resource.operations.get("read")
        if not operation:
            return
        status, answer, where = self.ask(operation, key)
        if self.db.has(resource.name, key):
            self.check_answer(operation, self.db.rows[resource.name][key], status, answer, where)
        else:
            self.expect_failure([resource.not_found(key)], status, answer, where)

    def rows_of_page(self, operation, answer, count):
        """The array of rows of an answer. Checks what is around it."""
        page = operation.list.get("page")
        if not page:
            return answer
        names = [page["rows"]] + ([page["count"]] if page["count"] else [])
        expect(set(answer) == set(names), "a page has", answer)
        expect(not page["count"] or answer[page["count"]] == count, "the count is", answer, "of", count)
        return answer[page["rows"]]

    def filter_value(self, resource, words):
        row = self.some_row(resource)
        if words.get("op") == "contains":
            text = row and row[self.rng.choice(model.filter_fields(words))] or "a"
            return text[:self.rng.randint(1, len(text))]
        value = row and row[words["field"]]
        if value is None or isinstance(value, model.Unknown) or self.rng.random() < 0.2:
            return self.value({**resource.column(words["field"]), "nullable": False})
        return value

    def choose_filters(self, operation):
        filters = operation.list.get("filters") or {}
        return {name: self.filter_value(operation.resource, words) for name, words in filters.items()
                if words.get("required") or self.rng.random() < 0.2}

    def ask_list(self, operation, key, query, rows):
        status, answer, where = self.ask(operation, key, query=in_query(query))
        expect(status == operation.status, *where)
        return self.rows_of_page(operation, answer, len(rows)), where

    def read_list(self, operation, key, rows):
        resource = operation.resource
        values = self.choose_filters(operation)
        passed = [(row, model.passes_all(resource, values, row)) for row in rows]
        if any(good is None for _, good in passed):
            return
        rows = [row for row, good in passed if good]
        limit = {"limit": operation.list["limit"].get("le") or 500} if operation.list.get("limit") else {}
        whole, _ = self.ask_list(operation, key, {**values, **limit}, rows)
        ordered = model.in_list_order(resource, rows)
        if ordered is None:
            model.match_rows(self.db, resource, operation.answer, rows, whole)
        else:
            model.check_rows(self.db, resource, operation.answer, ordered, whole)
        self.read_slice(operation, key, values, rows, whole)

    def read_slice(self, operation, key, values, rows, whole):
        rules = operation.list
        skip, limit = self.rng.randint(0, 3), self.rng.randint(1, 3)
        parameter = (rules.get("skip") or {}).get("name", "skip")
        first = skip if rules.get("skip") else 0
        last = first + limit if rules.get("limit") else None
        part, where = self.ask_list(operation, key, {**values, parameter: skip, "limit": limit}, rows)
        expect(part == whole[first:last], *where, "of", whole)

    def read_children(self, operation):
        resource = operation.resource
        parent = self.api.resources[resource.parent]
        key = self.some_key(parent)
        if self.db.has(parent.name, key) or operation.missing_parent == "empty":
            self.read_list(operation, key, self.db.referring(resource.name, key, resource.parent_field))
            return
        status, answer, where = self.ask(operation, key, query=in_query(self.choose_filters(operation)))
        self.expect_failure([parent.not_found(key)], status, answer, where)

    def read(self, resource):
        if "list" in resource.operations:
            self.read_list(resource.operations["list"], None, self.db.in_order(resource.name))
        if "children" in resource.operations:
            self.read_children(resource.operations["children"])
        for key in list(self.db.rows[resource.name]) + [self.absent(resource)]:
            self.read_row(resource, key)

    def read_all(self):
        for resource in self.resources:
            self.read(resource)

    # What is invalid.

    def send_junk_bodies(self, operation):
        resource = operation.resource
        key = self.some_parent(resource) if operation.is_below_parent() else self.some_key(resource)
        no_values = {name: [{}] for name, field in operation.body.items() if field["type"] not in ("object", "array")}
        for body in ([], "x", 1, *([no_values] if no_values else [])):
            status, _, where = self.ask(operation, key, body)
            expect(status == 422, *where)

    def send_junk(self, resource):
        for operation in resource.operations.values():
            if operation.body is not None:
                self.send_junk_bodies(operation)
            for key in JUNK_KEYS if "{" in operation.path else ():
                status, _, where = self.ask(operation, key, None if operation.body is None else {})
                expect(status >= 400 or operation.missing_parent == "empty", *where)

    def send_null(self, resource):
        """Null for a column that has none is refused, whatever the class says."""
        operation, row = resource.operations.get("update"), self.some_row(resource)
        for name in operation.body if operation and row else ():
            if not resource.column(name).get("nullable"):
                status, _, where = self.ask(operation, row[resource.key], {name: None})
                expect(status >= 400, *where)

    def check_redirects(self, resource):
        """The other form of a path, with or without its slash, is redirected, or another operation's path."""
        paths = [o.at(0) for r in self.resources for o in r.operations.values() if o.method == "GET"]
        operation = resource.operations.get("list")
        if not operation:
            return
        other = operation.path[:-1] if operation.path.endswith("/") else operation.path + "/"
        status, _ = self.server.ask("GET", other)
        expect(status == 307 or other in paths, "GET", other, "answers", status)

    # All.

    def check_constants(self):
        for path, answer in self.api.constants():
            status, found = self.server.ask_json("GET", path)
            expect(status == 200 and found == answer, path, "answers", status, found)
        for path in ("/docs", "/redoc"):
            status, _ = self.server.ask("GET", path)
            expect(status == 200, path, "answers", status)

    def step(self):
        resource = self.rng.choice(self.resources)
        self.rng.choice([
            self.create, self.create, self.remove, self.send_null,
            lambda r: self.send_mismatch(r, "delete"),
            lambda r: self.change(r, "update"),
            lambda r: self.change(r, "replace"),
        ])(resource)
        for other in self.resources:
            if self.rng.random() < 0.5:
                self.read(other)

    def run(self):
        for _ in range(3):
            for resource in self.resources:
                self.create(resource)
        self.read_all()
        for resource in self.resources:
            self.send_junk(resource)
            self.check_redirects(resource)
        for _ in range(10):
            self.step()
        self.read_all()
        self.check_constants()
