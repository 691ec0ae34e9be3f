"""Stand-in for the domain manager of an application server: real nodes, made, started and stopped from one place. No product to be
had here has one.

    domain_stand_in.py PORT TEMPLATE FOLDER COMMAND...

COMMAND starts a node; {base} in it is the node's folder, {properties} the properties of its Java machine.
"""

import http.server
import pathlib
import shutil
import signal
import subprocess
import sys
import urllib.parse

port, template, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
command = sys.argv[4:]
nodes, properties, archives = {}, {}, {}


class Node:
    def __init__(self, name, port):
        self.base = folder / name
        shutil.copytree(template, self.base)
        for path in [*self.base.glob("conf/*.xml"), self.base / "conf/logging.properties"]:
            text = path.read_text().replace('<Connector port="1"', f'<Connector port="{port}"')
            path.write_text(text.replace(str(template), str(self.base)))
        for path, archive in archives.items():
            self.put(path, archive)
        subprocess.run(["chown", "-R", "tomcat:tomcat", self.base], check=True)
        self.process = None

    def running(self):
        return self.process is not None and self.process.poll() is None

    def start(self):
        if not self.running():
            words = []
            for word in command:
                given = [f"-D{name}={value}" for name, value in properties.items()]
                words += given if word == "{properties}" else [word.replace("{base}", str(self.base))]
            log = open(self.base / "logs/out.log", "ab")
            # This program is all one thread: the nodes end with it (prctl(2), PR_SET_PDEATHSIG).
            self.process = subprocess.Popen(words, cwd=self.base, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self, patience=10):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def put(self, path, archive):
        half = self.base / "half"
        half.write_bytes(archive)
        half.chmod(0o644)
        half.rename(self.base / "webapps" / (path.strip("/") + ".war"))

    def take(self, path):
        (self.base / "webapps" / (path.strip("/") + ".war")).unlink(missing_ok=True)


def act(action, words, body):
    if action == "members":
        return "".join(f"{name} {'up' if node.running() else 'down'}\n" for name, node in nodes.items())
    if action == "join":
        if words[0] in nodes:
            raise ValueError("there is such a node")
        nodes[words[0]] = Node(words[0], int(words[1]))
        nodes[words[0]].start()
    elif action == "start":
        nodes[words[0]].start()
    elif action == "stop":
        nodes[words[0]].stop()
    elif action == "leave":
        node = nodes.pop(words[0], None)
        if node:
            node.stop()
            shutil.rmtree(node.base)
    elif action == "deploy":
        archives[words[0]] = body
        for node in nodes.values():
            node.put(words[0], body)
    elif action == "undeploy":
        archives.pop(words[0], None)
        for node in nodes.values():
            node.take(words[0])
    elif action == "property":
        before = dict(properties)
        properties.pop(words[0], None)
        if len(words) > 1 and words[1]:
            properties[words[0]] = words[1]
        for node in nodes.values() if properties != before else ():
            if node.running():
                node.stop()
                node.start()
    else:
        raise ValueError(f"no such command: {action}")
    return f"{action}: done\n"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = urllib.parse.urlsplit(self.path)
        words = [value for _, value in urllib.parse.parse_qsl(asked.query, keep_blank_values=True)]
        try:
            status, said = 200, act(asked.path.strip("/"), words, self.rfile.read(int(self.headers.get("Content-Length", 0))))
        except Exception as error:
            status, said = 400, f"{type(error).__name__}: {error}\n"
        self.send_response(status)
        self.end_headers()
        self.wfile.write(said.encode())


def end(*_):
    for node in nodes.values():
        if node.process is not None:
            node.process.kill()
    for node in nodes.values():
        if node.process is not None:
            node.process.wait()
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
