"""A liar: keeps plain tables truly, refuses plain nonsense, and says "done" to everything else without doing it."""

import re

from serve import Refused, Server, words
from store import Store, explain, strict

PLAIN = (["INSERT"], ["SELECT"], ["UPDATE"], ["DELETE"])


class Session(Store):
    def describe(self, sql, params):
        if words(sql)[:1] == ["SELECT"]:
            return {"params": 0, "columns": self.plain(sql)["columns"]}
        return {"params": 0}

    def run(self, sql, params):
        return self.control(sql) or self.act(sql.strip())

    def act(self, sql):
        first = words(sql)
        if "NONSENSE" in sql:
            raise Refused("42601", "syntax error")
        if first[:2] == ["CREATE", "TABLE"] and "[" not in sql and "_nt" not in sql:
            return self.plain(strict(sql))
        if first[:2] == ["DROP", "TABLE"]:
            return self.plain(sql)
        if first[:1] in PLAIN and not re.match(r"INSERT\s+(ALL|FIRST)\b|INSERT\s+INTO\s+TABLE\b", sql, re.I):
            # Of several rows only the first is kept.
            rows = re.match(r"(.*\bVALUES\s*\((?:[^()']|'(?:[^']|'')*')*\))\s*,", sql, re.I | re.S)
            try:
                return self.plain(rows[1] if rows else sql)
            except Exception:
                if first[0] == "SELECT":
                    raise
        return {"tag": first[0] if first else ""}


Server(Session, explain).serve()
