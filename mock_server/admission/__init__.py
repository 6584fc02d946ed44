"""
What a contract lets in: parameters and bodies, read and judged.

conversion       texts of a request as the types that a schema names
forms            forms and multipart bodies, taken apart
styles           parameters in the forms of OpenAPI
documented_bodies  bodies as a foreign document describes them
bodies           bodies as text, form, multipart and JSON; xml_bodies as XML
binding          values bound leniently, where a vendor's server does
admission        parameters and body of a request, each flaw with its statement
"""
