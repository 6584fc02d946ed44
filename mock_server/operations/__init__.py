"""
One operation, compiled at start: from route and credential to refusal.

routing          paths and methods of all APIs, in one index
unreached        path templates that no request has
authentication   the actor that a credential belongs to
preferences      an answer that the client chose (RFC 7240)
simulated        errors that an operation does not document, in the format of those that are
request          the body as bytes: size, coding, media type
compiled         the stages of one operation, in order
refusals         a refusal in the vendor's form, and where it is explained
"""
