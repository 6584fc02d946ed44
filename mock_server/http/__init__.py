"""
HTTP around the behaviours: the only part that knows Connexion.

app                the wiring: contracts, behaviours and worlds as one app
request_path       a request from its world and route to its answer, whatever server it came by
direct             the transport of `casepact mock`: from the parser to the request path, from there to the socket
outbox             the answers of one turn of the event loop, sent together
asgi               the transport of every other server, and of what takes time; asgi_messages reads and writes its
                   messages
served_paths       which path leads to which operation, and the index page
unmatched_answers  the answers to a path or method that no operation has
problems           what the mock itself refuses
connection_failures  simulated failures below HTTP: a reset, no answer, half an answer
recording          an exchange in the journal and on the console
control            the control API's operations; journal_view shows and searches the journal for it, traffic_settings
                   reads and shows how a world answers
documents          the OpenAPI documents as the mock serves them
swagger_ui         Swagger UI over them
pages/             the page of a running mock, for people
protocol           uvicorn's HTTP protocol, with nothing added to a request, and with connections that can be broken
"""

import warnings

with warnings.catch_warnings():
    # Connexion 3.3.0 imports jsonschema's RefResolver and Starlette's test client in ways their authors have
    # deprecated. Nothing here uses either, so the two warnings would only frighten users.
    warnings.simplefilter("ignore")
    import connexion  # noqa: F401 # imported here so that the filter is in force the first time
