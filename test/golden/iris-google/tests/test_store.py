"""The model file is checked, loaded once, and loaded again after a failure."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app import MODEL
from app.store import RETRY_SECONDS, ModelUnavailable, Store, verified


def test_the_file_is_the_one_in_model_json() -> None:
    kept = Store(lambda path: path)
    assert kept.model().endswith(MODEL["file"])


def test_another_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODEL, "sha256", "0" * 64)
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        Store(lambda path: path).model()


def test_a_missing_file_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODEL, "file", "nothing")
    with pytest.raises(ModelUnavailable):
        Store(verified).model()


def test_threads_share_one_load() -> None:
    loads: list[str] = []

    def load(path: str) -> object:
        loads.append(path)
        return object()

    kept = Store(load)
    with ThreadPoolExecutor(max_workers=8) as threads:
        models = set(threads.map(lambda _turn: kept.model(), range(50)))
    assert (len(models), len(loads)) == (1, 1)


def test_a_failure_is_tried_again_but_not_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 1000.0
    monkeypatch.setattr("app.store.time.monotonic", lambda: now)
    outcomes: list[Callable[[], str]] = [lambda: str(1 / 0), lambda: "loaded"]
    kept = Store(lambda _path: outcomes.pop(0)())

    for _turn in range(3):
        with pytest.raises(ModelUnavailable):
            kept.model()
    assert len(outcomes) == 1
    assert capsys.readouterr().out.count("ZeroDivisionError") == 1

    now += RETRY_SECONDS
    assert kept.model() == "loaded"
