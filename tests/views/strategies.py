"""Arbitrary domain values, with the texts that people, clusters and catalogues could come up with."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.domain import form as forms
from bot.domain.base import DeploymentId, ModuleName, Namespace, PlatformKey, SlackUserId
from bot.domain.catalog import BrokenItem, Capability, CatalogSnapshot, ImageTags, Module, Service, Wanted
from bot.domain.catalog_change import CatalogChange
from bot.domain.deployment import Allocation, Deployment, GpuGroup, Hardware, Node, Phase, Status, Task, TaskEvent
from bot.domain.endpoints import Endpoint, EndpointKind
from bot.domain.form import Form, HeldGpu
from bot.domain.marketplace import Browsing, PlatformRoom, Room
from bot.domain.overview import Row
from bot.domain.people import Owner
from bot.domain.placement import Outlook, Plan
from bot.domain.platform import AddressScheme, Limits, Platform, Range
from bot.domain.records import Announcement
from bot.domain.request import DeploymentRequest, Field, Problem, StorageMount
from tests.unit.domain.values import PERSON, draft

SHORT = st.text(max_size=20)
WILD = SHORT | st.sampled_from(
    ["<!channel>", "*" * 300, "&" * 3000, "`" * 80, "🦠" * 200, "\u202e\x00\n", " ", "<@U1|x>", "a" * 5000, "~_*`<>&|"]
)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz-0123456789", min_size=1, max_size=90)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
COUNTS = st.integers(0, 10**6)
URLS = st.builds("https://{}".format, WILD) | WILD

HARDWARE = st.builds(
    Hardware,
    cpu=st.none() | COUNTS,
    gpus=COUNTS,
    gpu_model=WILD,
    ram_mb=st.none() | COUNTS,
    disk_mb=st.none() | COUNTS,
)
ENDPOINTS = st.builds(
    Endpoint, kind=st.sampled_from(EndpointKind), url=URLS, condition=WILD, answers=st.none() | st.booleans()
)
STATUSES = st.builds(Status, phase=st.sampled_from(Phase), reason=WILD, since=st.none() | TIMES)
ROWS = st.builds(
    Row,
    deployment=NAMES.map(DeploymentId),
    namespace=NAMES.map(Namespace),
    title=WILD,
    platform=WILD,
    status=STATUSES,
    hardware=st.none() | HARDWARE,
    service=st.none() | st.sampled_from(Service),
    image=WILD,
    node=WILD,
    site=WILD,
    submitted_at=TIMES,
    holds_resources=st.booleans(),
    made_by_bot=st.booleans(),
)
ANNOUNCEMENTS = st.builds(
    Announcement,
    deployment=NAMES.map(DeploymentId),
    slack_user=st.just(SlackUserId("U1")),
    platform=NAMES.map(PlatformKey),
    namespace=NAMES.map(Namespace),
    title=WILD,
    module=WILD,
    phase=st.sampled_from(Phase),
    reason=WILD,
    since=st.none() | TIMES,
    hardware=HARDWARE,
    site=WILD,
    image=WILD,
    endpoints=st.lists(ENDPOINTS, max_size=8).map(tuple),
    has_password=st.booleans(),
    updated_at=TIMES,
)
EVENTS = st.builds(TaskEvent, at=TIMES, kind=WILD, text=WILD, details=st.dictionaries(SHORT, WILD, max_size=2))
TASKS = st.builds(Task, name=WILD, state=SHORT, events=st.lists(EVENTS, max_size=12).map(tuple))
ALLOCATIONS = st.builds(
    Allocation,
    id=NAMES,
    node_id=NAMES,
    node_name=WILD,
    create_index=COUNTS,
    created_at=TIMES,
    modified_at=TIMES,
    desired=SHORT,
    client=SHORT,
    tasks=st.none() | st.lists(TASKS, max_size=2).map(tuple),
)
DEPLOYMENTS = st.builds(
    Deployment,
    id=NAMES.map(DeploymentId),
    namespace=NAMES.map(Namespace),
    name=WILD,
    title=WILD,
    description=WILD,
    owner=st.builds(Owner, email=WILD, name=WILD, subject=WILD),
    hostname=WILD,
    gpu_reason=WILD,
    submitted_at=TIMES,
    allocations=st.lists(ALLOCATIONS, max_size=2).map(tuple),
    image=WILD,
)
WORDS = st.lists(WILD, max_size=40).map(tuple)
WANTED = st.builds(
    Wanted,
    cpu=st.none() | COUNTS,
    gpu=st.none() | COUNTS,
    ram_mb=st.none() | COUNTS,
    disk_mb=st.none() | COUNTS,
    gpu_memory_mb=st.none() | COUNTS,
    gpu_capability=st.none() | st.floats(0, 100),
)
MODULES = st.builds(
    Module,
    name=(NAMES | WILD).map(lambda name: ModuleName(name[:200])),
    title=WILD,
    summary=WILD,
    image=WILD,
    description=WILD,
    fixed_tag=WILD,
    capabilities=st.lists(st.sampled_from(Capability), max_size=3, unique=True).map(tuple),
    categories=WORDS,
    tags=WORDS,
    libraries=WORDS,
    tasks=WORDS,
    data_types=WORDS,
    license=WILD,
    created=WILD,
    updated=WILD,
    inference=WANTED,
    training=WANTED,
    flaws=WORDS,
    services=st.lists(st.sampled_from(Service), min_size=1, max_size=3, unique=True).map(tuple),
    links=st.lists(st.tuples(WILD, URLS), max_size=4).map(tuple),
)
SNAPSHOTS = st.builds(
    CatalogSnapshot,
    modules=st.lists(MODULES, max_size=10).map(tuple),
    broken=st.lists(st.builds(BrokenItem, name=NAMES | WILD, reason=WILD), max_size=20).map(tuple),
    read_at=st.none() | TIMES,
    failure=WILD,
    failed_at=st.none() | TIMES,
    failures=st.integers(0, 10**6),
)
BROWSINGS = st.builds(
    Browsing,
    query=WILD.map(lambda text: Browsing.of(text).query),
    filters=st.lists(st.sampled_from(Capability), max_size=3, unique=True).map(tuple),
    page=st.integers(0, 9),
    revision=st.integers(0, 10**6),
)
ROOMS = st.builds(PlatformRoom, platform=WILD, room=st.sampled_from(Room), reason=WILD)
CHANGES = st.builds(
    CatalogChange,
    modules=COUNTS,
    broken=COUNTS,
    new=st.lists(NAMES, max_size=40).map(tuple),
    gone=st.lists(NAMES, max_size=40).map(tuple),
    changed=st.lists(WILD, max_size=40).map(tuple),
    newly_broken=st.lists(st.builds(BrokenItem, name=NAMES, reason=WILD), max_size=20).map(tuple),
    mended=st.lists(NAMES, max_size=40).map(tuple),
)
TAGS = st.builds(
    ImageTags,
    image=WILD,
    tags=(st.lists(NAMES | WILD, max_size=6) | st.lists(NAMES, min_size=101, max_size=130)).map(tuple),
    certain=st.booleans(),
)


@st.composite
def ranges(draw: st.DrawFn, most: int) -> Range:
    """Return a range whose default lies within it."""
    least, default, top = sorted(draw(st.lists(st.integers(0, most), min_size=3, max_size=3)))
    return Range(default=default, minimum=least, maximum=top)


PLATFORMS = st.builds(
    Platform,
    key=NAMES.map(lambda name: PlatformKey(name[:40])),
    title=WILD,
    vo=NAMES,
    namespace=st.just(Namespace("ai4eosc")),
    base_domain=WILD,
    limits=st.builds(
        Limits,
        cpu=ranges(1000),
        gpu=ranges(300),
        ram=ranges(900_000),
        disk=ranges(900_000),
        gpus_per_owner=st.integers(1, 9),
    ),
    addresses=st.builds(
        AddressScheme,
        template=st.sampled_from(["https://{label}-{uuid}.{node_domain}-{base_domain}", "http://{hostname}.{other}"]),
        inference_label=SHORT,
    ),
)
HELD = st.builds(
    HeldGpu,
    deployment=NAMES,
    namespace=NAMES,
    title=WILD,
    gpus=st.integers(0, 9),
    gpu_model=WILD,
    is_over=st.booleans(),
)
NODES = st.builds(
    Node,
    id=NAMES,
    name=NAMES,
    site=WILD,
    status=st.just("ready"),
    kind=st.just("compute"),
    namespaces=st.just("ai4eosc"),
    gpus=st.lists(st.builds(GpuGroup, model=WILD, count=COUNTS), max_size=2).map(tuple),
)
PROBLEMS = st.builds(Problem, field=st.sampled_from(Field), text=WILD)
PLANS = st.builds(
    Plan,
    outlook=st.sampled_from(Outlook),
    reasons=st.lists(WILD, max_size=7).map(tuple),
    gpu_holders=st.none() | COUNTS,
)
REQUESTS = st.builds(
    DeploymentRequest,
    platform=NAMES.map(PlatformKey),
    module=NAMES.map(ModuleName),
    image=WILD,
    tag=WILD,
    service=st.sampled_from(Service),
    title=WILD,
    hostname=WILD,
    cpu=COUNTS,
    gpus=COUNTS,
    gpu_model=WILD,
    ram_mb=COUNTS,
    disk_mb=COUNTS,
    site=WILD,
    storage=st.none() | st.builds(StorageMount, url=WILD, user=WILD),
)


@st.composite
def any_form(draw: st.DrawFn) -> Form:
    """Return the form for any catalogue, platform, cluster and draft."""
    module = draw(st.none() | MODULES)
    values = draw(st.dictionaries(st.sampled_from(Field).map(str), WILD | COUNTS.map(str)))
    given = draft().model_copy(
        update={"values": values, "shows_help": draw(st.booleans()), "wants_storage": draw(st.booleans())}
    )
    return forms.build(
        given,
        person=PERSON,
        platforms=draw(st.lists(PLATFORMS, min_size=1, max_size=3)),
        module=module,
        known_tags=draw(TAGS) if module else None,
        nodes=draw(st.lists(NODES, max_size=4)),
        held=draw(st.none() | st.lists(HELD, max_size=5).map(tuple)),
        problems=draw(st.lists(PROBLEMS, max_size=25)),
    )
