"""
A value as the client asked for it.

representation   JSON or XML as the contract has it
documented       any media type that a foreign document names
xml_answers      XML by the keywords of a schema
sequences        one item after the other
member_casing    the letter case of member names in an edition
"""
