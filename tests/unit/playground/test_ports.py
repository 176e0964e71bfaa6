"""The host ports of the simulated cluster: each once, given back, and an end that is said."""

from random import Random

import pytest

from playground.cluster.ports import Ports


def test_no_port_is_given_twice_and_the_last_one_is_said() -> None:
    """Whoever fills the cluster hears of it instead of waiting for ever; what is given back is there again."""
    ports = Ports(Random(1), serve=False)
    taken = [ports.take(f"allocation {number % 2}") for number in range(12_001)]

    with pytest.raises(RuntimeError, match="are taken"):
        ports.take("one more")
    ports.release("allocation 0")

    assert len(set(taken)) == 12_001
    assert ports.take("one more") in taken[::2]
