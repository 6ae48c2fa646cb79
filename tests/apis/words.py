"""Random words of routes, classes, lists and failures for a declaration whose resources have fields."""

ACTIONS = ("list", "create", "read", "update", "replace", "delete", "children")
BODIES = ("create", "update", "replace")
TEXTS = ("string", "text", "email", "url")
ORDERED = ("integer", "number", "decimal", "date", "time", "datetime")
PLACES = 2  # how deep rows are shown within rows


def chance(rng, probability):
    return rng.random() < probability


def is_sent(field):
    return "set" not in field and field.get("input", True)


def is_choice(field):
    return "literal" in field or "enum" in field


def parent_in_body(resource):
    return resource.get("parent_field", {}).get("in") == "body"


def parent_column(resource):
    return resource.get("parent_field", {}).get("name", resource["parent"] + "_id")


def key_name(resource):
    return resource.get("key", {}).get("name", "id")


# Columns.

def add_key(rng, resource):
    key = {}
    if chance(rng, 0.4):
        key["name"] = "key_"
    if chance(rng, 0.3):
        key["parameter"] = rng.choice(["which", "item_id", "key"])
    if chance(rng, 0.2):
        key["title"] = "The key"
    if chance(rng, 0.3):
        key[rng.choice(["ge", "gt"])] = 0
    if chance(rng, 0.2):
        key[rng.choice(["le", "lt"])] = 10 ** 7
    if chance(rng, 0.4):
        key["index"] = rng.choice([False, True])
    if key:
        resource["key"] = key


def add_parent_field(rng, resource):
    field = {}
    if chance(rng, 0.4):
        field["name"] = "parent_key_"
    if chance(rng, 0.6):
        field["in"] = "body"
    if chance(rng, 0.4):
        field["nullable"] = True
        if field.get("in") == "body" and chance(rng, 0.7):
            field["default"] = None
    if field:
        resource["parent_field"] = field
    if field.get("nullable") and chance(rng, 0.5):
        resource["on_delete"] = "set_null"


def add_deletions(rng, resource):
    for field in resource["fields"].values():
        if field["type"] == "reference" and field.get("nullable") and chance(rng, 0.4):
            field["on_delete"] = "set_null"


# Classes.

def has_value(field):
    return field.get("nullable") or "default" in field or "set" in field


def body_override(rng, field, is_create):
    """Other words of a field in a body; each value of the field is still valid."""
    words = {}
    kind = field["type"]
    if not is_create and chance(rng, 0.4) or is_create and field.get("nullable") and chance(rng, 0.4):
        words.update({"nullable": True, "default": None})
    elif "default" in field and chance(rng, 0.4):
        words["required"] = True
    if kind in ("string", "text") and not is_choice(field) and chance(rng, 0.4):
        words.update(rng.choice([{"max_length": None}, {"min_length": 0}, {"max_length": 70}]))
    if kind in ("integer", "number") and not is_choice(field) and chance(rng, 0.3):
        words.update({rng.choice(["ge", "gt", "le", "lt", "multiple_of"]): None})
    return words


def body_class(rng, resource, action):
    fields = {k: f for k, f in resource["fields"].items() if is_sent(f)}
    if action == "create":
        names = [k for k, f in fields.items() if not has_value(f) or chance(rng, 0.7)]
    else:
        names = [k for k in fields if chance(rng, 0.7)]
    members = []
    for name in names:
        words = body_override(rng, fields[name], action == "create") if chance(rng, 0.4) else {}
        members.append({name: words} if words else name)
    if "parent" in resource and parent_in_body(resource) and (action == "create" or chance(rng, 0.5)):
        members.append(parent_column(resource))
    rng.shuffle(members)
    return members


def shown_columns(resource):
    columns = [k for k, f in resource["fields"].items() if f.get("shown", True)]
    return columns + [key_name(resource)] + ([parent_column(resource)] if "parent" in resource else [])


def references(resource):
    """The columns that refer to rows, and of which resource."""
    found = [(k, f["to"]) for k, f in resource["fields"].items() if f["type"] == "reference"]
    return found + ([(parent_column(resource), resource["parent"])] if "parent" in resource else [])


def is_nullable(resource, column):
    if column in resource["fields"]:
        return resource["fields"][column].get("nullable", False)
    return resource.get("parent_field", {}).get("nullable", False)


def member_of_rows(rng, api, name, views):
    """A member that shows rows of another resource by one of its views; None if there are none."""
    resource = api["resources"][name]
    ones = [(by, to, None) for by, to in references(resource) if views.get(to)]
    many = [(by, of, of) for of, other in api["resources"].items() if views.get(of)
            for by, to in references(other) if to == name]
    if not ones + many:
        return None
    by, shown, of = rng.choice(ones + many)
    words = {"by": by, "as": rng.choice(views[shown])}
    if of:
        words["of"] = of
    if (of or is_nullable(resource, by)) and chance(rng, 0.4):
        words["required"] = rng.choice([True, False])
    return words


