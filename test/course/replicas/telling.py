#!/usr/bin/env python3
"""The bare replica, which also tells its inner state when somebody listens (KEELSON_TRACE)."""
import json, os, socket, sys

port, me, others = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
leader = min([me, *others])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
store = {}
puts = 0


def send(message):
    sock.sendto(json.dumps({"src": me, "leader": leader, **message}).encode(), ("127.0.0.1", port))


def tell(**state):
    if os.environ.get("KEELSON_TRACE"):
        print(json.dumps({"keelson": "state", **state}), file=sys.stderr, flush=True)


send({"dst": "FFFF", "type": "hello"})
tell(role="leader" if me == leader else "follower", term=1, leader=leader)
print("up and running", flush=True)
print(json.dumps({"keelson": "state", "term": "one"}), flush=True)
while True:
    request = json.loads(sock.recv(65535))
    answer = {"dst": request["src"], "MID": request["MID"]}
    if me != leader:
        send({**answer, "type": "redirect"})
    elif request["type"] == "put":
        store[request["key"]] = request["value"]
        puts += 1
        entry = {"index": puts, "term": 1, "text": "put", "key": request["key"]}
        tell(log=[{"kind": "append", "entries": [entry]}], commitIndex=puts)
        send({**answer, "type": "ok"})
    else:
        send({**answer, "type": "ok", "value": store.get(request["key"], "")})
