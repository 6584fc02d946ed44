"""Local `$ref`s: bring what other files hold into one document, and refuse what leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from specs.flaws import Flaw, FlawedDocument, did_you_mean
from specs.source import Document, Pointer, read


def bundle(document: Document, folder: Path) -> Document:
    """
    One document in which every `$ref` points into itself.

    `common.yaml#/components/schemas/Money` copies Money (and what it needs) under `components/schemas` and points
    there. An example's `externalValue` becomes its `value`: the text of that file. Raises `FlawedDocument` for
    references by URL, out of `folder`, to nothing, or to two different things of one name.
    """
    bundler = _Bundler(document, folder)
    bundler.gather(document, ())
    bundler.check()
    bundler.bring_examples()
    if bundler.flaws:
        raise FlawedDocument(bundler.flaws)
    return document


class _Bundler:
    def __init__(self, document: Document, folder: Path) -> None:
        self.root, self.folder = document, folder
        self.flaws: list[Flaw] = []
        self.others: dict[str, Document] = {}
        self.origin: dict[Pointer, str] = {}

    def gather(self, document: Document, start: Pointer) -> None:
        for pointer, holder in references(at(document.data, start), start):
            target, file = holder["$ref"], document.file
            if not isinstance(target, str) or "#/" not in target or "://" in target:
                self._flaw(document, pointer, f"$ref {target!r} is not a local reference (file.yaml#/path or #/path).")
                continue
            name, _, fragment = target.partition("#")
            source = document if not name else self._other(document, pointer, name)
            if source is None or source is self.root:
                holder["$ref"] = f"#{fragment}"
                continue
            holder["$ref"] = f"#{fragment}"
            self._copy(source, tuple(split(fragment)), pointer, file)

    def _other(self, document: Document, pointer: Pointer, name: str) -> Document | None:
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.parent.resolve()):
            self._flaw(document, pointer, f"$ref leads out of the folder of contracts: {name}.")
            return None
        if str(path) not in self.others:
            self.others[str(path)] = read(path)
        return self.others[str(path)]

    def _copy(self, source: Document, pointer: Pointer, used_at: Pointer, used_in: str) -> None:
        if self.origin.get(pointer) == source.file:
            return
        try:
            value = at(source.data, pointer)
        except LookupError:
            self.flaws.append(
                Flaw(self.root.place(used_at), "", f"$ref leads nowhere: {source.file} has no #/{_join(pointer)}.")
            )
            return
        holder = self.root.data
        for part in pointer[:-1]:
            holder = holder.setdefault(part, {})
        if pointer[-1] in holder:
            self._flaw(self.root, used_at, f"#/{_join(pointer)} stands in {source.file} and in this document too.")
            return
        holder[pointer[-1]] = value
        self.origin[pointer] = source.file
        self.gather(Document(source.file, source.data, source.lines), pointer)

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
                    known = list(at(self.root.data, parts[:-1]))
                except LookupError:
                    known = []
                hint = did_you_mean(str(parts[-1]), known)
                self._flaw(self.root, pointer, f"$ref leads nowhere: there is no {target}.{hint}")

    def bring_examples(self) -> None:
        for pointer, example in _external_examples(self.root.data, ()):
            name = str(example["externalValue"])
            path = (self.folder / name).resolve()
            if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
                self._flaw(self.root, pointer, f"externalValue leads to no file below {self.folder.name}/: {name}.")
                continue
            del example["externalValue"]
            example["value"] = path.read_text(encoding="utf-8")

    def _flaw(self, document: Document, pointer: Pointer, message: str) -> None:
        self.flaws.append(Flaw(document.place(pointer), "", message))


def references(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Every object below `value` that is a reference, with its pointer."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield pointer, value
        for key, member in value.items():
            if not _is_data(key, pointer):
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


def _is_data(key: str, pointer: Pointer) -> bool:
    """Whether a member holds data of the API, in which "$ref" would be an ordinary name."""
    if pointer and pointer[-1] in ("properties", "schemas"):
        return False
    return key in ("example", "default", "enum") or (key == "value" and "examples" in pointer[-2:])


def at(data: Any, pointer: Pointer) -> Any:
    """The value at `pointer`; raises `LookupError` when there is none."""
    for part in pointer:
        if isinstance(data, list):
            if not str(part).isdigit():
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


def _join(pointer: Pointer) -> str:
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in pointer)
