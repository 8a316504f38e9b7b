#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Load on `dateline serve`, beside nginx serving a static file of 500 bytes.

    bench_serve_load.py --dateline BIN [--store DIR] [--seconds N] [--rounds N]
                        [--connections N] [--only NAME,...]

Runs wrk against both in turn, round after round, so that what else the machine
does meets both alike; prints a JSON object.  For each load: requests a second
and p99 (best round), CPU time a request, and the ratio to nginx of both.
Exact CDX queries go to the store given (as large as you like: its own URLs are
asked for, drawn with a fixed seed), else to a small one; dumps of about 500 KB
to a site of it; raw and rewritten replay to a crawl of 20 KB pages made here.
Needs wrk and nginx.
"""
import argparse, gzip, json, os, random, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.parse, urllib.request

LUA = """
local paths, n = {}, 0
for line in io.lines("%s") do n = n + 1; paths[n] = line end
local i = 0
function setup(thread) thread:set("seed", math.random(1000000)) end
function init(args) math.randomseed(tonumber(seed or 1)); i = math.random(n) end
function request() i = i %% n + 1; return wrk.format("GET", paths[i]) end
function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format('\\nRESULT {"requests": %%d, "us": %%d, "p50": %%d, "p99": %%d, "max": %%d, "bytes": %%d, "errors": %%d}\\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max, summary.bytes,
        e.connect + e.read + e.write + e.status + e.timeout))
end
"""

def free_port():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    return s.getsockname()[1]

def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("nothing listens on port %d" % port)

def processes(pid):
    """The process and its children."""
    out = [pid]
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            for child in f.read().split():
                out += processes(int(child))
    except OSError:
        pass
    return out

def cpu(pid):
    total = 0
    for p in processes(pid):
        with open(f"/proc/{p}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")

def rss(pid):
    total = 0
    for p in processes(pid):
        with open(f"/proc/{p}/status") as f:
            total += sum(int(l.split()[1]) for l in f if l.startswith("RssAnon"))
    return total

class Bench:
    def __init__(self, args):
        self.args, self.dir = args, tempfile.mkdtemp(prefix="dateline-load-")
        self.started = []

    def start(self, command, port, **more):
        p = subprocess.Popen(command, stdout=subprocess.DEVNULL, **more)
        self.started.append(p)
        wait_for(port)
        return p

    def nginx(self):
        port, root = free_port(), os.path.join(self.dir, "root")
        os.mkdir(root)
        with open(os.path.join(root, "x"), "w") as f:
            f.write("x" * 500)
        conf = os.path.join(self.dir, "nginx.conf")
        with open(conf, "w") as f:
            f.write(f"""worker_processes {self.args.threads}; daemon off; pid {self.dir}/nginx.pid; error_log /dev/null;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on;
