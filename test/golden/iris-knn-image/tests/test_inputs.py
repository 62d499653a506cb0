"""What bodies are taken, and what is said of those that are not."""

import json
from typing import Any

import pytest

from app import MODEL, Feature, features, routes
from app.inputs import MOST_ROWS, Schema
from app.problem import Problem
from tests.samples import ROWS, call, details, http_event, opened, post

NAMES = routes.accepted.names
ROW: dict[str, Any] = ROWS[0]
VALUES = [ROW[name] for name in NAMES]
FORMS = {"object": ROW, "objects": [ROW], "rows": [VALUES], "flat": VALUES} | {
    f"{word}: {kind}": {word: rows}
    for word in ("instances", "features")
    if word not in NAMES  # as a feature it is a feature
    for kind, rows in {"objects": [ROW], "rows": [VALUES], "flat": VALUES}.items()
}


def faults(document: Any) -> list[str]:
    status, problem = post(document)
    assert status == 422
    return details(problem)


def refused(schema: Schema, document: Any) -> list[str]:
    with pytest.raises(Problem) as caught:
        schema.rows(document)
    assert caught.value.status == 422
    return [str(error["detail"]) for error in caught.value.errors]


def schema_of(dtype: str, **more: Any) -> Schema:
    feature: Feature = {"name": "x", "dtype": dtype, **more}  # type: ignore[typeddict-item]
    return Schema([feature])


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_row_is_the_same_in_every_form(form: Any) -> None:
    assert routes.accepted.rows(form)[0] == routes.accepted.rows(ROW)[0]


@pytest.mark.parametrize("body", ["null", "[]", "5", '"text"', "true"])
def test_a_body_without_rows_is_422(body: str) -> None:
    assert call(http_event(body=body))["statusCode"] == 422


@pytest.mark.parametrize("name", NAMES)
def test_each_feature_must_be_there(name: str) -> None:
    expected = [f"instances[0].{name} is missing"]
    assert faults([{key: value for key, value in ROW.items() if key != name}]) == expected


def test_null_is_a_value_where_the_feature_says_so() -> None:
    schema = schema_of("number", nullable=True)
    for form in ({"x": None}, [{"x": None}], [[None]], [None]):
        assert schema.rows(form)[0] == [{"x": None}]
    assert refused(schema, [{}]) == ["instances[0].x is missing"]
    for dtype in ("number", "string", "boolean", "category"):
        assert refused(schema_of(dtype), [{"x": None}]) == ["instances[0].x is missing"]
    words = schema_of("category", categories=["null"])
    assert refused(words, [{"x": None}]) == ["instances[0].x is missing"]
    assert schema_of("category", categories=["a"], nullable=True).rows([None])[0] == [{"x": None}]


@pytest.mark.parametrize("name", NAMES)
def test_no_feature_takes_a_list_or_an_object(name: str) -> None:
    (fault,) = faults([ROW | {name: [1]}])
    assert fault.startswith(f"instances[0].{name}: a list is not ")
    (fault,) = faults([ROW | {name: {}}])
    assert fault.startswith(f"instances[0].{name}: an object is not ")


def test_every_fault_of_every_row_is_listed() -> None:
    found = faults([{}, ROW, {}, 5, [1] * (len(NAMES) + 1)])
    assert len(found) == 2 * len(NAMES) + 2
    assert found[len(NAMES)] == f"instances[2].{NAMES[0]} is missing"
    assert found[-2] == "instances[3]: 5 is neither an object nor a list"


def test_there_is_a_most_of_rows() -> None:
    assert post([ROW] * MOST_ROWS)[0] == 200
    status, problem = post([ROW] * (MOST_ROWS + 1))
    assert (status, problem["detail"]) == (422, f"{MOST_ROWS + 1} rows, at most {MOST_ROWS}")


def test_unknown_fields_are_counted_and_ignored() -> None:
    rows, ignored = routes.accepted.rows([ROW | {"no such feature": 1}, ROW])
    assert (len(rows), ignored) == (2, 1)
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("given", "understood"),
    [(1, 1.0), (1.5, 1.5), ("1.5", 1.5), (" 1e3 ", 1000.0), ("-0", 0.0), (3.4e38, 3.4e38)],
)
def test_a_number_may_be_a_string(given: Any, understood: float) -> None:
    ((row,), _ignored) = schema_of("number").rows({"x": given})
    assert row == {"x": understood}
    assert type(row["x"]) is float


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("abc", '"abc" is not a number'),
        ("", '"" is not a number'),
        ("1_000", '"1_000" is not a number'),
        (True, "true is not a number"),
        ("nan", '"nan" is not a finite number'),
        ("1e400", '"1e400" is not a finite number'),
        (float("nan"), "NaN is not a finite number"),
        (float("-inf"), "-Infinity is not a finite number"),
        (1e39, "1e+39 is not a finite number"),
        (10**400, f"{str(10**400)[:60]}… is not a finite number"),
    ],
)
def test_what_is_no_number_is_named(given: Any, fault: str) -> None:
    assert refused(schema_of("number"), [{"x": given}]) == [f"instances[0].x: {fault}"]


@pytest.mark.parametrize("given", [39, 39.0, "39", "39.0", " 39 "])
def test_a_whole_number_may_have_a_point(given: Any) -> None:
    ((row,), _ignored) = schema_of("number", integer="int8").rows({"x": given})
    assert row == {"x": 39}
    assert type(row["x"]) is int


