"""A platform to practise on: a small server that speaks the Graph wire.

It shares no line with the rest of Fanlight, so it can disagree with it. See README.md here.
"""
