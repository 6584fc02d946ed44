"""
Mocks that share worlds, under load while Redis and mocks are killed: is an acknowledged update ever lost?

`python -m tests.soak_shared` runs ten minutes; `--help` has the options. Four client processes write to 200 worlds
through two mocks on one Redis. Most writes go to records that all clients write at the same time, each a part that it
alone writes, so what one mock writes over another shows. Each client knows what it wrote: an acknowledged write is the
value that every later read of either mock has to show; one without an answer, or with 503, may have happened or not.

model             what a client may read, after what it wrote
client            a process that writes, reads and compares
parts             Redis and the mocks as processes that can be killed and started again
"""
