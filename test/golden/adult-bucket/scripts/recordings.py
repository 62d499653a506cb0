"""What the tests compare with: model/cases.json, the events and the answers beside them.

Recordings that differ by rounding stay as they are.
"""

import base64
import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.handler import handler, is_envelope, is_http

ROOT = Path(__file__).parent.parent
CASES = ROOT / "model" / "cases.json"
EVENTS = ROOT / "events"
TOLERANCE = 1e-5


def recorded_inputs() -> list[Any]:
    """Of the golden cases; none where there are none yet."""
    return list(read(CASES)["inputs"]) if CASES.exists() else []


def document_in_event() -> Any:
    return json.loads(read(EVENTS / "http-api.json")["body"])


def record_cases(inputs: list[Any], outputs: list[Any]) -> None:
    tolerance = read(CASES)["tolerance"] if CASES.exists() else TOLERANCE
    write(CASES, {"tolerance": tolerance, "inputs": inputs, "outputs": outputs})


def record_answers() -> None:
    for path in sorted(EVENTS.glob("*.json")):
        if not path.stem.endswith(".answer"):
            with contextlib.redirect_stdout(io.StringIO()):  # its log lines
                answer = handler(read(path), None)
            write(path.with_suffix(".answer.json"), answer)


def put_into_events(change: Callable[[Any], Any]) -> None:
    for name in events_with_inputs():
        path = EVENTS / f"{name}.json"
        write(path, changed(read(path), change))


def events_with_inputs() -> list[str]:
    """Names of the events that carry what is to be answered."""
    names = [path.stem for path in sorted(EVENTS.glob("*.json"))]
    others = (".answer", "-health", "warm-up")
    return [name for name in names if not name.endswith(others) and not name.startswith("error-")]


def changed(event: Any, change: Callable[[Any], Any]) -> Any:
    """The event with its document changed: in an envelope, in a string, in base64, as it was."""
    if not (is_http(event) or is_envelope(event)):
        return change(event)
    body = event["body"]
    if not isinstance(body, str):
        return event | {"body": change(body)}
    if event.get("isBase64Encoded"):
        text = json.dumps(change(json.loads(base64.b64decode(body))))
        return event | {"body": base64.b64encode(text.encode()).decode()}
    return event | {"body": json.dumps(change(json.loads(body)))}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def write(path: Path, document: Any) -> None:
    if path.exists() and is_same(read(path), document):
        return
    text = json.dumps(document, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")


def is_same(one: Any, other: Any) -> bool:
    """Equal, if bodies are opened and numbers rounded."""
    return bool(rounded(one) == rounded(other))


def rounded(part: Any) -> Any:
    if isinstance(part, dict):
        opened = part.get("body")
        if "statusCode" in part and isinstance(opened, str):
            part = part | {"body": json.loads(opened)}
        return {key: rounded(value) for key, value in part.items()}
    if isinstance(part, list):
        return [rounded(value) for value in part]
    return float(f"{part:.9g}") if isinstance(part, float) else part
