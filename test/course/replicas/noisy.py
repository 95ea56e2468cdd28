#!/usr/bin/env python3
"""Prints a great deal, with characters of several bytes, also to standard error; otherwise fine."""
import sys
from replica import Primary, run


class Noisy(Primary):
    def handle(self, message):
        print("über " * 200, message["type"], flush=True)
        print("→ " * 200, file=sys.stderr, flush=True)
        super().handle(message)


run(Noisy().handle)
