"""
A value as the client asked for it.

representation   JSON or XML as the contract has it
sequences        one item after the other
member_casing    the letter case of member names in an edition
"""
