#!/usr/bin/env python3
"""Says hello and then does nothing at all."""
import time
from replica import hello

hello()
while True:
    time.sleep(3600)
