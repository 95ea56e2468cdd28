"""What every small test replica shares: the socket, hello, and a loop that hands messages over."""
import json
import socket
import sys

PORT, ID, OTHERS = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
PRIMARY = min([ID, *OTHERS])
LEADER = PRIMARY
SOCKET = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
SOCKET.bind(("127.0.0.1", 0))


def send_bytes(data):
    SOCKET.sendto(data, ("127.0.0.1", PORT))


def send(dst, type, **fields):
    message = {"src": ID, "dst": dst, "leader": LEADER, "type": type, **fields}
    send_bytes(json.dumps(message).encode())


def hello():
    send("FFFF", "hello")


def run(handle):
    hello()
    while True:
        handle(json.loads(SOCKET.recv(65535)))


class Primary:
    """The replica with the lowest id serves all keys and copies puts to the others, which redirect to it."""

    def __init__(self):
        self.store = {}

    def handle(self, message):
        if message["type"] not in ("get", "put"):
            return
        if ID != PRIMARY:
            send(message["src"], "redirect", MID=message["MID"])
        elif message["type"] == "get":
            self.get(message)
        else:
            self.put(message)

    def get(self, message):
        send(message["src"], "ok", MID=message["MID"], value=self.store.get(message["key"], ""))

    def put(self, message):
        self.store[message["key"]] = message["value"]
        send("FFFF", "copy", key=message["key"], value=message["value"])
        send(message["src"], "ok", MID=message["MID"])
