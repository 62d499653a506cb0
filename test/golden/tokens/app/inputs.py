"""Body -> the tensors that the model takes, with every problem found.

In:  an infer request of the Open Inference Protocol, version 2:
         {"inputs": [{"name", "datatype", "shape", "data"}, …]}
     and beside it, if wanted, "id" (comes back), "outputs": [{"name"}, …] (only these are
     answered) and "parameters" (nothing here depends on them). `data` is in row-major order, flat
     or nested as the shape says.
Out: Asked, with one numpy array for each input.

Raises Problem: 415 for binary tensors, an extension that is not offered; 422 for anything that
does not fit, with one entry in `errors` per fault: `inputs[0].data[7]: "abc" is not a number`.

A dimension that is a number in the model must be that number. One that has a name may be anything,
but the same wherever that name stands. A Schema does not change: safe to call from several threads.
"""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from app.problem import Error, Problem
from app.request import Request, document_of

# Of inputs with two or more dimensions, where the first is free.
MOST_ROWS = 1000
# A body that is full of commas has fewer values.
MOST_VALUES = 6 * 1024 * 1024
MOST_ERRORS = 100

DATATYPES = {
    "bool": "BOOL",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "str": "BYTES",
}
"""The protocol's word for a dtype of model.json. numpy has no BF16: such a model must cast."""


class Asked(NamedTuple):
    tensors: dict[str, Any]
    outputs: list[str]
    """Names of those that are wanted, in the order in which they are."""
    id: str | None
    ignored: int
    """How many fields of the request mean nothing here."""


class Unfit(Exception):
    """Why a part of a request cannot be what the model wants; with the field, below its own."""

    def __init__(self, why: str, below: str = "") -> None:
        super().__init__(why)
        self.below = below


class Schema:
    """The tensors that go in and come out, as model.json describes them."""

    def __init__(self, inputs: Sequence[dict[str, Any]], outputs: Sequence[dict[str, Any]]) -> None:
        self.inputs = {one["name"]: one for one in inputs}
        self.outputs = [one["name"] for one in outputs]

    def asked(self, request: Request) -> Asked:
        if "inference-header-content-length" in request.headers:
            detail = "the extension for binary tensors is not offered: send data as JSON"
            raise Problem(415, "The media type cannot be answered", detail)
        return self.read(document_of(request))

    def read(self, document: Any) -> Asked:
        if not isinstance(document, dict):
            detail = f"expected an object with inputs, not {shown(document)}"
            raise Problem(422, "The body holds no tensors", detail)
        errors: list[Error] = []
        tensors = self._tensors(document, errors)
        outputs = self._outputs(document.get("outputs"), errors)
        given = document.get("id")
        try:
            name = None if given is None else string(given)
        except Unfit as unfit:
            errors.append(fault("id", f": {unfit}"))
        if errors:
            raise not_fitting(errors)
        known = {"id", "inputs", "outputs", "parameters"}
        return Asked(tensors, outputs, name, len(document.keys() - known))

    def _tensors(self, document: dict[str, Any], errors: list[Error]) -> dict[str, Any]:
        tensors: dict[str, Any] = {}
        given = document.get("inputs")
        if not isinstance(given, list):
            why = f": {shown(given)} is not a list" if "inputs" in document else " is missing"
            errors.append(fault("inputs", why))
            return {}
        sizes: dict[str, int] = {}
        for index, one in enumerate(given[: len(self.inputs) + 1]):
            where = f"inputs[{index}]"
            try:
                name = named(one, self.inputs, tensors, "the model")
                tensors[name] = None  # known from here on, whatever else is wrong with it
                tensors[name] = tensor(one, self.inputs[name], sizes)
            except Unfit as unfit:
                errors.append(fault(f"{where}{unfit.below}", f": {unfit}"))
            except BadValues as bad:
                errors += [fault(f"{where}.data[{at}]", f": {why}") for at, why in bad.faults]
        missing = [name for name in self.inputs if name not in tensors]
        errors += [fault("inputs", f": {shown(name)} is missing") for name in missing]
        return tensors

    def _outputs(self, given: Any, errors: list[Error]) -> list[str]:
        if given is None or given == []:
            return self.outputs
        if not isinstance(given, list):
            errors.append(fault("outputs", f": {shown(given)} is not a list"))
            return []
        wanted: list[str] = []
        for index, one in enumerate(given[: len(self.outputs) + 1]):
            try:
                wanted.append(named(one, self.outputs, wanted, "the model's outputs"))
            except Unfit as unfit:
                errors.append(fault(f"outputs[{index}]{unfit.below}", f": {unfit}"))
        return wanted


