"""Which model the bucket has in service, and its file.

    <MODEL_PREFIX>/<name>/current.json            {"version", "key", "sha256", "size", "previous"}
    <MODEL_PREFIX>/<name>/<version>/<file>        the model, or an archive with it
    <MODEL_PREFIX>/<name>/<version>/model.json    its description, as model/model.json

The code around a model is made for its features and classes: a version whose model.json says
something else about them is Refused. With MODEL_KEY there is no pointer and no description: the
object of that key is the model, and what is stored beside it (a SHA-256, or Cloud Storage's MD5) is
its checksum. Without MODEL_BUCKET the model is the one in model/, for tests and one's own machine.
"""

import hashlib
import json
import os
import re
from typing import Any, NamedTuple

from app import MODEL, MODEL_FOLDER, log
from app.download import Failed, Session

FOLDER = "/tmp/model"  # noqa: S108  the only place where a function may write
ARCHIVES = (".tar.gz", ".tgz", ".tar")
# What the code was made for.
ABOUT_ALL = ("format", "framework", "task", "preprocess")
SIGNATURE = (*ABOUT_ALL, "features", "classes", "inputs", "outputs")


class Refused(Exception):
    """What is in the bucket cannot serve, however often it is tried."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        """In few words and without names: anybody may read it in GET /health."""


class Release(NamedTuple):
    """A model in service; not fetched yet."""

    tag: str
    """Of the object that says so: with another tag there is another model."""
    version: str
    key: str
    size: int
    sha256: str
    md5: str = ""
    description: str = ""
    """The key of its model.json."""
    previous: str = ""
    """The version that was in service before it."""


def announced(session: Session, *, unless: str) -> Release | None:
    """The model in service; None when it is the one that was announced with the tag `unless`."""
    if not os.environ.get("MODEL_BUCKET"):
        return None if unless else Release(MODEL["sha256"], MODEL["version"], "", 0, "")
    if key := os.environ.get("MODEL_KEY"):
        found = session.describe(key, unless=unless)
        if found is None:
            return None
        sha256 = (found.sha256 or "").lower()
        if sha256 and not is_sha256(sha256):
            raise Refused("the stored SHA-256 is none", key)
        version = (sha256 or found.md5 or found.tag.strip('"'))[:12]
        return Release(found.tag, version, key, found.size, sha256, found.md5 or "")
    answer = session.read(pointer_key(), unless=unless)
    return None if answer is None else pointed(*answer)


def pointer_key() -> str:
    return f"{os.environ['MODEL_PREFIX'].strip('/')}/{MODEL['name']}/current.json"


def pointed(content: bytes, tag: str) -> Release:
    try:
        pointer = json.loads(content)
        version, key, sha256 = (str(pointer[name]) for name in ("version", "key", "sha256"))
        release = Release(tag, version, key, int(pointer["size"]), sha256.lower())
        previous = str(pointer.get("previous") or "")
    except (ValueError, LookupError, TypeError) as error:
        raise Failed("current.json cannot be read", f"{pointer_key()}: {error!r}") from error
    is_wrong = release.size < 1 or not key or "/" in previous
    if is_wrong or not is_sha256(release.sha256):
        raise Failed("current.json cannot be read", f"{pointer_key()}: {content[:300]!r}")
    description = f"{key.rpartition('/')[0]}/model.json"
    return release._replace(description=description, previous=previous)


def is_sha256(text: str) -> bool:
    """Only such a text may become the name of a folder, which is removed in the end."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def before(session: Session, release: Release) -> Release:
    """The version before it, as its model.json describes it."""
    folder = f"{pointer_key().rpartition('/')[0]}/{release.previous}"
    description = f"{folder}/model.json"
    answer = session.read(description)
    content = answer[0] if answer else b""
    try:
        described = json.loads(content)
        file, sha256 = str(described["file"]), str(described["sha256"]).lower()
    except (ValueError, LookupError, TypeError) as error:
        raise Failed("model.json cannot be read", f"{description}: {error!r}") from error
    if not is_sha256(sha256) or "/" in file:
        raise Failed("model.json cannot be read", f"{description}: {content[:300]!r}")
    key = f"{folder}/{file}"
    stored = session.describe(key)
    size = stored.size if stored else 0
    return Release(release.tag, release.previous, key, size, sha256, description=description)


