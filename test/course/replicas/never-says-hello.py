#!/usr/bin/env python3
"""A backup that forgets its hello."""
import time
from replica import ID, PRIMARY, Primary, run

if ID == PRIMARY:
    run(Primary().handle)
while True:
    time.sleep(3600)
