"""One JSON object per line on standard output, where the cloud's log service picks it up.

A line is written in one piece, so that lines of several threads do not mix. What is written is
ASCII, so that no value of a client can break a line or the terminal that shows it.
"""

import json
import sys

# json.dumps would make an encoder for every line.
encode = json.JSONEncoder(default=str).encode


def write(level: str, message: str, **fields: object) -> None:
    # Google's log knows a line's level by this name.
    line = {"severity": level, "message": message, **fields}
    # sys.stdout is looked up each time: the runtime replaces it after this module is imported.
    sys.stdout.write(encode(line) + "\n")
