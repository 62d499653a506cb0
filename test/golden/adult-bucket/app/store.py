"""Where the model comes from: a bucket (released.py); and the one loaded copy of it.

A model is fetched to /tmp, compared with its SHA-256, loaded and tried on a golden case (trial.py);
only then it answers. With MODEL_REFRESH_SECONDS the bucket is asked again: on the warm-up event,
and once so many seconds have passed, after a request's answer was computed. Until a new model has
passed all that, the old one answers. If it does not pass, the old one stays, the log says why, and
GET /health says so.

A thread of its own does it, one at a time. Others wait for it so long and no longer: PATIENCE
seconds for a first model (then 503 with Retry-After), MODEL_REFRESH_TIMEOUT_MS for a newer one.
The first one is fetched while startup.py imports the framework: begin().
Between two calls the cloud gives that thread no processor: it goes on in the next one.

Code that starts while the model in service is for other code (Refused) serves the version before.

Raises ModelUnavailable (answered as 503) while there is no model. A failure is logged, and tried
again at most every RETRY_SECONDS.
Safe to call from several threads.
"""

import functools
import os
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Self

from app import MODEL, log, released, trial
from app.download import Session

RETRY_SECONDS = 5.0
# Four fifths of the function's time-out: what is left is for the answer.
PATIENCE = 23.2
# Lambda ends an init after 10 s. The next one is part of a call, within its time-out, and begins
# again but for what was fetched. A thread that is not waited for goes on in the next call.
STARTED = time.monotonic()
INIT_SECONDS = 8
UNHURRIED = ("provisioned-concurrency", "snap-start")


class ModelUnavailable(Exception):
    """There is no model to predict with, for now."""


class Serving[Loaded](NamedTuple):
    """A model that answers."""

    model: Loaded
    release: released.Release


class Here(threading.local):
    """What this thread is at."""

    answering = False
    serving: Any = None
    """The model that answers its request, from the first use to the end."""
    seconds: float | None = None
    """So long its request may take."""


class Look:
    """A look into the bucket: which model is in service, and its file unless it is here."""

    def __init__(
        self, seen: str = "", is_here: Callable[[released.Release], bool] = lambda _release: False
    ) -> None:
        self._seen = seen
        self._is_here = is_here
        self.began = time.monotonic()
        self.release: released.Release | None = None
        """None when it is the one whose tag was `seen`."""
        self.path = ""
        self.error: Exception | None = None

    def take(self) -> Self:
        try:
            with Session() as session:
                self.release = released.announced(session, unless=self._seen)
                if self.release and not self._is_here(self.release):
                    self.path = released.fetched(session, self.release)
        except Exception as error:  # for the store, whatever it is
            self.error = error
        return self