client_body_temp_path {self.dir}/b; proxy_temp_path {self.dir}/p; fastcgi_temp_path {self.dir}/f;
uwsgi_temp_path {self.dir}/u; scgi_temp_path {self.dir}/s;
server {{ listen 127.0.0.1:{port}; root {root}; }} }}
""")
        return self.start(["nginx", "-c", conf], port), port

    def serve(self, store):
        port = free_port()
        while True:
            second = free_port()
            if second != port:
                break
        p = self.start([self.args.dateline, "serve", "--store", store, "--listen", f"127.0.0.1:{port}",
                        "--replay-port", str(second), "-j", str(self.args.threads)], port)
        return p, port, second

    def wrk(self, port, paths, seconds, connections):
        lst, lua = os.path.join(self.dir, "paths"), os.path.join(self.dir, "wrk.lua")
        with open(lst, "w") as f:
            f.write("\n".join(paths) + "\n")
        with open(lua, "w") as f:
            f.write(LUA % lst)
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency",
                              "-s", lua, f"http://127.0.0.1:{port}/"], capture_output=True, text=True).stdout
        m = re.search(r"RESULT (\{.*\})", out)
        if not m:
            sys.exit("wrk: " + out)
        return json.loads(m.group(1))

    def round(self, pid, port, paths, seconds, connections):
        before = cpu(pid)
        r = self.wrk(port, paths, seconds, connections)
        used = cpu(pid) - before
        return {"rps": r["requests"] * 1e6 / r["us"], "p50_ms": r["p50"] / 1000, "p99_ms": r["p99"] / 1000,
                "cpu_us": used * 1e6 / max(r["requests"], 1), "kb": r["bytes"] / max(r["requests"], 1) / 1024,
                "errors": r["errors"], "requests": r["requests"]}

    def compare(self, name, pid, port, paths, base, connections=None):
        """Rounds of both, in turn."""
        n = connections or self.args.connections
        rows, yard = [], []
        for _ in range(self.args.rounds):
            yard.append(self.round(base[0].pid, base[1], ["/x"], self.args.seconds, n))
            rows.append(self.round(pid, port, paths, self.args.seconds, n))
        best = max(rows, key=lambda r: r["rps"])
        other = max(yard, key=lambda r: r["rps"])
        out = {k: round(v, 3) for k, v in best.items()}
        out["p99_ms"] = round(min(r["p99_ms"] for r in rows), 3)
        out["errors"] = sum(r["errors"] for r in rows)
        out["nginx_rps"] = round(other["rps"])
        out["nginx_p99_ms"] = round(min(r["p99_ms"] for r in yard), 3)
        out["nginx_cpu_us"] = round(min(r["cpu_us"] for r in yard), 2)
        out["cpu_us"] = round(min(r["cpu_us"] for r in rows), 2)
        out["rps_ratio"] = round(best["rps"] / other["rps"], 3)
        out["rps_ratios"] = [round(a["rps"] / b["rps"], 3) for a, b in zip(rows, yard)]
        out["cpu_ratio"] = round(out["nginx_cpu_us"] / out["cpu_us"], 3)
        print(name, json.dumps(out), file=sys.stderr)
        return out

    def pages(self):
        """A crawl of 20 KB pages, gzip record by record."""
        r = random.Random(7)
        words = ["".join(r.choice("abcdefghijklmnoprstuvw") for _ in range(r.randint(2, 9))) for _ in range(4000)]
        path, urls = os.path.join(self.dir, "pages.warc.gz"), []
        with open(path, "wb") as f:
            for i in range(500):
                url = f"http://news.example/story/{i}.html"
                parts = [f"<!DOCTYPE html><html><head><title>{i}</title><link rel=stylesheet href=/s.css>"
                         "<script src='/a.js'></script></head><body>"]
                while sum(map(len, parts)) < 20000:
                    parts.append("<p>" + " ".join(r.choices(words, k=60)) +
                                 f" <a href='/story/{r.randrange(500)}.html'>more</a> <img src='/i/{i}.jpg' srcset='/i/{i}.jpg 1x, /i/{i}-2.jpg 2x'></p>")
                body = "".join(parts).encode()
                block = (b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n"
                         b"Server: x\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n\r\n" % len(body)) + body
                f.write(gzip.compress(b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:%d>\r\nWARC-Target-URI: %s\r\n"
                                      b"WARC-Date: 2024-01-01T00:00:00Z\r\nContent-Type: application/http;msgtype=response\r\n"
                                      b"Content-Length: %d\r\n\r\n" % (i, url.encode(), len(block)) + block + b"\r\n\r\n", 6))
                urls.append(url)
        store = os.path.join(self.dir, "pages.store")
        subprocess.run([self.args.dateline, "ingest", "-q", "--store", store, path], check=True)
        return store, urls

    def store_urls(self, port, n):
        """URLs of the store, drawn evenly over it; and a site whose dump is about 500 KB."""
        def get(path):
            return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=120).read().decode()
        r, urls, sites = random.Random(11), [], {}
        for top in ["com", "org", "net", "de", "example"]:
            base = f"/cdx?matchType=domain&url={top}&pageSize=1"
            pages = json.loads(get(base + "&showNumPages=true"))["pages"]
            for page in r.sample(range(pages), min(pages, 30)):
                rows = [l.split(" ") for l in get(f"{base}&page={page}&fl=url,urlkey&output=text").splitlines()]
                for url, key in r.sample(rows, min(len(rows), n // 100 + 1)):
                    urls.append(url)
                    sites.setdefault(".".join(reversed(key.split(")")[0].split(","))), None)
        best = None
        for site in list(sites)[:150]:
            try:
                pages = json.loads(get(f"/cdx?matchType=host&url={site}&showNumPages=true"))["blocks"]
            except ValueError:
                continue
            if pages > 2:
                continue
            size = len(get(f"/cdx?matchType=host&url={site}"))
            if best is None or abs(size - 500000) < abs(best[1] - 500000):
                best = (site, size)
        return urls[:n], best

    def run(self):
        a, out = self.args, {}
        only = set(a.only.split(",")) if a.only else {"exact", "dump", "raw", "rewritten", "million"}
        base = self.nginx()
        store, pages = self.pages()
        p2, port2, replay2 = self.serve(store)
        big = a.store or store
        p1, port1, replay1 = (p2, port2, replay2) if big == store else self.serve(big)
        urls, site = self.store_urls(port1, 20000)
        counts = json.loads(subprocess.run([a.dateline, "lookup", "--store", big, urls[0], "--format", "json"],
                                           capture_output=True, text=True).stdout)
        exact = ["/cdx?url=" + urllib.parse.quote(u, safe=":/") for u in urls]
        out["urls"] = len(urls)
        if "exact" in only:
            out["exact"] = self.compare("exact", p1.pid, port1, exact, base)
        if "dump" in only:
            out["dump_site"] = site
            out["dump"] = self.compare("dump", p1.pid, port1, [f"/cdx?matchType=host&url={site[0]}"], base, 16)
        if "raw" in only:
            out["raw"] = self.compare("raw", p2.pid, replay2, ["/web/20240101000000id_/" + u for u in pages], base)
        if "rewritten" in only:
            out["rewritten"] = self.compare("rewritten", p2.pid, replay2, ["/web/20240101000000/" + u for u in pages], base)
        if "million" in only:
            done, before = 0, None
            while done < 1000000:
                done += self.wrk(port1, exact, a.seconds * 2, a.connections)["requests"]
                before = before or rss(p1.pid)
            out["million"] = {"requests": done, "kb_early": before, "kb_late": rss(p1.pid)}
        print(json.dumps(out, indent=1))

    def close(self):
        for p in self.started:
            p.send_signal(signal.SIGTERM)
        for p in self.started:
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--dateline", required=True)
    p.add_argument("--store")
    p.add_argument("--seconds", type=int, default=3)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--connections", type=int, default=32)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--only")
    args = p.parse_args()
    for tool in ["wrk", "nginx"]:
        if shutil.which(tool) is None:
            sys.exit(tool + " is needed")
    b = Bench(args)
    try:
        b.run()
    finally:
        b.close()

main()
