"""
For the tests of those who use a mock: a front end's, or a client's.

pytest_plugin   the fixtures `casepact_mock` and `casepact_world`
worlds          a running mock and its worlds, steered over the control API
"""
