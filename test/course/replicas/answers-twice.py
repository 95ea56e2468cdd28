#!/usr/bin/env python3
"""Acknowledges every put twice: duplicates."""
from replica import Primary, run, send


class AnswersTwice(Primary):
    def put(self, message):
        super().put(message)
        send(message["src"], "ok", MID=message["MID"])


run(AnswersTwice().handle)
