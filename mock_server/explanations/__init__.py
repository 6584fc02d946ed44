"""
Why a request was refused, and what would have passed.

explaining       all violations of a refused request, each with its statement, its place and the contract's line
correcting       the nearest request that the contract and the rules take: the search for it
edits            what can be changed in a request, and what each change costs
drafts           a request that can be changed
showing          a corrected request as it is shown
unmatched        the operation that a request without one may have meant
shared_book      refusals that any of several processes can explain
redaction        credentials stay out of what is explained
"""
