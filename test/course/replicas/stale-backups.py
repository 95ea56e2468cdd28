#!/usr/bin/env python3
"""Backups answer gets from their own copy, which trails far behind: right for each client's own keys only by luck."""
import time
from replica import ID, PRIMARY, Primary, run


class StaleBackups(Primary):
    LAG = 1.0

    def __init__(self):
        super().__init__()
        self.copies = []

    def handle(self, message):
        if message["type"] == "copy":
            self.copies.append((time.monotonic() + self.LAG, message))
        elif message["type"] == "get" and ID != PRIMARY:
            self.catch_up()
            self.get(message)
        else:
            super().handle(message)

    def catch_up(self):
        while self.copies and self.copies[0][0] <= time.monotonic():
            _, copy = self.copies.pop(0)
            self.store[copy["key"]] = copy["value"]


run(StaleBackups().handle)