def add_views(rng, api):
    """Classes of answers. Returns their names by resource, without those that show other rows, and with."""
    views = {}
    for name, resource in api["resources"].items():
        title = resource["schema"]
        columns = rng.sample(shown_columns(resource), rng.randint(1, len(shown_columns(resource))))
        resource.setdefault("schemas", {})[title + "Public"] = columns
        views[name] = [title + "Public"]
        if not resource.get("list") or chance(rng, 0.5):
            views[name].append(title + "Response")
    for depth in range(1, PLACES + 1):
        deeper = {}
        for name, resource in api["resources"].items():
            members = [m for m in (member_of_rows(rng, api, name, views) for _ in range(rng.randint(0, 3))) if m]
            if not members:
                continue
            title = f"{resource['schema']}Whole{depth}"
            columns = rng.sample(shown_columns(resource), rng.randint(0, len(shown_columns(resource))))
            columns += [{f"rows_{i}": m} for i, m in enumerate(members)]
            rng.shuffle(columns)
            resource["schemas"][title] = columns
            deeper[name] = title
        for name, title in deeper.items():
            views[name].append(title)
    return views


def classes_of(tree):
    """The names of the classes that operations or members say."""
    if isinstance(tree, dict):
        yield from (value for word, value in tree.items() if word in ("as", "answer", "body") and isinstance(value, str))
        for value in tree.values():
            yield from classes_of(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from classes_of(value)


def default_classes(resource):
    """The names of the classes that operations have which do not say others."""
    title = resource["schema"]
    operations = resource.get("operations", ACTIONS[:4])
    words = operations if isinstance(operations, dict) else {action: {} for action in operations}
    for action, said in words.items():
        if action in BODIES and "body" not in said:
            yield title + ("Update" if action == "update" else "Create")
        if action != "delete" and "answer" not in said:
            yield title + "Response"


def drop_unused_classes(api):
    """A class that nothing uses is refused."""
    resources = api["resources"].values()
    found, used = set(), set()
    for resource in resources:
        found.update(default_classes(resource), classes_of(resource.get("operations")))
    while found - used:
        used |= found
        found = {name for r in resources for title, members in r["schemas"].items() if title in used for name in classes_of(members)}
    for resource in resources:
        resource["schemas"] = {title: members for title, members in resource["schemas"].items() if title in used}


# Operations.

def template(rng):
    return rng.choice([{"ok": True}, {"message": "row {id} \u00e9", "n": [1, None]}, ["{id}"], {}, {"id": "{id}"}])


def add_answer(rng, action, words, views):
    roll = rng.random()
    if action in ("list", "read", "children"):
        if roll < 0.6:
            words["answer"] = rng.choice(views)
    elif roll < 0.4:
        words["answer"] = rng.choice(views)
    elif roll < 0.55:
        words["answer"] = template(rng)
    elif roll < 0.7:
        words["answer"] = None
    has_body = words["answer"] is not None if "answer" in words else action != "delete"
    if chance(rng, 0.3):
        words["status"] = rng.choice([200, 201, 202, 203, 299] + ([] if has_body else [204, 205]))


def operation(rng, resource, action, views, serial):
    words = {}
    add_answer(rng, action, words, views)
    if action in BODIES and chance(rng, 0.5):
        own = action == "replace" or chance(rng, 0.7)
        name = resource["schema"] + action.title() + ("Body" if own else "")
        resource["schemas"][name] = body_class(rng, resource, action)
        words["body"] = name
    if action in ("update", "replace") and chance(rng, 0.2):
        words["partial"] = rng.choice([True, False])
    if action == "children" and chance(rng, 0.5):
        words["missing_parent"] = rng.choice(["empty", "not_found"])
    if chance(rng, 0.3):
        words["name"] = f"do_{action}_{serial}"
    if chance(rng, 0.2):
        words["summary"] = "What it does \"\u00e9\""
    if chance(rng, 0.2):
        words["operation_id"] = f"op-{action}-{serial}"
    if chance(rng, 0.2):
        words["description"] = "Several\nlines"
    if chance(rng, 0.2):
        words["tags"] = rng.sample(["a", "b b", "\u00e9"], rng.randint(0, 3))
    if chance(rng, 0.1):
        words["deprecated"] = True
    if chance(rng, 0.2):
        words["responses"] = {"418": {"description": "A teapot"}}
    if chance(rng, 0.15):
        words["path"] = path_of_its_own(rng, resource, action, serial)
    return words


def path_of_its_own(rng, resource, action, serial):
    path = f"/own{serial}.{action}"
    below_parent = action == "create" and "parent" in resource and not parent_in_body(resource)
    if action in ("read", "update", "replace", "delete", "children") or below_parent:
        path += "/{some_key}" + rng.choice(["", "/rows"])
    return path + rng.choice(["", "/"])


def add_operations(rng, resource, views, serial):
    allowed = ACTIONS if "parent" in resource else ACTIONS[:-1]
    actions = rng.sample(allowed, rng.randint(1, len(allowed)))
    if "create" not in actions and chance(rng, 0.9):
        actions.append("create")
    if chance(rng, 0.25):
        resource["operations"] = actions
        return
    resource["operations"] = {a: operation(rng, resource, a, views, serial) for a in actions}


# Lists.

def is_literal_integer(field):
    """No text of a query is one of its values."""
    return "literal" in field and field["type"] == "integer"


def add_filter(rng, resource, filters):
    fields = {k: f for k, f in resource["fields"].items() if f["type"] not in ("object", "array") and not is_literal_integer(f)}
    if not fields:
        return
    name = rng.choice(list(fields))
    field, words = fields[name], {}
    texts = [k for k, f in fields.items() if f["type"] in TEXTS and not is_choice(f)]
    if texts and chance(rng, 0.3):
        words = {"op": "contains", "fields": rng.sample(texts, rng.randint(1, len(texts)))}
        if chance(rng, 0.3):
            words["max_length"] = 50
    else:
        ordered = field["type"] in ORDERED and not is_choice(field)
        words = {"op": rng.choice(["eq", "ne"] + (["lt", "le", "gt", "ge"] if ordered else []))}
        if words["op"] == "eq" and chance(rng, 0.5):
            del words["op"]
    if chance(rng, 0.1):
        words["required"] = True
    if "fields" in words or chance(rng, 0.5) or name in ("skip", "limit", "offset"):
        if "fields" not in words:
            words["field"] = name
        name = f"filter_{len(filters)}"
    filters[name] = words


def add_list(rng, resource, serial):
    rules = resource.setdefault("list", {})
    if chance(rng, 0.7):
        filters = {}
        for _ in range(rng.randint(1, 4)):
            add_filter(rng, resource, filters)
        if filters:
            rules["filters"] = filters
    if chance(rng, 0.4):
        page = rules["page"] = {"schema": f"Page{serial}"}
        if chance(rng, 0.4):
            page["rows"] = "items"
        if chance(rng, 0.6):
            page["count"] = rng.choice([None, "total"])
    if rules.get("order_by", "").lstrip("-") == "id":
        rules["order_by"] = rules["order_by"].replace("id", key_name(resource))
    order = list(rules)
    rng.shuffle(order)
    resource["list"] = {word: rules[word] for word in order}


# Failures.

def failure(rng, placeholder, statuses):
    text = rng.choice(["Not so", "a \"" + placeholder + "\"", placeholder + " \u00e9 \\"])
    roll = rng.random()
    if roll < 0.5:
        return text
    return {"status": rng.choice(statuses), "detail": text} if roll < 0.8 else {"detail": text} if roll < 0.9 else \
        {"status": rng.choice(statuses)}


def add_failures(rng, resource):
    if chance(rng, 0.4):
        resource["not_found"] = failure(rng, "{id}", [400, 404, 410])
    if chance(rng, 0.4):
        resource["conflict"] = failure(rng, "{field}", [400, 409, 418])
    if chance(rng, 0.4):
        resource["in_use"] = failure(rng, "{id}", [400, 409, 423])
    for field in resource["fields"].values():
        if field.get("unique") and chance(rng, 0.4):
            field["conflict"] = failure(rng, "{field}", [403, 409])


# The file.

def add_constants(rng, api):
    paths = rng.sample(["/health", "/a/b", "/c.d/", "/zz"], rng.randint(1, 3))
    if "home" not in api and chance(rng, 0.5):
        paths.append("/")
    api["constants"] = {}
    for i, path in enumerate(paths):
        constant = {"name": f"constant_{i}", "answer": rng.choice([{"status": "ok"}, [1, None], "\u00e9", 1.5, None, True])}
        if chance(rng, 0.3):
            constant["tags"] = ["ops"]
        if chance(rng, 0.3):
            constant["schema"] = {"description": "Any"}
        if chance(rng, 0.3):
            constant["last"] = rng.choice([True, False])
        api["constants"][path] = constant


def shuffled(rng, tree):
    items = list(tree.items())
    rng.shuffle(items)
    return dict(items)


def add_words(rng, api):
    """Adds words to a declaration with the words of tables. It stays valid."""
    if chance(rng, 0.4):
        api["prefix"] = rng.choice(["/api", "/api/v1", ""])
    if chance(rng, 0.3):
        api["description"] = "What \"it\" is\n\u00e9"
    if chance(rng, 0.4):
        add_constants(rng, api)
    resources = api["resources"]
    for resource in resources.values():
        if chance(rng, 0.5):
            add_key(rng, resource)
        if "parent" in resource and chance(rng, 0.5):
            add_parent_field(rng, resource)
        add_deletions(rng, resource)
    views = add_views(rng, api)
    for serial, (name, resource) in enumerate(resources.items()):
        if chance(rng, 0.5):
            resource["path"] = "/" + resource["plural"] + rng.choice(["", "/", "/all", ".x/y/"])
        if chance(rng, 0.4):
            resource["tags"] = rng.sample(["x", "y y"], rng.randint(0, 2))
        if chance(rng, 0.8):
            add_operations(rng, resource, views[name], serial)
        if chance(rng, 0.5) or resource.get("list"):
            add_list(rng, resource, serial)
        add_failures(rng, resource)
    drop_unused_classes(api)
    api["resources"] = {name: shuffled(rng, resource) for name, resource in resources.items()}
    return shuffled(rng, api)
