import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class Ratios(TransformerMixin, BaseEstimator):
    """Adds length by width of sepal and petal."""

    def fit(self, rows, labels=None):
        return self

    def transform(self, rows):
        rows = np.asarray(rows, dtype=float)
        return np.column_stack([rows, rows[:, 0] / rows[:, 1], rows[:, 2] / rows[:, 3]])
