"""Measure how long this machine takes for a cold start and for a warm call.

    python -m scripts.bench [--rounds 9]

A cold start is a fresh process: importing the handler, loading the model, answering the first call.
A warm call is one row over HTTP's event, JSON in and out, with its validation and its log line.
Medians. Flask and functions-framework, which Google starts as well, are part of all of it.
"""

import argparse
import contextlib
import io
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

EVENT = Path(__file__).parent.parent / "events" / "http.json"
WARM_CALLS = 500

COLD = """
import json, sys, time
event = json.loads(sys.argv[1])
started = time.perf_counter()
import app.startup
app.startup.ready()
from scripts.local import call
loaded = time.perf_counter()
assert call(event)["statusCode"] == 200
print(json.dumps([loaded - started, time.perf_counter() - loaded]))
"""


def one_row(event: dict[str, Any]) -> dict[str, Any]:
    document = json.loads(event["body"])
    rows = document.get("instances") if isinstance(document, dict) else document
    return event | {"body": json.dumps(rows[:1])} if rows else event


def cold(event: dict[str, Any]) -> tuple[float, float]:
    """Seconds for import and load, and for the first call."""
    done = subprocess.run(
        [sys.executable, "-c", COLD, json.dumps(event)],
        capture_output=True,
        check=True,
        cwd=EVENT.parent.parent,
        text=True,
    )
    loaded, answered = json.loads(done.stdout.splitlines()[-1])
    return loaded, answered


def warm(event: dict[str, Any]) -> list[float]:
    """Seconds of each of many calls."""
    from scripts.local import call

    seconds = []
    with contextlib.redirect_stdout(io.StringIO()):
        for _call in range(WARM_CALLS):
            started = time.perf_counter()
            call(event)
            seconds.append(time.perf_counter() - started)
    return seconds[WARM_CALLS // 10 :]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure cold starts and warm calls.")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    event = one_row(json.loads(EVENT.read_text(encoding="utf-8")))
    cold(event)  # the first one compiles byte code and fills the disk cache
    loaded, answered = zip(*(cold(event) for _round in range(rounds)), strict=True)
    calls = warm(event)
    print(f"cold: import and load  {statistics.median(loaded) * 1e3:9.1f} ms")
    print(f"cold: first call       {statistics.median(answered) * 1e3:9.1f} ms")
    print(f"warm: one row          {statistics.median(calls) * 1e6:9.1f} us")
    print(f"warm: slowest of 100   {statistics.quantiles(calls, n=100)[-1] * 1e6:9.1f} us")


if __name__ == "__main__":
    main()
