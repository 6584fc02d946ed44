"""
What changed between two versions of a contract, and what that means for its clients.

comparing    the way in: two sources, API by API; as_text, as_json and as_markdown print the result
sources      files, folders and git revisions; revisions: how git hands over the files of one
operations   which operations belong together; messages: their parameters, bodies and responses; security: who may call
schemas      two schemas as sets of values; limits: enums and bounds; differences: what is found
shapes       what one schema allows; unchanged: what need not be compared
ledgers      statements, and which changes are corrections
texts        what changes no request and no response
findings     changes as they are collected, each with every operation that it reaches
versioning   by how much `info.version` must rise
waiving      changes that are accepted for a while
reading      documents of any version of OpenAPI as nodes with places
kinds        every kind of change with its levels; change: what a change is
"""
