"""Measure how long one person's list takes on a real Nomad, beside two bare calls and beside PAPI's calls."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.listings import BareCalls, Listing, Ours, PapiCalls
from benchmarks.machine import go_direct
from benchmarks.page import Table, today, write_section
from benchmarks.population import Population, populated_agent
from benchmarks.timing import Way, medians

ALONE = (1, 10, 50, 200)
IN_A_CROWD = 10
CROWD = 1000
EACH = 10
ROUNDS = 15
QUICK_RUNS = 5

_PAGE = """\
## One person's list

`python -m benchmarks.list_deployments`, {date}, Nomad {nomad}

{table}

- **calls**: HTTP requests of one list, counted in the connection pools, repeated ones included; never more than three.
  PAPI's sequence has one for the platform and six for each deployment.
- **list ÷ two calls**: the bot's whole `Deployments.list` (filter, decode, owner, status with its reason, node,
  hardware, order) beside the two calls that it cannot do without, sent with requests and decoded, and nothing done with
  them. The target is at most 2.
- **PAPI ÷ list**: PAPI's sequence of calls beside the same list. The target for 200 is at least 50.
- **first**: the bot has just started. It then asks for up to ten deployments whole; of more it asks for the allocations
  without their tasks, and lets Nomad pick those that are in trouble, whose tasks it reads. Afterwards it remembers each
  allocation for as long as Nomad gives the same index for its last change, and reads the tasks of those that changed.
  Where something waits for a place, the third call asks why, and the allocations are read whole in the second.

The deployments have the Dashboard's shape with three tasks each; all are on one platform, placed and running on one
agent, with a stand-in for the docker driver. The foreign ones are other people's. Each figure is a quotient of medians
over {rounds} rounds in which all ways take turns.

Not like for like: the two bare calls filter by one field and ask for neither hardware nor ports, but for all events of
all tasks; the list also finds jobs by the e-mail in any case, and asks for hardware and ports. The bot takes the
answers of a Nomad on its own machine unpacked, the two calls packed, as requests does by itself. PAPI's sequence goes
through python-nomad, as PAPI does, one call after another, and ends with the decoded answers: PAPI's own time would
come on top. On loopback a call hardly costs anything; with a network in between the bot waits for it two or three
times, PAPI once for each of its calls.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one number of deployments took: medians, and the calls of one list."""

    own: int
    foreign: int
    first_calls: int
    our_calls: int
    papi_calls: int
    first: timedelta
    again: timedelta
    bare: timedelta
    papi: timedelta


def main() -> None:
    """Measure, print, and write the section of the page."""
    go_direct()
    measured = []
    with populated_agent() as population:
        version = population.version()
        for one in _measure_all(population):
            print(f"{one.own} own and {one.foreign} foreign deployments: measured", flush=True)
            measured.append(one)
    ratios = _ratios(measured)
    print(f"\n{_seconds(measured).as_text()}\n\n{ratios.as_text()}")
    text = _PAGE.format(date=today(), nomad=version, table=ratios.as_markdown(), rounds=ROUNDS)
    write_section("list_deployments", text)


def _measure_all(population: Population) -> Iterator[Measured]:
    """Let one person have more and more; then look at another one, to whom all of those are foreign."""
    there = 0
    for own in ALONE:
        population.add("ada", own - there)
        there = population.settle()
        yield _measure(population, "ada", own=own, foreign=there - own)
    population.add_crowd((CROWD - there) // EACH, each=EACH)
    population.add("bob", IN_A_CROWD)
    there = population.settle()
    yield _measure(population, "bob", own=IN_A_CROWD, foreign=there - IN_A_CROWD)


def _measure(population: Population, owner: str, *, own: int, foreign: int) -> Measured:
    address = population.agent.address
    with (
        closing(Ours(address, owner)) as ours,
        closing(BareCalls(address, owner)) as bare,
        closing(PapiCalls(address, owner)) as papi,
    ):
        listings = (ours, ours, bare, papi)
        first_calls, our_calls, _, papi_calls = (_calls_of_one(listing, expected=own) for listing in listings)
        ways = {
            "first": Way(run=ours.run, prepare=ours.forget, per_round=QUICK_RUNS),
            "again": Way(run=ours.run, per_round=QUICK_RUNS),
            "bare": Way(run=bare.run, per_round=QUICK_RUNS),
            "papi": Way(run=papi.run),
        }
        return Measured(
            own=own,
            foreign=foreign,
            first_calls=first_calls,
            our_calls=our_calls,
            papi_calls=papi_calls,
            **medians(ways, rounds=ROUNDS),
        )


def _calls_of_one(listing: Listing, *, expected: int) -> int:
    before = listing.calls()
    found = listing.run()
    assert found == expected, f"{type(listing).__name__} lists {found} deployments instead of {expected}"
    return listing.calls() - before


def _seconds(measured: Sequence[Measured]) -> Table:
    return Table(
        headings=("own", "foreign", "list, first", "list", "two calls", "PAPI's calls"),
        rows=[
            (str(one.own), str(one.foreign), *(f"{time.total_seconds():.4f} s" for time in _times(one)))
            for one in measured
        ],
    )


def _times(one: Measured) -> tuple[timedelta, ...]:
    return one.first, one.again, one.bare, one.papi


def _ratios(measured: Sequence[Measured]) -> Table:
    return Table(
        headings=(
            "own",
            "foreign",
            "calls",
            "first",
            "PAPI's calls",
            "list ÷ two calls",
            "the same, first",
            "PAPI ÷ list",
            "the same, first",
        ),
        rows=[
            (
                str(one.own),
                str(one.foreign),
                str(one.our_calls),
                str(one.first_calls),
                str(one.papi_calls),
                f"{one.again / one.bare:.2f}",
                f"{one.first / one.bare:.2f}",
                f"{one.papi / one.again:.1f}",
                f"{one.papi / one.first:.1f}",
            )
            for one in measured
        ],
    )


if __name__ == "__main__":
    main()
