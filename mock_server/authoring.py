"""
What a file of behaviours is written with: the public names of the mock. What is elsewhere in this package may change.

A name that stands here keeps its meaning within a major version; one that goes away is announced in the changelog a
minor version before.
"""

from mock_server.reply import Behaviour, Call, Refusal, Reply, Rule
from mock_server.worlds.records import Actor, Change, Record, Records, rewritten

__all__ = ["Actor", "Behaviour", "Call", "Change", "Record", "Records", "Refusal", "Reply", "Rule", "rewritten"]
