"""
Answers of operations that nobody has written a behaviour for, made from their schemas.

synthesis        a value for a schema, the same for the same seed
texts            texts for patterns and formats
"""
