"""What tensors are taken, in which forms, and what is said of those that are not."""

import json
from typing import Any

import numpy as np
import pytest

from app.api import respond
from app.inputs import DATATYPES, MOST_ERRORS, MOST_ROWS, Schema
from app.problem import Problem
from app.request import Request
from app.routes import PREDICT
from tests.samples import BODY, details, post

REQUEST = json.loads(BODY)
INPUTS: list[dict[str, Any]] = REQUEST["inputs"]


def schema_of(dtype: str, shape: list[int | str | None] | None) -> Schema:
    tensors = [{"name": "x", "dtype": dtype, "shape": shape}]
    return Schema(tensors, [{"name": "y"}, {"name": "z"}])


def read(dtype: str, shape: list[int], data: Any, wanted: Any = None) -> Any:
    tensor = {"name": "x", "datatype": DATATYPES[dtype], "shape": shape, "data": data}
    return schema_of(dtype, wanted).read({"inputs": [tensor]}).tensors["x"]


def refused(dtype: str, shape: list[int], data: Any, wanted: Any = None) -> list[str]:
    with pytest.raises(Problem) as raised:
        read(dtype, shape, data, wanted)
    assert raised.value.status == 422
    return [str(error["detail"]) for error in raised.value.errors]


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("bool", [True, False]),
        *((f"int{bits}", [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]) for bits in (8, 16, 32, 64)),
        *((f"uint{bits}", [0, 2**bits - 1]) for bits in (8, 16, 32, 64)),
        ("float16", [0.5, -65504.0]),
        ("float32", [0.25, 3.4028234663852886e38]),
        ("float64", [1.0000000000000002, -1e300]),
        ("str", ["", "日本 \u0000'\""]),
    ],
)
def test_every_datatype_keeps_its_values(dtype: str, values: list[Any]) -> None:
    array = read(dtype, [2], values)
    assert array.tolist() == values
    assert array.dtype == np.dtype(object if dtype == "str" else dtype)


@pytest.mark.parametrize(
    ("dtype", "value", "why"),
    [
        ("bool", 1, "1 is not true or false"),
        ("int8", 128, "128 is not from -128 to 127"),
        ("uint64", -1, "-1 is not from 0 to 18446744073709551615"),
        ("int64", 10**400, "a number with many digits is not from"),
        ("int32", 1.5, "1.5 is not a whole number"),
        ("int32", 1e400, "Infinity is not from"),
        ("int32", float("nan"), "NaN is not from"),
        ("int64", True, "true is not a number"),
        ("int64", "1", '"1" is not a number'),
        ("float32", None, "null is not a number"),
        ("float32", {}, "an object is not a number"),
        ("float32", 1e39, "1e+39 is not a finite FP32"),
        ("float32", float("nan"), "NaN is not a finite FP32"),
        ("float64", 1e400, "Infinity is not a finite FP64"),
        ("float64", 10**400, "a number with many digits is not a finite FP64"),
        ("float16", 65520, "65520 is not a finite FP16"),
        ("str", 1, "1 is not a string"),
        ("str", "\ud800", '"\\ud800" is not valid Unicode'),
    ],
)
def test_a_value_that_cannot_be_is_named(dtype: str, value: Any, why: str) -> None:
    good = {"bool": True, "str": "a"}.get(dtype, 1)
    [detail] = refused(dtype, [3], [good, value, good])
    assert detail.startswith(f"inputs[0].data[1]: {why}")


def test_whole_numbers_may_be_written_with_a_point() -> None:
    assert read("int8", [2], [1.0, 2]).tolist() == [1, 2]
    assert read("float32", [2], [1, 2.5]).tolist() == [1.0, 2.5]


def test_data_may_be_nested_as_the_shape_says() -> None:
    nested = [[[1, 2]], [[3, 4]], [[5, 6]]]
    assert (read("int64", [3, 1, 2], nested) == read("int64", [3, 1, 2], [1, 2, 3, 4, 5, 6])).all()
    assert read("int64", [], [7]).shape == ()
    assert read("int64", [2, 0], [[], []]).shape == (2, 0)
    for data in ([[1, 2], [3]], [[1], [2], [3]], [1, [2]], [[1, 2], 3]):
        [detail] = refused("int64", [2, 2], data)
        assert "nested" in detail


@pytest.mark.parametrize(
    ("shape", "data", "field"),
    [
        ([2], [1], "data"),
        ([-1], [1], "shape"),
        ([1.0], [1], "shape"),
        ([True], [1], "shape"),
        ("1", [1], "shape"),
        ([1], 1, "data"),
        ([1], None, "data"),
        ([0, 2**40], [], "shape"),
        ([0, 10**400], [], "shape"),
        ([1] * 65, [1], "shape"),
    ],
)
def test_a_shape_that_does_not_go_with_its_data_is_named(shape: Any, data: Any, field: str) -> None:
    [detail] = refused("int64", shape, data)
    assert detail.startswith(f"inputs[0].{field}: ")


