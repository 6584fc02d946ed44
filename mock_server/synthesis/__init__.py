"""
Answers of operations that nobody has written a behaviour for, made from their schemas.

answers          the value and the headers of an answer that a document alone describes
files            pictures, archives and other bytes, the least that are valid
synthesis        a value for a schema, the same for the same seed
merging          what a schema and all its parts ask of one value
scalars          texts and numbers that fit what is asked of them
texts            texts of formats, and words
patterns         texts that match a regular expression
"""
