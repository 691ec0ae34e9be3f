"""What every engine behind the front shares: JSON lines in and out, one thread a session, and a reader of SQL that
knows strings and comments."""

import json
import math
import queue
import re
import sys
import threading


class Refused(Exception):
    """A statement that this side refuses, with its SQLSTATE."""

    def __init__(self, sqlstate, message):
        super().__init__(message)
        self.sqlstate = sqlstate


def pieces(sql, backslash=False):
    """Cuts SQL into (kind, text): 'code', 'quoted' (strings, names, comments), 'param' ($1) and 'end' (a semicolon)."""
    body = r"(?:[^{q}\\]|{q}{q}|\\.)*" if backslash else r"(?:[^{q}]|{q}{q})*"
    quoted = "|".join(q + body.format(q=q) + q for q in ("'", '"'))
    if backslash:
        quoted += r"|`[^`]*`|\$\$.*?\$\$"
    pattern = re.compile(rf"(?P<quoted>{quoted}|--[^\n]*|/\*.*?\*/)|(?P<param>\$[0-9]+)|(?P<end>;)", re.S)
    at = 0
    for match in pattern.finditer(sql):
        if match.start() > at:
            yield "code", sql[at : match.start()]
        yield match.lastgroup, match.group()
        at = match.end()
    if at < len(sql):
        yield "code", sql[at:]


def bind(parts, on_param):
    """The statement with every $n replaced, and how many parameters it has."""
    out, count = [], 0
    for kind, text in parts:
        if kind == "param":
            number = int(text[1:])
            count = max(count, number)
            text = on_param(number)
        out.append(text)
    return "".join(out), count


def number(value):
    """JSON has no infinities and no not-a-number: those are told as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def words(sql):
    """The first words, in capitals, comments left out."""
    code = "".join(" " if text.startswith(("--", "/*")) else text for _, text in pieces(sql))
    return [word.upper() for word in re.findall(r"[A-Za-z_]+|;|\S", code)[:12]]


def tag(sql):
    """PostgreSQL's name for what a statement does."""
    first = words(sql)[:2] or [""]
    if first[0] in ("CREATE", "ALTER", "DROP") and len(first) == 2:
        return " ".join(first)
    return "START TRANSACTION" if first == ["START", "TRANSACTION"] else first[0]


class Server:
    """Reads requests, hands each to its session's thread, writes the answers."""

    def __init__(self, open_session, explain):
        self.open_session = open_session
        self.explain = explain
        self.sessions = {}
        self.lock = threading.Lock()

    def serve(self):
        self.write({"ready": True})
        for line in sys.stdin:
            request = json.loads(line)
            key = request["session"]
            if key not in self.sessions:
                self.sessions[key] = queue.SimpleQueue()
                threading.Thread(target=self.work, args=(self.sessions[key],), daemon=True).start()
            self.sessions[key].put(request)
            if request["op"] == "close":
                del self.sessions[key]

    def work(self, requests):
        session = None
        while True:
            request = requests.get()
            if request["op"] == "close":
                if session is not None:
                    session.close()
                return
            try:
                if session is None:
                    session = self.open_session()
                do = session.describe if request["op"] == "describe" else session.run
                answer = do(request["sql"], request.get("params"))
            except BaseException as error:  # the engine's own errors are not all of Exception
                sqlstate, message = (error.sqlstate, str(error)) if isinstance(error, Refused) else self.explain(error)
                answer = {"error": {"sqlstate": sqlstate, "message": message}}
            answer["id"] = request["id"]
            answer["open"] = session is not None and session.open
            self.write(answer)

    def write(self, answer):
        text = json.dumps(answer, ensure_ascii=False, default=str)
        with self.lock:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
