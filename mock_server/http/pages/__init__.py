"""
The page of a running mock, for people: `/_casepact/` in a browser.

gate           which requests are for the page
site           what they get: the page, what a form does, or what happens
access         who may read the page and send its forms
control_calls  operations of the control API called from within: the page shows and does nothing else
forms          each form of the page as one such operation
view           what the page shows of a world
filters        which exchanges of a journal it shows
live           what happens in a world, as server-sent events
credentials    what an actor sends to prove itself
curl           a corrected request as a command
rendering      the templates
templates/     the page, its style and its script
"""
