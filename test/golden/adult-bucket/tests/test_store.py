"""The model is taken from the bucket, exchanged for a newer one, and never for a wrong one."""

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app import MODEL, MODEL_FOLDER, api, download, predictor, routes, trial
from app import store as module
from app.request import Request
from app.store import RETRY_SECONDS, ModelUnavailable, Store
from tests import bucket_server
from tests.bucket_server import (
    POINTER,
    PREFIX,
    Bucket,
    Fault,
    another_length,
    cut,
    hang,
    reset,
    status,
    wrong_bytes,
)

OLD, NEW = b"old" * 10_000, b"new" * 10_000


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bucket]:
    yield from bucket_server.served(monkeypatch, tmp_path)


def stored() -> Store[bytes]:
    """A store whose model is the content of its file."""
    return Store(lambda path: Path(path).read_bytes(), lambda: None)


def refreshed(store: Store[bytes]) -> bytes:
    store.refresh(at_once=True)
    return store.model()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_pointer_says_which_model_is_served(bucket: Bucket) -> None:
    bucket.release(OLD, "v1")
    store = stored()
    assert store.model() == OLD
    assert store.state() == {"model": {"name": MODEL["name"], "version": "v1"}}


def test_without_a_bucket_it_is_the_one_beside_the_code() -> None:
    assert Store(str, lambda: None).model().endswith(MODEL["file"])


def test_threads_share_one_load(bucket: Bucket) -> None:
    bucket.release(OLD, "v1")
    store = stored()
    with ThreadPoolExecutor(max_workers=8) as threads:
        assert set(threads.map(lambda _turn: store.model(), range(50))) == {OLD}
    assert bucket.reads(MODEL["file"]) == 1


def test_a_newer_model_takes_over_and_the_old_files_go(bucket: Bucket, tmp_path: Path) -> None:
    bucket.release(OLD, "v1")
    store = stored()
    assert refreshed(store) == OLD
    bucket.release(NEW, "v2")
    assert refreshed(store) == NEW
    assert len(list(tmp_path.iterdir())) == 1


def test_nothing_is_fetched_while_the_pointer_stays(bucket: Bucket) -> None:
    bucket.release(OLD, "v1")
    store = stored()
    for _turn in range(3):
        refreshed(store)
    assert bucket.reads(MODEL["file"]) == bucket.reads("model.json") == 1
    bucket.release(OLD, "v1-again")
    refreshed(store)
    assert bucket.reads(MODEL["file"]) == 1
    assert store.name()["version"] == "v1-again"


