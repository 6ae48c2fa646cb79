"""Checks answers against /openapi.json, and the document itself as tests/openapi/validate does."""

import importlib.machinery
import importlib.util
import os

import jsonschema

from server import expect

VALIDATOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "openapi", "validate")
LOADER = importlib.machinery.SourceFileLoader("validate", VALIDATOR)
validate = importlib.util.module_from_spec(importlib.util.spec_from_loader("validate", LOADER))
LOADER.exec_module(validate)


class Answers:
    def __init__(self, document):
        errors = validate.check(document)
        expect(not errors, "/openapi.json:", *errors[:3])
        self.document = document
        self.validators = {}

    def response(self, method, path, status):
        return self.document["paths"][path][method.lower()]["responses"].get(str(status))

    def schema(self, method, path, status):
        response = self.response(method, path, status)
        return (response or {}).get("content", {}).get("application/json", {}).get("schema")

    def validator(self, method, path, status):
        at = (method, path, status)
        if at not in self.validators:
            schema = self.schema(*at)
            whole = None if schema is None else {**schema, "components": self.document.get("components", {})}
            self.validators[at] = whole and jsonschema.Draft202012Validator(whole)
        return self.validators[at]

    def check(self, method, path, status, answer):
        """An answer is valid against its schema; a success is declared."""
        expect(status >= 300 or self.response(method, path, status), method, path, status, "is not declared")
        validator = self.validator(method, path, status)
        if validator:
            error = next(validator.iter_errors(answer), None)
            expect(error is None, method, path, status, answer, "is not valid:", error and error.message)

    def check_order(self, method, path, status, answer):
        """The members of a row are in the order of its class."""
        schema = self.schema(method, path, status)
        if "$ref" in schema:
            names = list(validate.resolve(self.document, schema["$ref"])["properties"])
            expect(list(answer) == names, method, path, "has the members", list(answer), "and should have", names)
