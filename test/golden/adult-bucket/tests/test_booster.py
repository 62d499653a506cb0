"""One row goes a way of its own: it is answered to the last digit as Booster.predict answers it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.predictor import store

ROWS = 1000


def table() -> np.ndarray:
    """Whole numbers from 0 to many thousands, here and there nothing."""
    draw = np.random.default_rng(7)
    shape = (ROWS, store.model().booster.num_feature())
    return np.where(draw.random(shape) < 0.05, np.nan, np.floor(draw.lognormal(2, 3, shape)))


@pytest.mark.parametrize("threads", [1, 8])
def test_one_row_is_answered_as_in_a_batch(threads: int) -> None:
    model, rows = store.model(), table()
    with ThreadPoolExecutor(max_workers=threads) as pool:
        alone = list(pool.map(lambda at: model.predict(rows[at : at + 1]), range(ROWS)))
    assert np.array_equal(np.concatenate(alone), model.booster.predict(rows))


def test_a_row_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        store.model().predict(table()[:1, 1:])
