"""In what the eGain opponent can break the page "Edit open case", one promise at a time."""

from __future__ import annotations

from typing import Literal

from tests.opponents.ways import Fault


def _fault(kind: Literal["form", "rule", "state"], statements: str, sentence: str) -> Fault:
    return Fault("editCase", tuple(statements.split()), kind, sentence)


FAULTS: dict[str, Fault] = {
    # What an edit leaves in the records.
    "subject-lost": _fault("state", "EG-49 EG-33 EG-03", "A subject is accepted and not stored."),
    "description-lost": _fault("state", "EG-52 EG-33 EG-03", "A description is accepted and not stored."),
    "description-beside-subject-lost": _fault(
        "state", "EG-52 EG-33 EG-03", "A description is not stored when a subject stands beside it."
    ),
    "solution-lost": _fault("state", "EG-55 EG-33 EG-03", "A solution is accepted and not stored."),
    "due-date-lost": _fault("state", "EG-43 EG-40 EG-33", "A due date is accepted and not stored."),
    "severity-lost": _fault("state", "EG-47 EG-33 EG-03", "A severity is accepted and not stored."),
    "owner-lost": _fault("state", "EG-46 EG-45 EG-33", "A new owner is accepted and not stored."),
    "custom-attributes-lost": _fault("state", "EG-64 EG-62 EG-33", "Custom attributes are accepted and not stored."),
    "first-attribute-only": _fault("state", "EG-64 EG-62", "Of several custom attributes only the first is stored."),
    "other-attributes-dropped": _fault(
        "state", "EG-64 EG-03", "Writing one custom attribute removes the others of the case."
    ),
    "first-link-only": _fault("state", "EG-86 EG-12", "Of several cases to relate only the first one is related."),
    "link-replaces": _fault("state", "EG-86 EG-61", "Relating a case removes the relations that there were."),
    "unlink-lost": _fault("state", "EG-61 EG-87", "Removing a relation is accepted and not done."),
    "unlink-beside-link-lost": _fault(
        "state", "EG-88 EG-61", "A relation is not removed when the same request adds another."
    ),
    "subject-ascii-only": _fault("state", "EG-49 EG-03", "Letters beyond ASCII in a subject become question marks."),
    "subject-trimmed": _fault("state", "EG-89 EG-49", "Blanks at the end of a subject are cut off."),
    "description-quotes-escaped": _fault("state", "EG-52 EG-03", "A quote in a description is stored as &quot;."),
    "solution-cut": _fault("state", "EG-57 EG-55", "A solution is cut off after 1000 characters."),
    "empty-description-ignored": _fault("state", "EG-67", "An empty description does not remove the description."),
    "solution-wiped": _fault("state", "EG-03 EG-56", "Changing the severity alone empties the solution."),
    "subject-of-others-written": _fault(
        "state", "EG-04 EG-03", "A new subject is written to every open case of the same owner."
    ),
    "one-write-behind": _fault("state", "EG-03 EG-49", "A read shows the case as it was before the last edit."),
    "last-modified-stands": _fault("state", "EG-39", "An edit leaves the last modified date as it was."),
    "due-date-zone-dropped": _fault("state", "EG-40 EG-43", "A due date with an offset is taken for one in UTC."),
    "due-date-at-midnight": _fault("state", "EG-43 EG-40", "The time of a due date is stored as midnight."),
    "refused-but-written": _fault("state", "EG-08", "The edit of a closed case is refused, and done all the same."),
    "half-written": _fault(
        "state", "EG-19", "Texts are stored although the request is refused for a related case out of reach."
    ),
    # What is let in and what is not.
    "closed-edited": _fault("rule", "EG-08", "A closed case is edited."),
    "edit-right-unchecked": _fault("rule", "EG-14", "A user without the 'Edit' action on 'Case' edits."),
    "department-unchecked": _fault("rule", "EG-15", "A case of any department is edited."),
    "shared-department-editable": _fault(
        "rule", "EG-15", "A case of a department that only shares its activities with the user's is edited."
    ),
    "foreign-user-refused": _fault("rule", "EG-15", "A case is refused where the user is a foreign user."),
    "disabled-owner-accepted": _fault("rule", "EG-10", "A case is assigned to a disabled user."),
    "unlicensed-owner-accepted": _fault("rule", "EG-11", "A case is assigned to a user without a licence."),
    "transfer-unchecked": _fault("rule", "EG-16", "A case is assigned without 'Transfer Activities' on the target."),
    "transfer-to-self-refused": _fault(
        "rule", "EG-16", "Assigning a case to oneself needs 'Transfer Activities' on oneself."
    ),
    "target-department-unchecked": _fault("rule", "EG-17", "A case is assigned to a user outside its department."),
    "foreign-target-refused": _fault(
        "rule", "EG-17", "A case cannot be assigned to a user who is a foreign user in its department."
    ),
    "pull-unchecked": _fault("rule", "EG-18", "A case is edited without 'Pull Activities' on its owner."),
    "pull-refused": _fault("rule", "EG-18", "A case is refused in spite of 'Pull Activities' on its owner."),
    "related-department-unchecked": _fault("rule", "EG-19", "A case of an unshared department is related."),
    "shared-related-refused": _fault(
        "rule", "EG-19", "A case of a department that shares its activities cannot be related."
    ),
    "sharing-without-activities-enough": _fault(
        "rule", "EG-19", "A case of a department that is shared without activity sharing is related."
    ),
    "seventy-six-links-accepted": _fault("rule", "EG-12 EG-60", "A request that relates 76 cases is done."),
    "seventy-five-links-refused": _fault("rule", "EG-12 EG-60", "A request that relates 75 cases is refused."),
    "total-unchecked": _fault("rule", "EG-13 EG-60", "A case with 75 relations gets another one."),
    "stale-accepted": _fault("rule", "EG-39 EG-74", "An outdated last modified date is accepted."),
    "past-due-date-accepted": _fault("rule", "EG-42", "A due date in the past is accepted."),
    "near-due-date-refused": _fault("rule", "EG-42", "A due date within the next 24 hours is refused."),
    "subject-1025-accepted": _fault("rule", "EG-51", "A subject of 1025 characters is accepted."),
    "subject-1024-refused": _fault("rule", "EG-51", "A subject of 1024 characters is refused."),
    "description-1025-accepted": _fault("rule", "EG-54", "A description of 1025 characters is accepted."),
    "description-1024-refused": _fault("rule", "EG-54", "A description of 1024 characters is refused."),
    "solution-1025-accepted": _fault("rule", "EG-57", "A solution of 1025 characters is accepted."),
    "last-modified-not-required": _fault("rule", "EG-37 EG-32", "An edit without lastModified is done."),
    "number-id-accepted": _fault("rule", "EG-34", "An id that is a JSON number is accepted."),
    "unknown-id-accepted": _fault("rule", "EG-07", "The edit of a case that does not exist is answered 204."),
    "unknown-attribute-accepted": _fault("rule", "EG-64", "A custom attribute that is not configured is stored."),
    "status-member-accepted": _fault("rule", "EG-33", "The member status, which is not allowed, closes the case."),
    "array-accepted": _fault("rule", "EG-04", "An array of cases edits each of them."),
    "query-ignored": _fault("rule", "EG-30", "An unsupported query parameter is ignored."),
    "language-unchecked": _fault("rule", "EG-28 EG-73", "A language that is not listed is accepted."),
    "client-refused": _fault("rule", "EG-05", "A client application is refused."),
    "token-not-needed": _fault("rule", "EG-05 EG-71", "A request without a token is done."),
    # The form of answers.
    "success-200": _fault("form", "EG-69 EG-76", "Success is 200 with an empty object."),
    "success-with-case": _fault("form", "EG-69 EG-76", "Success is 200 with the case."),
    "unknown-id-404": _fault("form", "EG-76 EG-70", "A case that does not exist is answered 404."),
    "bad-token-403": _fault("form", "EG-71", "A token that nobody has is answered 403."),
    "missing-right-401": _fault("form", "EG-72", "A user without the right to edit is answered 401."),
    "bad-language-400": _fault("form", "EG-73 EG-28", "A language that is not listed is answered 400."),
    "conflict-412": _fault("form", "EG-74 EG-76", "An outdated last modified date is answered 412."),
    "missing-id-500": _fault("form", "EG-35 EG-70", "A body without id is answered 500."),
    "bad-date-500": _fault("form", "EG-38 EG-70", "A lastModified that is no date is answered 500."),
    "emoji-500": _fault("form", "EG-49 EG-69", "A character beyond the basic plane in a text is answered 500."),
    "portuguese-refused": _fault("form", "EG-28", "The listed language pt-PT is answered 406."),
    "xml-accept-refused": _fault("form", "EG-23", "Accept: application/xml is answered 406."),
    "error-as-html": _fault("form", "EG-77", "Errors are HTML pages."),
    "error-as-text": _fault("form", "EG-77", "Errors are JSON labelled as text/plain."),
    "code-is-a-number": _fault("form", "EG-78", "The code of an error is a number."),
    "code-of-other-status": _fault("form", "EG-80", "The code of a 400 begins with 500."),
    "developer-message-missing": _fault("form", "EG-79", "Errors hold no developerMessage."),
    "developer-message-misspelt": _fault("form", "EG-79", "Errors hold developermessage instead of developerMessage."),
    "query-parameter-unnamed": _fault("form", "EG-81", "The refusal of a query parameter does not name it."),
}
