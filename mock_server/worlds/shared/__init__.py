"""
Worlds in Redis or Valkey, which many processes serve together.

store          the worlds as one process mirrors them, and what an act on them has touched
working        a world that one act works on
transactions   acts as transactions: run on the mirror, sent in one round trip, run again where another was first
server         the connection to Redis; address: where it is, without credentials
joining        the start of a mock: about what it serves, which all mocks on the same worlds have to agree on
errors         why worlds cannot be had
wire           transactions as the arguments of the script, and its replies
script         `worlds.lua`, which Redis carries out as a whole
image          the state of a world, which is its differences from the seed
fields         the parts of that state as bytes, and back
entries        exchanges of a journal as bytes, and back
"""
