"""A stand-in for the Oracle dialect, of what no product to be had here does rightly: INSERT ALL with ELSE, and nested tables.

It really does what it says, in a store of its own; whatever else it is asked it refuses."""

import re

from serve import Refused, Server, words
from store import Store, explain, strict

NAME = r"[A-Za-z_][A-Za-z_0-9]*"


class Nested:
    """A nested table in a program: PL/SQL's collection methods under their own names."""

    def __init__(self, *values):
        self.slots = dict(enumerate(values, 1))
        self.size = len(values)

    def __call__(self, index):
        self.within(index)
        if index not in self.slots:
            raise Refused("02000", f"ORA-01403 no element {index}")
        return self.slots[index]

    def within(self, index):
        if not 1 <= index <= self.size:
            raise Refused("22003", f"ORA-06533 subscript {index} beyond count {self.size}")

    def put(self, index, value):
        self.within(index)
        self.slots[index] = value

    def EXTEND(self, count=1):
        for _ in range(count):
            self.size += 1
            self.slots[self.size] = None

    def DELETE(self, index):
        self.slots.pop(index, None)

    def EXISTS(self, index):
        return index in self.slots

    @property
    def COUNT(self):
        return len(self.slots)


class Block:
    """A block of PL/SQL, as far as collections need it."""

    def __init__(self, text, store):
        self.parts = re.findall(r"'(?:[^']|'')*'|:=|\.\.|[A-Za-z_0-9.]+|\S", text)
        self.at, self.store, self.names = 0, store, {"NULL": None}

    def peek(self):
        return self.parts[self.at].upper() if self.at < len(self.parts) else ""

    def take(self, *wanted):
        word = self.peek()
        if wanted and word not in wanted:
            raise Refused("42601", f"syntax error at {word or 'the end'}: one of {', '.join(wanted)} is expected")
        self.at += 1
        return self.parts[self.at - 1]

    def until(self, *ends):
        taken = []
        while self.peek() not in ends:
            taken.append(self.take())
            if self.at >= len(self.parts):
                raise Refused("42601", f"syntax error: no {ends[0]}")
        return " ".join(taken)

    def value(self, text):
        try:
            return eval(re.sub(r"\s*\.\s*", ".", text), {"__builtins__": {}}, self.names)
        except (SyntaxError, NameError, TypeError, AttributeError) as error:
            raise Refused("42601", f"cannot evaluate {text}: {error}") from error

    def run(self):
        if self.peek() == "DECLARE":
            self.take()
            while self.peek() != "BEGIN":
                self.declare()
        self.body(True)

    def declare(self):
        name = self.take()
        if name.upper() == "TYPE":
            kind = self.take()
            self.take("IS"), self.take("TABLE"), self.take("OF")
            self.until(";")
            self.names[kind] = Nested
        else:
            self.take()
            self.names[name] = None
            if self.peek() == ":=":
                self.take()
                self.names[name] = self.value(self.until(";"))
        self.take(";")

    def body(self, live):
        self.take("BEGIN")
        start = self.at
        try:
            self.statements(live, "END", "EXCEPTION")
        except Refused:
            self.at = start
            self.statements(False, "END", "EXCEPTION")
            if self.peek() != "EXCEPTION":
                raise
            self.handler(live)
        else:
            if self.peek() == "EXCEPTION":
                self.handler(False)
        self.take("END"), self.take(";")

    def handler(self, live):
        self.take("EXCEPTION"), self.take("WHEN"), self.take("OTHERS"), self.take("THEN")
        self.statements(live, "END")

    def statements(self, live, *ends):
        while self.peek() not in ends:
            self.statement(live)

    def statement(self, live):
        word = self.peek()
        if word == "BEGIN":
            return self.body(live)
        if word == "FOR":
            return self.loop(live)
        if word == "IF":
            self.take()
            condition = self.until("THEN")
            self.take("THEN")
            self.statements(live and bool(self.value(condition)), "END")
            self.take("END"), self.take("IF"), self.take(";")
            return None
        text = self.until(";")
        self.take(";")
        if not live:
            return None
        if word == "INSERT":
            return self.insert(text)
        target, assigned, value = text.partition(" := ")
        element = re.fullmatch(rf"({NAME}) \( (.+) \)", target)
        if not assigned:
            self.value(text)
        elif element:
            self.names[element[1]].put(self.value(element[2]), self.value(value))
        else:
            self.names[target] = self.value(value)
        return None

    def loop(self, live):
        self.take("FOR")
        name = self.take()
        self.take("IN")
        low, high = re.split(r"\s*\.\.\s*", self.until("LOOP"))
        self.take("LOOP")
        start = self.at
        for number in range(self.value(low), self.value(high) + 1) if live else ():
            self.at, self.names[name] = start, number
            self.statements(True, "END")
        self.at = start
        self.statements(False, "END")
        self.take("END"), self.take("LOOP"), self.take(";")

    def insert(self, text):
        """A variable in a statement is a bound value."""
        head, _, values = text.partition(" VALUES ")
        bound = []

        def bind(match):
            if match[0].startswith("'") or match[0] not in self.names:
                return match[0]
            bound.append(self.names[match[0]])
            return "?"

        values = re.sub(rf"'(?:[^']|'')*'|{NAME}", bind, values)
        self.store.plain(f"{head} VALUES {values}", bound)


