"""Requests that no operation takes: the path or the method is none of the contract's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple
from urllib.parse import unquote

from mock_server.explanations.correcting import corrected_request
from mock_server.explanations.drafts import Attempted
from mock_server.explanations.redaction import HIDDEN, may_hold_secret
from mock_server.operations.compiled import CompiledOperation
from mock_server.operations.request import Request
from mock_server.reply import Refusal
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records
from specs.contract import placeholders

_NEAR = 0.7
"""How alike a path is to one that is served, from 0 to 1, before it is taken for that one misspelt."""
_ALMOST = 0.9
"""How alike it is before it is taken for a path of that method, though it is itself one of another method."""
_COMPARED = 500
"""Characters of a path that are compared with those that are served."""

Meant = tuple[CompiledOperation, Mapping[str, str]]


class UnmatchedRequest(NamedTuple):
    """
    A request that no operation takes, with the records and the clock of that moment.

    `api` is empty where the path is of none. `candidates` are the operations that may have been meant: of the path
    itself, which then has `texts`, else of the API, else all. What a client sent stays out of `repr`: it may be secret.
    """

    at: float
    world: str
    request: Request
    status: int
    api: str
    refusal: Refusal
    candidates: Sequence[CompiledOperation]
    texts: Mapping[str, str] | None
    records: Mapping[str, Records]
    clock: Clock
    is_exact: bool = True
    """Whether the records are those of the moment; else they are those of now."""

    def __repr__(self) -> str:
        return f"UnmatchedRequest({self.status}, world={self.world!r})"

    def first_detail(self) -> str:
        """How it is reported on one line; it has one violation, so this is all."""
        return self.details()

    def details(self) -> str:
        """What is reported of it, without a secret that the path may hold."""
        return HIDDEN if may_hold_secret(self.refusal.detail) else self.refusal.detail

    def meant(self) -> Meant | None:
        """
        The operation that was probably meant, and the texts of its path parameters.

        Of several that are as likely it is the one that knows the credential: two vendors may share paths.
        Where the path is one that is served, it is another of that method whose path is almost the same ("/case/modif"
        is not a case), or else the path's own.
        """
        if self.texts is None:
            return self._nearest(self.candidates, _NEAR)
        others = self.candidates[0].siblings.values()
        same = [item for item in others if item.operation.method == self.request.method]
        return self._nearest(same, _ALMOST) or (self.candidates[0], self.texts)

    def _nearest(self, candidates: Iterable[CompiledOperation], least: float) -> Meant | None:
        """The operation whose path is most like that of the request; of several the one with its method, then actor."""
        matcher: SequenceMatcher[str] = SequenceMatcher(autojunk=False)
        matcher.set_seq2(self.request.path[:_COMPARED])
        best, found = (least, False, False), None
        for compiled in candidates:
            for base in (compiled.base, ""):
                texts = _texts(self.request.path, compiled, base)
                matcher.set_seq1(_filled(base + compiled.operation.path, texts))
                # The cheap upper bounds come first: a document may have thousands of operations.
                if matcher.real_quick_ratio() < best[0] or matcher.quick_ratio() < best[0]:
                    continue
                likeness = (matcher.ratio(), self.request.method == compiled.operation.method, self._knows(compiled))
                if likeness > best:
                    best, found = likeness, (compiled, texts)
        return found

    def corrected(self) -> dict[str, Any] | None:
        """A request to the operation that was probably meant which passes, or None."""
        meant = self.meant()
        if meant is None:
            return None
        compiled, texts = meant
        records, now = self._records(compiled), self.clock.now()
        if records is None:
            return None
        attempted = Attempted(compiled, self.request, texts, b"", None, (self.refusal,), records, now, self.world)
        return corrected_request(attempted)

    def _knows(self, compiled: CompiledOperation) -> bool:
        """Whether the request has a credential of one who may call the operation."""
        if compiled.authenticate is None:
            return False
        records = self._records(compiled)
        if records is None:
            return False
        return compiled.authenticate(self.request.headers, self.request.query, records.known.by_credential) is not None

    def _records(self, compiled: CompiledOperation) -> Records | None:
        """What the operation works on; None where the world that was named is not there."""
        kept = self.records if compiled.world is None else compiled.world.records
        return kept.get(compiled.contract.api)


def _filled(template: str, texts: Mapping[str, str]) -> str:
    for name, text in texts.items():
        template = template.replace(f"{{{name}}}", text)
    return template


def _texts(path: str, compiled: CompiledOperation, base: str) -> dict[str, str]:
    """The values that stand in the path where the operation has its parameters, or those of the page's sample."""
    template, sent = (base + compiled.operation.path).split("/"), path.split("/")
    texts = dict.fromkeys(placeholders(compiled.operation.path), "1")
    for sample in compiled.operation.samples[:1]:
        texts |= {name: str(value) for name, value in sample.path.items()}
    patterns = {item.name: item.pattern for item in compiled.operation.parameters if item.pattern}
    for part, value in zip(template, sent, strict=True) if len(template) == len(sent) else ():
        name, text = part[1:-1], unquote(value)
        if part[:1] == "{" and name in texts and text and re.fullmatch(patterns.get(name, ".+"), text, re.DOTALL):
            texts[name] = text
    return texts
