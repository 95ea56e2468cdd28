#!/usr/bin/env python3
"""A backup redirects, and then answers the same MID all the same: incorrect."""
from replica import ID, PRIMARY, Primary, run, send


class AnswersAfterRedirect(Primary):
    def handle(self, message):
        super().handle(message)
        if ID != PRIMARY and message["type"] in ("get", "put"):
            send(message["src"], "ok", MID=message["MID"], value="")


run(AnswersAfterRedirect().handle)
