"""
Records are as they must be before a probe, and as they were after it.

preconditions    what probes presume of records, read and compared
guard            notes what a probe is about to change, and puts it back, whatever ends it
write_journal    what is not put back yet, on disk
interrupts       Ctrl-C waits while a write is under way
inverses/        by API: how a record is read whole, and what undoes a write
"""
