"""
A server to test, and what is sent to it.

profile          addresses, actors, records, limits: fixtures/targets/*.yaml
contracts        the contracts that a target can promise to keep
needs            what probes ask of a profile
tokens           credentials that are asked for; redaction keeps all of them out of texts
rate_limit       the pace and the budgets that all processes share
drafting         requests that should be carried out, with the records of the target
client           sends requests within the profile's address, methods and budgets
settling         waits for writes that take time to show
exchange         a request with its answer; decoding reads the answer by the contract
"""
