"""Record what the model answers now: the golden cases, and the answers beside the events.

    python -m scripts.record_cases                    the pictures in model/cases.json again
    python -m scripts.record_cases a.jpg b.png …      pictures of your own

Writes model/cases.json ({"tolerance", "inputs", "outputs"}; an input is {"image": base64}) and
events/NAME.answer.json. The tests compare with these files from then on. Record when the model's
answers are known to be right, for example after a release, and read the diff.
"""

import argparse
import base64
from pathlib import Path

from app import features, inputs, pixels, predictor
from app.problem import Problem
from scripts.recordings import document_in_event, record_answers, record_cases, recorded_inputs


def main() -> None:
    parser = argparse.ArgumentParser(description="Record what the model answers now.")
    parser.add_argument("pictures", nargs="*", type=Path, help="files: JPEG, PNG or WebP")
    pictures = [path.read_bytes() for path in parser.parse_args().pictures]
    if not pictures:
        documents = recorded_inputs() or [document_in_event()]
        pictures = [base64.b64decode(document["image"]) for document in documents]
    record(pictures)
    record_answers()


def record(pictures: list[bytes]) -> None:
    try:
        images = [inputs.decoded(picture).image for picture in pictures]
    except Problem as problem:
        raise SystemExit(f"A picture cannot be taken: {problem}") from None
    documents = [{"image": base64.b64encode(picture).decode()} for picture in pictures]
    record_cases(documents, predictor.predict(pixels.tensor(features.make(images))))


if __name__ == "__main__":
    main()
