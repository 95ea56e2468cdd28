#!/usr/bin/env python3
"""Knows no leader and says so at once, again and again: a redirect storm."""
import replica

replica.LEADER = "FFFF"
replica.run(lambda message: replica.send(message["src"], "redirect", MID=message["MID"]))
