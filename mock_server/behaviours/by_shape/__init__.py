"""
Foreign contracts with records: what the form of a document's paths says about what is created, read and deleted.

keeping        the records of a document: its contract with them, the seed, and the behaviours
acting         what the operations of a resource do with its records
seeding        the records that a world starts with
showing        records as the answers of an operation
composing      what is stored for a body that was sent
listing        which records a list shows
recognition    which operations are about the same records
slots          where an answer or a body holds records, and what of one fits there
identity       which member a path parameter names; keys, and ids of new records
"""
