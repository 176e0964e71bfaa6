"""What people see: pure functions from domain values to views and messages."""
