"""Headers and query of an edit: representations, languages, undeclared parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.drawing import for_each
from conformance.probes.egain.bodies import EDITED, JSON, UNKNOWN, XML, Sent
from conformance.probes.egain.cases import OPEN, READ, path_to, words
from conformance.probes.egain.edits import broken_promise, edit_probe, edited, message_of, refused, says, shows
from specs.contract import Contract

LANGUAGES = (
    *("en-US", "es-ES", "fr-FR", "it-IT", "de-DE", "nl-NL", "pt-BR", "pt-PT"),
    *("da-DK", "ru-RU", "fr-CA", "zh-CN", "ja-JP", "ko-KR", "sv-SE"),
)
NO_LANGUAGES = ("en", "en-GB", "en_US", "pt", "zh-TW", "de-AT", "sv-FI", "xx-XX", "English", "en-US-x", "0")


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of headers and query."""
    yield edit_probe("headers left out", ("EG-22", "EG-27", "D-19"), _defaults)
    yield edit_probe("Accept", ("EG-23", "D-19"), _accept)
    yield edit_probe("representation of an error", ("EG-24", "D-24"), _representation)
    yield edit_probe("Accept-Language", ("EG-28", "D-19", "EGF-22"), _languages)
    yield edit_probe("query parameter", ("EG-30", "EG-81", "EGF-20"), _query)


def _defaults(ctx: ProbeContext) -> None:
    without: tuple[dict[str, str | None], ...] = (
        {"Accept": None, "Accept-Language": None},
        {"Accept-Language": None},
        {"Accept": None},
    )
    for headers in without:
        # The page calls both headers required, too: whoever refuses is not to blame.
        edited(ctx, ["D-19"], f"an edit without {' and '.join(headers)}", EDITED, headers=headers)
    unknown: Sent = {"id": UNKNOWN, "subject": "Casepact"}
    refusal = refused(ctx, ["EG-07"], "an unknown case, without Accept", unknown, headers={"Accept": None})
    if refusal.response.status != 406:
        says(ctx, refusal, "EG-22", refusal.response.media == JSON, "Default representation", JSON)
    default, named = (_display(ctx, headers) for headers in ({"Accept-Language": None}, {"Accept-Language": "en-US"}))
    if default is not None:
        shows(ctx, "EG-27", default, named, "Display values without Accept-Language")


def _accept(ctx: ProbeContext) -> None:
    for accept in (JSON, XML):
        edited(ctx, ["EG-23"], f"Accept: {accept}", EDITED, headers={"Accept": accept})
    for accept in ("*/*", "application/*", f"text/html, {JSON};q=0.5", f"image/png, {XML}", "APPLICATION/JSON"):
        edited(ctx, ["D-19"], f"Accept: {accept}", EDITED, headers={"Accept": accept})
    for accept in ("text/html", "application/jsonp", "application/pdf, text/*", "json"):
        refused(ctx, ["EG-23", "D-19"], f"Accept: {accept}", EDITED, "406-100", "D-19", headers={"Accept": accept})


def _representation(ctx: ProbeContext) -> None:
    wrong = {"id": UNKNOWN, "subject": "Casepact"}
    for accept, statement in ((JSON, "EG-24"), (XML, "D-24")):
        refusal = refused(ctx, ["EG-07"], "an unknown case", wrong, headers={"Accept": accept})
        says(ctx, refusal, statement, refusal.response.media == JSON, f"Error for Accept: {accept}", JSON)
    shown = edited(ctx, ["D-24"], "an edit that accepts only XML", EDITED, headers={"Accept": XML})
    if shown is not None:
        answer = ctx.history[-2].response
        says(ctx, ctx.history[-2], "D-24", answer.status == 204, "Success for Accept: application/xml", "204")


def _languages(ctx: ProbeContext) -> None:
    for language in LANGUAGES:
        headers = {"Accept-Language": language}
        edited(ctx, ["EG-28"], f"Accept-Language: {language}", EDITED, headers=headers)
    for language in ("*", "EN-us", "xx-XX, fr-FR;q=0.9", "fr-CH, fr;q=0.9, de-DE;q=0.8, *;q=0.5"):
        headers = {"Accept-Language": language}
        edited(ctx, ["D-19"], f"Accept-Language: {language}", EDITED, headers=headers)
    for language in NO_LANGUAGES:
        headers = {"Accept-Language": language}
        refused(ctx, ["EG-28"], f"Accept-Language: {language}", EDITED, "406-100", headers=headers)


def _query(ctx: ProbeContext) -> None:
    letters = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)
    names = letters | letters.map("${}".format) | st.sampled_from(["id", "subject", "$attribute", "Accept-Language"])

    def show(name: str) -> bool:
        mark = len(ctx.judged)
        what = f"the query parameter {name}"
        exchange = refused(ctx, ["EG-30"], what, EDITED, "400-101", query={name: "1"})
        if exchange.response.status == 400:
            message = message_of(exchange)
            held = "unsupported query parameter" in message.lower() and f"'{name}'" in message
            says(ctx, exchange, "EG-81", held, "Message of 400-101", f"unsupported …, '{name}'")
        return not broken_promise(ctx, mark)

    for_each(ctx, names, show)


def _display(ctx: ProbeContext, headers: Mapping[str, str | None]) -> tuple[Any, Any] | None:
    """What a read in a language shows for people; None where it is refused."""
    read = ctx.call(READ, path=path_to(ctx, OPEN), headers=headers)
    if not ctx.operation(READ).succeeded(read.response.status, read.value):
        return None
    return words(read.value["case"][0])
