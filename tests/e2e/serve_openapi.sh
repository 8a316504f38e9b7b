#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# serve: the interface is what its OpenAPI document says: every path, parameter
# and answer, in both directions.
. "$SOURCE/tests/e2e/lib/common.sh"
. "$SOURCE/tests/e2e/lib/serve.sh"

dl ingest -q "$FIXTURES"/news-*
start_server
ROOT=$root py <<'END'
import re, urllib.parse, urllib.request, urllib.error
ROOT, SOURCE = os.environ["ROOT"].rstrip("/"), os.environ["SOURCE"]
def get(path, data=None, **headers):
    req = urllib.request.Request(ROOT + path, data=data, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        r = urllib.request.urlopen(req, timeout=30)
    except urllib.error.HTTPError as e:
        r = e
    return r.status, (r.headers["Content-Type"] or "").split(";")[0], r.read()

doc = json.loads(get("/api/v1/openapi.json")[2])
check(doc["openapi"] == "3.1.0" and doc["servers"] == [{"url": "/api/v1"}], doc["openapi"])
schemas = doc["components"]["schemas"]

# ---- a value against a schema (JSON Schema 2020-12, as far as it is used)
KNOWN = {"$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "pattern",
         "description", "minimum", "maximum", "default", "format"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
def is_type(v, t):
    if t in ("integer", "number"):
        return not isinstance(v, bool) and isinstance(v, (int,) if t == "integer" else (int, float))
    return isinstance(v, TYPES[t])
def valid(v, s, where):
    check(set(s) <= KNOWN, where, "keywords", set(s) - KNOWN)
    if "$ref" in s:
        return valid(v, schemas[s["$ref"].rsplit("/", 1)[1]], where)
    types = s.get("type", [])
    types = [types] if isinstance(types, str) else types
    check(not types or any(is_type(v, t) for t in types), where, "is", repr(v)[:60], "not", types)
    if v is None:
        return
    check("enum" not in s or v in s["enum"], where, v)
    check("pattern" not in s or re.search(s["pattern"], v), where, v)
    check("minimum" not in s or v >= s["minimum"], where, v)
    if isinstance(v, dict):
        props, more = s.get("properties", {}), s.get("additionalProperties", True)
        for name in s.get("required", []):
            check(name in v, where, "lacks", name)
        for name, value in v.items():
            if name in props:
                valid(value, props[name], where + "." + name)
            elif isinstance(more, dict):
                valid(value, more, where + "." + name)
            else:
                check(more is not False, where, "has the undocumented", name)
    if isinstance(v, list) and "items" in s:
        for i, value in enumerate(v[:200]):
            valid(value, s["items"], f"{where}[{i}]")

# ---- every route is described, and only those
routes = set(re.findall(r'"/api/v1(/[a-z.]+)"', open(SOURCE + "/src/serve/route.c").read()))
check(routes == set(doc["paths"]), "routes", routes ^ set(doc["paths"]))

URL = "https://amp.northwire.example/national/2025/03/02/tolva-flood"
HEAD = "Hundreds spend night in school halls as Tolva river bursts its banks"
good = {"url": [URL, "http://www.merrow-courier.example/", "*.northwire.example"], "q": [HEAD, URL], "from": ["2025", "2025-03-01"],
        "to": ["2026", "20260101"], "closest": ["2025-03-04T10:00"], "timestamp": ["20250304"], "limit": ["1", "3"], "top": ["2"],
        "prefix": ["n"], "site": ["northwire.example"], "lang": ["en"], "type": ["article"], "digest": ["sha1:YNGNXX4KY6MZHZR4MNUDLV6BX4UJ4O6F"],
        "text": ["0" * 64], "record": ["<urn:uuid:6b12106c-79df-5762-92af-e70993f56171>"], "resumeKey": ["example,a)/ 20250101000000 1"],
        "format": [], "publishedFrom": ["2025"], "publishedTo": ["2026"], "section": ["x"], "story": ["x"], "words": ["Tolva river"],
        "trace": [HEAD], "sample": ["2"], "seed": ["3"], "sort": [], "matchType": [], "dedupe": []}
def ask(path, params):
    return get(f"/api/v1{path}?" + urllib.parse.urlencode(params, doseq=True))
def answer(path, op, params, wanted="200"):
    status, kind, body = ask(path, params)
    r = op["responses"].get(str(status))
    check(str(status) == wanted, path, params, status, body[:200])
    check(r is not None, path, status, "is not described")
    if r is None:
        return
    check(kind in r["content"], path, params, kind, "is not described")
    schema = r["content"].get(kind, {}).get("schema")
    if schema and "json" in kind:
        for line in (body.splitlines() if kind == "application/jsonl" else [body]):
            valid(json.loads(line), {"$ref": schema["$ref"]} if "$ref" in schema else schema, path)

seen = 0
for path, item in doc["paths"].items():
    check(set(item) <= {"get", "post"}, path, set(item))
    op = item["get"]
    params = {p["name"]: p for p in op.get("parameters", [])}
    if path == "/trace":
        params["q"]["required"] = True
    base = {n: good[n][0] for n, p in params.items() if p.get("required")}
    answer(path, op, base)
    for name, p in params.items():
        schema = p["schema"].get("items", p["schema"])
        for value in schema.get("enum", []) + good[name]:
            if path == "/show" and value == "http://www.merrow-courier.example/" or "*" in value and path in ("/show", "/versions", "/cite"):
                continue
            answer(path, op, dict(base, **{name: value}))
            seen += 1
        # what makes no sense is refused
        wrong_value = {"integer": "x"}.get(schema["type"]) or ("nonsense" if "enum" in schema or schema.get("format") == "time" else None)
        if name in ("digest", "text", "resumeKey") or name == "type" and path == "/find" or name == "format":
            wrong_value = "nonsense"
        if wrong_value:
            # how to match is looked at with what has to match
            more = {"url": URL} if name == "matchType" else {}
            answer(path, op, dict(base, **more, **{name: wrong_value}) if "url" not in base
                   else dict(base, **{name: wrong_value}), "400")
        if p.get("required"):
            answer(path, op, {n: v for n, v in base.items() if n != name}, "400")
    for method in ["put", "delete"]:
        req = urllib.request.Request(ROOT + "/api/v1" + path, method=method.upper())
        try:
            check(False, method, path, urllib.request.urlopen(req).status)
        except urllib.error.HTTPError as e:
            check(e.code == 405 and e.headers["Allow"], method, path, e.code)
            valid(json.loads(e.read()), schemas["Error"], path)
check(seen > 60, "only", seen, "values tried")
for path in ["/show", "/cite"]:
    answer(path, doc["paths"][path]["get"], {"url": "http://nowhere.example/"}, "404")

# ---- POST
post = doc["paths"]["/trace"]["post"]
for kind, data in [("text/plain", HEAD.encode()), ("application/json", json.dumps({"text": HEAD}).encode())]:
    check(kind in post["requestBody"]["content"], kind)
    status, got, body = get("/api/v1/trace", data, Content_Type=kind)
    check(status == 200 and json.loads(body)["results"], kind, status)
    valid(json.loads(body), schemas["Trace"], "POST /trace")
for kind, data in [("application/json", b"{}"), ("application/json", b"{\"text\": 1}"), ("application/json", b"nonsense"), ("text/plain", b"  ")]:
    status, got, body = get("/api/v1/trace", data, Content_Type=kind)
    check(status == 400 and "400" in post["responses"], kind, data, status)

# ---- every parameter the server reads is described, and none it does not
read, told = set(), {p["name"] for i in doc["paths"].values() for o in i.values() for p in o.get("parameters", [])}
for name in ["api.c", "api_articles.c", "api_captures.c"]:
    read |= set(re.findall(r'param[_a-z]*\(r,\s*"([A-Za-z]+)"', open(f"{SOURCE}/src/serve/{name}").read()))
check(read == told, "parameters", read ^ told)

# ---- a list that is cut goes on where it ended
everything = json.loads(ask("/lookup", {"url": "*.example", "limit": 5000})[2])["captures"]
got, key = [], None
for _ in range(len(everything) + 1):
    page = json.loads(ask("/lookup", dict({"url": "*.example", "limit": 3}, **({"resumeKey": key} if key else {})))[2])
    got += page["captures"]
    key = page.get("resumeKey")
    if not key:
        break
check(got == everything and len(got) > 10, len(got), "of", len(everything))
END
echo "$test_name: all good"
