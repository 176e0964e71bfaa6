"""The part of the check-up that looks at Nomad: the way there, the token's rights, the nodes."""

from bot.nomad.checkup.checks import NomadCheckup

__all__ = ["NomadCheckup"]
