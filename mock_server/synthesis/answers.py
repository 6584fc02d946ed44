"""What a document alone gives for an answer: its examples where they fit, and values made from its schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
import yaml

from mock_server.synthesis.files import file_of, is_binary, is_xml_document, sample_file
from mock_server.synthesis.merging import without_forbidden
from mock_server.synthesis.synthesis import Impossible, Synthesizer
from specs.contract import Header, Media, Response, fill
from specs.validation import Schema

BODILESS = (204, 205, 304)
"""Statuses of answers without a body (RFC 9110 section 15)."""
NOTHING = object()
"""What an example gives that cannot be shown."""

# A header value is visible ASCII with blanks inside only (RFC 9110 section 5.5), and its name a token (section 5.1).
_IN_HEADERS = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\Z")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+\Z")
_SERVER_OWN = frozenset({"connection", "content-length", "content-type", "date", "keep-alive", "transfer-encoding"})
"""Headers that the server of every answer sends by itself."""
_STEERING = re.compile(r"(?:access-control-.*|content-(?:encoding|range|security-policy)|trailer|upgrade|vary)\Z")
"""Headers by which a client reads the answer: nothing is made up for them unless they are required."""
_TELLING = ("detail", "message", "error_description", "errorMessage", "error_message", "description", "title", "error")
"""Members of an error which hold the reason, where the schema leaves it open."""
_USUAL: Mapping[str, str] = {
    "etag": '"1"',
    "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
    "expires": "Thu, 01 Jan 2026 00:00:00 GMT",
    "cache-control": "no-store",
    "content-disposition": "attachment",
    "set-cookie": "session=1",
}
"""What stands in optional headers of a fixed form, where their schema does not say more."""


def answer_value(media: Media, seed: str) -> Any:
    """
    The first example that can be shown, or else a value of the schema; bytes where a file is promised.

    Raises `Impossible`.
    """
    for example in media.examples.values():
        if (shown := shown_example(media, example)) is not NOTHING:
            return shown
    kind, schema = media.essence, media.schema
    if schema is None:
        return sample_file(kind) or ({} if "json" in kind or kind.endswith("xml") else "")
    types = schema.view.types()
    if is_binary(kind) and "string" in types and (file := sample_file(kind)) is not None:
        return file
    if "json" not in kind and isinstance(written := schema.view.says("example"), str) and "string" not in types:
        shown = shown_example(media, written)
        if shown is not NOTHING:
            return shown
    value = Synthesizer(schema, seed).value()
    if value is None:
        raise Impossible("it could only be null")
    return value


def shown_example(media: Media, example: Any) -> Any:
    """
    An example as the value of an answer: without what is none of an answer; `NOTHING` where it does not fit.

    In another media type than JSON a text may be the document's own way to write the value; it is kept as it is.
    """
    schema, kind = media.schema, media.essence
    if example is None:
        return NOTHING
    if isinstance(example, str) and is_binary(kind):
        return NOTHING if (file := file_of(kind, example)) is None else file
    if isinstance(example, str) and kind.endswith("xml") and is_xml_document(example):
        return example
    if schema is None:
        return _read(example) if kind.endswith("json") and isinstance(example, str) else example
    if fits(schema, example):
        return example
    if fits(schema, shorter := without_forbidden(schema.view, example)):
        return shorter
    return _written(schema, kind, example) if isinstance(example, str) else NOTHING


def _read(text: str) -> Any:
    """The object or array that a text writes in JSON, else the text: without a schema either may be meant."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value if isinstance(value, dict | list) else text


def fits(schema: Schema | None, value: Any) -> bool:
    """Whether a value is of the schema, if there is one."""
    try:
        return schema is None or schema.is_valid(value)
    except ValueError:  # jsonschema-rs gives up on values nested too deep for it.
        return False


def answer_headers(response: Response, seed: str, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """
    The documented headers of an answer by name; examples come before those `given`, these before what is made up.

    Raises `Impossible` for a required one of which there is no value.
    """
    found = dict(given or {})
    for name, header in response.headers.items():
        if name in _SERVER_OWN or not _TOKEN.match(name):
            continue
        if (text := _header_example(header)) is not None:
            found[name] = text
        elif name not in found and (header.required or (header.schema.view.node and not _STEERING.match(name))):
            try:
                found[name] = _header(name, header, f"{seed} {name}")
            except Impossible:
                if header.required:
                    raise
    return found


def telling(body: Any, schema: Schema | None) -> Any:
    """The body of an error with {detail} where a reason stands, if any reason may stand there."""
    for path in (*((name,) for name in _TELLING), *(("error", name) for name in _TELLING)):
        holder = body
        for part in path[:-1]:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or not isinstance(holder.get(path[-1]), str):
            continue
        explained = _with(body, path, "{detail}")
        if all(fits(schema, fill(explained, {"detail": text})) for text in ("x", "A longer reason. " * 10)):
            return explained
    return body


def _written(schema: Schema, kind: str, text: str) -> Any:
    """A text that writes a value: in JSON it is read, in other types kept as it is where what it writes may fit."""
    if kind.endswith("json"):
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return NOTHING
        return value if fits(schema, value) else NOTHING
    if "string" in schema.view.types() or kind.endswith("xml"):
        return NOTHING
    if kind.endswith("yaml") or schema.view.types().isdisjoint(("array", "object")):
        try:
            value = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError):
            return NOTHING
        return text if fits(schema, value) else NOTHING
    return text


def _header_example(header: Header) -> str | None:
    for example in header.examples:
        value = example
        if isinstance(example, str) and not fits(header.schema, example):
            # In a header all are texts, so `example: "30"` stands for the number too.
            try:
                value = orjson.loads(example)
            except orjson.JSONDecodeError:
                continue
        if value is not None and fits(header.schema, value):
            text = _header_text(header, value)
            if _IN_HEADERS.match(text):
                return text
    return None


def _header(name: str, header: Header, seed: str) -> str:
    stated = any(header.schema.view.says(keyword) is not None for keyword in ("default", "example"))
    usual = _USUAL.get(name)
    if usual is not None and not (header.required or stated) and fits(header.schema, usual):
        return usual
    for attempt in range(20):
        text = _header_text(header, Synthesizer(header.schema, f"{seed} {attempt}").value())
        if _IN_HEADERS.match(text):
            return text
    raise Impossible(f"no text was found for the header {name}")


def _header_text(header: Header, value: Any) -> str:
    if "json" in header.media:
        return orjson.dumps(value).decode()
    if isinstance(value, dict) and header.explode:
        return ",".join(f"{key}={_simple(member)}" for key, member in value.items())
    return _simple(value)


def _simple(value: Any) -> str:
    """A value as OpenAPI's style `simple` writes it: "3", "true", "a,b", "name,Anna,age,7"."""
    if isinstance(value, dict):
        return ",".join(f"{key},{_simple(member)}" for key, member in value.items())
    if isinstance(value, list):
        return ",".join(map(_simple, value))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _with(value: dict[str, Any], path: tuple[str, ...], text: str) -> dict[str, Any]:
    head, *rest = path
    return {**value, head: _with(value[head], tuple(rest), text) if rest else text}
