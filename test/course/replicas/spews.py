#!/usr/bin/env python3
"""A backup that prints for ever beside its work."""
import threading
from replica import ID, PRIMARY, Primary, run


def spew():
    while True:
        print("nothing to say " * 50)


if ID != PRIMARY:
    threading.Thread(target=spew, daemon=True).start()
run(Primary().handle)