class Ahead(Look):
    """The first look, taken in a thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.Thread(target=super().take, name="ahead", daemon=True)
        self._thread.start()

    def take(self) -> Self:
        self._thread.join()
        return self


def begin() -> None:
    """Fetch the first model now, before there is a store that loads it."""
    Store.ahead = Ahead()


class Store[Loaded]:
    """Loads a model when it is first wanted, keeps it, and exchanges it for a newer one."""

    ahead: ClassVar[Ahead | None] = None
    """What was begun, until the first load takes it."""

    def __init__(
        self, load: Callable[[str], Loaded], try_out: Callable[[], None] = trial.answer_a_case
    ) -> None:
        self._load = load
        self._try_out = try_out
        self._serving: Serving[Loaded] | None = None
        self._here = Here()
        self._lock = threading.Lock()
        self._work: threading.Thread | None = None
        self._seen = ""
        """The tag of what was last announced; what cannot serve is not fetched again."""
        self._trouble: dict[str, str] | None = None
        self._trouble_stays = False
        self._next_try = 0.0
        self._every = float(os.environ.get("MODEL_REFRESH_SECONDS", "0"))
        self._wait = float(os.environ.get("MODEL_REFRESH_TIMEOUT_MS", "300")) / 1000
        self._next_look = time.monotonic() + self._every

    def model(self) -> Loaded:
        here = self._here
        if here.serving is None:
            serving = self._serving or self._first()
            if not here.answering:
                return serving.model
            here.serving = serving
        loaded: Loaded = here.serving.model
        return loaded

    def name(self) -> dict[str, str | None]:
        """How answers name the model; no version when there is none."""
        serving = self._here.serving or self._serving
        return {"name": MODEL["name"], "version": serving.release.version if serving else None}

    def state(self) -> dict[str, object]:
        """What GET /health tells of it."""
        return {"model": self.name()} | ({"refresh": self._trouble} if self._trouble else {})

    def answering[Question, Answer](
        self, respond: Callable[[Question], Answer]
    ) -> Callable[[Question], Answer]:
        """A request is answered by one model, and pays for a look at the bucket when one is due."""

        @functools.wraps(respond)
        def responding(question: Question) -> Answer:
            here = self._here
            here.answering = True
            try:
                return respond(question)
            finally:
                here.answering, here.serving = False, None
                self.refresh()

        return responding

    def refresh(self, *, at_once: bool = False) -> None:
        """Look for a newer model if it is time, or `at_once`. Never raises."""
        if self._serving is None:
            if at_once and time.monotonic() >= self._next_try:
                self._working().join(self._patience())
            return
        with self._lock:
            now = time.monotonic()
            if not self._every or not (at_once or now >= self._next_look):
                return
            self._next_look = now + self._every
        self._working().join(self._patience() if at_once else min(self._wait, self._patience()))

    def _first(self) -> Serving[Loaded]:
        if time.monotonic() < self._next_try:
            raise ModelUnavailable("the last try failed a moment ago")
        self._working().join(self._patience())
        if self._serving is None:
            raise ModelUnavailable((self._trouble or {}).get("failed", "it is still being fetched"))
        return self._serving

    def hurry(self, context: Any) -> None:
        """The call of this context is being answered: nobody waits longer than it lasts."""
        remaining = getattr(context, "get_remaining_time_in_millis", None)
        self._here.seconds = remaining() / 1000 if remaining else None

    def _patience(self) -> float:
        here = self._here
        if here.answering or here.seconds is not None:
            return PATIENCE if here.seconds is None else min(PATIENCE, here.seconds * 0.8)
        is_lambda = "AWS_LAMBDA_RUNTIME_API" in os.environ
        if not is_lambda or os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") in UNHURRIED:
            return PATIENCE
        return max(0.0, STARTED + INIT_SECONDS - time.monotonic())

    def _working(self) -> threading.Thread:
        """The thread that is at it."""
        with self._lock:
            if self._work is None or not self._work.is_alive():
                self._work = threading.Thread(target=self._update, name="model", daemon=True)
                self._work.start()
            return self._work

    def _update(self) -> None:
        ahead, Store.ahead = Store.ahead, None
        look = (ahead or Look(self._seen, self._is_the_same)).take()
        release = look.release
        try:
            if look.error:
                raise look.error
            if release is None:
                if not self._trouble_stays:
                    self._trouble = None
                return
            if not look.path:
                return
            serving = self._tried(look.path, release)
        except Exception as error:  # whatever a framework raises for a file that it cannot read
            self._stay(error, release, is_checked=not look.error)
            if isinstance(error, released.Refused) and release and not self._serving:
                self._go_back(release)
        else:
            self._swap(serving, time.monotonic() - look.began)

    def _tried(self, path: str, release: released.Release) -> Serving[Loaded]:
        serving = Serving(self._load(path), release)
        self._here.serving = serving
        self._try_out()
        return serving

    def _go_back(self, refused: released.Release) -> None:
        """To the version before, if that one fits; GET /health still tells of the one refused."""
        if not refused.previous:
            return
        started = time.monotonic()
        released.forget(refused)
        names = {"model_version": refused.previous, "instead_of": refused.version}
        try:
            with Session() as session:
                release = released.before(session, refused)
                path = released.fetched(session, release)
            serving = self._tried(path, release)
        except Exception:
            trace = traceback.format_exc()
            log.write("ERROR", "the version before cannot serve either", **names, traceback=trace)
            return
        trouble = self._trouble
        self._swap(serving, time.monotonic() - started)
        self._trouble, self._trouble_stays = trouble, True
        log.write("WARNING", "the version before serves", **names)

    def _is_the_same(self, release: released.Release) -> bool:
        """Announced anew, but it is the one that serves: after a roll-back, say."""
        old = self._serving
        if not old or not release.sha256 or old.release.sha256 != release.sha256:
            return False
        # Its files lie where they were.
        self._serving = old._replace(release=old.release._replace(version=release.version))
        self._is_well(release)
        return True

    def _swap(self, serving: Serving[Loaded], seconds: float) -> None:
        release = serving.release
        old, self._serving = self._serving, serving
        self._is_well(release)
        if old:
            released.forget(old.release)
        if release.key:
            checked = "sha256" if release.sha256 else "md5" if release.md5 else "nothing"
            log.write(
                "INFO",
                "model loaded",
                model_version=release.version,
                instead_of=old.release.version if old else None,
                key=release.key,
                checked_by=checked,
                seconds=round(seconds, 3),
            )

    def _is_well(self, release: released.Release) -> None:
        self._seen, self._trouble, self._trouble_stays = release.tag, None, False

    def _stay(
        self, error: Exception, release: released.Release | None, *, is_checked: bool
    ) -> None:
        """The old model stays, or there is still none."""
        reason = getattr(error, "reason", f"it cannot be loaded: {type(error).__name__}")
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._trouble = {"failed": reason, "at": at}
        self._next_try = time.monotonic() + RETRY_SECONDS
        message = "model not refreshed" if self._serving else "model not loaded"
        log.write("ERROR", message, reason=reason, traceback=traceback.format_exc())
        self._trouble_stays = False
        if self._serving and release:
            released.forget(release)
            if is_checked or isinstance(error, released.Refused):
                # It would fail again, until another one is announced.
                self._seen, self._trouble_stays = release.tag, True
