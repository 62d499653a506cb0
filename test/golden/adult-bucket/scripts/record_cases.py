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
import json
from pathlib import Path
from typing import Any

from app import features, predictor, routes
from app.problem import Problem
from scripts.recordings import (
    document_in_event,
    put_into_events,
    read,
    record_answers,
    record_cases,
    recorded_inputs,
)

SHOWN_ROWS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Record what the model answers now.")
    parser.add_argument("rows", nargs="?", type=Path, help="a JSON list of rows")
    rows_file = parser.parse_args().rows
    if rows_file:
        rows = read(rows_file)
        rows = rows["inputs"] if isinstance(rows, dict) else rows
        record(rows)
        shown = routes.accepted.rows(rows)[0][:SHOWN_ROWS]
        put_into_events(lambda document: reformed(document, shown))
    else:
        record(recorded_inputs() or rows_in_events())
    record_answers()


def rows_in_events() -> list[Any]:
    document = document_in_event()
    return list(document["instances"] if isinstance(document, dict) else document)


def record(rows: list[Any]) -> None:
    try:
        checked, _ignored = routes.accepted.rows(rows)
    except Problem as problem:
        faults = [f"\n  {error['detail']}" for error in problem.errors]
        raise SystemExit(f"These rows do not fit the schema: {problem}{''.join(faults)}") from None
    record_cases(rows, predictor.predict(features.make(checked)))


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


if __name__ == "__main__":
    main()
