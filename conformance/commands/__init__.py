"""
What each word of `casepact` does.

check             a run, from its options to its exit code
report            the reports of a run, made again from what it recorded; report_join makes those of its shards one run
diff              what changed between two versions of contracts
explain           all about one statement; explain_command has its options
document_profile  the part of a new profile that is about a foreign document
init              a new project, from template/
target            profiles: target_new writes one, target_probe looks whether it works, target_restore puts back
doctor            is all in place? doctor_machine looks at the machine, doctor_project at project, profiles and target
completion        what a shell needs to complete commands, and the values that it offers
lint_document     what is wrong with any OpenAPI document
cross_references  what one part of a project names and another does not have
traceability      which statement stands where in contract, mock and probes; ledger_text prints it
"""
