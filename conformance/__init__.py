"""
Does a server keep what its contract promises?

Each folder is a stage of a run, and imports go down this list only:

entry, cli    the command line
commands/     what each word of `casepact` does
testing/      the pytest plugin for tests of those who use a mock
reports/      a finished run as text, JSON, JUnit and Markdown
runner/       probes as pytest items, in processes, with progress; what is run, planned, repeated and resumed
verdict/      what all probes found: one outcome a statement, waivers, the baseline, who is wrong
authoring     the public names that probes and inverses of a project are written with
probes/       where requests come from, and what a running probe works with
checks/       what every exchange is judged by
rollback/     what a probe wrote is put back where there are no worlds, and what it presumed of records
contract_diff what changed between two versions of a contract
target/       the server: its profile, credentials, requests within budgets, answers decoded by the contract
"""
