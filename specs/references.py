"""Local `$ref`s: bring what other files hold into one document, and refuse what leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from specs.flaws import CasepactError, Flaw, FlawedDocument, did_you_mean
from specs.source import Document, Pointer, display_name, read

# RFC 6901 section 4: no leading zeros.
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,8})\Z")
# Members of a contract whose keys are names that the author chose.
_MAPS = {
    "properties",
    "schemas",
    "parameters",
    "requestBodies",
    "responses",
    "headers",
    "examples",
    "links",
    "x-records",
}


def bundle(document: Document, folder: Path) -> Document:
    """
    One document in which every `$ref` points into itself.

    `common.yaml#/components/schemas/Money` copies Money (and what it needs) under `components/schemas` and points
    there. An example's `externalValue` becomes its `value`: the text of that file. Raises `FlawedDocument` for
    references by URL, out of `folder`, to nothing, or to two different things of one name.
    """
    bundler = _Bundler(document, folder)
    bundler.gather()
    bundler.check()
    bundler.bring_examples()
    if bundler.flaws:
        raise FlawedDocument(bundler.flaws)
    return document


class _Bundler:
    def __init__(self, document: Document, folder: Path) -> None:
        self.root, self.folder = document, folder
        self.flaws: list[Flaw] = []
        self.others: dict[Path, Document] = {}
        self.origin: dict[Pointer, str] = {}
        self.waiting: list[tuple[Document, Pointer]] = [(document, ())]

    def gather(self) -> None:
        while self.waiting:
            document, start = self.waiting.pop()
            for pointer, holder in list(references(at(document.data, start), start)):
                target = holder["$ref"]
                if not isinstance(target, str) or "#/" not in target or "://" in target:
                    self._flaw(pointer, f"$ref {target!r} is not a local reference (file.yaml#/path or #/path).")
                    continue
                name, _, fragment = target.partition("#")
                holder["$ref"] = f"#{fragment}"
                source = self._other(pointer, name) if name else document
                if source is not None and source is not self.root:
                    self._copy(source, tuple(split(fragment)), pointer)

    def _other(self, pointer: Pointer, name: str) -> Document | None:
        path = _below(self.folder.parent, self.folder, name)
        if path is None:
            self._flaw(pointer, f"$ref leads out of the folder of contracts: {name}.")
            return None
        if display_name(path) == self.root.file:
            return self.root
        try:
            return self.others.setdefault(path, self.others.get(path) or read(path))
        except FlawedDocument as error:
            self.flaws += error.flaws
        except CasepactError as error:
            self._flaw(pointer, f"$ref leads to no file: {error}")
        return None

    def _copy(self, source: Document, pointer: Pointer, used_at: Pointer) -> None:
        if any(self.origin.get(pointer[:end]) == source.file for end in range(len(pointer) + 1)):
            return
        try:
            value = at(source.data, pointer)
        except LookupError:
            self._flaw(used_at, f"$ref leads nowhere: {source.file} has no #/{join(pointer)}.")
            return
        holder = self.root.data
        for part in pointer[:-1]:
            holder = holder.setdefault(part, {}) if isinstance(holder, dict) else None
        if not isinstance(holder, dict):
            self._flaw(used_at, f"#/{join(pointer[:-1])} must be a mapping to take in what {source.file} holds.")
            return
        if pointer[-1] in holder:
            self._flaw(used_at, f"#/{join(pointer)} stands in {source.file} and in this document too.")
            return
        holder[pointer[-1]] = value
        self.origin[pointer] = source.file
        self.root.lines.update({below: source.lines[below] for below in _pointers(value, pointer)})
        self.waiting.append((source, pointer))

    def check(self) -> None:
        for pointer, holder in references(self.root.data, ()):
            target = holder["$ref"]
            if not isinstance(target, str) or not target.startswith("#/"):
                continue
            parts = tuple(split(target[1:]))
            try:
                at(self.root.data, parts)
            except LookupError:
                try:
                    known = at(self.root.data, parts[:-1])
                except LookupError:
                    known = None
                hint = did_you_mean(str(parts[-1]), known if isinstance(known, dict) else ())
                self._flaw(pointer, f"$ref leads nowhere: there is no {target}.{hint}")

    def bring_examples(self) -> None:
        for pointer, example in _external_examples(self.root.data, ()):
            name = str(example["externalValue"])
            path = _below(self.folder, self.folder, name)
            if path is None or not path.is_file():
                self._flaw(pointer, f"externalValue leads to no file below {self.folder.name}/: {name}.")
                continue
            try:
                example["value"] = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                self._flaw(pointer, f"externalValue {name} cannot be read as UTF-8 text ({error}).")
            del example["externalValue"]

    def _flaw(self, pointer: Pointer, message: str) -> None:
        self.flaws.append(Flaw(self.root.place(pointer), "", message))


def _below(base: Path, folder: Path, name: str) -> Path | None:
    """The file that `name` names from the folder, when it lies below `base`."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(base.resolve()) else None
    except (OSError, ValueError):  # A name that no file can have: too long, or with a NUL in it.
        return None


def _pointers(value: Any, pointer: Pointer) -> Iterator[Pointer]:
    yield pointer
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from _pointers(member, (*pointer, key))


def references(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Every object below `value` that is a reference, with its pointer."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield pointer, value
        for key, member in value.items():
            if not is_data(key, pointer):
                yield from references(member, (*pointer, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from references(item, (*pointer, index))


def _external_examples(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    if isinstance(value, dict):
        if "externalValue" in value and "examples" in pointer[-2:]:
            yield pointer, value
        for key, member in value.items():
            yield from _external_examples(member, (*pointer, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _external_examples(item, (*pointer, index))


def is_data(key: str, pointer: Pointer) -> bool:
    """Whether the member `key` at `pointer` holds data of the API, in which "$ref" would be an ordinary name."""
    if _holds_names(pointer):
        return False
    return key in ("example", "default", "enum") or (
        key == "value" and _holds_names(pointer[:-1]) and pointer[-2] == "examples"
    )


def _holds_names(pointer: Pointer) -> bool:
    """Whether the keys at `pointer` are names of the API: a schema called `properties` has keywords as its keys."""
    return bool(pointer) and pointer[-1] in _MAPS and not _holds_names(pointer[:-1])


def at(data: Any, pointer: Pointer) -> Any:
    """The value at `pointer`; raises `LookupError` when there is none."""
    for part in pointer:
        if isinstance(data, list):
            if not _INDEX.match(str(part)):
                raise LookupError(part)
            data = data[int(part)]
        elif isinstance(data, dict):
            data = data[part]
        else:
            raise LookupError(part)
    return data


def split(pointer: str) -> list[str]:
    """The parts of a JSON pointer (RFC 6901): "/a~1b/0" gives ["a/b", "0"]."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def join(pointer: Iterable[str | int]) -> str:
    """The parts as a JSON pointer without its first slash: ("a/b", 0) gives "a~1b/0"."""
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in pointer)
