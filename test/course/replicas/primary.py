#!/usr/bin/env python3
"""Well-behaved as long as nobody fails: one primary that copies every put."""
from replica import Primary, run

run(Primary().handle)
