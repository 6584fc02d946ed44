"""The values that an edit brings: the due date and the custom attributes."""

from __future__ import annotations

from mock_server.behaviours.egain.instants import instant
from mock_server.behaviours.egain.refusing import invalid
from mock_server.behaviours.egain.stored import edited_case
from mock_server.reply import Call, Refusal


def due_date_is_in_the_future(call: Call) -> Refusal | None:
    """A due date that is not removed lies in the future of the world's clock (EG-42)."""
    text = call.body.get("dueDate", "")
    if not text or ((due := instant(text)) is not None and due > call.now):
        return None
    return invalid("EG-42", f"dueDate {text} is not in the future", "/dueDate", "dueDate")


def custom_attributes_are_configured(call: Call) -> Refusal | None:
    """Every custom attribute is one that is configured for cases (EG-64)."""
    for name in _attributes_sent(call):
        if call.records.find("customAttributes", name) is None:
            return invalid("EG-64", f"there is no custom attribute {name}", "/customAttributes", "customAttributes")
    return None


def custom_values_are_options(call: Call) -> Refusal | None:
    """Every value of an enumeration is one of its options; an empty one removes (EGF-15, EGF-16)."""
    for name, values in _attributes_sent(call).items():
        attribute = call.records.find("customAttributes", name)
        options = attribute["options"] if attribute is not None else ()
        for value in values:
            if options and value and value not in options:
                detail = f"{value} is not an option of the custom attribute {name}"
                return invalid("EGF-15", detail, "/customAttributes", "customAttributes")
    return None


def attributes_afterwards(call: Call) -> dict[str, list[str]]:
    """The attributes of the case: those sent replace their own values, an empty value leaves none (EGF-16)."""
    sent = {name: [value for value in values if value] for name, values in _attributes_sent(call).items()}
    merged: dict[str, list[str]] = {**edited_case(call)["customAttributes"], **sent}
    return {name: values for name, values in merged.items() if values}


def _attributes_sent(call: Call) -> dict[str, list[str]]:
    sent = call.body.get("customAttributes", {}).get("customAttribute", ())
    return {
        attribute["attribName"]: [item["value"] for item in attribute["attribValues"]["attribValue"]]
        for attribute in sent
    }
