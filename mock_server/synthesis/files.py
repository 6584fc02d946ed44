"""Files for answers whose media type promises a picture, a sound or an archive: the least that is valid."""

from __future__ import annotations

import base64
import binascii
import gzip
import struct
import zlib
from collections.abc import Mapping
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring

_BINARY_KINDS = ("image", "audio", "video", "font", "model")
_BINARY = frozenset(
    {
        *("application/octet-stream", "application/pdf", "application/zip", "application/gzip", "application/x-gzip"),
        *("application/x-tar", "application/x-7z-compressed", "application/x-bzip2", "application/x-zip-compressed"),
        *("application/java-archive", "application/wasm", "application/protobuf", "application/x-protobuf"),
        *("application/msgpack", "application/x-msgpack", "application/cbor", "application/msword"),
        *("application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.android.package-archive"),
    }
)
_TEXTS = ("json", "xml", "yaml", "csv", "javascript", "x-www-form-urlencoded", "graphql", "sql", "jsonl", "json-seq")


def is_binary(essence: str) -> bool:
    """Whether what is of this media type is bytes and no text: "image/png" is, "image/svg+xml" is not."""
    kind, _, name = essence.partition("/")
    if name.endswith(("+xml", "+json")):
        return False
    return kind in _BINARY_KINDS or essence in _BINARY or name.startswith("vnd.openxmlformats") or name.endswith("+zip")


def is_text(essence: str) -> bool:
    """Whether a character set may be named beside this media type."""
    return essence.startswith("text/") or essence.endswith(_TEXTS) or essence == "image/svg+xml"


def is_xml_document(text: str) -> bool:
    """Whether a text is an XML document; one that declares entities is not read."""
    try:
        fromstring(text.strip())
    except (ParseError, ValueError, LookupError):
        return False
    return True


def sample_file(essence: str) -> bytes | None:
    """The least valid file of this media type; None where none is known."""
    return _FILES.get(essence)


def file_of(essence: str, text: str) -> bytes | None:
    """
    The file that a document's example of this media type stands for: bytes in base64, alone or in a `data:` URL.

    A text where a picture, a sound or the like is promised is none, and gives None.
    """
    _, _, encoded = text.partition(";base64,") if text.startswith("data:") else ("", "", text)
    try:
        body = base64.b64decode("".join(encoded.split()), validate=True)
    except (ValueError, binascii.Error):
        body = b""
    start = _FILES.get(essence, b"")[:_START]
    if start and body.startswith(start):
        return body
    if essence.partition("/")[0] in _BINARY_KINDS or start:
        return None
    return text.encode()


_START = 2
"""Bytes at the start by which files of one type are known."""


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\x00\x80")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _jpeg() -> bytes:
    """One grey pixel: each table holds the one code that it needs (ITU T.81)."""

    def segment(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    one_code = bytes([1, *[0] * 15, 0])
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
            segment(0xDB, b"\x00" + b"\x01" * 64),
            segment(0xC0, struct.pack(">BHHBBBB", 8, 1, 1, 1, 1, 0x11, 0)),
            segment(0xC4, b"\x00" + one_code),
            segment(0xC4, b"\x10" + one_code),
            segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
            b"\x3f\xff\xd9",
        )
    )


def _bmp() -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 24, 0, 4, 2835, 2835, 0, 0)
    return struct.pack("<2sIHHI", b"BM", 58, 0, 0, 54) + header + b"\x80\x80\x80\x00"


def _icon() -> bytes:
    picture = _png()
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 1, 1, 0, 0, 1, 8, len(picture), 22) + picture


def _pdf() -> bytes:
    """One empty page, with the table of where its objects begin (ISO 32000-1 section 7.5)."""
    body = b"%PDF-1.4\n"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
    )
    table = b"xref\n0 4\n0000000000 65535 f \n"
    for number, text in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(body)
        body += b"%d 0 obj%s endobj\n" % (number, text)
    return body + table + b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


_ZIP = b"PK\x05\x06" + bytes(18)
_GZIP = gzip.compress(b"", mtime=0)
_WAVE = b"RIFF" + struct.pack("<I4s4sIHHIIHH4sI", 36, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", 0)

_FILES: Mapping[str, bytes] = {
    "image/png": _png(),
    "image/jpeg": _jpeg(),
    "image/jpg": _jpeg(),
    "image/gif": base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
    "image/webp": base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"),
    "image/bmp": _bmp(),
    "image/x-icon": _icon(),
    "image/vnd.microsoft.icon": _icon(),
    "application/pdf": _pdf(),
    "application/zip": _ZIP,
    "application/x-zip-compressed": _ZIP,
    "application/gzip": _GZIP,
    "application/x-gzip": _GZIP,
    "audio/wav": _WAVE,
    "audio/x-wav": _WAVE,
    # A frame of silence (ISO 11172-3), and the box that every such film begins with (ISO 14496-12).
    "audio/mpeg": b"\xff\xfb\x90\x00" + bytes(413),
    "video/mp4": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42",
}
