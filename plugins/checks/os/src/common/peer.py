# One side of an exchange, for targets that have Python. Same words as peer.pl.
import socket, struct, sys, time
role, kind, address, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
def make():
    return socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
def line(s):
    got = b""
    while not got.endswith(b"\n"):
        more = s.recv(65536)
        if not more: break
        got += more
    return got
def exactly(s, n):
    got = b""
    while len(got) < n:
        more = s.recv(n - len(got))
        if not more: raise SystemExit("closed after %d of %d bytes" % (len(got), n))
        got += more
    return got
if role == "serve":
    word = sys.argv[5].encode()
    s = make()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    if kind == "tcp": s.listen(64)
    print("ready", flush=True)
    import threading
    def answer(c):
        while True:
            got = line(c)
            if not got: break
            c.sendall(word + b" " + got.strip()[::-1] + b"\n")
        c.close()
    while True:
        if kind == "tcp":
            threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()
        else:
            got, who = s.recvfrom(65536)
            s.sendto(word + b" " + got.strip()[::-1] + b"\n", who)
elif role == "ask":
    for n in range(int(sys.argv[6]) if len(sys.argv) > 6 else 1):
        s = make()
        s.settimeout(3)
        try:
            s.connect((address, port))
            s.sendall(sys.argv[5].encode() + b"\n")
            print((line(s) if kind == "tcp" else s.recv(65536)).decode().strip(), flush=True)
        except Exception as e:
            print("error: %s" % (e or type(e).__name__), flush=True)
        s.close()
elif role == "hold":
    # One connection for a while: a number every tenth of a second, and what comes back.
    s = make()
    s.settimeout(20)
    s.connect((address, port))
    for n in range(int(sys.argv[5])):
        s.sendall(b"%d\n" % n)
        print(line(s).decode().strip(), flush=True)
        time.sleep(0.1)
elif role == "vnc":
    # RFC 6143: version, no security, shared, then the whole picture in raw pixels.
    s = socket.create_connection((address, port), 20)
    version = exactly(s, 12)
    s.sendall(b"RFB 003.008\n")
    kinds = exactly(s, exactly(s, 1)[0])
    if 1 not in kinds: raise SystemExit("security types %r" % list(kinds))
    s.sendall(b"\x01")
    if exactly(s, 4) != b"\0\0\0\0": raise SystemExit("refused")
    s.sendall(b"\x01")
    width, height = struct.unpack(">HH", exactly(s, 4))
    bits = exactly(s, 16)[0]
    name = exactly(s, struct.unpack(">I", exactly(s, 4))[0])
    s.sendall(struct.pack(">BBHi", 2, 0, 1, 0) + struct.pack(">BBHHHH", 3, 0, 0, 0, width, height))
    count = struct.unpack(">BBH", exactly(s, 4))[2]
    pixels = 0
    while pixels < width * height and count:
        x, y, w, h, encoding = struct.unpack(">HHHHi", exactly(s, 12))
        if encoding: raise SystemExit("encoding %d" % encoding)
        exactly(s, w * h * bits // 8)
        pixels += w * h
        count -= 1
    print("%s %dx%d %d %s" % (version.decode().strip(), width, height, pixels, name.decode(errors="replace")))
