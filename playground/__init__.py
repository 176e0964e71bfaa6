"""A place to play and test without accounts: a local Slack workspace and a simulated cluster."""
