#!/usr/bin/env python3
"""A backup crashes at its first request."""
import sys
from replica import ID, PRIMARY, Primary, run


class Dies(Primary):
    def handle(self, message):
        if ID != PRIMARY and message["type"] == "copy":
            sys.exit("out of ideas")
        super().handle(message)


run(Dies().handle)
