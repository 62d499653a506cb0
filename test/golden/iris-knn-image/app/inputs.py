"""Body -> rows that the model can take, with every problem found.

In:  the document in the body. All of these are the same row:
         {"instances": [{"a": 1, "b": 2}]}    [{"a": 1, "b": 2}]    {"a": 1, "b": 2}
         {"instances": [[1, 2]]}              [[1, 2]]              [1, 2]
     "features" may stand for "instances". Where a feature of the model has one of these two
     names, an object that holds it is a row. A row without names is in the order of the schema.
Out: rows, dicts {feature: value} in the order of the schema. A number is a float, a whole number
     an int, however it was written (39, 39.0, "39"); a category is as it was in training; None is
     null, where the feature is nullable.

Raises Problem: 422 for anything that does not fit, with one entry in `errors` per fault:
`instances[2].G4: "abc" is not a number`. Rows are counted from 0 and called instances[i] in
whatever form they came.

Fields that the schema does not have are counted and ignored. A Schema does not change: safe to
call from several threads.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app import Feature, Label, Row
from app.problem import Error, Problem

MOST_ROWS = 1000
# Answers are bounded, too (Lambda: 6 MB): of more faults than these the first are listed.
MOST_ERRORS = 5000
LONGEST_ERRORS = 3_000_000
LARGEST_NUMBER = 3.4028234663852886e38  # float32; larger ones turn to infinity inside the model


class Schema:
    """The features that a row must have, and what each of them may be."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = features
        self.names = [feature["name"] for feature in features]
        self._checks = {feature["name"]: check_of(feature) for feature in features}

    def rows(self, document: Any) -> tuple[list[Row], int]:
        """The rows in a document, and how many of its fields were ignored."""
        given, ignored = self._rows_given(document)
        rows: list[Row] = []
        errors: list[Error] = []
        for index, row in enumerate(given):
            if len(errors) > MOST_ERRORS:
                break
            if isinstance(row, dict):
                rows.append(self._checked(index, row, errors))
                ignored += max(0, len(row) - len(self._checks))
            elif isinstance(row, list) and len(row) == len(self._checks):
                named = dict(zip(self._checks, row, strict=True))
                rows.append(self._checked(index, named, errors))
            else:
                errors.append(self._not_a_row(index, row))
        if errors:
            raise unfit(errors)
        return rows, ignored

    def fitted(self, rows: list[Row]) -> list[Row]:
        """Rows that did not come from a client: what is wrong with them is a bug, not a Problem."""
        try:
            return self.rows(rows)[0]
        except Problem as problem:
            faults = [error["detail"] for error in problem.errors] or [str(problem)]
            raise ValueError(f"features.py gives what the model cannot take: {faults}") from None

    def _rows_given(self, document: Any) -> tuple[list[Any], int]:
        """The rows as they came, and how many fields stood beside them."""
        beside = 0
        if isinstance(document, dict) and self._checks.keys().isdisjoint(document):
            for word in ("instances", "features"):
                if word in document:
                    beside = len(document) - 1
                    document = document[word]
                    break
        if isinstance(document, dict):
            return [document], beside
        if not isinstance(document, list):
            detail = f"expected an object or a list, not {shown(document)}"
            raise Problem(422, "The body holds no rows", detail)
        if not document:
            raise Problem(422, "The body holds no rows", "the list is empty")
        if not any(isinstance(item, list | dict) for item in document):
            return [document], beside
        if len(document) > MOST_ROWS:
            detail = f"{len(document)} rows, at most {MOST_ROWS}"
            raise Problem(422, "The body holds too many rows", detail)
        return document, beside

    def _checked(self, index: int, row: Row, errors: list[Error]) -> Row:
        try:
            return {name: check(row[name]) for name, check in self._checks.items()}
        except (KeyError, Unfit):
            errors += self._faults(index, row)
            return {}

    def _faults(self, index: int, row: Row) -> Iterator[Error]:
        for name, check in self._checks.items():
            try:
                check(row[name])
                continue
            except KeyError:
                why = " is missing"
            except Unfit as unfit:
                why = " is missing" if row[name] is None else f": {unfit}"
            yield {"detail": f"instances[{index}].{name}{why}", "row": index, "field": name}

    def _not_a_row(self, index: int, given: Any) -> Error:
        if isinstance(given, list):
            names = ", ".join(self.names[:20]) + (", …" if len(self.names) > 20 else "")
            detail = f"{len(given)} values, expected {len(self.names)}: {names}"
        else:
            detail = f"{shown(given)} is neither an object nor a list"
        return {"detail": f"instances[{index}]: {detail}", "row": index}


