"""Lumo lamps speak lines over TCP and tell of changes by themselves. A whole plugin, without an SDK."""
import json, os, socket, sys, threading, time

lock, lamps, done, config = threading.RLock(), {}, {}, {}
LIMITS = {"on_off.on": ("on", lambda s: {"true": True, "false": False}[s]), "level.level": ("level", lambda s: limited(float(s), 0, 100)),
          "color_temperature.kelvin": ("kelvin", lambda s: limited(int(s), 2200, 6500))}

def limited(n, low, high):
    if not low <= n <= high: raise ValueError(f"{n} is not from {low} to {high}")
    return n

def send(**message):
    with lock: print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)

class Lamp(threading.Thread):
    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.id, self.conn, self.why, self.heard = path, None, None, "", threading.Condition()

    def run(self):
        while True:
            try: self.talk()
            except (OSError, ValueError) as e: self.status(f"the lamp does not answer: {e}")
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
                try: part = self.conn.recv(4096)
                except TimeoutError:
                    if asked: raise
                    asked = bool(self.conn.sendall(b"GET\n") or True)
                    continue
                if not part: raise OSError("it closed the connection")
                *lines, rest = (rest + part[-65536:]).split(b"\n")
                for line in lines: asked = not self.line(line.decode().split(" ", 2)) and asked

    def line(self, words):
        if words[0] == "LUMO" and len(words) == 3:
            self.id = lamps.setdefault(words[1], self).id or words[1]; lamps[self.id] = self
            kelvin = {"attribute": "color_temperature.kelvin", "min": 2200, "max": 6500}
            send(method="device/put", params={"id": self.id, "name": words[2], "vendor": "Lumo", "model": "L1", "type": "light_color_temperature", "capabilities": ["on_off", "level"],
                                              "properties": [kelvin], "events": [{"event": "button.press", "options": ["single", "double"]}]})
        elif words[0] == "PRESS" and self.id:
            send(method="event", params={"device": self.id, "event": "button.press", "args": {"action": words[1]}, **({"key": words[2]} if words[2:] else {})})
        elif words[0] == "STATE" and self.id:
            got = dict(w.split("=", 1) for w in " ".join(words[1:]).split())
            self.status("")
            send(method="state/report", params={"device": self.id, "values": {a: read(got[key]) for a, (key, read) in LIMITS.items() if key in got}})
            with self.heard: self.heard.notify_all()
        return words[0] == "STATE"

    def command(self, id, p):
        error = None
        with self.heard:
            try:
                for w in p["writes"]: self.conn.sendall(f"SET {LIMITS[w['attribute']][0]}={json.dumps(w['value'])}\n".encode())
                if not self.heard.wait(p["deadlineMS"] / 1000 - 0.05): error = {"code": -32007, "message": "the lamp did not answer in time"}
            except (OSError, AttributeError) as e: error = {"code": -32003, "message": f"the lamp does not answer: {e}"}
        done[p["key"]] = error
        send(id=id, **({"error": error} if error else {"result": {}}))

for text in sys.stdin:
    m = json.loads(text); id, method, p = m.get("id"), m.get("method"), m.get("params", {})
    if method == "initialize" and p["protocol"]["min"] > 1: send(id=id, error={"code": -32001, "message": "this plugin speaks protocol 1"})
    elif method == "initialize": config.update(p["config"]); send(id=id, result={"protocol": 1, "plugin": "lumo-lamp", "version": "1.0.0", "features": ["diagnostics"]})
    elif method == "discovery/found":
        if p["key"] not in lamps: lamps[p["key"]] = Lamp(p["sockets"]["tcp"]); lamps[p["key"]].start()
        send(id=id, result={})
    elif method == "device/command" and p["key"] in done: send(id=id, **({"error": done[p["key"]]} if done[p["key"]] else {"result": {}}))
    elif method == "device/command" and p["device"] in lamps: threading.Thread(target=lamps[p["device"]].command, args=(id, p), daemon=True).start()
    elif method in ("device/command", "device/forget"): send(id=id, error={"code": -32002, "message": f"there is no lamp {p['device']}"})
    elif method == "config/set": config.update(p["config"]); send(id=id, result={})
    elif method == "diagnostics": send(id=id, result={"lines": {i: l.why or "ok" for i, l in lamps.items()}})
    elif method in ("ping", "shutdown"): send(id=id, result={})
    elif id is not None and method: send(id=id, error={"code": -32601, "message": f"{method} is not known to this plugin"})
    if method == "shutdown": break
sys.stdout.flush(); os._exit(0)
