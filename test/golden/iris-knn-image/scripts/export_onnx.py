"""Convert the model to ONNX, prove that it still answers the same, and say how to serve that.

    python -m scripts.export_onnx

Writes build/NAME.onnx, and beside it the golden cases for it, once 1,000 drawn rows and those
cases were answered alike: every label the same, numbers at most 1e-4 apart (of a regression's
values: as a part of them). Else nothing is written, and it ends with 1. The project itself is not
changed.

The rows are the same in every run: drawn from what training saw, as far as model.json knows that,
else from around the golden rows or the sample events; single ones are missing where that is
allowed. Numbers are drawn as float32, which is what the converted model takes.

The converters are put into build/converters, not into the environment: nothing else needs them.
"""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app import MODEL, Feature, Row, features, predictor, routes
from scripts.record_cases import rows_in_events
from scripts.recordings import CASES, ROOT, read

BUILD = ROOT / "build"
ROWS = 1000
LIMIT = 1e-4
CONVERTERS = [
    "skl2onnx==1.20.0",
    "onnx==1.23.2",
    "onnxruntime==1.31.1",
]
KEEPS_LABEL = False
KEEPS_SCORES = True


def main() -> None:
    install()
    from scripts import to_onnx

    cases = read(CASES) if CASES.exists() else None
    golden = made(cases["inputs"]) if cases else []
    rows = golden + drawn(MODEL["features"], golden or made(rows_in_events()))
    expected = predictor.predict(rows)
    try:
        content = described(to_onnx.convert(predictor.store.model()))
        answers = answered(content, rows)
    except Exception as error:  # whatever a converter raises for what it does not know
        raise SystemExit(f"This model cannot be converted: {error}") from error
    worst, faults = compared(expected, answers)
    print(f"{len(rows)} rows, {len(golden)} of them golden: at most {worst:.1e} apart")
    if faults:
        raise SystemExit("\n".join(["The converted model answers otherwise:", *faults[:5]]))
    path = BUILD / f"{Path(MODEL['file']).stem}.onnx"
    BUILD.mkdir(exist_ok=True)
    path.write_bytes(content)
    command = f"npx create-lambda-model update --model {path.relative_to(ROOT)}"
    if cases and len(golden) == len(cases["outputs"]):
        cases_path = path.with_suffix(".cases.json")
        tolerance = max(cases["tolerance"], tolerance_for(cases["outputs"], answers))
        text = json.dumps(cases | {"tolerance": tolerance}, indent=2, ensure_ascii=False)
        cases_path.write_text(f"{text}\n", encoding="utf-8")
        command += f" --cases {cases_path.relative_to(ROOT)}"
    print(f"wrote {path.relative_to(ROOT)}; to serve it, once your changes are committed:\n")
    print(f"    {command} && make lock setup test")


def install() -> None:
    # With the project's own packages, so that the converters suit their versions.
    place = BUILD / "converters"
    uv = [sys.executable, str(ROOT / "scripts" / "uv.py"), "pip", "install", "--quiet"]
    wanted = ["--python", sys.executable, "--target", str(place), "-r", "pyproject.toml"]
    subprocess.run([*uv, *wanted, *CONVERTERS], check=True, cwd=ROOT)
    sys.path.append(str(place))


def made(rows: list[Any]) -> list[Row]:
    """What clients send, as the model takes it."""
    return features.make(routes.accepted.rows(rows)[0])


def drawn(of: Sequence[Feature], samples: Sequence[Row]) -> list[Row]:
    source = random.Random(0)  # noqa: S311
    return [
        {one["name"]: value(one, [row[one["name"]] for row in samples], source) for one in of}
        for _row in range(ROWS)
    ]


