"""The body of an answer, unpacked piece by piece and never beyond what we are ready to hold.

A few kilobytes of gzip can unpack to gigabytes. One packing is taken, the one we ask for; nested ones, which
multiply, are not.
"""

import zlib
from typing import Final

from mig.dataverse.errors import BadAnswer

ACCEPTED: Final = "gzip"
LARGEST: Final = 256 * 1024 * 1024  # bytes; a page of 5,000 rows with all their columns stays far below
_ANY_HEADER: Final = zlib.MAX_WBITS | 32  # gzip or zlib, as the header says


class Body:
    """What has come so far; `BadAnswer` as soon as it is too much, cut short or not packed as it says."""

    def __init__(self, packing: str, largest: int) -> None:
        if packing not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise BadAnswer("an answer came packed in a way that was not asked for")
        self._unpacker = zlib.decompressobj(_ANY_HEADER) if packing not in ("", "identity") else None
        self._largest = largest
        self._held = bytearray()

    def add(self, piece: bytes) -> None:
        """One more piece, as it came."""
        self._hold(piece if self._unpacker is None else self._unpacked(self._unpacker, piece))

    def whole(self) -> bytes:
        """All of it, once the last piece has come."""
        if self._unpacker is not None and self._held and not self._unpacker.eof:
            raise BadAnswer("an answer cannot be unpacked: it is cut short")
        return bytes(self._held)

    def _unpacked(self, unpacker: "zlib._Decompress", piece: bytes) -> bytes:
        try:
            return unpacker.decompress(piece, self._largest - len(self._held) + 1)
        except zlib.error as error:
            raise BadAnswer("an answer cannot be unpacked: it is not packed as it says") from error

    def _hold(self, piece: bytes) -> None:
        if len(self._held) + len(piece) > self._largest:
            raise BadAnswer(f"an answer is larger than {self._largest:,} bytes, which none of the Web API is")
        self._held += piece
