"""The doctor: looks whether all is well that a site depends on, and says how to mend what is not.

`diagnosis` has the words, `rounds` the way through the areas; each other module is one area.
"""
