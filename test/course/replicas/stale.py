#!/usr/bin/env python3
"""Never overwrites: gets return the first value of a key."""
from replica import Primary, run


class Stale(Primary):
    def put(self, message):
        earlier = self.store.get(message["key"], message["value"])
        super().put(message)
        self.store[message["key"]] = earlier


run(Stale().handle)
