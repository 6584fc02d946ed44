"""
What each word of `casepact` does.

check            a run, from its options to its exit code
explain          all about one statement; explain_command has its options
init             a new project, from template/
target           profiles: target_new writes one, target_probe looks whether it works, target_restore puts back
lint_document    what is wrong with any OpenAPI document
traceability     which statement stands where in contract, mock and probes; ledger_text prints it
"""
