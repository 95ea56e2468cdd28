#!/usr/bin/env python3
"""A backup that sends bytes which are no UTF-8."""
from replica import ID, PRIMARY, Primary, run, send_bytes


class NotUtf8(Primary):
    def handle(self, message):
        if ID != PRIMARY and message["type"] == "copy":
            send_bytes(b'{"src": "\xff\xfe"}')
        super().handle(message)


run(NotUtf8().handle)
