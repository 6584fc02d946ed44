"""
Why a request was refused, and what would have passed.

explaining       all violations of a refused request, each with its statement, its place and the contract's line
correcting       the nearest request that the contract and the rules take
unmatched        the operation that a request without one may have meant
redaction        credentials stay out of what is explained
"""