@pytest.mark.parametrize("given", [39.5, "39.5", 128, -129, "abc", "--5", False, 1e300])
def test_what_is_no_whole_number_is_named(given: Any) -> None:
    assert len(refused(schema_of("number", integer="int8"), [{"x": given}])) == 1


def test_a_large_whole_number_stays_exact() -> None:
    schema = schema_of("number", integer="uint64")
    for given in (2**64 - 1, str(2**64 - 1)):
        assert schema.rows({"x": given})[0] == [{"x": 2**64 - 1}]
    assert len(refused(schema, [{"x": -1}, {"x": 2**64}])) == 2


def test_a_category_is_one_of_those_seen_in_training() -> None:
    schema = schema_of("category", categories=["a", "b"])
    assert schema.rows(["b"])[0] == [{"x": "b"}]
    assert refused(schema, [{"x": "c"}]) == ['instances[0].x: "c" is not one of "a", "b"']
    assert refused(schema, [{"x": [1]}]) == ['instances[0].x: a list is not one of "a", "b"']


def test_an_open_category_may_be_another_of_its_type() -> None:
    words = schema_of("category", categories=["a", "b"], open=True)
    assert words.rows([["c"], [2], ["a"]])[0] == [{"x": "c"}, {"x": "2"}, {"x": "a"}]
    assert len(refused(words, [{"x": None}, {"x": []}, {"x": True}, {"x": "\ud800"}])) == 4
    numbers = schema_of("category", categories=[1, 2], open=True)
    assert numbers.rows([[3], ["3.5"], ["2"]])[0] == [{"x": 3}, {"x": 3.5}, {"x": 2}]
    assert len(refused(numbers, [{"x": "a"}, {"x": float("nan")}])) == 2


@pytest.mark.parametrize("given", [2, 2.0, "2"])
def test_a_category_may_be_a_number(given: Any) -> None:
    rows, _ignored = schema_of("category", categories=[1, 2]).rows({"x": given})
    assert rows == [{"x": 2}]


@pytest.mark.parametrize(("given", "understood"), [("é", "é"), (2, "2"), (2.0, "2")])
def test_a_category_without_known_values_is_a_word(given: Any, understood: str) -> None:
    assert schema_of("category").rows([given])[0] == [{"x": understood}]
    assert len(refused(schema_of("category"), [{"x": 0.5}, {"x": True}])) == 2


def test_a_string_is_text() -> None:
    assert schema_of("string").rows({"x": "日本 \u0000'\""})[0] == [{"x": "日本 \u0000'\""}]
    assert refused(schema_of("string"), [{"x": 1}]) == ["instances[0].x: 1 is not a string"]
    # As a direct call's answer is encoded, which half a character cannot be.
    (fault,) = refused(schema_of("string"), [{"x": "\ud800"}])
    assert fault.encode() == b'instances[0].x: "\\ud800" is not valid Unicode'


@pytest.mark.parametrize(("given", "understood"), [(True, True), ("False", False)])
def test_a_boolean_may_be_a_string(given: Any, understood: bool) -> None:
    assert schema_of("boolean").rows({"x": given})[0] == [{"x": understood}]


@pytest.mark.parametrize("given", [1, "yes", "1", []])
def test_what_is_no_boolean_is_named(given: Any) -> None:
    (fault,) = refused(schema_of("boolean"), [{"x": given}])
    assert fault.endswith("is not true or false")


@pytest.mark.parametrize("word", ["instances", "features"])
def test_a_feature_with_the_name_of_a_word_wins(word: str) -> None:
    schema = Schema([{"name": word, "dtype": "number"}])
    assert schema.rows({word: 1})[0] == [{word: 1.0}]
    assert refused(schema, {word: [1]}) == [f"instances[0].{word}: a list is not a number"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[1,]",
        "x" * 100,
        "[" * 100_000,
        '{"a":' * 100_000,
        "1" * 5_000,
        '"\\ud800',
        "\ufeff\ufeff[]",
    ],
)
def test_what_is_not_json_is_400(body: str) -> None:
    status, problem = opened(call(http_event(body=body)))
    assert (status, problem["title"]) == (400, "The body is not JSON")


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e400", "[" * 900 + "]" * 900])
def test_hostile_values_are_the_clients_fault(value: str) -> None:
    status = call(http_event(body=f"[[{', '.join([value] * len(NAMES))}]]"))["statusCode"]
    assert status in (400, 422)


def test_many_faults_fit_into_an_answer() -> None:
    answer = call(http_event(body=f"[{','.join(['{}'] * MOST_ROWS)}]"))
    assert answer["statusCode"] == 422
    assert len(answer["body"]) < 6_000_000


@pytest.mark.parametrize("row", [[1] * 300, [1], {}], ids=["unknown", "short", "missing"])
def test_long_faults_fit_into_an_answer(row: Any) -> None:
    words: list[Any] = [f"{number}{'日' * 50}" for number in range(20)]
    many: list[Feature] = [
        {"name": f"{number}{'x' * 50}", "dtype": "category", "categories": words}
        for number in range(300)
    ]
    with pytest.raises(Problem) as caught:
        Schema(many).rows([row] * MOST_ROWS)
    assert caught.value.errors
    assert len(json.dumps(caught.value.document())) < 4_000_000


def test_features_gives_what_the_model_takes() -> None:
    rows, _ignored = routes.accepted.rows(ROWS)
    assert Schema(MODEL["features"]).fitted(features.make(rows))


def test_wrong_features_are_a_bug_and_not_the_clients_fault() -> None:
    with pytest.raises(ValueError, match="x is missing"):
        schema_of("number").fitted([{}])
