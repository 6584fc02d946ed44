"""
index.html: a run as one page for people, made from report.json and the exchanges.

page        the page as a whole: its head, its templates, style and script
sections    an API for the page: its pages of statements, their verdicts and findings
grouping    findings that differ in a value only, as one entry with rows
differences received against documented
evidence    the exchanges that the page shows, within its size
bodies      a body laid out for reading, and cut

templates/ holds the markup, `page.css` and `page.js`, which stand in the page.
"""
