"""Run the bot with the settings of the environment on a clock that is moved from outside: hours pass in seconds.

It reads lines from standard input: a number of seconds that pass, after which every job of the table that has become
due is run once, and the bot's memory and number of live objects are printed. It stops at the end of the input.
"""

import gc
import json
import os
import sys
from datetime import timedelta

import app
from benchmarks.process import resident
from bot import logs, memory
from jobs.scheduler import Watch
from playground.clock import Clock


def main() -> None:
    """Run until the input ends."""
    memory.use_few_arenas()
    settings = app.load(os.environ, dotenv=None)
    logs.set_up(level=logs.LogLevel.ERROR, log_format=logs.LogFormat.JSON, secrets=settings.secrets)
    clock, watch = Clock(), Watch()
    bot = app.build(settings, clock=clock.now)
    memory.spare_the_collector()
    bot.workspace.connect()
    assert bot.socket is not None
    bot.socket.connect()  # and not bot.start(): the scheduler's clock is the machine's
    due = {job.name: clock.now() + (timedelta(0) if job.at_start else job.every) for job in bot.scheduler.jobs}
    for line in sys.stdin:
        clock.advance(timedelta(seconds=float(line)))
        for job in bot.scheduler.jobs:
            if due[job.name] <= clock.now():
                watch.run(job)
                due[job.name] = clock.now() + job.every
        gc.collect()
        objects = len(gc.get_objects()) + gc.get_freeze_count()
        print(json.dumps({"memory": resident(os.getpid()), "objects": objects}), flush=True)
    bot.stop()


if __name__ == "__main__":
    main()
