"""Send events to a project's handler, and print their answers as one JSON list on the last line.

    cd PROJECT && python send.py '[EVENT, …]'
"""

import importlib
import json
import sys

sys.path.insert(0, "")
handler = importlib.import_module("app.handler").handler
print(json.dumps([handler(event, None) for event in json.loads(sys.argv[1])]))