type Check = Callable[[Any], Label | None]
"""Gives a value as the model wants it, or raises Unfit; so it does for null where that is none."""


class Unfit(Exception):
    """Why a value cannot be what its feature wants."""


def check_of(feature: Feature) -> Check:
    check = check_of_type(feature)
    if feature.get("nullable"):
        return lambda value: None if value is None else check(value)
    return check


def check_of_type(feature: Feature) -> Check:
    match feature["dtype"]:
        case "number":
            return integer(feature["integer"]) if "integer" in feature else number
        case "string":
            return string
        case "boolean":
            return boolean
        case "category":
            if not feature.get("categories"):
                return word
            return category(feature["categories"], feature.get("open", False))
    raise ValueError(f"{feature['name']}: {feature['dtype']} is not a dtype")


def number(value: Any) -> float:
    # type(), not isinstance(): true is no number here.
    given = value
    if type(value) is str:
        try:
            given = float(value.replace("_", "?"))  # Python reads 1_000, JSON's readers do not
        except ValueError:
            raise Unfit(f"{shown(value)} is not a number") from None
    elif type(value) is not float and type(value) is not int:
        raise Unfit(f"{shown(value)} is not a number")
    # False for NaN as well, which is why the comparison is this way round.
    if -LARGEST_NUMBER <= given <= LARGEST_NUMBER:
        return float(given)
    raise Unfit(f"{shown(value)} is not a finite number")


def integer(dtype: str) -> Check:
    """Whole numbers that fit into numpy's int8 … uint64."""
    bits = int(dtype.lstrip("uint"))
    lowest = 0 if dtype.startswith("u") else -(2 ** (bits - 1))
    highest = lowest + 2**bits - 1

    def check(value: Any) -> int:
        if type(value) is int:
            given = value
        elif type(value) is str and value.strip().removeprefix("-").isdecimal() and len(value) < 40:
            given = int(value)
        else:
            measured = number(value)
            if not measured.is_integer():
                raise Unfit(f"{shown(value)} is not a whole number")
            given = int(measured)
        if lowest <= given <= highest:
            return given
        raise Unfit(f"{shown(value)} is not from {lowest} to {highest}")

    return check


def string(value: Any) -> str:
    if type(value) is not str:
        raise Unfit(f"{shown(value)} is not a string")
    try:
        value.encode()
    except UnicodeEncodeError:  # half a character: "\ud800" is JSON, but no text
        raise Unfit(f"{shown(value)} is not valid Unicode") from None
    return value


def word(value: Any) -> str:
    """A category that may be any: whole numbers are words, too."""
    if type(value) is int or (type(value) is float and value.is_integer()):
        return as_text(value)
    return string(value)


def boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    if type(value) is str and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise Unfit(f"{shown(value)} is not true or false")


def category(categories: Sequence[Label], is_open: bool = False) -> Check:
    """One of the values that the model was trained on; 2, 2.0 and "2" are the same one.

    An open one may be another word or number; besides true and false there is nothing.
    """
    is_open = is_open and not any(type(one) is bool for one in categories)
    another = word if all(type(one) is str for one in categories) else number
    known = {as_text(one): one for one in categories}
    choices = ", ".join(shown(one) for one in categories[:20])
    if len(categories) > 20:
        choices += f" … ({len(categories)} in all)"

    def check(value: Any) -> Label:
        text = as_text(value)
        if is_open and text not in known:
            return another(value)
        if text not in known or value is None:  # null is not the word "null"
            raise Unfit(f"{shown(value)} is not one of {choices}")
        return known[text]

    return check


def as_text(value: Any) -> str:
    if type(value) is str:
        return value
    if type(value) is float and value.is_integer():
        value = int(value)
    return str(value) if type(value) is int else shown(value)


def shown(value: Any) -> str:
    """A value for a message: never long, never nested."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return legible(json.dumps(value, ensure_ascii=False))


def legible(text: str) -> str:
    """What a client sent, for a message: half a character ("\\ud800") could not be sent back."""
    text = text if len(text) <= 60 else f"{text[:60]}…"
    return text.encode(errors="backslashreplace").decode()


def unfit(errors: Sequence[Error]) -> Problem:
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    if len(errors) > MOST_ERRORS:
        more = f" (and at least {MOST_ERRORS} more)"
    detail = f"{errors[0]['detail']}{more}"
    listed = errors[:MOST_ERRORS]
    while len(listed) > 1 and len(json.dumps(listed)) > LONGEST_ERRORS:
        listed = listed[: len(listed) // 2]
    return Problem(422, "The body does not fit the schema", detail, errors=listed)
