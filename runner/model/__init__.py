"""The frozen values that the rooms hand one another, and nothing else.

Pure: no time, no chance, no files, no network.
"""
