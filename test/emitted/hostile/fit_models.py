"""Write scikit-learn models whose own names are hostile: fit_models.py FOLDER NAMES.json

Runs in the environment of an emitted project: names are set as fitting on a table would have set them.
"""

import json
import sys
from pathlib import Path

import joblib
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

folder, names_file = map(Path, sys.argv[1:])
names = json.loads(names_file.read_text())
features = np.array(names["features"], dtype=object)
random = np.random.default_rng(7)
labels = np.array(names["classes"])[np.arange(30) % 3]

numbers = make_pipeline(StandardScaler(), KNeighborsClassifier(3)).fit(random.normal(size=(30, 4)), labels)
numbers[0].feature_names_in_ = features
joblib.dump(numbers, folder / "numbers.joblib")

words = np.array(names["classes"])[random.integers(0, 3, size=(30, 2))]
table = np.concatenate([words, random.normal(size=(30, 2))], axis=1, dtype=object)
columns = ColumnTransformer([("words", OneHotEncoder(), [0, 1]), ("numbers", StandardScaler(), [2, 3])])
mixed = make_pipeline(columns, LogisticRegression()).fit(table, labels)
# As fitting on a table does it: columns are chosen by their names.
columns.feature_names_in_ = features
columns.transformers_ = [(name, step, list(features[chosen])) for name, step, chosen in columns.transformers_]
columns.transformers = [(name, step, list(features[chosen])) for name, step, chosen in columns.transformers]
joblib.dump(mixed, folder / "words.joblib")
