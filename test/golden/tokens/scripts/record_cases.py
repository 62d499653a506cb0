"""Record what the model answers now: the golden cases, and the answers beside the events.

    python -m scripts.record_cases                  the tensors in model/cases.json or events/ again
    python -m scripts.record_cases tensors.json     tensors of your own: [{name: tensor, …}, …]

A tensor is {"datatype", "shape", "data"}. Writes model/cases.json ({"tolerance", "inputs",
"outputs"}) and events/NAME.answer.json; with tensors of your own also puts the first of them into
the events that are answered. The tests compare with these files from then on. Record when the
model's answers are known to be right, for example after a release, and read the diff.
"""

import argparse
from pathlib import Path
from typing import Any

from app import answer, features, predictor, routes
from app.problem import Problem
from scripts.recordings import (
    document_in_event,
    put_into_events,
    read,
    record_answers,
    record_cases,
    recorded_inputs,
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Record what the model answers now.")
    parser.add_argument("tensors", nargs="?", type=Path, help="a JSON list of {name: tensor}")
    file = parser.parse_args().tensors
    if file:
        given = read(file)
        cases = given["inputs"] if isinstance(given, dict) else given
    else:
        cases = recorded_inputs() or [by_name(document_in_event()["inputs"])]
    record_cases(cases, [predicted(case) for case in cases])
    if file:
        put_into_events(lambda document: document | request_of(cases[0]))
    record_answers()


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


if __name__ == "__main__":
    main()
