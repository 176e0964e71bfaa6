"""Pure decisions on frozen values: no input, no output, no clock."""