def value(feature: Feature, samples: Sequence[Any], source: random.Random) -> Any:
    if feature.get("nullable") and source.random() < 0.03:
        return None
    if feature.get("categories"):
        return source.choice(feature["categories"])
    if feature["dtype"] == "boolean":
        return source.random() < 0.5
    if feature["dtype"] != "number":
        return source.choice([*samples, "a word that was never seen"])
    known = feature.get("range") or [one for one in samples if one is not None] or [-1, 1]
    low, high = min(known), max(known)
    around = 0 if "range" in feature else (high - low or abs(low) or 1) / 2
    number = source.uniform(low - around, high + around)
    is_whole = all(float(one).is_integer() for one in known) and high - low > 1
    return float(np.float32(round(number) if is_whole and source.random() < 0.5 else number))


def described(model: Any) -> bytes:
    """The converted model with what is known of it, and only the outputs that are wanted."""
    import onnx

    for output in list(model.graph.output):
        is_number = output.type.tensor_type.elem_type in (
            onnx.TensorProto.FLOAT,
            onnx.TensorProto.DOUBLE,
        )
        if not (KEEPS_SCORES if is_number else KEEPS_LABEL):
            model.graph.output.remove(output)
    known = {key: MODEL[key] for key in ("task", "features", "classes")}
    entry = model.metadata_props.add()
    entry.key, entry.value = "lambda_model", json.dumps(known)
    return bytes(model.SerializeToString())


def answered(content: bytes, rows: list[Row]) -> list[dict[str, Any]]:
    """What the converted model predicts, in the predictor's form."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # converters declare shapes that their models do not have
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    wanted = session.get_inputs()
    coded = [[code(one, row[one["name"]]) for one in MODEL["features"]] for row in rows]
    if len(wanted) == 1:
        columns = {wanted[0].name: np.array(coded, dtype=np.float32)}
    else:
        columns = {
            one.name: np.array(
                [[row[feature["name"]]] for row in rows],
                dtype=object if one.type == "tensor(string)" else np.float32,
            )
            for one, feature in zip(wanted, MODEL["features"], strict=True)
        }
    found = [output.tolist() for output in session.run(None, columns)]
    classes = MODEL["classes"] or []
    return [{"label": classes[row.index(max(row))], "probabilities": row} for row in found[0]]


def code(feature: Feature, value: Any) -> Any:
    """A category as its place among the levels, where it is no text to the model."""
    levels = feature.get("categories")
    return levels.index(value) if levels and value in levels else value


def compared(
    expected: Sequence[dict[str, Any]], got: Sequence[dict[str, Any]]
) -> tuple[float, list[str]]:
    """The largest difference, and the rows that are further apart than LIMIT."""
    values = [abs(one["value"]) for one in expected if "value" in one]
    usual = sum(values) / len(values) if values else 1.0
    worst, faults = 0.0, []
    for index, (one, other) in enumerate(zip(expected, got, strict=True)):
        largest = max(usual, abs(one["value"])) if "value" in one else 1.0
        apart = distance(one, other) / (largest or 1.0)
        worst = max(worst, apart)
        # This way round: false for NaN as well.
        if not apart <= LIMIT or (one.get("label") != other.get("label") and not is_tie(one)):
            faults.append(f"row {index}: {one} was {other}")
    return worst, faults


def is_tie(prediction: dict[str, Any]) -> bool:
    best = sorted(prediction.get("probabilities", []))[-2:]
    return len(best) == 2 and best[1] - best[0] <= LIMIT


def distance(one: dict[str, Any], other: dict[str, Any]) -> float:
    """The largest difference between the numbers of two predictions."""
    if "value" in one:
        return float(abs(one["value"] - other["value"]))
    pairs = zip(one.get("probabilities", []), other.get("probabilities", []), strict=True)
    return max((abs(p - q) for p, q in pairs), default=0.0)


def tolerance_for(expected: Sequence[dict[str, Any]], got: Sequence[dict[str, Any]]) -> float:
    """Twice the largest difference that the golden cases show, rounded up to a power of ten."""
    largest = 2 * max(map(distance, expected, got))
    return min(10.0**power for power in range(-9, 12) if 10.0**power >= largest)


if __name__ == "__main__":
    main()
