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
from importlib import import_module

import awslambdaric.bootstrap  # noqa: F401  what every function has loaded before its own code

folder, module, event_file, calls = sys.argv[1:]
with open(event_file) as file:
    event = json.load(file)
os.chdir(folder)
sys.path.insert(0, folder)


class Context:
    aws_request_id = "8e0f0b5c-bench"


started = time.perf_counter()
handler = import_module(module).handler
answer = handler(event, Context())
cold = time.perf_counter() - started

seconds = []
for _ in range(int(calls)):
    started = time.perf_counter()
    handler(event, Context())
    seconds.append(time.perf_counter() - started)

with open("/proc/self/status") as status:
    resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
found = {
    "cold_ms": cold * 1e3,
    "warm_us": statistics.median(seconds[len(seconds) // 10 :]) * 1e6,
    "rss_mb": resident / 1024,
    "answer": answer,
}
print(json.dumps(found), file=sys.stderr)
