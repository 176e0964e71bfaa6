"""Everything that knows time: what is done over and over, and how often."""
