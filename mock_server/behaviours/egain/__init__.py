"""
eGain: an open case is edited under the vendor's preconditions and permissions, and cases are read back.

editing          editCase
reading          getCasesByIds, and what it asks for
headers          the form and language that are accepted, and the query
preconditions    what must be true of a case before it is edited
rights           scopes, permissions, and who may be the new owner
lock             `lastModified`, by which an edit names what it saw
relations        which cases a case is related to
values           the due date and the custom attributes
refusing         refusals as most rules give them
stored           the case and the user that a call is about
instants         date-times as moments and as texts
"""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.behaviours.egain import editing, headers, lock, preconditions, reading, relations, rights, values
from mock_server.reply import Behaviour, Rule

BEHAVIOURS: Mapping[str, Behaviour] = {
    # The order is our choice; the vendor gives none (D-25).
    "editCase": Behaviour(
        editing.edit_case,
        (
            Rule("EGF-4", rights.caller_may_manage_cases),
            Rule("EGF-7", rights.application_is_of_type_api),
            Rule("EGF-10", rights.caller_has_a_licence),
            Rule("D-19", headers.edit_is_acceptable),
            Rule("EG-28", headers.language_is_known),
            Rule("EG-30", headers.no_query_is_sent),
            Rule("EG-07", preconditions.case_exists),
            Rule("EG-08", preconditions.case_is_open),
            Rule("EG-09", preconditions.something_is_edited),
            Rule("EGF-21", lock.case_is_as_last_seen),
            Rule("EG-42", values.due_date_is_in_the_future),
            Rule("EGF-12", rights.new_owner_exists),
            Rule("EGF-14", relations.links_name_cases),
            Rule("EGF-20", relations.related_cases_exist),
            Rule("EG-14", rights.user_may_edit_cases),
            Rule("EG-15", rights.case_is_in_the_users_reach),
            Rule("EG-16", rights.user_may_transfer),
            Rule("EG-17", rights.case_is_in_the_new_owners_reach),
            Rule("EG-18", rights.user_may_pull),
            Rule("EG-19", relations.related_cases_are_in_reach),
            Rule("EG-10", rights.new_owner_is_enabled),
            Rule("EG-11", rights.new_owner_has_a_licence),
            Rule("D-18", relations.case_is_not_its_own_relation),
            Rule("EG-12", relations.request_relates_few_enough),
            Rule("EG-60", relations.case_has_few_enough_relations),
            Rule("EG-64", values.custom_attributes_are_configured),
            Rule("EGF-15", values.custom_values_are_options),
        ),
    ),
    "getCasesByIds": Behaviour(
        reading.get_cases_by_ids,
        (
            Rule("EGF-4", rights.caller_may_read_cases),
            Rule("EGF-7", rights.application_is_of_type_api),
            Rule("EGF-10", rights.caller_has_a_licence),
            Rule("D-19", headers.cases_are_acceptable),
            Rule("EG-28", headers.language_is_known),
            Rule("EGF-29", headers.only_known_queries_are_sent),
            Rule("EGF-29", reading.members_are_known),
            Rule("EGF-29", reading.order_has_its_sort),
            Rule("EGF-34", reading.few_enough_are_read),
            Rule("EGF-29", reading.all_cases_exist),
        ),
    ),
}
