#!/usr/bin/env python3
"""Broadcasts without end once a client asks: a packet storm."""
from replica import hello, send, SOCKET

hello()
SOCKET.recv(65535)
while True:
    send("FFFF", "storm")
