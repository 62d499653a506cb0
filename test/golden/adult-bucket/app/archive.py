"""The model out of an archive (.tar.gz, .tgz, .tar), from whoever may write to the bucket.

Only plain files come out, and only below the folder that was given. An archive with a path that
leads out of it, a link, a device, a sparse file, a file twice, or a header that would fill the
memory is Refused as a whole; one that the disk does not hold is Failed.
"""

import os
import tarfile
import zlib
from collections.abc import Iterator
from typing import NoReturn, Self

from app import MODEL
from app.download import CHUNK, needs_room
from app.released import Refused

MOST_FILES = 10_000
LONGEST_HEADER = 64 * 1024
UNREADABLE = (
    *(tarfile.TarError, zlib.error, EOFError, FileExistsError, NotADirectoryError),
    # What tarfile raises for headers that nobody writes.
    *(IndexError, ValueError, RecursionError, OverflowError),
)


class Member(tarfile.TarInfo):
    """tarfile takes a long name into memory, however long its header says that it is."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        member = super().frombuf(buf, encoding, errors)
        if member.type == tarfile.GNUTYPE_SPARSE:
            member.refuse_sparse()
        # Below zero tarfile would read all that follows.
        if member.size < 0 or (not member.isfile() and member.size > LONGEST_HEADER):
            raise Refused("the archive is not safe", f"it has a header of {member.size} bytes")
        return member

    def refuse_sparse(self, *_: object) -> NoReturn:
        """Before its map is read, which has no end but the archive's."""
        raise Refused("the archive is not safe", "it has a sparse file")

    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = refuse_sparse


def unpacked(archive: str, folder: str) -> str:
    """Where the model is that was in the archive."""
    try:
        files = list(extracted(archive, folder))
    except UNREADABLE as error:
        raise Refused("the archive cannot be read", repr(error)) from error
    ending = os.path.splitext(MODEL["file"])[1]
    found = [path for path in files if os.path.basename(path) == MODEL["file"]]
    found = found or [path for path in files if path.endswith(ending)]
    if len(found) != 1:
        inside = [os.path.relpath(path, folder) for path in files][:20]
        raise Refused("not one model is in the archive", f"{MODEL['file']} among {inside}")
    return found[0]


def extracted(archive: str, folder: str) -> Iterator[str]:
    with tarfile.open(archive, "r" if archive.endswith(".tar") else "r:gz", tarinfo=Member) as tar:
        for number, member in enumerate(tar):
            if number == MOST_FILES:
                raise Refused("the archive is not safe", f"it has more than {MOST_FILES} files")
            path = below(folder, member.name)
            if member.isdir():
                continue
            content = tar.extractfile(member) if member.isfile() else None
            if content is None:
                detail = f"{member.name!r} is neither a file nor a folder"
                raise Refused("the archive is not safe", detail)
            needs_room(archive, member.size)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "xb") as file:
                while chunk := content.read(CHUNK):
                    file.write(chunk)
            yield path


def below(folder: str, name: str) -> str:
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise Refused("the archive is not safe", f"{name!r} leads out of it")
    return os.path.join(folder, *[part for part in parts if part not in ("", ".")])