def branches(text):
    """(condition or None, 'else' or None, table, values) of each branch, and the query."""
    pattern = re.compile(rf"\s*(?:(WHEN)\s+(.+?)\s+THEN\s+|(ELSE)\s+)?INTO\s+({NAME})\s+VALUES\s*\(([^()]*)\)", re.I | re.S)
    found, at = [], 0
    while match := pattern.match(text, at):
        found.append((match[2], match[3], match[4], match[5]))
        at = match.end()
    query = text[at:].strip()
    if not found or not query.upper().startswith("SELECT"):
        raise Refused("42601", f"syntax error in INSERT ALL near {query[:40]}")
    return found, query


class Session(Store):
    def __init__(self):
        super().__init__()
        self.connection.execute("CREATE TABLE IF NOT EXISTS stand_in_types (name TEXT PRIMARY KEY) STRICT")

    def types(self):
        return [row[0] for row in self.connection.execute("SELECT name FROM stand_in_types")]

    def describe(self, sql, params):
        if words(sql)[:1] == ["SELECT"]:
            return {"params": 0, "columns": self.plain(self.unnested(sql))["columns"]}
        return {"params": 0}

    def unnested(self, sql):
        sql = re.sub(rf"\bTABLE\s*\(\s*({NAME}\.{NAME})\s*\)", r"json_each(\1)", sql, flags=re.I)
        sql = re.sub(r"\bCOLUMN_VALUE\b", "value", sql, flags=re.I)
        for name in self.types():
            sql = re.sub(rf"\b{name}\s*\(", "json_array(", sql, flags=re.I)
        return sql

    def run(self, sql, params):
        return self.control(sql) or self.whole(lambda: self.act(sql.strip()))

    def act(self, sql):
        first = words(sql)
        done = {"tag": first[0] if first else ""}
        if first[:2] in (["INSERT", "ALL"], ["INSERT", "FIRST"]):
            return {"tag": "INSERT", "affected": self.insert_all(sql.split(None, 2)[2], first[1] == "FIRST")}
        if first[:1] in (["DECLARE"], ["BEGIN"]):
            Block(sql, self).run()
            return done
        if kind := re.fullmatch(rf"CREATE\s+TYPE\s+({NAME})\s+AS\s+TABLE\s+OF\s+{NAME}(?:\s*\(\d+\))?", sql, re.I):
            self.connection.execute("INSERT INTO stand_in_types VALUES (?)", [kind[1]])
            return done
        if kind := re.fullmatch(rf"DROP\s+TYPE\s+IF\s+EXISTS\s+({NAME})", sql, re.I):
            self.connection.execute("DELETE FROM stand_in_types WHERE name = ?", [kind[1]])
            return done
        into = re.fullmatch(
            rf"INSERT\s+INTO\s+TABLE\s*\(\s*SELECT\s+{NAME}\.({NAME})\s+FROM\s+({NAME})\s+({NAME})\s+WHERE\s+(.+?)\)\s*VALUES\s*\((.+)\)",
            sql,
            re.I,
        )
        if into:
            column, table, alias, where, value = into.groups()
            return self.plain(f"UPDATE {table} AS {alias} SET {column} = json_insert({column}, '$[#]', {value}) WHERE {where}")
        if first[:2] == ["CREATE", "TABLE"]:
            sql = re.sub(rf"\s+NESTED\s+TABLE\s+{NAME}\s+STORE\s+AS\s+{NAME}\s*$", "", sql, flags=re.I)
            for name in self.types():
                sql = re.sub(rf"\b{name}\b", "TEXT", sql)
            return self.plain(strict(sql))
        if first[:1] in (["INSERT"], ["SELECT"], ["UPDATE"], ["DELETE"]) or first[:2] == ["DROP", "TABLE"]:
            return self.plain(self.unnested(sql))
        raise Refused("0A000", "this stand-in has no such statement")

    def insert_all(self, text, first):
        found, query = branches(text)
        self.connection.execute("DROP TABLE IF EXISTS temp.stand_in_rows")
        self.connection.execute(f"CREATE TEMP TABLE stand_in_rows AS {self.unnested(query)}")
        count, earlier = 0, []
        for condition, otherwise, table, values in found:
            wanted = [f"({condition}) IS TRUE"] if condition else []
            if otherwise or (first and condition):
                wanted += [f"({one}) IS NOT TRUE" for one in earlier]
            earlier += [condition] if condition else []
            where = " AND ".join(wanted) or "TRUE"
            count += self.connection.execute(f"INSERT INTO {table} SELECT {values} FROM stand_in_rows WHERE {where}").rowcount
        return count


Server(Session, explain).serve()
