"""One fresh process of one service: measure.py FOLDER MODULE EVENT.json CALLS; prints one JSON line on stderr.

cold_ms   handler import, model load and first call; Lambda's runtime client is imported before
warm_us   median of one row, JSON in and out
rss_mb    resident memory at the end
"""

import json
import os
import statistics
import sys
import time

from awslambdaric import bootstrap  # what every function has loaded before its own code

folder, module, event_file, calls = sys.argv[1:]
with open(event_file) as file:
    event = json.load(file)
os.chdir(folder)
sys.path.insert(0, folder)


class Context:
    aws_request_id = "8e0f0b5c-bench"


def main():
    return run()


def run():
    """As deep in calls as the runtime client is when it imports a handler: how fast that is depends on it."""
    started = time.perf_counter()
    handler = bootstrap._get_handler(f"{module}.handler")
    answer = handler(event, Context())
    cold = time.perf_counter() - started

    seconds = []
    for _ in range(int(calls)):
        started = time.perf_counter()
        handler(event, Context())
        seconds.append(time.perf_counter() - started)
    return cold, statistics.median(seconds[len(seconds) // 10 :]), answer


cold, warm, answer = main()
with open("/proc/self/status") as status:
    resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
found = {
    "cold_ms": cold * 1e3,
    "warm_us": warm * 1e6,
    "rss_mb": resident / 1024,
    "answer": answer,
}
print(json.dumps(found), file=sys.stderr)
