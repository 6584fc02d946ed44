"""
A stateful mock that keeps what the contracts promise.

Imports go down this list only; names without a slash are modules of their own:

cli               `casepact mock`: arguments; authoring has the public names that behaviours are written with
serving           a socket, an app and the server between them
http/             HTTP around the behaviours, and the only part that knows Connexion
explanations/     why a request was refused, and what would have been carried out
watching          `--watch`; banner: what is printed when the mock listens; workers: several processes on one address
operations/       one operation, compiled: its route, its credentials, its refusals
admission/        parameters and bodies, judged; assembly: what is served; describing: `--describe`
behaviours/       what each operation does
representation/   a value as bytes
reply             what everything below HTTP takes and returns
worlds/           records, clock, traffic and journal of each world
synthesis/        values made from schemas
negotiation       which representation a client gets; addresses: where each API is served
settings          what a mock is started with; console: what it reports
"""
