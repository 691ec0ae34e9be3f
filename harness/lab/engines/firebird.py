"""Firebird's engine in this process, on the database file named by the first argument."""

import decimal
import re
import sys

from firebird.driver import Isolation, connect, create_database, tpb
from firebird.driver.types import DatabaseError, StatementType

from serve import Refused, Server, bind, number, pieces, tag, words

PATH = sys.argv[1]
# Like PostgreSQL's default; a lock is waited for, but not for ever.
TRANSACTION = tpb(Isolation.READ_COMMITTED_RECORD_VERSION, lock_timeout=5)
BEGIN = ({"BEGIN"}, {"BEGIN", "WORK"}, {"BEGIN", "TRANSACTION"}, {"START", "TRANSACTION"})
ENDS = [{verb, *noise} for verb in ("COMMIT", "ROLLBACK") for noise in ((), ("WORK",), ("TRANSACTION",))]
ANSWERS = (StatementType.SELECT, StatementType.SELECT_FOR_UPD, StatementType.EXEC_PROCEDURE)
KINDS = {int: "int8", float: "float8", bool: "bool"}


def control(sql):
    """BEGIN, COMMIT, ROLLBACK or None. Firebird has no BEGIN of its own; only the plain forms are known here."""
    said = {word for word in words(sql) if word != ";"}
    if said in BEGIN:
        return "BEGIN"
    if said in ENDS:
        return "COMMIT" if "COMMIT" in said else "ROLLBACK"
    return None


def native(sql, params):
    """The statement with ? for $n, and the values in the order of the marks."""
    order = []

    def mark(index):
        order.append(index)
        return "?"

    text, count = bind(pieces(sql), mark)
    if params is None:
        return text, count, None
    if count > len(params):
        raise Refused("08P01", f"parameter ${count} was not bound")
    return text, count, [params[index - 1] for index in order]


def cell(value):
    if isinstance(value, (bool, int, float, str)) or value is None:
        return number(value)
    if isinstance(value, bytes):
        return value.hex()
    return format(value, "f") if isinstance(value, decimal.Decimal) else str(value)


class Session:
    def __init__(self):
        self.connection = connect(PATH, user="SYSDBA", charset="UTF8")
        self.connection.default_tpb = TRANSACTION
        self.open = False

    def describe(self, sql, params):
        if control(sql):
            return {"params": 0}
        text, count, _ = native(sql, params)
        try:
            cursor = self.connection.cursor()
            statement = cursor.prepare(text)
            try:
                return {"params": count, "columns": self.columns(cursor, statement)}
            finally:
                statement.free()
        finally:
            if not self.open:
                self.undo()

    def run(self, sql, params):
        word = control(sql)
        if word:
            return self.end_or_begin(word)
        text, _, values = native(sql, params)
        cursor = self.connection.cursor()
        try:
            statement = cursor.prepare(text)
            try:
                columns = self.columns(cursor, statement)
                cursor.execute(statement, values)
                rows = [[cell(value) for value in row] for row in cursor.fetchall()] if columns else None
                changed = statement.type in (StatementType.INSERT, StatementType.UPDATE, StatementType.DELETE)
                affected = cursor.affected_rows if changed else None
            finally:
                cursor.close()
                statement.free()
            if not self.open:
                self.connection.commit()
        except BaseException:
            if not self.open:
                self.undo()
            raise
        return {"tag": tag(sql), "columns": columns, "rows": rows, "affected": affected}

    def columns(self, cursor, statement):
        if statement.type not in ANSWERS or not statement._out_desc:
            return None
        cursor._stmt = statement
        try:
            return [{"name": item[0], "type": KINDS.get(item[1], "text")} for item in cursor.description]
        finally:
            cursor._stmt = None

    def end_or_begin(self, word):
        if word == "BEGIN":
            if self.open:
                raise Refused("25001", "a transaction is in progress")
            self.connection.begin()
        elif not self.open:
            raise Refused("25P01", "no transaction is in progress")
        elif word == "COMMIT":
            self.connection.commit()
        else:
            self.connection.rollback()
        self.open = word == "BEGIN"
        return {"tag": word}

    def undo(self):
        if self.connection.main_transaction.is_active():
            self.connection.rollback()

    def close(self):
        self.undo()
        self.connection.close()


def explain(error):
    if isinstance(error, DatabaseError):
        return error.sqlstate or "XX000", re.sub(r"\s*\n-?", "; ", str(error)).strip()
    return "XX000", f"{type(error).__name__}: {error}"


create_database(PATH, user="SYSDBA", charset="UTF8", overwrite=True).close()
Server(Session, explain).serve()
