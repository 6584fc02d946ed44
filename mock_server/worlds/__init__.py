"""
Isolated copies of the fixtures, each with records, clock, traffic settings and journal of its own.

store        all worlds of a running mock: the one mutable thing in it
seeding      fixtures as records; relations: what records say of other records
records      one API's records in one world, and who may call
clock        the time of a world
traffic      slow answers, failures and rate limits on purpose
journal      the last exchanges of a world
shared       worlds in Redis, which many processes serve together
"""
