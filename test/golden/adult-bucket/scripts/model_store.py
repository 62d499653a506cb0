"""Which model is in service, and how that changes without deploying code.

    python -m scripts.model_store models                    which there are, and which is in service
    python -m scripts.model_store release [NEW --cases …]   check, upload, put into service
    python -m scripts.model_store rollback [--version V]    the one before, or V, into service
    python -m scripts.model_store reload                    all instances of the function start anew
    python -m scripts.model_store fetch                     the model in service, into model/

In service is what current.json names. It is only replaced while it is still what was read: of two
releases at the same time one fails, and nothing is lost.

A release first runs tests/test_model.py on the new model, in a folder of its own. When its answers
may differ from the golden cases, say --cases with its own, or --new-answers to record them.
Where the function is deployed, it is reloaded unless it looks for new models by itself
(MODEL_REFRESH_SECONDS) and asked for a prediction; without a good answer the old model comes back.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from scripts import function
from scripts.bucket import Bucket, BucketError, Conflict
from scripts.upload_model import (
    MODEL,
    MODEL_FILE,
    ROOT,
    Progress,
    Version,
    add_options,
    add_place,
    folder,
    open_bucket,
    sha256_of,
    upload,
)

# What tests/test_model.py needs of the project.
NAMED = [
    "app",
    "events",
    "pyproject.toml",
    "scripts",
    "tests",
]


class Service(NamedTuple):
    """What current.json says, and the tag that it has to have still when it is replaced."""

    pointer: dict[str, Any]
    tag: str | None

    @property
    def version(self) -> str | None:
        return self.pointer.get("version")


def main() -> int:
    options = parsed()
    commands = {
        "models": models,
        "release": release,
        "rollback": rollback,
        "reload": reload,
        "fetch": fetch,
    }
    try:
        commands[options.command](options)
    except (BucketError, function.FunctionError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Which model is in service.")
    commands = parser.add_subparsers(dest="command", required=True)
    add_place(commands.add_parser("models", help="the versions; the one in service is marked"))
    new = commands.add_parser("release", help="check, upload, put into service")
    add_options(new)
    new.add_argument("--new-answers", action="store_true", help="record its golden cases anew")
    back = commands.add_parser("rollback", help="an earlier version into service")
    back.add_argument("--version", help="default: the one before")
    add_place(back)
    again = commands.add_parser("reload", help="every instance starts anew")
    add_place(again)
    for command in (new, back):
        command.add_argument("--no-reload", action="store_true", help="`make deploy` comes next")
    for command in (new, back, again):
        command.add_argument("--function", help="default: the one with the project's tags")
    add_place(commands.add_parser("fetch", help="the model in service, into model/"))
    options = parser.parse_args()
    options.create_bucket = getattr(options, "create_bucket", False)
    return options


# ---- the commands


def models(options: argparse.Namespace) -> None:
    bucket = open_bucket(options)
    now = in_service(bucket, options.stage)
    names = versions(bucket, options.stage)
    for name in names:
        mark = "  <- in service" if name == now.version else ""
        print(f"{name}  {bucket.url(f'{folder(options.stage)}/{name}/')}{mark}")
    if not names:
        print(f"No model yet in {bucket.url(folder(options.stage))}: make release")


def release(options: argparse.Namespace) -> None:
    bucket = open_bucket(options)
    before = in_service(bucket, options.stage)
    with tempfile.TemporaryDirectory() as place:
        cases = check(options.model, options.cases, options.new_answers, Path(place))
        version = upload(bucket, options.stage, options.model, cases)
    put_into_service(bucket, options, before, version, before.version)


def rollback(options: argparse.Namespace) -> None:
    bucket = open_bucket(options)
    now = in_service(bucket, options.stage)
    name = options.version or now.pointer.get("previous")
    if name is None:
        raise BucketError("None before it is known: `make models`, then `make rollback VERSION=…`")
    if name == now.version:
        raise BucketError(f"{name} is in service already.")
    # What is left for its faults is nothing to go back to: a second step has to be named.
    put_into_service(bucket, options, now, described(bucket, options.stage, name), None)
    print(f"Back again: make rollback VERSION={now.version}")


def reload(options: argparse.Namespace) -> None:
    name = options.function or function.find(MODEL["name"], options.stage)
    if name is None:
        raise function.FunctionError("No function of this project and stage: make deploy")
    function.reload(name)
    print(f"{name} starts anew with the next call")


def fetch(options: argparse.Namespace) -> None:
    bucket = open_bucket(options)
    pointer = in_service(bucket, options.stage).pointer
    if not pointer:
        raise BucketError("No model is in service yet: make release")
    partial = MODEL_FILE.with_suffix(".part")
    bucket.fetch(pointer["key"], partial, Progress(pointer["size"]))
    if sha256_of(partial) != pointer["sha256"]:
        raise BucketError(f"{bucket.url(pointer['key'])} is not what {pointer['version']} was.")
    if pointer["sha256"] != MODEL["sha256"]:
        print("Not the model that model/model.json describes: `… update --model` takes it over.")
    partial.replace(MODEL_FILE)
    print(f"{pointer['version']} is {MODEL_FILE.relative_to(ROOT)}")


# ---- the pointer


def pointer_key(stage: str) -> str:
    return f"{folder(stage)}/current.json"


def in_service(bucket: Bucket, stage: str) -> Service:
    found = bucket.read(pointer_key(stage))
    return Service(json.loads(found[0]), found[1]) if found else Service({}, None)


def versions(bucket: Bucket, stage: str) -> list[str]:
    keys = bucket.keys(f"{folder(stage)}/")
    return sorted(key.split("/")[-2] for key in keys if key.endswith("/model.json"))


def described(bucket: Bucket, stage: str, name: str) -> Version:
    found = bucket.read(f"{folder(stage)}/{name}/model.json")
    if found is None:
        known = ", ".join(versions(bucket, stage)) or "none"
        raise BucketError(f"There is no version {name}; there are: {known}.")
    about = json.loads(found[0])
    key = f"{folder(stage)}/{name}/{about['file']}"
    stored = bucket.stored(key)
    if stored is None or stored.sha256 != about["sha256"]:
        raise BucketError(f"{bucket.url(key)} is not what its model.json describes.")
    return Version(name, key, about["sha256"], stored.size)


def point(
    bucket: Bucket, stage: str, before: Service, version: Version, previous: str | None
) -> Service:
    pointer = {
        "version": version.name,
        "key": version.key,
        "sha256": version.sha256,
        "size": version.size,
        "previous": previous,
    }
    return replace_pointer(bucket, stage, before, pointer)


def replace_pointer(
    bucket: Bucket, stage: str, before: Service, pointer: dict[str, Any]
) -> Service:
    content = f"{json.dumps(pointer, indent=2)}\n".encode()
    try:
        return Service(pointer, bucket.write(pointer_key(stage), content, before.tag))
    except Conflict:
        other = in_service(bucket, stage).version
        raise Conflict(
            f"Somebody else put {other} into service meanwhile: {pointer['version']} is not.\n"
            "Both are in the bucket: `make models`, then `make rollback VERSION=…` for another one."
        ) from None


def put_into_service(
    bucket: Bucket,
    options: argparse.Namespace,
    before: Service,
    version: Version,
    previous: str | None,
) -> None:
    # Looked for first: when that fails, the old model is in service still.
    name = None if options.no_reload else options.function or found(options.stage)
    flips = before.version != version.name
    if flips:
        after = point(bucket, options.stage, before, version, previous)
        print(f"{version.name} is in service (before: {before.version or 'none'})")
    else:
        print(f"{version.name} is in service already")
    if options.no_reload:
        return
    if name is None:
        print("No function is deployed: not tried out")
        return
    try:
        renew(name)
        function.answer(name)
    except (function.FunctionError, KeyboardInterrupt) as error:
        if flips and before.version:
            replace_pointer(bucket, options.stage, after, before.pointer)
            renew(name)
            error.args = (f"{error}\n{before.version} is in service again.",)
        raise
    print(f"{name} answers")


def found(stage: str) -> str | None:
    try:
        return function.find(MODEL["name"], stage)
    except function.FunctionError as error:
        hint = "Nothing was put into service; --no-reload does it without the function."
        raise function.FunctionError(f"{error}\n{hint}") from None


def renew(name: str) -> None:
    if not function.looks_for_models(name):
        function.reload(name)


# ---- before anything is uploaded


def check(model: Path, cases: Path | None, new_answers: bool, place: Path) -> Path | None:
    """Run the project's tests of the model on this one; returns its golden cases, if any."""
    if not model.is_file():
        raise BucketError(f"There is no model {model}.")
    if cases and not cases.is_file():
        raise BucketError(f"There are no golden cases {cases}.")
    for name in NAMED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, place)
    (place / "model").mkdir()
    (place / "model" / MODEL["file"]).symlink_to(model.resolve())
    about = json.dumps(MODEL | {"sha256": sha256_of(model)})
    (place / "model" / "model.json").write_text(about, encoding="utf-8")
    own = cases or ROOT / "model" / "cases.json"
    golden = place / "model" / "cases.json"
    if own.exists():
        recorded = own.read_text(encoding="utf-8")
        if "tolerance" not in json.loads(recorded):
            recorded = json.dumps({"tolerance": 1e-5} | json.loads(recorded))
        golden.write_text(recorded, encoding="utf-8")
    if new_answers and run(place, "-m", "scripts.record_cases") != 0:
        raise BucketError(f"{model} does not answer the inputs of the golden cases, see above.")
    if run(place, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_model.py") != 0:
        raise BucketError(
            f"{model} was not released: it does not pass tests/test_model.py, see above.\n"
            "  - Its answers are meant to differ: --cases FILE with its own, or --new-answers.\n"
            "  - It takes other features, or knows other classes: `… update --model` first."
        )
    return golden if golden.exists() else None


def run(place: Path, *arguments: str) -> int:
    # The model beside the code, not the one in service.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MODEL_")}
    return subprocess.run([sys.executable, *arguments], cwd=place, env=alone).returncode


if __name__ == "__main__":
    sys.exit(main())
