"""The ways in which the AICC opponent can break one promise of the page."""

from __future__ import annotations

from tests.opponents.ways import Fault


def _form(sentence: str, *statements: str) -> Fault:
    return Fault("modifyCase", statements, "form", sentence)


def _rule(sentence: str, *statements: str) -> Fault:
    return Fault("modifyCase", statements, "rule", sentence)


def _state(sentence: str, *statements: str) -> Fault:
    return Fault("modifyCase", statements, "state", sentence)


FAULTS: dict[str, Fault] = {
    # The answer to a success.
    "status-201": _form("A success is answered 201.", "HW-57"),
    "rescode-number": _form("resCode is the number 0.", "HW-63"),
    "rescode-missing": _form("There is no resCode.", "HW-63"),
    "rescode-misspelt": _form("The member is called rescode.", "HW-63"),
    "rescode-200": _form('resCode is "200" on success.', "HW-63"),
    "resmsg-missing": _form("There is no resMsg.", "HW-64"),
    "resmsg-null": _form("resMsg is null.", "HW-64"),
    "body-list": _form("The answer is an array that holds the object.", "HW-62"),
    "body-empty": _form("The answer has no body.", "HW-62", "HW-63"),
    "body-not-json": _form("The answer has single quotes, as Python prints dictionaries.", "HW-62"),
    "media-type-html": _form("The answer says that it is text/html.", "HW-61"),
    # Who and what is admitted.
    "token-optional": _rule("Without access-token the case is modified all the same.", "HW-10"),
    "token-unchecked": _rule("Any text will do as access-token.", "HW-11"),
    "token-in-authorization": _rule("The token is looked for in Authorization only.", "HW-09", "HW-12"),
    "tenant-ignored": _rule("A token of one tenant modifies the cases of another.", "HW-11"),
    "content-type-optional": _rule("A request without Content-Type is carried out.", "HW-07"),
    "caseinfo-optional": _rule("A body without caseInfo is answered as a success.", "HW-15"),
    "id-optional": _rule("A caseInfo without id is answered as a success.", "HW-18"),
    "title-optional": _rule("A caseInfo without title is carried out.", "HW-22"),
    "description-optional": _rule("A caseInfo without description is carried out.", "HW-25"),
    "ownerId-required": _rule("A caseInfo without ownerId is refused.", "HW-28"),
    "priority-required": _rule("A caseInfo without priority is refused.", "HW-32", "HW-66"),
    "dueDate-required": _rule("A caseInfo without dueDate is refused.", "HW-36"),
    "contactId-required": _rule("A caseInfo without contactId is refused.", "HW-41"),
    "contactPhone-required": _rule("A caseInfo without contactPhone is refused.", "HW-49"),
    "attachment-required": _rule("A caseInfo without attachment is refused.", "HW-54", "HW-66"),
    "title-129-accepted": _rule("A title of more than 128 bytes is stored.", "HW-21"),
    "title-128-refused": _rule("A title of exactly 128 bytes is refused.", "HW-21"),
    "title-in-characters": _rule("The title may have 128 characters, whatever bytes they take.", "HW-21"),
    "description-20001-accepted": _rule("A description of more than 20,000 bytes is stored.", "HW-24"),
    "description-20000-refused": _rule("A description of exactly 20,000 bytes is refused.", "HW-24"),
    "contactPhone-21-accepted": _rule("A phone number of more than 20 bytes is stored.", "HW-48"),
    "contactPhone-20-refused": _rule("A phone number of exactly 20 bytes is refused.", "HW-48"),
    "priority-any": _rule("Any text is stored as priority.", "HW-33"),
    "priority-critical-refused": _rule("Critical is refused as priority.", "HW-33"),
    "dueDate-any": _rule("Any text is stored as dueDate.", "HW-38"),
    "dueDate-midnight-500": _rule("A dueDate at 00:00:00 is answered 500.", "HW-70", "HW-38"),
    "emoji-500": _rule("A title or description with a character beyond U+FFFF is answered 500.", "HW-20", "HW-23"),
    "extension-refused": _rule("A field of the case's own template is refused.", "HW-56"),
    "same-again-refused": _rule("A request that changes nothing is refused.", "HW-05"),
    # What is stored.
    "nothing-stored": _state("A success is answered, and nothing is stored.", "HW-05"),
    "title-lost": _state("The title keeps its old value.", "HW-20", "HW-05"),
    "description-lost": _state("The description keeps its old value.", "HW-23", "HW-05"),
    "ownerId-lost": _state("The owner keeps its old value.", "HW-29", "HW-26"),
    "priority-lost": _state("The priority keeps its old value.", "HW-30", "HW-33"),
    "dueDate-lost": _state("The deadline keeps its old value.", "HW-37", "HW-34"),
    "contactId-lost": _state("The contact keeps its old value.", "HW-42", "HW-39"),
    "contactPhone-lost": _state("The phone number keeps its old value.", "HW-50", "HW-47"),
    "attachment-lost": _state("The attachment keeps its old value.", "HW-55", "HW-52"),
    "extension-lost": _state("The fields of the template keep their old values.", "HW-56"),
    "title-lost-if-not-ascii": _state("A title with other than ASCII characters is not stored.", "HW-20"),
    "title-escaped": _state("Quotes and angle brackets of the title are stored as HTML entities.", "HW-20"),
    "title-cut-at-64": _state("Of the title 64 characters are stored.", "HW-21", "HW-20"),
    "description-cut-at-4000": _state("Of the description 4,000 characters are stored.", "HW-24", "HW-23"),
    "description-one-line": _state("Line feeds of the description are stored as blanks.", "HW-23"),
    "priority-critical-as-high": _state("Critical is stored as High.", "HW-33"),
    "dueDate-without-time": _state("Of the deadline only the day is stored.", "HW-38"),
    "contactPhone-as-number": _state("A phone number of digits is stored as a number.", "HW-47"),
    "id-changed": _state("The modified case has another id afterwards.", "HW-19"),
    "other-cases-too": _state("The description goes into every open case of the tenant.", "HW-05", "HW-19"),
    "refused-yet-written": _state("Title and description of a refused request are stored.", "HW-33", "HW-24", "HW-38"),
    "stored-at-the-next": _state("A change is stored when the next one of the same case arrives.", "HW-05"),
    "second-lost": _state("Only the first change of each case is stored.", "HW-05"),
}
