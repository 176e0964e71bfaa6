"""What the statistics of a simulated cluster say, as tests and demos set or script it."""

from datetime import timedelta

from playground.cluster.routes.clients import gpu_usages
from playground.cluster.sights import Sights
from playground.cluster.usage import ClientTrouble, Frozen, GpuScript, GpuUsage, TaskScript, TaskUsage

FOREVER = timedelta(days=1)
RPC_FAILED = "rpc error: EOF"
"""What a server answers for a node whose connection breaks while it is asked."""


class Statistics(Sights):
    """Sets what GPUs and tasks use, and what ails those who tell it. Thread-safe."""

    def set_usage(
        self, *, gpu: str = "", job: str = "", gpu_usage: GpuUsage | None = None, task_usage: TaskUsage | None = None
    ) -> None:
        """Set what statistics say: of one GPU by its id, or of a job's newest allocation and its GPUs."""
        with self._engine.state.lock:
            ids = [gpu] if gpu else []
            if job:
                newest = self.allocation(job)
                ids += [id_ for task in newest.grant.tasks.values() for group in task.devices for id_ in group.ids]
                if task_usage is not None:
                    self._engine.usage.allocations[newest.id] = task_usage
            if gpu_usage is not None:
                self._engine.usage.gpus.update(dict.fromkeys(ids, gpu_usage))

    def script_usage(self, job: str, *, gpu: GpuScript | None = None, task: TaskScript | None = None) -> None:
        """Let a job use what functions of the cluster's time say, wherever it runs, from now on.

        `gpu` returns one use for all of its GPUs, or one for each. It replaces what was set for the job's allocations.
        """
        with self._engine.state.lock:
            usage = self._engine.usage
            for one in self.allocations(job):
                usage.allocations.pop(one.id, None)
                for id_ in [id_ for each in one.grant.tasks.values() for group in each.devices for id_ in group.ids]:
                    usage.gpus.pop(id_, None)
            if gpu is not None:
                usage.gpu_scripts[job] = gpu
            if task is not None:
                usage.task_scripts[job] = task

    def gpu_use(self, node: str) -> dict[str, GpuUsage]:
        """Return what each GPU of a node does right now, by its id."""
        with self._engine.state.lock:
            now = self._engine.settle()
            return gpu_usages(self._engine, self.node(node), now)

    def freeze_plugin(self, node: str) -> None:
        """Let a node's GPU plugin die: its GPUs stay, and so do their statistics with their time."""
        with self._engine.state.lock:
            now, found = self._engine.settle(), self.node(node)
            self._engine.usage.frozen[found.id] = Frozen(at=now, gpus=gpu_usages(self._engine, found, now))

    def thaw_plugin(self, node: str) -> None:
        """Let a node's GPU plugin tell its GPUs' use again."""
        with self._engine.state.lock:
            self._engine.usage.frozen.pop(self.node(node).id, None)

    def silence_client(self, node: str, *, delay: timedelta = FOREVER, error: str = "") -> None:
        """Let a node's client not answer, or only after a delay in real time, or with an error such as RPC_FAILED.

        What runs there goes on, and the servers think that the node is well.
        """
        trouble = ClientTrouble(error=error) if error else ClientTrouble(delay=delay)
        with self._engine.state.lock:
            self._engine.usage.troubles[self.node(node).id] = trouble

    def answer_again(self, node: str) -> None:
        """Let a node's client answer as it should."""
        with self._engine.state.lock:
            self._engine.usage.troubles.pop(self.node(node).id, None)
