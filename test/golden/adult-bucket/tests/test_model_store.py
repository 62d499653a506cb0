"""Models go into the bucket, into service and out of it again; nothing is overwritten."""

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts import bucket as store
from scripts import function, model_store, upload_model
from scripts.bucket import REGION, Bucket, BucketError, Conflict
from scripts.upload_model import BUCKET, MODEL, folder, upload

STAGE = "production"
FOLDER = folder(STAGE)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("s3", region_name=REGION)


@pytest.fixture
def bucket(cloud: Any) -> Bucket:
    assert cloud
    made = Bucket(BUCKET)
    made.create()
    return made


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of these tests is none."""
    monkeypatch.setattr(model_store, "check", lambda *_: None)


def a_model(folder: Path, content: bytes = b"one") -> Path:
    path = folder / content[:8].decode()
    path.write_bytes(content)
    return path


def run(*words: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["model_store", *words])
        return model_store.main()


def test_a_new_bucket_is_private_encrypted_and_versioned(cloud: Any, bucket: Bucket) -> None:
    blocked = cloud.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    assert cloud.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert "AES256" in json.dumps(cloud.get_bucket_encryption(Bucket=BUCKET))
    bucket.check()


@pytest.mark.usefixtures("cloud")
def test_a_missing_bucket_is_told_with_the_way_to_make_it() -> None:
    with pytest.raises(BucketError, match="--create-bucket"):
        Bucket(BUCKET).check()


def test_a_bucket_of_another_region_is_refused(cloud: Any) -> None:
    other = "eu-west-1" if REGION != "eu-west-1" else "eu-west-3"
    place = {"LocationConstraint": other}
    boto3.client("s3", region_name=other).create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration=place
    )
    with pytest.raises(BucketError, match=f"--region {other}"):
        Bucket(BUCKET).check()


def test_a_version_is_whole_and_sent_once(
    bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    version = upload(bucket, STAGE, a_model(tmp_path))
    stored = bucket.stored(version.key)
    assert stored == (3, version.sha256)
    found = bucket.read(f"{FOLDER}/{version.name}/model.json")
    assert found is not None
    about = json.loads(found[0])
    assert about == MODEL | {"version": version.name, "sha256": version.sha256}
    assert upload(bucket, STAGE, a_model(tmp_path)) == version
    assert "there already" in capsys.readouterr().out


def test_a_dry_run_sends_nothing(bucket: Bucket, tmp_path: Path) -> None:
    upload(bucket, STAGE, a_model(tmp_path), dry_run=True)
    assert list(bucket.keys("")) == []


def test_another_content_is_never_overwritten(bucket: Bucket, tmp_path: Path) -> None:
    model = a_model(tmp_path)
    version = upload(bucket, STAGE, model, dry_run=True)
    bucket.write(version.key, b"else", None)
    with pytest.raises(Conflict, match="never overwritten"):
        upload(bucket, STAGE, model)
    with pytest.raises(Conflict):
        bucket.upload(model, version.key, version.sha256, lambda _: None)
    found = bucket.read(version.key)
    assert found is not None
    assert found[0] == b"else"


def test_an_upload_that_was_cut_off_goes_on(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PART", 5 * 1024 * 1024)
    monkeypatch.setattr(store, "AT_ONCE", 1)
    model = a_model(tmp_path, b"abcdefgh" * (11 * 128 * 1024))
    sent: list[int] = []
    put = bucket._s3.upload_part

    def cut_off(**part: Any) -> Any:
        sent.append(part["PartNumber"])
        if sent == [1, 2]:
            raise ConnectionResetError
        return put(**part)

    monkeypatch.setattr(bucket._s3, "upload_part", cut_off)
    with pytest.raises(ConnectionResetError):
        upload(bucket, STAGE, model)
    assert list(bucket.keys("")) == []
    version = upload(bucket, STAGE, model)
    assert 1 not in sent[2:]
    assert bucket.stored(version.key) == (model.stat().st_size, version.sha256)


@pytest.mark.usefixtures("unchecked")
def test_releases_and_the_way_back(
    bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = a_model(tmp_path), a_model(tmp_path, b"two")
    assert run("release", str(one)) == 0
    first = model_store.in_service(bucket, STAGE)
    assert run("release", str(two)) == 0
    second = model_store.in_service(bucket, STAGE)
    assert second.pointer["previous"] == first.version
    assert set(second.pointer) == {"version", "key", "sha256", "size", "previous"}
    assert run("models") == 0
    assert f"{FOLDER}/{second.version}/  <- in service" in capsys.readouterr().out

    assert run("rollback") == 0
    assert model_store.in_service(bucket, STAGE).version == first.version
    assert run("rollback") == 1
    assert run("rollback", "--version", str(second.version)) == 0
    assert model_store.in_service(bucket, STAGE).version == second.version
    assert run("rollback", "--version", "none") == 1
    assert "There is no version none" in capsys.readouterr().err


@pytest.mark.usefixtures("unchecked")
def test_of_two_releases_at_once_one_fails(bucket: Bucket, tmp_path: Path) -> None:
    versions = [
        upload(bucket, STAGE, a_model(tmp_path, content)) for content in (b"one", b"two", b"six")
    ]
    for before in ["nothing", "a model"]:
        seen = model_store.in_service(bucket, STAGE)
        winner = versions.pop()
        model_store.point(bucket, STAGE, seen, winner, None)
        with pytest.raises(Conflict, match=f"Somebody else put {winner.name}"):
            model_store.point(bucket, STAGE, seen, versions[0], None)
        assert model_store.in_service(bucket, STAGE).version == winner.name, before


@pytest.mark.usefixtures("unchecked")
def test_what_somebody_else_put_into_service_stays(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("release", str(a_model(tmp_path))) == 0

    class Overtaken(Bucket):
        def write(self, key: str, content: bytes, tag: str | None) -> str:
            written = super().write(key, content, tag)
            if b'"previous": "' in content:
                super().write(key, b'{"version": "theirs"}', written)
            return written

    def fails(_name: str) -> None:
        raise function.FunctionError("no answer")

    monkeypatch.setattr(model_store, "renew", fails)
    monkeypatch.setattr(model_store, "open_bucket", lambda _: Overtaken(BUCKET))
    assert run("release", str(a_model(tmp_path, b"two")), "--function", "f") == 1
    assert model_store.in_service(bucket, STAGE).version == "theirs"


@pytest.mark.usefixtures("unchecked")
def test_a_release_is_broken_off_without_a_trace(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = a_model(tmp_path), a_model(tmp_path, b"two")
    assert run("release", str(one)) == 0
    first = model_store.in_service(bucket, STAGE).pointer
    renewed: list[str] = []
    monkeypatch.setattr(model_store, "renew", renewed.append)

    def raises(error: BaseException) -> Any:
        def call(*_: str) -> None:
            raise error

        return call

    monkeypatch.setattr(function, "find", raises(function.FunctionError("not allowed")))
    assert run("release", str(two)) == 1
    assert model_store.in_service(bucket, STAGE).pointer == first
    assert renewed == []

    monkeypatch.setattr(function, "answer", raises(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        run("release", str(two), "--function", "f")
    assert model_store.in_service(bucket, STAGE).pointer == first
    assert renewed == ["f", "f"]

    monkeypatch.setattr(function, "answer", raises(function.FunctionError("no answer")))
    assert run("release", str(one), "--function", "f") == 1, "in service already, and tried out"
    assert model_store.in_service(bucket, STAGE).pointer == first


@pytest.mark.usefixtures("bucket")
def test_golden_cases_that_are_not_there_are_no_release(
    bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = a_model(tmp_path)
    assert run("release", str(model), "--cases", "typo.json") == 1
    assert "There are no golden cases typo.json" in capsys.readouterr().err
    with pytest.raises(BucketError, match="no golden cases"):
        upload(bucket, STAGE, model, Path("typo.json"))
    assert list(bucket.keys("")) == []


@pytest.mark.usefixtures("bucket")
def test_a_model_that_does_not_pass_its_tests_is_not_uploaded(
    bucket: Bucket, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("release", str(a_model(tmp_path))) == 1
    assert "--new-answers" in capfd.readouterr().err
    assert list(bucket.keys("")) == []


@pytest.mark.usefixtures("unchecked")
def test_a_release_that_does_not_answer_is_taken_back(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = deployed_function()
    answers: list[Any] = [{"ok": True}, function.FunctionError("no answer")]

    def answer(_name: str) -> Any:
        if isinstance(answers[0], Exception):
            raise answers.pop(0)
        return answers.pop(0)

    monkeypatch.setattr(function, "answer", answer)
    assert run("release", str(a_model(tmp_path))) == 0
    first = model_store.in_service(bucket, STAGE)
    variables = function.variables(name)
    assert variables["KEPT"] == "yes"
    assert function.MARK in variables
    assert run("release", str(a_model(tmp_path, b"two"))) == 1
    assert model_store.in_service(bucket, STAGE).pointer == first.pointer
    assert run("reload") == 0


def deployed_function() -> str:
    role = boto3.client("iam", region_name=REGION).create_role(
        RoleName="r", AssumeRolePolicyDocument="{}"
    )
    functions = boto3.client("lambda", region_name=REGION)
    functions.create_function(
        FunctionName="f",
        PackageType="Image",
        Code={"ImageUri": "000000000000.dkr.ecr.us-east-1.amazonaws.com/r:1"},
        Role=role["Role"]["Arn"],
        Environment={"Variables": {"KEPT": "yes"}},
        Tags={"project": MODEL["name"], "stage": STAGE},
    )
    found = function.find(MODEL["name"], STAGE)
    assert found == "f"
    return found


@pytest.mark.usefixtures("bucket", "unchecked")
def test_the_model_in_service_comes_back_into_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "model" / MODEL["file"]
    place.parent.mkdir()
    monkeypatch.setattr(model_store, "MODEL_FILE", place)
    monkeypatch.setattr(model_store, "ROOT", tmp_path)
    assert run("fetch") == 1
    monkeypatch.setattr(model_store, "ROOT", upload_model.ROOT)
    assert run("release", str(a_model(tmp_path))) == 0
    monkeypatch.setattr(model_store, "ROOT", tmp_path)
    assert run("fetch") == 0
    assert place.read_bytes() == b"one"


def test_the_stage_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "staging")
    parser = argparse.ArgumentParser()
    upload_model.add_options(parser)
    assert parser.parse_args([]).stage == "staging"
