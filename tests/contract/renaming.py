"""Keys of rows that differ from the recorded ones: PostgreSQL counts them by a sequence, which never gives a key twice.

A case is recorded with the keys that SQLite gives. Renaming learns from each created row which key stands for the recorded
one, and translates requests and expected answers. Rows are known by their collection: the path of a request, or the name of
a list in a row; a field NAME_id has the key of a row of NAMEs.
"""
import json
import re

TARGET = re.compile(r"^/(\w+)/(\d+)(?=$|[/?#])")
CREATED = re.compile(r"^/(?:\w+/\d+/)?(\w+)/?$")
ABSENT = 10 ** 6  # added to the key of a row that does not exist


class Renaming:
    def __init__(self):
        self.keys = {}  # of each collection: the key for each recorded one
        self.changed = False  # a row has had another key than the recorded one

    def key(self, collection, recorded):
        keys = self.keys.get(collection, {})
        if recorded in keys:
            return keys[recorded]
        return recorded + ABSENT if recorded in keys.values() else recorded

    # Rows.

    def row(self, collection, row):
        def member(name, value):
            if name == "id" and isinstance(value, int):
                return self.key(collection, value)
            if name.endswith("_id") and isinstance(value, int):
                return self.key(name[:-len("_id")] + "s", value)
            return self.value(name, value)
        return {name: member(name, value) for name, value in row.items()}

    def value(self, collection, value):
        if isinstance(value, list):
            return [self.value(collection, item) for item in value]
        return self.row(collection, value) if isinstance(value, dict) and "detail" not in value else value

    def text(self, collection, text):
        """Translates compact JSON; other text is left as it is."""
        try:
            value = json.loads(text)
        except ValueError:
            return text
        written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if written != text:
            return text
        return json.dumps(self.value(collection, value), ensure_ascii=False, separators=(",", ":"))

    # Steps.

    def collection(self, step):
        path = step.get("target", "").split("?")[0]
        created, target = CREATED.match(path), TARGET.match(path)
        return created[1] if created else target[1] if target else ""

    def step(self, step):
        """The step with the keys of now."""
        def replace(match):
            return "/%s/%d" % (match[1], self.key(match[1], int(match[2])))
        if not self.changed or "target" not in step:
            return step
        step = {**step, "target": TARGET.sub(replace, step["target"])}
        if isinstance(step.get("body"), str):
            step["body"] = self.text(self.collection(step), step["body"])
        return step

    def expect(self, step, expect):
        if not self.changed or not isinstance(expect.get("body"), str):
            return expect
        return {**expect, "body": self.text(self.collection(step), expect["body"])}

    def learn(self, step, expect, response):
        """Notes a row that is created or deleted by the recorded step."""
        target = TARGET.match(step.get("target", ""))
        if step.get("method") == "DELETE" and response.status < 300 and target:
            self.keys.get(target[1], {}).pop(int(target[2]), None)
        if step.get("method") != "POST" or response.status != 201 or not isinstance(expect.get("body"), str):
            return
        recorded, created = json.loads(expect["body"]).get("id"), json.loads(response.body).get("id")
        if isinstance(recorded, int) and isinstance(created, int):
            self.keys.setdefault(self.collection(step), {})[recorded] = created
            self.changed = self.changed or recorded != created
