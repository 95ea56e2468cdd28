#!/usr/bin/env python3
"""A backup that sends what is no JSON, no object, and no proper message."""
from replica import ID, PRIMARY, Primary, run, send_bytes


class Garbage(Primary):
    def handle(self, message):
        if ID != PRIMARY and message["type"] == "copy":
            for text in ("hello world", "[1, 2]", '{"src": "%s"}' % ID):
                send_bytes(text.encode())
        super().handle(message)


run(Garbage().handle)
