"""Record what the model answers now: the golden cases, and the answers beside the events.

    python -m scripts.record_cases                    the pictures in model/cases.json again
    python -m scripts.record_cases a.jpg b.png …      pictures of your own

Writes model/cases.json ({"tolerance", "inputs", "outputs"}; an input is {"image": base64}) and
events/NAME.answer.json. The tests compare with these files from then on. Record when the model's
answers are known to be right, for example after a release, and read the diff.
"""

import argparse
import base64
import contextlib
import io
import json
from pathlib import Path
from typing import Any

from app import features, inputs, pixels, predictor
from app.handler import handler
from app.problem import Problem

ROOT = Path(__file__).parent.parent
CASES = ROOT / "model" / "cases.json"
EVENTS = ROOT / "events"
TOLERANCE = 1e-5


def main() -> None:
    parser = argparse.ArgumentParser(description="Record what the model answers now.")
    parser.add_argument("pictures", nargs="*", type=Path, help="files: JPEG, PNG or WebP")
    pictures = [path.read_bytes() for path in parser.parse_args().pictures]
    before: dict[str, Any] = {"tolerance": TOLERANCE, "inputs": []}
    if CASES.exists():
        before = read(CASES)
    if not pictures:
        documents = before["inputs"] or [json.loads(read(EVENTS / "http-api.json")["body"])]
        pictures = [base64.b64decode(document["image"]) for document in documents]
    write(CASES, {"tolerance": before["tolerance"], **cases_of(pictures)})
    for path in sorted(EVENTS.glob("*.json")):
        if not path.stem.endswith(".answer"):
            with contextlib.redirect_stdout(io.StringIO()):  # its log lines
                answer = handler(read(path), None)
            write(path.with_suffix(".answer.json"), answer)


def cases_of(pictures: list[bytes]) -> dict[str, Any]:
    try:
        images = [inputs.decoded(picture).image for picture in pictures]
    except Problem as problem:
        raise SystemExit(f"A picture cannot be taken: {problem}") from None
    return {
        "inputs": [{"image": base64.b64encode(picture).decode()} for picture in pictures],
        "outputs": predictor.predict(pixels.tensor(features.make(images))),
    }


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def write(path: Path, document: Any) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
