"""
A server to test, and what is sent to it.

profile          addresses, actors, records, limits: fixtures/targets/*.yaml
contracts        the contracts that a target can promise to keep
needs            what probes ask of a profile
exchange         a request with its answer; decoding reads the answer by the contract
errors           why a request was not sent, or has no answer of the server's own
request_parts    what a request says, and how that becomes URL, headers and body
drafting         requests that should be carried out, with the records of the target
tokens           credentials that are asked for; redaction keeps all of them out of texts
credentials      which credential an actor has for an operation, and how it is carried
rate_limit       the pace and the budgets that all processes share
connections      the connections to a server, and why there is none
client           sends requests within the profile's address, methods and budgets
user_folders     where state and caches of the user are
settling         waits for writes that take time to show
"""
