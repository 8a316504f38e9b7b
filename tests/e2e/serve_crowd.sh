#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# labels: threads
#
# serve: thousands of idle connections, half-open ones, clients that read
# slowly or go away; a store that grows and is compacted meanwhile; an end that
# cuts nobody short.
. "$SOURCE/tests/e2e/lib/common.sh"
. "$SOURCE/tests/e2e/lib/serve.sh"

python3 - "$dir" <<'END'
import sys
def lines(name, n, host):
    with open(f"{sys.argv[1]}/{name}.cdxj", "w") as f:
        for i in range(n):
            f.write('example,%s)/%06d 20240101000000 {"url": "http://%s.example/%06d", "mime": "text/html", "status": "200", "digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "length": "10", "offset": "%d", "filename": "x.warc.gz"}\n' % (host, i, host, i, i))
lines("a", 30000, "many")
for i in range(6):
    lines(f"b{i}", 500, f"later{i}")
END
"$DATELINE" import "$dir/a.cdxj" >/dev/null 2>&1 || die "not imported"
start_server
ROOT=$root SERVER=$server py <<'END'
import resource, signal, socket, subprocess, threading, time, urllib.request
PORT = int(os.environ["ROOT"].rstrip("/").rsplit(":", 1)[1])
SERVER, TOOL = int(os.environ["SERVER"]), os.environ["DATELINE"]
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
tsan = "tsan" in open(f"/proc/{SERVER}/maps").read()
many = min(1000 if tsan else 10000, hard // 2 - 300)
def connect():
    return socket.create_connection(("127.0.0.1", PORT), timeout=30)
def rss():
    with open(f"/proc/{SERVER}/status") as f:
        return int(next(l for l in f if l.startswith("VmRSS")).split()[1])
class Client:
    """One connection, kept alive."""
    def __init__(self):
        self.s, self.rest = connect(), b""
    def get(self, path):
        self.s.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        size = int(re_length(head))
        while len(self.rest) < size:
            self.more()
        body, self.rest = self.rest[:size], self.rest[size:]
        return int(head.split()[1]), body
    def more(self):
        piece = self.s.recv(65536)
        if not piece:
            raise ConnectionError("closed")
        self.rest += piece
def re_length(head):
    return next(l.split(b":")[1] for l in head.lower().split(b"\r\n") if l.startswith(b"content-length:"))
ONE = "/cdx?url=http://many.example/000123"

# ---- idle, half-open and slow ones
before = rss()
idle = [connect() for _ in range(many)]
for i, s in enumerate(idle):
    if i % 10 == 1:
        s.sendall(b"GET /cdx?url=http://ma")
    elif i % 10 == 2:
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
slow = []
for i in range(40):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", PORT))
    s.sendall(b"GET /cdx?url=*.many.example HTTP/1.1\r\nHost: localhost\r\n\r\n")
    slow.append(s)
c, times = Client(), []
for _ in range(200):
    t = time.monotonic()
    status, body = c.get(ONE)
    times.append(time.monotonic() - t)
    check(status == 200 and body.startswith(b"example,many)/000123 "), status, body[:80])
check(sorted(times)[100] < 0.2, "with idle ones around, a query takes", sorted(times)[100])
check(tsan or rss() - before < 120000 + many * 20, many, "idle connections cost", rss() - before, "KB")
for s in slow[:20]: # read a little, go away
    s.recv(1000)
    s.close()
for s in idle:
    s.close()

# ---- the store grows and is compacted while it is asked
failed, done, stop = [], [0], threading.Event()
def ask():
    try:
        client = Client()
        while not stop.is_set():
            status, body = client.get(ONE)
            if status != 200 or not body.startswith(b"example,many)/000123 "):
                failed.append((status, body[:100]))
            done[0] += 1
    except (OSError, ConnectionError) as e:
        failed.append(e)
threads = [threading.Thread(target=ask) for _ in range(4)]
for t in threads:
    t.start()
for i in range(6):
    p = subprocess.run([TOOL, "import", f"{DIR}/b{i}.cdxj"], capture_output=True)
    check(p.returncode == 0, p.stderr)
    status, body = c.get(f"/cdx?url=http://later{i}.example/000001")
    check(body.startswith(b"example,later"), "what was added does not show", i, status)
p = subprocess.run([TOOL, "compact", "--all"], capture_output=True)
check(p.returncode == 0, "compact:", p.stderr)
time.sleep(0.3)
stop.set()
for t in threads:
    t.join()
check(not failed and done[0] > 100, "while it grew:", done[0], failed[:3])
status, body = c.get("/cdx?url=http://later3.example/000001")
check(body.startswith(b"example,later3"), "after compaction", status, body[:80])

# ---- the end: who is being answered is answered
last = [connect() for _ in range(5)]
for s in last:
    s.sendall(b"GET /cdx?url=*.many.example&limit=20000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
for s in last:
    check(s.recv(1000).startswith(b"HTTP/1.1 200"), "no answer")
for s in slow[20:]:
    s.close()
os.kill(SERVER, signal.SIGTERM)
for s in last:
    n = 1000
    time.sleep(0.1)
    while piece := s.recv(65536):
        n += len(piece)
    check(n > 20000 * 150, "cut at", n)
try:
    connect().close()
    time.sleep(0.5)
    connect()
    check(False, "it still takes connections")
except OSError:
    pass
END
rc=0
wait $server || rc=$?
[ "$rc" -eq 0 ] || die "it ends with $rc"
[ ! -s "$dir/served" ] || die "it says: $(cat "$dir/served")"
echo "$test_name: all good"