def test_free_dimensions_are_checked_against_each_other() -> None:
    tensors: list[dict[str, Any]] = [
        {"name": "ids", "dtype": "int64", "shape": ["batch", "length"]},
        {"name": "mask", "dtype": "int64", "shape": ["batch", "length"]},
        {"name": "fixed", "dtype": "int64", "shape": [None, 2]},
    ]
    schema = Schema(tensors, [])

    def ask(*shapes: list[int]) -> list[str]:
        pairs = zip(tensors, shapes, strict=True)
        ones = {"datatype": "INT64"}
        given = [
            {**ones, "name": one["name"], "shape": shape, "data": [1] * int(np.prod(shape))}
            for one, shape in pairs
        ]
        try:
            schema.read({"inputs": given})
        except Problem as problem:
            return [str(error["detail"]) for error in problem.errors]
        return []

    assert ask([2, 3], [2, 3], [5, 2]) == []
    assert ask([2, 3], [2, 4], [5, 2]) == [
        "inputs[1].shape[1]: 4 is not 3, which length is in another input"
    ]
    assert ask([2, 3], [2, 3], [5, 3]) == ["inputs[2].shape[1]: 3 is not 2"]
    assert ask([2, 3], [6], [5, 2]) == [
        "inputs[1].shape: [6] has 1 dimensions, expected [batch, length]"
    ]
    assert ask([0, 3], [0, 3], [5, 2])[0] == f"inputs[0].shape[0]: 0 is not from 1 to {MOST_ROWS}"
    many = MOST_ROWS + 1
    assert ask([2, 3], [2, 3], [many, 2])[0].endswith(f"{many} is not from 1 to {MOST_ROWS}")


def test_no_more_faults_are_listed_than_can_be_read() -> None:
    errors = refused("float32", [50_000], ["a"] * 50_000)
    assert len(errors) == MOST_ERRORS


def test_the_id_comes_back() -> None:
    assert "id" not in post(REQUEST)[1]
    assert post(REQUEST | {"id": "日本"})[1]["id"] == "日本"
    for wrong in (5, "\ud800"):
        assert details(post(REQUEST | {"id": wrong})[1])[0].startswith("id: ")


def test_parameters_and_other_fields_change_nothing() -> None:
    more = [one | {"parameters": {"a": 1}, "more": []} for one in INPUTS]
    outputs = [{"name": one["name"], "parameters": {}} for one in post(REQUEST)[1]["outputs"]]
    request = {"inputs": more, "outputs": outputs, "parameters": {"priority": 1}, "more": 1}
    assert post(request) == post(REQUEST | {"outputs": []}) == post(REQUEST)


def test_only_the_outputs_that_are_asked_for_are_answered() -> None:
    every = post(REQUEST)[1]["outputs"]
    for output in every:
        status, document = post(REQUEST | {"outputs": [{"name": output["name"]}]})
        assert status == 200
        assert [one["name"] for one in document["outputs"]] == [output["name"]]
    names = [{"name": one["name"]} for one in reversed(every)]
    answered = post(REQUEST | {"outputs": names})[1]["outputs"]
    assert [{"name": one["name"]} for one in answered] == names


@pytest.mark.parametrize(
    ("outputs", "where"),
    [
        ([{"name": "no such output"}], "outputs[0].name"),
        ([{"name": "y"}, {"name": "y"}], "outputs[1].name"),
        ([{}], "outputs[0].name"),
        (["y"], "outputs[0]"),
        ({"name": "y"}, "outputs"),
    ],
)
def test_outputs_that_cannot_be_asked_for_are_named(outputs: Any, where: str) -> None:
    tensor = {"name": "x", "datatype": "INT8", "shape": [1], "data": [1]}
    with pytest.raises(Problem) as raised:
        schema_of("int8", [1]).read({"inputs": [tensor], "outputs": outputs})
    assert [error["field"] for error in raised.value.errors] == [where]


def test_inputs_may_come_in_any_order() -> None:
    assert post({"inputs": INPUTS[::-1]}) == post(REQUEST)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": "no such input"}, "inputs[0].name"),
        ({"name": 5}, "inputs[0].name"),
        ({"datatype": "BF16"}, "inputs[0].datatype"),
        ({"datatype": None}, "inputs[0].datatype"),
        ({"shape": None}, "inputs[0].shape"),
        ({"data": None}, "inputs[0].data"),
    ],
)
def test_an_input_that_does_not_fit_is_named(change: dict[str, Any], where: str) -> None:
    status, document = post({"inputs": [INPUTS[0] | change, *INPUTS[1:]]})
    assert status == 422
    assert document["errors"][0]["field"] == where


@pytest.mark.parametrize("inputs", [[], [{}], ["x"], [INPUTS[0], INPUTS[0]], {}, None, 5])
def test_inputs_that_are_not_there_are_named(inputs: Any) -> None:
    status, document = post({"inputs": inputs})
    assert status == 422
    assert all(detail.startswith("inputs") for detail in details(document))


@pytest.mark.parametrize("depth", [2, 1000, 100_000])
def test_however_deep_the_nesting_is_it_is_the_clients_fault(depth: int) -> None:
    data = "[" * depth + "]" * depth
    for body in (data, f'{{"inputs": {data}}}', BODY.decode().replace("[", data + ", [", 1)):
        assert respond(Request("POST", PREDICT, body.encode())).status in (400, 422)
