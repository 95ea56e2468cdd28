#!/usr/bin/env python3
"""A whole replica in few lines: the lowest id answers everything, the others redirect to it. Nothing is replicated."""
import json, socket, sys

port, me, others = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
leader = min([me, *others])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
store = {}


def send(message):
    sock.sendto(json.dumps({"src": me, "leader": leader, **message}).encode(), ("127.0.0.1", port))


send({"dst": "FFFF", "type": "hello"})
while True:
    request = json.loads(sock.recv(65535))
    answer = {"dst": request["src"], "MID": request["MID"]}
    if me != leader:
        send({**answer, "type": "redirect"})
    elif request["type"] == "put":
        store[request["key"]] = request["value"]
        send({**answer, "type": "ok"})
    else:
        send({**answer, "type": "ok", "value": store.get(request["key"], "")})
