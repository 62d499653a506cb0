"""Run a command in a pseudo terminal and play keys to it, as a person would.

In:  JSON on stdin: {"command": […], "cwd", "env": {…}, "columns", "rows", "steps": [{"await": "text", "keys": "…"} | {"signal": "SIGTERM", …}, …]}.
     Each step waits until its text has appeared after the step before, then sends its keys.
Out: JSON on stdout: {"code", "output", "reached": steps done}; `code` is null when nothing happened for 20 seconds.
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PATIENCE_SECONDS = 20
# A prompt discards what was typed before it listens: keys come this long after its text, as from a person.
REACTION_SECONDS = 0.03


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def play(script: dict) -> dict:
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(script["cwd"])
        os.execvpe(script["command"][0], script["command"], script["env"])
    size = struct.pack("HHHH", script["rows"], script["columns"], 0, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
    output, seen, reached = b"", 0, 0
    steps, last = script["steps"], time.monotonic()
    while True:
        readable, _, _ = select.select([terminal], [], [], 0.02)
        if readable:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:
                break
            if not chunk:
                break
            output += chunk
            last = time.monotonic()
            continue
        text = output.decode("utf-8", "replace")
        if reached < len(steps) and steps[reached]["await"] in re.sub(r"\s+", " ", plain(text[seen:])):
            time.sleep(REACTION_SECONDS)
            seen = len(text)
            step = steps[reached]
            if "signal" in step:
                os.kill(child, getattr(signal, step["signal"]))
            else:
                os.write(terminal, step["keys"].encode())
            reached += 1
            last = time.monotonic()
        if time.monotonic() - last > PATIENCE_SECONDS:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return {"code": None, "output": text, "reached": reached}
    _, status = os.waitpid(child, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "output": output.decode("utf-8", "replace"),
        "reached": reached,
    }


if __name__ == "__main__":
    print(json.dumps(play(json.load(sys.stdin))))
