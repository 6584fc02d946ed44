"""
Probes as pytest items: what is run, by how many processes, how often, and what comes of it.

run_options      the arguments of a run, as one value
sharding         one run on several machines: which probes each of them takes
selection        which probes of which APIs, resolved once for all processes
managed_mocks    mocks of ours that a run starts, by mock_process
preflight        whether the target is there and takes the credentials
request_plan     how many requests a run sends at most
forked_workers   the processes that share the probes
plugin           one probe as a pytest item
reruns           a finding is run again before it is reported
progress         the line on the console, and the evidence as it comes in
resuming         what an interrupted run left, so that another one goes on
run_verdict      the evidence of a run, with its waivers and baseline, as verdicts
"""
