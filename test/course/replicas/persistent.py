#!/usr/bin/env python3
"""A primary that keeps its store in the directory that survives a restart."""
import json
import os
from replica import Primary, run

FILE = os.path.join(os.environ["KEELSON_STATE_DIR"], "store.json")


class Persistent(Primary):
    def __init__(self):
        super().__init__()
        if os.path.exists(FILE):
            with open(FILE) as file:
                self.store = json.load(file)

    def put(self, message):
        with open(FILE + ".new", "w") as file:
            json.dump({**self.store, message["key"]: message["value"]}, file)
        os.replace(FILE + ".new", FILE)
        super().put(message)


run(Persistent().handle)
