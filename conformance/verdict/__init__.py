"""
What all probes brought, weighed.

evidence         what one probe saw, as plain values; reproduction holds the commands that repeat a finding
json_file        JSON that somebody may have edited
exchange_log     every request and answer of a run, in a file
outcomes         one outcome for each statement, one finding for each cause, and what the run is worth
waivers          findings that somebody answers for until a day; baseline: those that are known
triage           who seems to be wrong: the server, the mock, the contract or the environment
"""
