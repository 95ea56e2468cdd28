#!/usr/bin/env python3
"""Serves well, but does not end when told to. Prints its process id."""
import os
import signal
from replica import Primary, run

signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), flush=True)
run(Primary().handle)
