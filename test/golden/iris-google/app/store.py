"""Where the model comes from, and the one loaded copy of it.

The model lies beside this package in model/ and is checked against the SHA-256 in model/model.json
before anything reads it: a model file can run code when it is loaded.

Raises ModelUnavailable (answered as 503) when the file is missing, is another one, or cannot be
loaded. That is logged once, and tried again at most every RETRY_SECONDS.
Safe to call from several threads: the first one loads, the others wait for it.
"""

import hashlib
import os
import threading
import time
import traceback
from collections.abc import Callable

from app import MODEL, MODEL_FOLDER, MODEL_NAME, log

RETRY_SECONDS = 5.0


class ModelUnavailable(Exception):
    """There is no model to predict with, for now."""


class Store[Loaded]:
    """Loads a model when it is first wanted, and keeps it."""

    def __init__(self, load: Callable[[str], Loaded]) -> None:
        self._load = load
        self._loaded: Loaded | None = None
        self._next_try = 0.0
        self._lock = threading.Lock()

    def model(self) -> Loaded:
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    self._loaded = self._try_to_load()
        return self._loaded

    def name(self) -> dict[str, str]:
        """How answers name the model."""
        return MODEL_NAME

    def state(self) -> dict[str, object]:
        """What GET /health tells of it."""
        return {"model": self.name()}

    def _try_to_load(self) -> Loaded:
        if time.monotonic() < self._next_try:
            raise ModelUnavailable("the last try failed a moment ago")
        try:
            return self._load(verified(os.path.join(MODEL_FOLDER, MODEL["file"])))
        except Exception as error:  # whatever a framework raises for a file that it cannot read
            self._next_try = time.monotonic() + RETRY_SECONDS
            log.write("ERROR", "model not loaded", traceback=traceback.format_exc())
            raise ModelUnavailable(str(error)) from error


def verified(path: str) -> str:
    """The path, if the file there is the one that model.json describes."""
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != MODEL["sha256"]:
        raise ModelUnavailable(f"{path} has SHA-256 {found}, expected {MODEL['sha256']}")
    return path
