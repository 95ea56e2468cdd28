#!/usr/bin/env python3
"""The primary talks to the others before they have said hello, which they do late."""
import time
from replica import ID, PRIMARY, Primary, hello, run, send

if ID == PRIMARY:
    hello()
    send("FFFF", "good-morning")
else:
    time.sleep(0.4)
run(Primary().handle)
