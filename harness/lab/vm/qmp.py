"""Speaks to an emulator: `qmp.py SOCKET resume` lets a restored machine go on, `qmp.py SOCKET save FILE` saves one and ends it."""
import json
import socket
import sys
import time

connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
stream = connection.makefile("rw")
stream.readline()


def order(name, **arguments):
    stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
    stream.flush()
    while True:
        answer = json.loads(stream.readline())
        if "error" in answer:
            sys.exit(str(answer["error"]))
        if "return" in answer:
            return answer["return"]


order("qmp_capabilities")
if sys.argv[2] == "resume":
    while order("query-status")["status"] == "inmigrate":
        time.sleep(0.02)
    # A state that was saved while it stood still stands still.
    order("cont")
elif sys.argv[2] == "save":
    order("stop")
    order("migrate-set-parameters", **{"max-bandwidth": 10**12})
    order("migrate", uri=f"exec:zstd -q -1 > {sys.argv[3]}")
    while (status := order("query-migrate").get("status")) not in ("completed", "failed"):
        time.sleep(0.05)
    if status == "failed":
        order("cont")
        sys.exit("the state could not be saved")
    order("quit")
