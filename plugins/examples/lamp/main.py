"""Lumo lamps speak lines over TCP and tell of changes by themselves. A whole plugin, without an SDK."""
import json, os, socket, sys, threading, time

FIELDS = {"on_off.on": ("on", False, True), "level.level": ("level", 0, 100), "color_temperature.kelvin": ("kelvin", 2200, 6500)}
lock, lamps, found, done, config = threading.RLock(), {}, {}, {}, {}
threading.stack_size(256 * 1024)

def send(**message):
    with lock: print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)

def error(code, text): return {"error": {"code": code, "message": text}}

class Lamp:
    def __init__(self, path):
        self.path, self.id, self.conn, self.why, self.heard, self.values = path, None, None, "", threading.Condition(), {}
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try: self.talk()
            except (OSError, ValueError, TypeError) as e: self.status(f"the lamp does not answer: {e}")
            time.sleep(1)

    def status(self, why):
        if self.id and why != self.why: send(method="device/status", params={"device": self.id, "reachable": not why, "why": why})
        self.why = why

    def talk(self):
        with socket.socket(socket.AF_UNIX) as self.conn:
            self.conn.connect(self.path)
            rest, asked = b"", False
            while True:
                self.conn.settimeout(config.get("askSeconds", 3))
                try: *lines, rest = (rest[-65536:] + (self.conn.recv(4096) or b"END\n")).split(b"\n")
                except TimeoutError:
                    if asked: raise
                    asked, lines = True, [] if self.conn.sendall(b"GET\n") else []
                for line in lines: asked = not self.line(*line.decode().split(" ", 2)) and asked

    def line(self, word, first="", rest=""):
        if word == "LUMO":
            self.id, lamps[first] = first, self
            send(method="device/put", params={"id": first, "name": rest, "vendor": "Lumo", "model": "L1", "type": "light_color_temperature", "capabilities": ["on_off", "level"],
                 "properties": [{"attribute": "color_temperature.kelvin", "min": 2200, "max": 6500}], "events": [{"event": "button.press", "options": ["single", "double"]}]})
            self.conn.sendall(b"GET\n")
        elif word == "PRESS" and self.id: send(method="event", params={"device": self.id, "event": "button.press", "args": {"action": first}, "key": rest})
        elif word == "STATE" and self.id:
            got = dict(pair.split("=", 1) for pair in f"{first} {rest}".split())
            values = {attribute: json.loads(got[name]) for attribute, (name, _, _) in FIELDS.items() if name in got}
            if not all(FIELDS[a][1] <= v <= FIELDS[a][2] for a, v in values.items()): raise ValueError(f"it says {values}")
            self.status("")
            send(method="state/report", params={"device": self.id, "values": values})
            with self.heard:
                self.values.update(values)
                self.heard.notify_all()
        elif word == "END": raise OSError("it closed the connection")
        return word == "STATE"

    def command(self, id, writes, deadlineMS, key, **_):
        try:
            with self.heard:
                self.values = {}  # what it said before, or says of something else, is no answer
                for w in writes: self.conn.sendall(f"SET {FIELDS[w['attribute']][0]}={json.dumps(w['value'])}\n".encode())
                answer = {"result": {}} if self.heard.wait_for(lambda: all(self.values.get(w["attribute"]) == w["value"] for w in writes), deadlineMS / 1000 - 0.05) else error(-32007, "the lamp did not answer in time")
        except OSError as e: answer = error(-32003, f"the lamp does not answer: {e}")
        send(id=id, **done.setdefault(key, answer))

KNOWN = ("initialize", "config/set", "discovery/found", "device/command", "diagnostics", "ping", "shutdown")

def answer(id, method, p):
    if method not in KNOWN: return error(-32601, f"{method} is not known to this plugin")
    if method == "initialize" and p["protocol"]["min"] > 1: return error(-32001, "this plugin speaks protocol 1")
    if method in ("initialize", "config/set"): config.update(p["config"])
    if method == "discovery/found": found[p["key"]] = found.get(p["key"]) or Lamp(p["sockets"]["tcp"])
    if method == "device/command":
        if p["key"] in done: return done[p["key"]]
        if p["device"] not in lamps: return error(-32002, f"there is no lamp {p['device']}")
        return threading.Thread(target=lamps[p["device"]].command, args=(id,), kwargs=p, daemon=True).start()
    return {"result": {"initialize": {"protocol": 1, "plugin": "lumo-lamp", "version": "1.0.0", "features": ["diagnostics"]},
            "diagnostics": {"lines": {i: l.why or "ok" for i, l in lamps.items()}}}.get(method, {})}

for m in map(json.loads, sys.stdin):
    if m.get("method") and "id" in m and (reply := answer(m["id"], m["method"], m.get("params", {}))): send(id=m["id"], **reply)
    if m.get("method") == "shutdown": break
os._exit(0)
