#!/usr/bin/env python3
"""Anybody answers gets, but backups trail a second behind. Only clients that share keys can notice."""
import time
import replica
from replica import ID, PRIMARY, Primary, run

replica.LEADER = "FFFF"


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
