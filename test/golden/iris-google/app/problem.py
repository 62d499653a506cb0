"""Errors as documents: application/problem+json, RFC 9457.

A Problem is raised wherever the request is found wanting, and answered by api.py. `errors` lists
every single fault, not the first: [{"detail": "instances[2].G4: \"abc\" is not a number", …}].
"""

from collections.abc import Mapping, Sequence

type Error = dict[str, str | int]


class Problem(Exception):
    """What the client gets instead of an answer."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        *,
        errors: Sequence[Error] = (),
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.headers = headers or {}
        self.errors = errors
        self._members = {"title": title, "detail": detail} | members

    def document(self) -> dict[str, object]:
        members = {"status": self.status, **self._members}
        if self.errors:
            members["errors"] = list(self.errors)
        return {name: value for name, value in members.items() if value not in ("", None)}
