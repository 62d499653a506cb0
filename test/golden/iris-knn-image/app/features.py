"""Yours: what clients send -> what the model was trained on.

In:  rows as inputs.py checked them, a whole batch: [{name: value, …}, …].
Out: rows with the model's own features (model/model.json), one for each prediction that is wanted.

As it stands clients send the model's own features. Where they should send something else, say in
RAW what that is, and make the features from it. Validation, GET /schema, samples and tests follow
RAW; what make() gives is checked against the model's signature. For example, for a model that was
trained on "bmi" and "decade":

    RAW: list[Feature] | None = [
        {"name": "height_cm", "dtype": "number", "range": [150, 200]},
        {"name": "weight_kg", "dtype": "number", "range": [45, 120]},
        {"name": "age", "dtype": "number", "integer": "int64", "range": [18, 90]},
        {"name": "sex", "dtype": "category", "categories": ["f", "m"]},
    ]

    class PatientFeatures:
        def make(self, rows: list[Row]) -> list[Row]:
            return [
                {
                    "bmi": row["weight_kg"] / (row["height_cm"] / 100) ** 2,
                    "decade": row["age"] // 10,
                }
                for row in rows
            ]

    make = PatientFeatures().make

make() may also give fewer rows than it got: many purchases in, one customer out. To refuse a row
for a reason of your own, raise app.problem.Problem(422, "…", "…"). Called by several threads at
once: keep no state between calls. Afterwards run `python -m scripts.record_cases rows.json`, with a
few rows as clients send them, or without rows.json where they send the same as before.
"""

from app import Feature, Row

RAW: list[Feature] | None = None


def make(rows: list[Row]) -> list[Row]:
    return rows
