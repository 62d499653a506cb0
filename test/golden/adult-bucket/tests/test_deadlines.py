"""A model is fetched before it is wanted, and nobody waits longer for it than Lambda lets them."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import store as module
from app.store import ModelUnavailable, Store
from tests import bucket_server
from tests.bucket_server import Bucket, hang


class Context:
    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bucket]:
    """A bucket whose first answer takes half a second."""
    for bucket in bucket_server.served(monkeypatch, tmp_path):
        monkeypatch.setattr("app.download.SILENCE_SECONDS", 0.5)
        bucket.release(b"model", "v1")
        bucket.faults = [("current.json", hang)]
        yield bucket


def stored() -> Store[bytes]:
    return Store(lambda path: Path(path).read_bytes(), lambda: None)


@pytest.mark.usefixtures("slow")
def test_a_call_answers_503_before_its_time_is_over_and_the_next_one_has_the_model() -> None:
    store = stored()
    store.hurry(Context(100))
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="being fetched"):
        store.model()
    assert time.monotonic() - started < 0.4
    store.hurry(Context(10_000))
    assert store.model() == b"model"


def test_what_was_begun_is_what_the_first_load_takes(slow: Bucket) -> None:
    module.begin()
    assert [stored().model() for _turn in range(2)] == [b"model"] * 2
    # The answer that did not come, one to what was begun, one to the second store.
    assert slow.reads("current.json") == 3


def test_what_was_begun_and_failed_is_told_by_the_store(
    slow: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    slow.release(b"model", "v1", sha256="0" * 64)
    module.begin()
    store = stored()
    with pytest.raises(ModelUnavailable, match="another SHA-256"):
        store.model()
    assert "another SHA-256" in str(store.state())
    assert capsys.readouterr().out.count('"model not loaded"') == 1


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize(("kind", "waits"), [("on-demand", False), ("snap-start", True)])
def test_an_init_is_over_before_lambda_ends_it(
    monkeypatch: pytest.MonkeyPatch, kind: str, waits: bool
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
    monkeypatch.setattr(module, "STARTED", time.monotonic() - module.INIT_SECONDS)
    store = stored()
    if not waits:
        with pytest.raises(ModelUnavailable, match="being fetched"):
            store.model()
        store.hurry(Context(10_000))
    assert store.model() == b"model"
