"""Databend in this process. The folder it keeps its files in is the current one; a tenant joins the sessions."""

import re

from databend import SessionContext

from serve import Refused, Server, bind, number, pieces, tag, words

DATABASE = "app"
# Databend's error numbers; what is not listed is told as an internal error, with Databend's own text.
SQLSTATES = {
    1003: "3D000",
    1005: "42601",
    1006: "22000",
    1025: "42P01",
    1058: "42703",
    1065: "42000",
    2302: "42P07",
    2317: "40001",  # its catalogue gave up on a transaction for the sake of others
}
CONTROL = {"BEGIN", "START", "COMMIT", "ROLLBACK", "ABORT"}


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return f"({value!r})"
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def is_program(sql):
    """Triggers, procedures, packages, blocks: what is in them is for the engine to refuse or to run."""
    first = words(sql)
    kinds = {"TRIGGER", "PROCEDURE", "FUNCTION", "PACKAGE"}
    return first[:1] == ["DECLARE"] or (first[:1] == ["CREATE"] and bool(kinds & set(first[1:6])))


def one_statement(sql, params):
    """The text with its parameters in it. Databend runs the first of several VALUES statements and forgets the rest
    without a word, so more than one is refused here."""
    parts = list(pieces(sql, backslash=True))
    ended = False
    for kind, text in parts:
        comment = kind == "quoted" and text.startswith(("--", "/*"))
        if ended and not is_program(sql) and text.strip() and kind != "end" and not comment:
            raise Refused("42601", "more than one statement in one request")
        ended = ended or kind == "end"

    def value(index):
        if params is None:
            return "NULL"
        if not 1 <= index <= len(params):
            raise Refused("08P01", f"parameter ${index} was not bound")
        return literal(params[index - 1])

    return bind(parts, value)


def kind_of(data_type):
    """int8, float8, bool or text, of the engine's own type."""
    inner = re.sub(r"^Nullable\((.*)\)$", r"\1", data_type)
    if re.fullmatch(r"Number\(U?Int(8|16|32|64)\)", inner):
        return "int8"
    if re.fullmatch(r"Number\(Float(32|64)\)", inner):
        return "float8"
    return "bool" if inner == "Boolean" else "text"


def columns_of(frame):
    schema = str(frame.schema())
    found = re.findall(r'DataField \{ name: "((?:[^"\\]|\\.)*)", default_expr: .*?, data_type: (.*?), computed_expr:', schema)
    return [{"name": name.replace('\\"', '"'), "type": kind_of(data_type)} for name, data_type in found]


def counts_only(sql, columns):
    """INSERT, UPDATE, DELETE ... answer with rows of counts, if at all; PostgreSQL puts those into the tag."""
    return words(sql)[:1] in (["INSERT"], ["UPDATE"], ["DELETE"], ["MERGE"], ["REPLACE"]) and columns


def cell(value, kind):
    if value is None or kind in ("int8", "float8", "bool"):
        return number(value)
    return value if isinstance(value, str) else str(value)


class Session:
    def __init__(self):
        self.context = SessionContext(tenant="lab")
        self.context.sql(f"use {DATABASE}").collect()
        self.open = False

    def describe(self, sql, params):
        text, count = one_statement(sql, params)
        if words(sql)[:1] and words(sql)[0] in CONTROL:
            return {"params": count}
        columns = columns_of(self.context.sql(text))
        return {"params": count, "columns": None if counts_only(sql, columns) else columns or None}

    def run(self, sql, params):
        text, _ = one_statement(sql, params)
        frame = self.context.sql(text)
        columns = columns_of(frame)
        rows = [list(row.values()) for batch in frame.to_py_arrow() for row in batch.to_pylist()]
        first = (words(sql) or [""])[0]
        if first in CONTROL:
            self.open = first in ("BEGIN", "START")
        if not columns:
            return {"tag": tag(sql)}
        if counts_only(sql, columns):
            counted = sum(value for row in rows for value in row if isinstance(value, int))
            return {"tag": tag(sql), "affected": counted}
        kinds = [column["type"] for column in columns]
        rows = [[cell(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows]
        return {"tag": tag(sql), "columns": columns, "rows": rows}

    def close(self):
        if self.open:
            self.context.sql("rollback").collect()


def explain(error):
    text = str(error).split("\n\n   0: ")[0].strip()
    code = re.search(r"Code: (\d+)", text)
    return SQLSTATES.get(int(code.group(1)) if code else 0, "XX000"), text


first = SessionContext(tenant="lab")
first.sql(f"create database if not exists {DATABASE}").collect()
Server(Session, explain).serve()