def named(given: Any, known: Any, seen: Any, whose: str) -> str:
    """The name in an object, which is one of the known ones and was not seen before."""
    if not isinstance(given, dict):
        raise Unfit(f"{shown(given)} is not an object")
    name = given.get("name")
    if not isinstance(name, str) or name not in known:
        choices = ", ".join(shown(one) for one in list(known)[:20])
        raise Unfit(f"{shown(name)} is not one of {whose}: {choices}", ".name")
    if name in seen:
        raise Unfit(f"{shown(name)} is there twice", ".name")
    return name


def tensor(given: dict[str, Any], wanted: dict[str, Any], sizes: dict[str, int]) -> Any:
    """One array; `sizes` holds what each named dimension has been so far."""
    datatype = DATATYPES[wanted["dtype"]]
    if given.get("datatype") != datatype:
        raise Unfit(f"{shown(given.get('datatype'))} is not {datatype}", ".datatype")
    shape = shape_of(given.get("shape"), wanted["shape"], sizes)
    data = given.get("data")
    if not isinstance(data, list):
        raise Unfit(f"{shown(data)} is not a list", ".data")
    values = flat(data, shape)
    array = quick(values, wanted["dtype"])
    if array is None:
        array = slow(values, wanted["dtype"])
    return array.reshape(shape)


def shape_of(given: Any, wanted: list[int | str | None] | None, sizes: dict[str, int]) -> list[int]:
    if not isinstance(given, list) or not all(type(size) is int and size >= 0 for size in given):
        text = shown(given) if not isinstance(given, list) else "it"
        raise Unfit(f"{text} is not a list of whole numbers from 0", ".shape")
    # Zeros count as ones: numpy multiplies without them, too.
    if len(given) > 64 or math.prod(max(size, 1) for size in given) > MOST_VALUES:
        raise Unfit("it asks for more values than a body can hold", ".shape")
    if wanted is None:
        return given
    if len(given) != len(wanted):
        raise Unfit(f"{given} has {len(given)} dimensions, expected {dimensions(wanted)}", ".shape")
    for axis, (size, free) in enumerate(zip(given, wanted, strict=True)):
        if type(free) is int:
            if size != free:
                raise Unfit(f"{size} is not {free}", f".shape[{axis}]")
        elif axis == 0 and len(wanted) > 1 and not 1 <= size <= MOST_ROWS:
            raise Unfit(f"{size} is not from 1 to {MOST_ROWS}", ".shape[0]")
        elif says(free) and sizes.setdefault(str(free), size) != size:
            why = f"{size} is not {sizes[str(free)]}, which {free} is in another input"
            raise Unfit(why, f".shape[{axis}]")
    return given


def says(free: int | str | None) -> bool:
    """Some exporters call every free dimension None, or write how one is worked out of others."""
    return isinstance(free, str) and free.isidentifier() and free != "None"


def dimensions(wanted: list[int | str | None]) -> str:
    return f"[{', '.join('?' if size is None else str(size) for size in wanted)}]"


