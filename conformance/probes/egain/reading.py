"""Reading cases: which members are shown, how many cases at once, codes and words of an answer."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.egain.bodies import UNKNOWN
from conformance.probes.egain.cases import LINKABLE, OPEN, READ, instant, linkable, path_to, read_case, words
from conformance.probes.egain.edits import code_of, says, shows
from conformance.probes.egain.headers import LANGUAGES
from specs.contract import Contract

MOST_READ = 75


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of reading."""
    yield Probe("members shown", READ, ("EGF-32", "D-43"), _summary, (OPEN,), writes=False)
    yield Probe("75 at once", READ, ("EGF-34",), _many, (LINKABLE,), writes=False)
    yield Probe("error codes", READ, ("EGF-29",), _codes_of_reading, (OPEN,), writes=False)
    yield Probe("display values by language", READ, ("EG-29",), _languages_of_reading, (OPEN,), writes=False)
    yield Probe("last closed", READ, ("EG-66",), _last_closed, ("case.closed",), writes=False)


def _summary(ctx: ProbeContext) -> None:
    summary = {"id", "subject", "status", "lastModified"}
    larger = {"description", "solution", "relatedCases", "customAttributes", "created", "createdBy"}
    for attribute, present, absent in (
        ("", summary, larger),
        ("all", summary | {"description", "created"}, set()),
        ("description", {"id", "description"}, (summary | larger) - {"id", "description"}),
        ("created,subject", {"id", "created", "subject"}, (summary | larger) - {"id", "created", "subject"}),
    ):
        query = {"$attribute": attribute} if attribute else {}
        read = ctx.call(READ, path=path_to(ctx, OPEN), query=query)
        if ctx.accepted(["EGF-32"], read, f"$attribute {attribute!r}"):
            names = set(read.value["case"][0])
            shows(ctx, "EGF-32", sorted(absent & names), [], f"Members wrongly shown for $attribute {attribute!r}")
            shows(ctx, "D-43", sorted(present - names), [], f"Members left out for $attribute {attribute!r}")


def _many(ctx: ProbeContext) -> None:
    ids = linkable(ctx)[:MOST_READ]
    read = ctx.call(READ, path={"ids": ",".join(ids)})
    if ctx.accepted(["EGF-34"], read, "75 ids"):
        shows(ctx, "EGF-34", sorted(item["id"] for item in read.value["case"]), sorted(ids), "Cases that were read")


def _codes_of_reading(ctx: ProbeContext) -> None:
    path = path_to(ctx, OPEN)
    for request, status, code, what in (
        ({"query": {"casepact": "1"}}, 400, "400-101", "an unknown query parameter"),
        ({"query": {"$sort": "id", "$order": "up"}}, 400, "400-102", "an unknown $order"),
        ({"query": {"$attribute": "casepact"}}, 400, "400-116", "an unknown $attribute"),
        ({"query": {"$order": "asc"}}, 400, "400-124", "$order without $sort"),
        ({"path": {"ids": UNKNOWN}}, 404, "404-100", "an id of no case"),
        ({"actor": None}, 401, "401-101", "nobody"),
    ):
        read = ctx.call(READ, **{"path": path, **request})
        held = (read.response.status, code_of(read)) == (status, code)
        says(ctx, read, "EGF-29", held, f"Refusal of {what}", f"{status} {code}", due=status)
    read = ctx.call(READ, path=path, headers={"Accept-Language": "xx-XX"})
    if read.response.status >= 400:
        # That a read looks at the language is not said; what it answers if it does, is.
        held = (read.response.status, code_of(read)) == (406, "406-100")
        says(ctx, read, "EGF-29", held, "Refusal of an unknown language", "406 406-100", due=406)


def _languages_of_reading(ctx: ProbeContext) -> None:
    shown = {}
    for language in LANGUAGES:
        read = ctx.call(READ, path=path_to(ctx, OPEN), headers={"Accept-Language": language})
        if not ctx.accepted(["EG-29"], read, f"reading in {language}"):
            return
        shown[language] = words(read.value["case"][0])
    # Some of the fifteen share their words (pt-BR and pt-PT, say); these five do not.
    apart = [shown[language] for language in ("en-US", "fr-FR", "ru-RU", "ja-JP", "ko-KR")]
    different = all(one != other for index, one in enumerate(apart) for other in apart[:index])
    shows(ctx, "EG-29", different, True, "Display values are the same in different languages")


def _last_closed(ctx: ProbeContext) -> None:
    shown = read_case(ctx, "case.closed")
    if shown and shows(ctx, "EG-66", "lastClosed" in shown, True, "A closed case without lastClosed"):
        # A server may keep the day of creation to itself.
        moments = [instant(shown[name]) for name in ("created", "lastClosed", "lastModified") if name in shown]
        shows(ctx, "EG-66", moments == sorted(moments), True, "lastClosed is not between created and lastModified")