def fetched(session: Session, release: Release) -> str:
    """The path of its file, whose checksum was compared."""
    if not release.key:
        path = os.path.join(MODEL_FOLDER, MODEL["file"])
        verify(path, sha256_of(path), MODEL["sha256"])
        return path
    if release.description:
        is_made_for_us(session, release.description)
    folder = folder_of(release)
    is_archive = release.key.endswith(ARCHIVES)
    path = os.path.join(folder, os.path.basename(release.key) if is_archive else MODEL["file"])
    if is_archive or not is_there(path, release.sha256):
        os.makedirs(folder, exist_ok=True)
        download(session, release, path)
    return from_archive(path) if is_archive else path


def folder_of(release: Release) -> str:
    """Named by the content, or by the tag, which may be any text, where that is not known."""
    name = release.sha256 or hashlib.sha256(release.tag.encode()).hexdigest()
    return os.path.join(FOLDER, name[:16])


def is_made_for_us(session: Session, key: str) -> None:
    answer = session.read(key)
    content = answer[0] if answer else b""
    try:
        described = json.loads(content)
        others = [name for name in SIGNATURE if essence(described[name]) != essence(MODEL[name])]  # type: ignore[literal-required]
    except (ValueError, LookupError, TypeError) as error:
        raise Failed("model.json cannot be read", f"{key}: {error!r}") from error
    if others:
        mend = "make the project for the new model: create-lambda-model update --model FILE"
        raise Refused(f"the new model has other {', '.join(others)}", f"{key}; {mend}")


def essence(part: Any) -> Any:
    """Without what two models may differ in: names of free dimensions, ranges, versions."""
    if isinstance(part, list):
        return [essence(one) for one in part]
    if not isinstance(part, dict):
        return part
    shape = [one if isinstance(one, int) else None for one in part.get("shape") or []]
    rest = {name: part[name] for name in part if name not in ("range", "version", "shape")}
    return {name: essence(value) for name, value in rest.items()} | {"shape": shape}


def download(session: Session, release: Release, path: str) -> None:
    # What a process had got that was ended is there for the next one, which checks all of it.
    unchecked = f"{path}.part"
    got = os.path.getsize(unchecked) if os.path.exists(unchecked) else 0
    if not release.sha256 or got > release.size:
        open(unchecked, "wb").close()
    only = "" if release.description else release.tag
    found = session.save(release.key, unchecked, size=release.size, only=only)
    try:
        if release.sha256:
            verify(release.key, found, release.sha256)
        elif release.md5:
            with open(unchecked, "rb") as file:
                verify(release.key, hashlib.file_digest(file, "md5").hexdigest(), release.md5)
        else:
            log.write("WARNING", "model not checked: no checksum is stored", key=release.key)
    except Failed:
        os.remove(unchecked)
        raise
    os.replace(unchecked, path)


def verify(what: str, found: str, expected: str) -> None:
    if found != expected:
        detail = f"{what} has {found}, expected {expected}"
        raise Failed("the model has another SHA-256", detail)


def is_there(path: str, sha256: str) -> bool:
    """From before this process: it was ended and started again, and /tmp is the same."""
    return bool(sha256) and os.path.exists(path) and sha256_of(path) == sha256


def sha256_of(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def from_archive(path: str) -> str:
    import shutil  # for archives only: no cold start of the others pays for it

    from app import archive

    folder = f"{path}.unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    found = archive.unpacked(path, folder)
    os.remove(path)
    return found


def forget(release: Release) -> None:
    """Remove its files: /tmp holds two models at most."""
    import shutil

    shutil.rmtree(folder_of(release), ignore_errors=True)
