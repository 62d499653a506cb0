"""S1's feature class in an emitted project: measurements of flowers, in millimetres -> their means, in centimetres."""

from app import Feature, Row

MEASURED = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
RAW: list[Feature] | None = [
    {"name": "flower", "dtype": "string"},
    *({"name": name, "dtype": "number"} for name in MEASURED),
]


class FlowerFeatures:
    def make(self, rows: list[Row]) -> list[Row]:
        flowers: dict[str, list[Row]] = {}
        for row in rows:
            flowers.setdefault(row["flower"], []).append(row)
        return [
            {name: sum(row[name] for row in of_one) / len(of_one) / 10 for name in MEASURED}
            for of_one in flowers.values()
        ]


make = FlowerFeatures().make
