"""A small transactional store for stand-ins: SQLite with strict columns, one connection a session."""

import re
import sqlite3
import sys

from serve import Refused, tag, words

PATH = sys.argv[1]
TYPES = ((r"VARCHAR2?\s*\(\d+\)", "TEXT"), (r"\bINT\b", "INT"))


def strict(sql):
    """SQLite checks types only where it is told to."""
    for pattern, plain in TYPES:
        sql = re.sub(pattern, plain, sql, flags=re.I)
    return sql.rstrip() + " STRICT"


def kind(values):
    plain = [value for value in values if value is not None]
    return "int8" if plain and all(isinstance(value, int) for value in plain) else "text"


class Store:
    def __init__(self):
        self.connection = sqlite3.connect(PATH, timeout=20, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.open = False

    def plain(self, sql, params=()):
        """One statement of SQLite's own; rows and columns where there are any."""
        cursor = self.connection.execute(sql, params)
        if cursor.description is None:
            return {"tag": tag(sql), "affected": max(cursor.rowcount, 0)}
        rows = [list(row) for row in cursor.fetchall()]
        names = [item[0] for item in cursor.description]
        columns = [{"name": name, "type": kind(row[at] for row in rows)} for at, name in enumerate(names)]
        rows = [[str(cell) if column["type"] == "text" and cell is not None else cell for cell, column in zip(row, columns)] for row in rows]
        return {"tag": tag(sql), "columns": columns, "rows": rows}

    def control(self, sql):
        """BEGIN, COMMIT, ROLLBACK; None for anything else."""
        first = words(sql)[:2]
        if first[:1] == ["BEGIN"] or first == ["START", "TRANSACTION"]:
            self.connection.execute("BEGIN")
            self.open = True
        elif first[:1] in (["COMMIT"], ["ROLLBACK"]):
            self.connection.execute(first[0])
            self.open = False
        else:
            return None
        return {"tag": first[0]}

    def whole(self, act):
        """All of it or nothing."""
        self.connection.execute("SAVEPOINT whole")
        try:
            answer = act()
        except BaseException:
            self.connection.execute("ROLLBACK TO whole")
            raise
        finally:
            self.connection.execute("RELEASE whole")
        return answer

    def close(self):
        self.connection.close()


def explain(error):
    text = str(error)
    if isinstance(error, sqlite3.IntegrityError):
        return ("22018" if "cannot store" in text else "23505"), text
    if isinstance(error, sqlite3.Error):
        return ("42P01" if "no such table" in text else "42601"), text
    return "XX000", f"{type(error).__name__}: {error}"