def test_a_request_looks_when_it_is_time_and_is_answered_by_one_model(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("app.store.time.monotonic", lambda: now)
    monkeypatch.setenv("MODEL_REFRESH_TIMEOUT_MS", "10000")
    bucket.release(OLD, "v1")
    store = stored()

    @store.answering
    def respond(_request: object) -> tuple[bytes, str | None, bytes]:
        first = store.model()
        refreshed(store)
        return first, store.name()["version"], store.model()

    assert respond(None) == (OLD, "v1", OLD)
    bucket.release(NEW, "v2")
    assert respond(None) == (OLD, "v1", OLD)
    assert respond(None) == (NEW, "v2", NEW)
    looked = bucket.reads("current.json")
    store.answering(lambda _request: store.model())(None)
    assert bucket.reads("current.json") == looked
    now += 61
    store.answering(lambda _request: store.model())(None)
    assert bucket.reads("current.json") == looked + 1


def test_zero_seconds_never_look_again(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_REFRESH_SECONDS", "0")
    bucket.release(OLD, "v1")
    store = stored()
    assert refreshed(store) == OLD
    bucket.release(NEW, "v2")
    assert refreshed(store) == OLD


PASSING = [status(500), status(503, retry_after="1"), status(429), reset, hang, cut]
FAILING = [status(403, b"<Code>AccessDenied</Code>"), status(404), status(412), status(301)]


@pytest.mark.parametrize("ending", ["current.json", "model.json", MODEL["file"]])
@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_tried_again(bucket: Bucket, ending: str, fault: Fault) -> None:
    bucket.release(OLD, "v1")
    bucket.faults = [(ending, fault)]
    assert stored().model() == OLD
    assert not bucket.faults


@pytest.mark.parametrize("ending", ["current.json", MODEL["file"]])
@pytest.mark.parametrize("fault", [*FAILING, wrong_bytes, another_length])
def test_what_fails_leaves_the_old_model_and_shows(
    bucket: Bucket, capsys: pytest.CaptureFixture[str], ending: str, fault: Fault
) -> None:
    bucket.release(OLD, "v1")
    store = stored()
    store.model()
    bucket.release(NEW, "v2")
    bucket.faults = [(ending, fault)]
    assert refreshed(store) == OLD
    assert "refresh" in store.state()
    assert lines(capsys)[-1]["message"] == "model not refreshed"
    assert refreshed(store) == NEW
    assert "refresh" not in store.state()


def test_what_an_ended_process_had_got_is_used(bucket: Bucket, tmp_path: Path) -> None:
    sha256 = bucket.release(OLD, "v1")["sha256"]
    for beginning, reads in ((OLD[:-3], 1), (NEW[:-3], 2)):
        folder = tmp_path / sha256[:16]
        folder.mkdir()
        (folder / f"{MODEL['file']}.part").write_bytes(beginning)
        store = stored()
        if reads == 2:  # it is the beginning of something else, and found out in the end
            with pytest.raises(ModelUnavailable, match="SHA-256"):
                store.model()
            assert not list(folder.iterdir())
        else:
            assert store.model() == OLD
            assert bucket.asked_from[-1] == len(beginning)
            shutil.rmtree(folder)


def test_a_fault_that_does_not_pass_is_given_up(bucket: Bucket) -> None:
    bucket.release(OLD, "v1")
    bucket.faults = [("current.json", status(503))] * 2 * download.ATTEMPTS
    with pytest.raises(ModelUnavailable):
        stored().model()
    assert len(bucket.faults) == download.ATTEMPTS


def test_a_content_that_was_cut_goes_on_where_it_broke(bucket: Bucket) -> None:
    bucket.release(OLD, "v1")
    bucket.faults = [(MODEL["file"], cut), (MODEL["file"], reset)]
    assert stored().model() == OLD
    assert bucket.reads(MODEL["file"]) == 3


def test_a_failure_is_tried_again_but_not_at_once(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("app.store.time.monotonic", lambda: now)
    store = stored()
    for _turn in range(3):
        with pytest.raises(ModelUnavailable):
            store.model()
    assert bucket.reads("current.json") == 1
    bucket.release(OLD, "v1")
    now += RETRY_SECONDS
    assert store.model() == OLD


def test_a_model_for_other_code_is_refused_and_fetched_no_more(bucket: Bucket) -> None:
    bucket.release(OLD, "v1")
    store = stored()
    store.model()
    bucket.release(NEW, "v2")
    other = MODEL | {"classes": ["another"], "version": "2"}
    bucket.put(f"{PREFIX}/v2/model.json", json.dumps(other).encode())
    for _turn in range(2):
        assert refreshed(store) == OLD
        assert "classes" in str(store.state())
    assert bucket.reads(MODEL["file"]) == 1


def release_for_other_code(bucket: Bucket, previous: str) -> None:
    sha256 = bucket.release(OLD, "v1")["sha256"]
    about = MODEL | {"sha256": sha256.upper()}
    bucket.put(f"{PREFIX}/v1/model.json", json.dumps(about).encode())
    bucket.release(NEW, "v2", previous=previous)
    other = MODEL | {"classes": ["another"]}
    bucket.put(f"{PREFIX}/v2/model.json", json.dumps(other).encode())


def test_code_that_starts_beside_a_model_for_other_code_serves_the_one_before(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    release_for_other_code(bucket, "v1")
    store = stored()
    for _turn in range(2):
        assert refreshed(store) == OLD
        assert store.name()["version"] == "v1"
        assert "classes" in str(store.state()["refresh"])
    assert bucket.reads(f"v1/{MODEL['file']}") == 2  # what is stored beside it, and itself
    assert bucket.reads(f"v2/{MODEL['file']}") == 0
    told = [line["message"] for line in lines(capsys)]
    assert told == ["model not loaded", "model loaded", "the version before serves"]
    bucket.release(NEW, "v3")
    assert refreshed(store) == NEW
    assert "refresh" not in store.state()


@pytest.mark.parametrize("previous", ["", "v0", "v2", "v1"])
def test_the_one_before_is_checked_as_any_other(bucket: Bucket, previous: str) -> None:
    release_for_other_code(bucket, previous)
    bucket.put(f"{PREFIX}/v1/{MODEL['file']}", NEW)
    with pytest.raises(ModelUnavailable, match="classes"):
        stored().model()


@pytest.mark.parametrize("sha256", ["../../../opt", "0x" + 62 * "a", 32 * "a_", "abc"])
def test_what_is_no_sha256_names_no_folder(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sha256: str
) -> None:
    bucket.release(OLD, "v1", sha256=sha256)
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        stored().model()
    monkeypatch.setenv("MODEL_KEY", "models/plain")
    bucket.put("models/plain", OLD, sha256=sha256)
    with pytest.raises(ModelUnavailable, match="the stored SHA-256 is none"):
        stored().model()
    assert not list(tmp_path.iterdir())


AWAY = b'{"version": "v3", "key": "a", "sha256": "%064d", "size": 1, "previous": "../v"}' % 1


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"version": "v3"}', AWAY])
def test_a_pointer_that_says_nothing_changes_nothing(bucket: Bucket, content: bytes) -> None:
    bucket.release(OLD, "v1")
    store = stored()
    store.model()
    bucket.put(POINTER, content)
    assert refreshed(store) == OLD
    assert "refresh" in store.state()


def test_a_model_that_does_not_load_or_answer_is_not_served(bucket: Bucket) -> None:
    bucket.release(OLD, "v1")
    asked = []

    def try_out() -> None:
        asked.append(store.model())
        if store.model() != OLD:
            raise ValueError("it gives NaN")

    store = Store(lambda path: Path(path).read_bytes(), try_out)
    assert store.model() == OLD
    bucket.release(NEW, "v2")
    for _turn in range(2):
        assert refreshed(store) == OLD
    assert asked[-1] == NEW
    assert bucket.reads(f"v2/{MODEL['file']}") == 1


def test_a_model_that_takes_longer_is_waited_for_by_later_calls(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    monkeypatch.setattr("app.download.SILENCE_SECONDS", 0.5)
    bucket.release(OLD, "v1")
    bucket.faults = [("current.json", hang)]
    store = stored()
    with pytest.raises(ModelUnavailable, match="being fetched"):
        store.model()
    monkeypatch.setattr(module, "PATIENCE", 5)
    assert store.model() == OLD


@pytest.mark.parametrize("stored_beside", [True, False])
def test_a_plain_object_is_a_model_too(
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stored_beside: bool,
) -> None:
    monkeypatch.setenv("MODEL_KEY", "models/plain")
    sha256 = bucket.release(OLD, "v1")["sha256"]
    bucket.put("models/plain", OLD, **({"sha256": sha256} if stored_beside else {}))
    store = stored()
    assert refreshed(store) == OLD
    assert lines(capsys)[-1]["checked_by"] == ("sha256" if stored_beside else "nothing")
    if stored_beside:
        assert store.name()["version"] == sha256[:12]
    bucket.put("models/plain", NEW)
    assert refreshed(store) == NEW
    bucket.put("models/plain", OLD, sha256="0" * 64)
    assert refreshed(store) == NEW
    assert "SHA-256" in str(store.state())


def archive(*names: str, **changes: Any) -> bytes:
    """A .tar.gz with files of these names; `changes` are a header's."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(NEW)
            for attribute, value in changes.items():
                setattr(member, attribute, value)
            tar.addfile(member, io.BytesIO(NEW))
    return content.getvalue()


def sparse() -> bytes:
    """An old GNU sparse file whose map goes on, and breaks off."""
    header = bytearray(tarfile.TarInfo(MODEL["file"]).tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[482] = 1
    header[148:156] = b"%06o\0 " % (sum(header[:148] + header[156:]) + 8 * 32)
    return gzip.compress(bytes(header) + bytes(504) + b"\1" + bytes(107))


def release_archive(bucket: Bucket, content: bytes) -> None:
    pointer = bucket.release(content, "v2")
    key = f"{PREFIX}/v2/all.tar.gz"
    bucket.put(key, content)
    bucket.put(POINTER, json.dumps(pointer | {"key": key}).encode())


def test_the_model_may_be_in_an_archive(bucket: Bucket, tmp_path: Path) -> None:
    release_archive(bucket, archive("labels.txt", f"./deep/{MODEL['file']}"))
    assert stored().model() == NEW
    assert not list(tmp_path.rglob("*.tar.gz"))


@pytest.mark.parametrize(
    "content",
    [
        archive("/etc/passwd"),
        archive(f"../{MODEL['file']}"),
        archive(f"a/../../{MODEL['file']}"),
        archive(MODEL["file"], MODEL["file"]),
        archive(MODEL["file"], type=tarfile.SYMTYPE, linkname="/etc/passwd", size=0),
        archive(MODEL["file"], type=tarfile.LNKTYPE, linkname="/etc/passwd", size=0),
        archive(MODEL["file"], type=tarfile.CHRTYPE, size=0),
        pytest.param(sparse(), id="old sparse"),
        archive(MODEL["file"], pax_headers={"GNU.sparse.map": "0,1"}),
        archive(MODEL["file"], pax_headers={"GNU.sparse.size": "1"}),
        archive(MODEL["file"], pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}),
        archive(MODEL["file"], pax_headers={"GNU.sparse.realsize": "none"}),
        archive(MODEL["file"], type=tarfile.GNUTYPE_LONGNAME, size=-(2**40)),
        archive("labels.md"),
        archive("x" * 100_000),
        archive(MODEL["file"])[:-50],
        b"no archive",
    ],
)
def test_an_archive_that_is_not_safe_is_refused(
    bucket: Bucket, tmp_path: Path, content: bytes
) -> None:
    bucket.release(OLD, "v1")
    store = stored()
    store.model()
    release_archive(bucket, content)
    assert refreshed(store) == OLD
    assert "archive" in str(store.state()["refresh"])
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [OLD]


def test_what_does_not_fit_into_tmp_is_not_begun(bucket: Bucket) -> None:
    bucket.release(OLD, "v1", size=10**18)
    with pytest.raises(ModelUnavailable, match="room"):
        stored().model()
    assert bucket.reads(MODEL["file"]) == 0


def test_a_golden_case_is_answered_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trial.answer_a_case()
    assert not lines(capsys)
    if (Path(MODEL_FOLDER) / "cases.json").exists():
        nan: Any = lambda *_: [float("nan")]  # noqa: E731
        monkeypatch.setitem(routes.ROUTES[routes.PREDICT], "POST", nan)
        with pytest.raises(ValueError, match="JSON"):
            trial.answer_a_case()


def test_health_and_log_tell_which_model_answers(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (Path(MODEL_FOLDER) / MODEL["file"]).read_bytes()
    bucket.release(content, "v7")
    store = Store(predictor.load)
    monkeypatch.setattr(predictor, "store", store)
    monkeypatch.setattr(api, "store", store)
    health = api.respond(Request("GET", "/health", b""))
    told = {"status": "ok", "model": {"name": MODEL["name"], "version": "v7"}}
    assert (health.status, health.document) == (200, told)
    assert lines(capsys)[-1]["model_version"] == "v7"
