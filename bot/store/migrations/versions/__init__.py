"""One module per step; never edit one that shipped, and let each work with the code before it.

A new one is written by hand after the newest: tests/contract/test_migrations.py prints what it still lacks.
"""
