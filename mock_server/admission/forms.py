"""The fields of forms as they were sent: URL-encoded ones, and multipart (RFC 7578)."""

from __future__ import annotations

from collections.abc import Mapping
from email import message_from_bytes
from email.policy import HTTP
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qsl

from mock_server.representation.representation import UnreadableBody

_MAX_FIELDS = 1000
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Field(NamedTuple):
    """
    A field of a form; in multipart it may be a file, of a media type of its own, and lack its name.

    `headers` are those of a part, by lower-case name.
    """

    name: str | None
    text: str
    media: str = "text/plain"
    is_file: bool = False
    headers: Mapping[str, str] = _NO_HEADERS


def urlencoded(text: str, *, errors: str) -> list[tuple[str, str]]:
    """
    The names and values of a form or query; `errors` says what becomes of invalid UTF-8, as in `bytes.decode`.

    Raises `UnreadableBody`, also for more than a thousand fields.
    """
    try:
        return parse_qsl(text, keep_blank_values=True, errors=errors, max_num_fields=_MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise UnreadableBody(f"the body is not a form in UTF-8: {error}") from None
    except ValueError:
        raise UnreadableBody(f"there are more than {_MAX_FIELDS} fields") from None


def multipart(body: bytes, content_type: str) -> list[Field]:
    """The fields of a multipart body, the first thousand; none where `content_type` names no boundary."""
    header = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = message_from_bytes(header + body, policy=HTTP)
    fields = []
    for part in list(message.iter_parts())[:_MAX_FIELDS] if message.is_multipart() else ():
        name, payload = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        fields.append(
            Field(
                name if isinstance(name, str) and isinstance(payload, bytes) else None,
                payload.decode("utf-8", "replace") if isinstance(payload, bytes) else "",
                part.get_content_type(),
                part.get_filename() is not None,
                {key.lower(): str(value) for key, value in part.items()},
            )
        )
    return fields
