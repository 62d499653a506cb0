"""Record what the model answers now: the golden cases, and the answers beside the events.

    python -m scripts.record_cases                the rows in model/cases.json or events/ again
    python -m scripts.record_cases rows.json      rows of your own: [{feature: value, …}, …]

Writes model/cases.json ({"tolerance", "inputs", "outputs"}) and events/NAME.answer.json; with rows
of your own also puts the first of them into the events, each in the form that it has. The tests
compare with these files from then on. Record when the model's answers are known to be right, for
example after a release, or when RAW in app/features.py asks for other rows, and read the diff.

Events that show an error keep what is sent. Recordings that differ by rounding stay as they are.
"""

import argparse
import base64
import contextlib
import io
import json
from pathlib import Path
from typing import Any

from app import features, predictor, routes
from app.problem import Problem
from scripts.local import call

ROOT = Path(__file__).parent.parent
CASES = ROOT / "model" / "cases.json"
EVENTS = ROOT / "events"
TOLERANCE = 1e-5
SHOWN_ROWS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Record what the model answers now.")
    parser.add_argument("rows", nargs="?", type=Path, help="a JSON list of rows")
    rows_file = parser.parse_args().rows
    if rows_file:
        rows = read(rows_file)
        rows = rows["inputs"] if isinstance(rows, dict) else rows
        record_cases(rows)
        put_into_events(routes.accepted.rows(rows)[0][:SHOWN_ROWS])
    else:
        record_cases(read(CASES)["inputs"] if CASES.exists() else rows_in_events())
    record_answers()


def rows_in_events() -> list[Any]:
    document = json.loads(read(EVENTS / "http.json")["body"])
    return list(document["instances"] if isinstance(document, dict) else document)


def record_cases(rows: list[Any]) -> None:
    try:
        checked, _ignored = routes.accepted.rows(rows)
    except Problem as problem:
        faults = [f"\n  {error['detail']}" for error in problem.errors]
        raise SystemExit(f"These rows do not fit the schema: {problem}{''.join(faults)}") from None
    outputs = predictor.predict(features.make(checked))
    tolerance = read(CASES)["tolerance"] if CASES.exists() else TOLERANCE
    write(CASES, {"tolerance": tolerance, "inputs": rows, "outputs": outputs})


def record_answers() -> None:
    for path in sorted(EVENTS.glob("*.json")):
        if not path.stem.endswith(".answer"):
            with contextlib.redirect_stdout(io.StringIO()):  # its log lines
                answer = call(read(path))
            write(path.with_suffix(".answer.json"), answer)


def put_into_events(rows: list[dict[str, Any]]) -> None:
    for name in events_with_rows():
        path = EVENTS / f"{name}.json"
        write(path, with_rows(read(path), rows))


def events_with_rows() -> list[str]:
    """Names of the events that carry rows which are to be answered."""
    names = [path.stem for path in sorted(EVENTS.glob("*.json"))]
    return [
        name
        for name in names
        if not name.endswith((".answer", "-health", "warm-up")) and not name.startswith("error-")
    ]


def with_rows(event: Any, rows: list[dict[str, Any]]) -> Any:
    """The same event with other rows: in a string or in base64, as it was."""
    body = event["body"]
    if event.get("isBase64Encoded"):
        text = json.dumps(reformed(json.loads(base64.b64decode(body)), rows))
        return event | {"body": base64.b64encode(text.encode()).decode()}
    return event | {"body": json.dumps(reformed(json.loads(body), rows))}


def reformed(document: Any, rows: list[dict[str, Any]]) -> Any:
    """These rows in the form that the document has; of one row the first."""
    if isinstance(document, dict):
        has_rows = "instances" in document and "instances" not in rows[0]
        return {"instances": rows} if has_rows else rows[0]
    if isinstance(document[0], list):
        return [list(row.values()) for row in rows]
    if all(value is None or isinstance(value, str) for value in document[0].values()):
        return [{name: as_text(value) for name, value in row.items()} for row in rows]
    return rows


def as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


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


if __name__ == "__main__":
    main()
