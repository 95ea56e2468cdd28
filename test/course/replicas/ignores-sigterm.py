#!/usr/bin/env python3
"""Serves well, but does not end when told to."""
import signal
from replica import Primary, run

signal.signal(signal.SIGTERM, signal.SIG_IGN)
run(Primary().handle)
