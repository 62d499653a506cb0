"""Record what the model answers now: the golden cases, and the answers beside the events.

    python -m scripts.record_cases                  the tensors in model/cases.json or events/ again
    python -m scripts.record_cases tensors.json     tensors of your own: [{name: tensor, …}, …]

A tensor is {"datatype", "shape", "data"}. Writes model/cases.json ({"tolerance", "inputs",
"outputs"}) and events/NAME.answer.json; with tensors of your own also puts the first of them into
the events that are answered. The tests compare with these files from then on. Record when the
model's answers are known to be right, for example after a release, and read the diff.
"""

import argparse
import base64
import contextlib
import io
import json
from pathlib import Path
from typing import Any

from app import answer, features, predictor, routes
from app.handler import handler, is_envelope, is_http
from app.problem import Problem

ROOT = Path(__file__).parent.parent
CASES = ROOT / "model" / "cases.json"
EVENTS = ROOT / "events"
TOLERANCE = 1e-5


def main() -> None:
    parser = argparse.ArgumentParser(description="Record what the model answers now.")
    parser.add_argument("tensors", nargs="?", type=Path, help="a JSON list of {name: tensor}")
    file = parser.parse_args().tensors
    if file:
        given = read(file)
        cases = given["inputs"] if isinstance(given, dict) else given
        put_into_events(request_of(cases[0]))
    elif CASES.exists():
        cases = read(CASES)["inputs"]
    else:
        cases = [by_name(json.loads(read(EVENTS / "http-api.json")["body"])["inputs"])]
    tolerance = read(CASES)["tolerance"] if CASES.exists() else TOLERANCE
    outputs = [predicted(case) for case in cases]
    write(CASES, {"tolerance": tolerance, "inputs": cases, "outputs": outputs})
    for path in sorted(EVENTS.glob("*.json")):
        if not path.stem.endswith(".answer"):
            with contextlib.redirect_stdout(io.StringIO()):  # its log lines
                answered = handler(read(path), None)
            write(path.with_suffix(".answer.json"), answered)


def predicted(case: dict[str, Any]) -> dict[str, Any]:
    try:
        asked = routes.accepted.read(request_of(case))
        arrays = predictor.predict(features.make(asked.tensors), asked.outputs)
    except Problem as problem:
        faults = [f"\n  {error['detail']}" for error in problem.errors]
        raise SystemExit(f"These tensors cannot be taken: {problem}{''.join(faults)}") from None
    return by_name(answer.document(arrays, None)["outputs"])


def request_of(case: dict[str, Any]) -> dict[str, Any]:
    return {"inputs": [{"name": name, **tensor} for name, tensor in case.items()]}


def by_name(tensors: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        tensor["name"]: {part: tensor[part] for part in ("datatype", "shape", "data")}
        for tensor in tensors
    }


def put_into_events(request: dict[str, Any]) -> None:
    for path in sorted(EVENTS.glob("*.json")):
        name = path.stem
        shows_other = name.endswith((".answer", "-health", "-model", "warm-up"))
        if not shows_other and not name.startswith("error-"):
            write(path, with_tensors(read(path), request))


def with_tensors(event: Any, request: dict[str, Any]) -> Any:
    """The same event with other tensors: in an envelope, in a string, in base64, as it was."""
    if not (is_http(event) or is_envelope(event)):
        return event | request
    body = event["body"]
    if not isinstance(body, str):
        return event | {"body": body | request}
    if event.get("isBase64Encoded"):
        text = json.dumps(json.loads(base64.b64decode(body)) | request)
        return event | {"body": base64.b64encode(text.encode()).decode()}
    return event | {"body": json.dumps(json.loads(body) | request)}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def write(path: Path, document: Any) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
