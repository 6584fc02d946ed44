"""The rules of editing an open case, and what an edit leaves in the records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.opponents.egain_form import Broken, Refusal, Wish, instant, written
from tests.opponents.store import Record, Store

MOST_RELATED = 75


@dataclass(frozen=True)
class Caller:
    """Who calls: a user, or a client application of a tenant."""

    tenant: str
    user: Record | None
    """The user record; None for a client application, which no rule about the logged in user concerns."""
    manages: bool = True


def works_in(user: Record, department: str) -> bool:
    """Whether it is the user's home department, or one in which they are a foreign user."""
    return department == user["home"] or department in user["foreign"]


def sees(store: Store, user: Record, department: str, *, sharing_is_enough: bool = False) -> bool:
    """Whether the user works in a department, or it shares its activities with the user's home department."""
    if works_in(user, department):
        return True
    sharing = (store.current("department", department) or {})["shared_with"]
    return any(share["department"] == user["home"] and (share["activities"] or sharing_is_enough) for share in sharing)


class CaseDesk:
    """Edits cases in the records, by the rules of the page and with at most one fault."""

    def __init__(self, store: Store, broken: Broken) -> None:
        self._store = store
        self._broken = broken

    def edit(self, caller: Caller, wish: Wish) -> None:
        """
        Do what is wished.

        Raises Refusal, with nothing written, where a rule stands against it.
        """
        if self._broken("unknown-id-accepted") and self._store.current("case", wish.case_id) is None:
            return
        if self._broken("unknown-id-404") and self._store.current("case", wish.case_id) is None:
            raise Refusal("404-100", f"Case not found: '{wish.case_id}'.", id=wish.case_id)
        case = self._case(caller, wish.case_id)
        if caller.user is not None:
            self._admit(caller.user, case)
        self._check_open(caller, case, wish)
        self._check_lock(case, wish)
        if wish.owner:
            self._check_assignment(caller, case, wish.owner)
        self._check_related(caller, case, wish)
        self._write(caller, case, wish)

    def _case(self, caller: Caller, key: str) -> Record:
        case = self._store.current("case", key)
        if case is None or case["tenant"] != caller.tenant:
            raise Refusal("400-194", f"Ids in request body not found: '{key}'.", id=key)
        return case

    def _admit(self, user: Record, case: Record) -> None:
        if "edit" not in user["actions"] and not self._broken("edit-right-unchecked"):
            code = "401-101" if self._broken("missing-right-401") else "403-178"
            raise Refusal(code, "User is not allowed to perform action 'Edit' on resource 'Case'.")
        works_here = works_in(user, case["department"])
        if self._broken("foreign-user-refused"):
            works_here = case["department"] == user["home"]
        if self._broken("shared-department-editable"):
            works_here = sees(self._store, user, case["department"])
        if not works_here and not self._broken("department-unchecked"):
            raise Refusal("403-178", "User is not allowed to perform action 'Edit' on a case of this department.")
        if case["owner"] in ("", user["id"]) or self._broken("pull-unchecked"):
            return
        if case["owner"] not in user["pull"] or self._broken("pull-refused"):
            raise Refusal("403-178", "User is not allowed to perform action 'Pull Activities' on the case owner.")

    def _check_open(self, caller: Caller, case: Record, wish: Wish) -> None:
        if case["status"] == "open" or self._broken("closed-edited"):
            return
        if self._broken("refused-but-written"):
            self._write(caller, case, wish)
        raise Refusal("400-253", f"Case is not in open status: '{case['id']}'.", id=case["id"])

    def _check_lock(self, case: Record, wish: Wish) -> None:
        if wish.last_modified in (None, instant(case["last_modified"])) or self._broken("stale-accepted"):
            return
        code = "412-100" if self._broken("conflict-412") else "409-100"
        raise Refusal(code, f"Last modified date does not match that of case '{case['id']}'.", id=case["id"])

    def _check_assignment(self, caller: Caller, case: Record, target_id: str) -> None:
        user = caller.user
        to_self = user is not None and user["id"] == target_id and not self._broken("transfer-to-self-refused")
        if to_self or target_id == case["owner"]:
            return
        target = self._store.current("user", target_id)
        if target is None or target["tenant"] != caller.tenant:
            raise Refusal("400-194", f"Ids in request body not found: '{target_id}'.", attribute="owner.user.id")
        if not target["enabled"] and not self._broken("disabled-owner-accepted"):
            raise Refusal("400-152", "The user is disabled.", attribute="owner.user.id")
        if not target["licences"] and not self._broken("unlicensed-owner-accepted"):
            raise Refusal("400-152", "The user has no User License.", attribute="owner.user.id")
        if user is not None and target_id not in user["transfer"] and not self._broken("transfer-unchecked"):
            raise Refusal("403-178", "User is not allowed to perform action 'Transfer Activities' on the user.")
        works_here = works_in(target, case["department"])
        if self._broken("foreign-target-refused"):
            works_here = case["department"] == target["home"]
        if not works_here and not self._broken("target-department-unchecked"):
            raise Refusal("403-178", "The user does not belong to the department of the case.")

    def _check_related(self, caller: Caller, case: Record, wish: Wish) -> None:
        most = MOST_RELATED - 1 if self._broken("seventy-five-links-refused") else MOST_RELATED
        many = len(wish.link) > most
        unlimited = many and self._broken("seventy-six-links-accepted")
        if many and not unlimited:
            raise Refusal("400-152", "No more than 75 cases can be related.", attribute="relatedCases.link")
        for key in wish.unlink:
            self._case(caller, key)
        others = [self._case(caller, key) for key in wish.link]
        for other in others:
            if other["id"] == case["id"]:
                raise Refusal("400-152", "A case cannot be related to itself.", attribute="relatedCases.link")
            self._check_relatable(caller, case, other, wish)
        after = self._related_after(case, wish)
        if len(after) > MOST_RELATED and not unlimited and not self._broken("total-unchecked"):
            raise Refusal("400-152", f"The case would be related to {len(after)} cases.", attribute="relatedCases.link")
        crowded = [other for other in others if len({*other["related"], case["id"]}) > MOST_RELATED]
        if crowded:
            raise Refusal("400-152", f"Case '{crowded[0]['id']}' is related to {MOST_RELATED} cases already.")

    def _check_relatable(self, caller: Caller, case: Record, other: Record, wish: Wish) -> None:
        if caller.user is None or self._broken("related-department-unchecked"):
            return
        allowed = sees(
            self._store,
            caller.user,
            other["department"],
            sharing_is_enough=self._broken("sharing-without-activities-enough"),
        )
        if self._broken("shared-related-refused"):
            allowed = works_in(caller.user, other["department"])
        if allowed:
            return
        if self._broken("half-written"):
            self._write(caller, case, Wish(wish.case_id, wish.last_modified, texts=wish.texts))
        raise Refusal("403-178", f"User is not allowed to relate case '{other['id']}'.", id=other["id"])

    def _related_after(self, case: Record, wish: Wish) -> list[str]:
        kept = [key for key in case["related"] if key not in wish.unlink or self._unlink_fails(wish)]
        if wish.link and self._broken("link-replaces"):
            kept = []
        link = wish.link[:1] if self._broken("first-link-only") else wish.link
        return list(dict.fromkeys((*kept, *link)))

    def _unlink_fails(self, wish: Wish) -> bool:
        return self._broken("unlink-lost") or (bool(wish.link) and self._broken("unlink-beside-link-lost"))

    def _write(self, caller: Caller, case: Record, wish: Wish) -> None:
        before = dict(case)
        for name, text in wish.texts.items():
            if (wished := self._stored(name, text, wish)) is not None:
                case[name] = wished
        if wish.due_date is not None and not self._broken("due-date-lost"):
            case["due_date"] = wish.due_date
        if wish.severity is not None and not self._broken("severity-lost"):
            case["severity"] = wish.severity
        if wish.owner is not None and not self._broken("owner-lost"):
            case["owner"] = wish.owner
        case["status"] = wish.status or case["status"]
        if not self._broken("custom-attributes-lost"):
            case["custom"] |= wish.custom
        if wish.custom and self._broken("other-attributes-dropped"):
            case["custom"] = wish.custom
        if wish.severity is not None and "solution" not in wish.texts and self._broken("solution-wiped"):
            case["solution"] = ""
        case["related"] = self._related_after(case, wish)
        case["last_modified"] = self._now(case)
        case["last_modified_by"] = caller.user["id"] if caller.user else ""
        self._store.put("case", case["id"], case)
        self._write_others(before, case, wish)

    def _stored(self, name: str, text: str, wish: Wish) -> str | None:
        """The text to store, or None to leave what there is."""
        if self._broken(f"{name}-lost") or (text == "" and self._broken(f"empty-{name}-ignored")):
            return None
        if name == "description" and "subject" in wish.texts and self._broken("description-beside-subject-lost"):
            return None
        if name == "subject" and self._broken("subject-ascii-only"):
            return text.encode("ascii", "replace").decode("ascii")
        if name == "subject" and self._broken("subject-trimmed"):
            return text.strip()
        if name == "description" and self._broken("description-quotes-escaped"):
            return text.replace('"', "&quot;")
        if name == "solution" and self._broken("solution-cut"):
            return text[:1000]
        return text

    def _now(self, case: Record) -> str:
        """A last modified date that is later than the one there is."""
        if self._broken("last-modified-stands"):
            return str(case["last_modified"])
        return written(max(datetime.now(UTC), instant(case["last_modified"]) + timedelta(milliseconds=1)))

    def _write_others(self, before: Record, case: Record, wish: Wish) -> None:
        """Let the cases that were linked or unlinked know; relations hold both ways."""
        if self._broken("one-write-behind"):
            self._store.put("shadow", case["id"], before | {"last_modified": case["last_modified"]})
        for key in set(before["related"]) ^ set(case["related"]):
            other = self._store.current("case", key)
            if other is None:
                continue
            if key in case["related"]:
                other["related"].append(case["id"])
            else:
                other["related"].remove(case["id"])
            self._store.put("case", key, other)
        if "subject" in wish.texts and self._broken("subject-of-others-written"):
            for key, other in self._store.all_current("case").items():
                if (other["owner"], other["status"]) == (before["owner"], "open"):
                    self._store.put("case", key, other | {"subject": wish.texts["subject"]})
