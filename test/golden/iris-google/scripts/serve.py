"""Answer HTTP on this machine, through the server that is deployed.

    python -m scripts.serve [--port 8000]

functions-framework starts gunicorn, as Google's buildpack does. Listens on 127.0.0.1 only.
Stop it with Ctrl-C.
"""

import argparse
import os
import socket
import sys
from pathlib import Path

MAIN = Path(__file__).parent.parent / "main.py"


def main() -> None:
    parser = argparse.ArgumentParser(description="Answer HTTP on 127.0.0.1 as Google would.")
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    refuse_taken(port)
    print(f"Listening on http://127.0.0.1:{port}; what it answers: GET /schema", flush=True)
    where = ["--source", str(MAIN), "--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "functions_framework", "--target", "predict", *where]
    # Each log line is seen when it is written; as many threads as the function has.
    os.execve(  # noqa: S606
        sys.executable, command, {"PYTHONUNBUFFERED": "1", "THREADS": "4"} | os.environ
    )


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = f"Port {port} cannot be used: {error}."
            raise SystemExit(f"{reason} Give another one: --port 8001") from None


if __name__ == "__main__":
    main()