def flat(data: list[Any], shape: list[int]) -> list[Any]:
    """The values of a tensor that may come nested."""
    if not any(isinstance(one, list) for one in data):
        if len(data) != math.prod(shape):
            why = f"{len(data)} values, but the shape {shape} has {math.prod(shape)}"
            raise Unfit(why, ".data")
        return data
    level = [data]
    for size in shape:
        if not all(isinstance(one, list) and len(one) == size for one in level):
            raise Unfit(f"it is not nested as the shape {shape} says", ".data")
        level = [one for values in level for one in values]
    return level


def quick(values: list[Any], dtype: str) -> Any:
    """The array, when nothing is wrong with any value; else None."""
    kinds = set(map(type, values))
    try:
        if dtype == "str":
            if not kinds <= {str}:
                return None
            "".join(values).encode()
            return np.array(values, dtype=object)
        if dtype == "bool" or not dtype.startswith("float"):
            # Numbers that numpy would wrap or cut make it raise; 1.0 is left to slow().
            wanted = {bool} if dtype == "bool" else {int}
            return np.array(values, dtype=dtype) if kinds <= wanted else None
        if not kinds <= {int, float}:
            return None
        with np.errstate(over="ignore"):
            array = np.array(values, dtype=np.float64).astype(dtype)
        return array if np.isfinite(array).all() else None
    except (OverflowError, UnicodeEncodeError):
        return None


class BadValues(Exception):
    """Which values are wrong, and why; no more of them than are told."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        super().__init__()
        self.faults = faults


def slow(values: list[Any], dtype: str) -> Any:
    """The same value by value, so that what is wrong with each can be said."""
    faults = list(faults_of(values, dtype))
    if faults:
        raise BadValues(faults)
    # Nothing but whole numbers that were written as 1.0 comes here.
    return np.array([int(value) for value in values], dtype=dtype)


def faults_of(values: list[Any], dtype: str) -> Iterator[tuple[int, str]]:
    found = 0
    for at, value in enumerate(values):
        try:
            check(value, dtype)
        except Unfit as unfit:
            yield at, str(unfit)
            found += 1
            if found > MOST_ERRORS:
                return


def check(value: Any, dtype: str) -> None:
    if dtype == "str":
        string(value)
    elif dtype == "bool":
        if type(value) is not bool:
            raise Unfit(f"{shown(value)} is not true or false")
    # type(), not isinstance(): true is no number here.
    elif type(value) is not int and type(value) is not float:
        raise Unfit(f"{shown(value)} is not a number")
    elif dtype.startswith("float"):
        highest = float(np.finfo(dtype).max)
        # False for NaN as well, which is why the comparison is this way round.
        if not -highest <= value <= highest:
            raise Unfit(f"{shown(value)} is not a finite {DATATYPES[dtype]}")
    else:
        limits = np.iinfo(dtype)
        if not limits.min <= value <= limits.max:
            raise Unfit(f"{shown(value)} is not from {limits.min} to {limits.max}")
        if value != int(value):
            raise Unfit(f"{shown(value)} is not a whole number")


def string(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit(f"{shown(value)} is not a string")
    try:
        value.encode()
    except UnicodeEncodeError:  # half a character: "\ud800" is JSON, but no text
        raise Unfit(f"{shown(value)} is not valid Unicode") from None
    return value


def shown(value: Any) -> str:
    """A value for a message: never long, never nested, and always valid Unicode."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if type(value) is int and abs(value) >= 2**128:
        return "a number with many digits"
    text = json.dumps(value, ensure_ascii=False)
    text = text if len(text) <= 60 else f"{text[:60]}…"
    return text.encode(errors="backslashreplace").decode()


def fault(field: str, why: str) -> Error:
    return {"detail": f"{field}{why}", "field": field}


def not_fitting(errors: list[Error]) -> Problem:
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    if len(errors) > MOST_ERRORS:
        more = f" (and at least {MOST_ERRORS} more)"
    detail = f"{errors[0]['detail']}{more}"
    return Problem(422, "The body does not fit the schema", detail, errors=errors[:MOST_ERRORS])
