#!/usr/bin/env python3
"""Talks to the others before they can have said hello."""
from replica import Primary, hello, run, send

hello()
send("FFFF", "good morning")
run(Primary().handle)
