"""Open the deploy form, keep its draft, and bring it up to date as the person chooses."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar
from uuid import uuid1, uuid4

from bot.domain import form as forms
from bot.domain.base import DeploymentId, DraftId, SlackUserId
from bot.domain.catalog import Module
from bot.domain.commands import Command
from bot.domain.form import Form, HeldGpu
from bot.domain.limits import held_gpus
from bot.domain.marketplace import why_missing
from bot.domain.people import Person
from bot.domain.platform import Platform, Platforms
from bot.domain.records import Draft
from bot.domain.request import SECRET_FIELDS, DeploymentRequest, Field, Problem, values_of
from bot.domain.search import nearest
from bot.domain.validation import CONFIRMED, Checked, check, normalised
from bot.errors import BotError, NotAMember, NotFound, NotYours
from bot.ports import Catalog, Clock, Cluster, Ledger
from bot.services.drafts import MOST_DRAFTS, Drafts

REVIEWED = "reviewed"
"""Under this key a draft keeps the request that was reviewed; it is no field of the form."""

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """Use cases around the open form, all from memory; only `complete` waits for the network, `keep` for the database.

    A draft that is not in memory (after a restart) is read from `quick`, which is the ledger for people who wait: it
    gives up early. Without one it is the ledger itself.
    """

    platforms: Platforms
    cluster: Cluster
    catalog: Catalog
    ledger: Ledger
    clock: Clock
    quick: Ledger | None = None
    _drafts: Drafts = field(init=False, repr=False)
    _guard: Lock = field(default_factory=Lock)
    _locks: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(64)), repr=False)
    _held: OrderedDict[DraftId, tuple[HeldGpu, ...] | None] = field(default_factory=OrderedDict)
    _asked: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_drafts", Drafts(ledger=self.ledger, quick=self.quick or self.ledger))

    def open(self, person: Person, command: Command) -> tuple[Draft, Form]:
        """Make a draft from a command, with its form, all from memory; what the command says wrongly is marked.

        The draft is not written yet: the form must be on the screen before the database is asked (see `keep`).
        """
        now = self.clock()
        given = self._given(person, command)
        draft = Draft(
            id=DraftId(uuid4().hex),
            slack_user=person.slack_user,
            deployment=DeploymentId(str(uuid1())),
            values={str(field): value for field, value in given.items()},
            created_at=now,
            updated_at=now,
        )
        form = self._form(draft, person)
        self._drafts.put(draft)
        return draft, form.model_copy(update={"problems": self._doubts(form, draft, given)})

    def weigh(self, draft_id: DraftId, person: Person, command: Command) -> tuple[Form, Checked]:
        """Check the draft of a command as its form would be checked if it were submitted untouched.

        The form that comes with it has the problems marked. One doubt is the command's own: which of several platforms
        is meant, where the form shows the one it takes.
        """
        given = self._given(person, command)
        draft = self.draft(draft_id, person.slack_user)
        form = self._form(draft, person)
        checked = self._checked(form, given, draft, secrets={})
        if len(form.platforms) > 1 and Field.PLATFORM not in given:
            names = ", ".join(platform.key for platform in form.platforms)
            text = f"You belong to several: {names}. Choose the one that it is to run on."
            problems = (Problem(field=Field.PLATFORM, text=text), *checked.problems)
            checked = Checked(problems=problems)
        return form.model_copy(update={"problems": checked.problems}), checked

    def keep(self, draft: Draft) -> None:
        """Write a draft as it is by now, unless that was done. Raises Unavailable; then it is written later."""
        self._drafts.write(draft.id)

    def write_out(self) -> None:
        """Write every draft that has changed since it was written. Raises Unavailable; then they are written later."""
        self._drafts.write_all()

    def adopt(self, draft: Draft) -> None:
        """Take over a draft's new deployment id, which it gets once its last attempt is settled as failed."""
        with self._in_turn(draft.id):
            current = self.draft(draft.id, draft.slack_user)
            if current.deployment != draft.deployment:
                self._drafts.put(current.model_copy(update={"deployment": draft.deployment}))

    def refine(
        self, draft_id: DraftId, person: Person, state: Mapping[Field, str], *, toggle: Field | None = None
    ) -> Form:
        """Take in what is chosen now and return the form that fits it.

        `toggle` flips help (Field.DESCRIPTION) or storage (Field.STORAGE_URL).
        """
        wanted = self._normalised(person, state)
        self.draft(draft_id, person.slack_user)  # from the database if need be, before others have to wait for it
        with self._in_turn(draft_id):
            draft = self._refined(self.draft(draft_id, person.slack_user), person, wanted, toggle)
            self._drafts.put(draft)
        return self._form(draft, person)

    def current(self, draft_id: DraftId, person: Person) -> Form:
        """Return the form as the draft has it now."""
        return self._form(self.draft(draft_id, person.slack_user), person)

    def complete(self, draft_id: DraftId, person: Person) -> Form:
        """Return the form with what only the network knows: the image's tags and the GPUs that the person holds."""
        draft = self.draft(draft_id, person.slack_user)
        module = self._module(draft)
        if module is not None:
            self.catalog.refresh_tags(module.image)
            self._note(self._asked, module.image, None)
        self._note(self._held, draft.id, self.held(person))
        return self.current(draft_id, person)

    def check(
        self, draft_id: DraftId, person: Person, state: Mapping[Field, str], secrets: Mapping[Field, str]
    ) -> tuple[Form, Checked]:
        """Check the whole form as submitted, from memory alone; the draft keeps what was typed."""
        wanted = self._normalised(person, state)
        form = self.refine(draft_id, person, wanted)
        with self._in_turn(draft_id):
            draft = self.draft(draft_id, person.slack_user)
            checked = self._checked(form, wanted, draft, secrets=secrets)
            if checked.request is not None:
                reviewed = {REVIEWED: checked.request.model_dump_json()}
                self._drafts.put(draft.model_copy(update={"values": draft.values | reviewed}))
        return form, checked

    def check_reviewed(self, draft_id: DraftId, person: Person, secrets: Mapping[Field, str]) -> Checked:
        """Check once more, at the last moment, exactly the request that the person has reviewed.

        What the form would offer by now does not matter; what limits and catalogue say by now does. Raises NotFound
        if nothing was reviewed.
        """
        draft = self.draft(draft_id, person.slack_user)
        reviewed = draft.values.get(REVIEWED)
        if reviewed is None:
            raise NotFound("This form was changed since it was reviewed.", hint="Go back, and press Next again.")
        request = DeploymentRequest.model_validate_json(reviewed)
        values = values_of(request) | {Field.TAG_CONFIRMED: CONFIRMED, Field.MODULE: str(request.module)}
        chosen = {str(each): value for each, value in values.items()}
        form = self._form(draft.model_copy(update={"values": draft.values | chosen}), person)
        checked = check(form, values, secrets=secrets, deployment=draft.deployment)
        return checked if checked.problems else Checked(request=request)

    def reviewed_title(self, draft_id: DraftId, person: Person) -> str:
        """Return the title of the request that was reviewed, empty if none was."""
        reviewed = self.draft(draft_id, person.slack_user).values.get(REVIEWED)
        return DeploymentRequest.model_validate_json(reviewed).title if reviewed else ""

    def draft(self, draft_id: DraftId, slack_user: SlackUserId) -> Draft:
        """Return the person's draft. Raises NotFound when it is gone, NotYours when it is somebody else's.

        Raises Unavailable when only the database could tell and does not answer.
        """
        draft = self._drafts.get(draft_id)
        if draft is None:
            raise NotFound("This form is too old.", hint="Open a new one with `/ai4os deploy`.")
        if draft.slack_user != slack_user:
            raise NotYours("This form belongs to somebody else.", hint="Open your own with `/ai4os deploy`.")
        return draft

    def held(self, person: Person) -> tuple[HeldGpu, ...] | None:
        """Return the person's deployments that hold GPUs, or None if the cluster cannot be asked."""
        try:
            found = self.cluster.deployments_of(person.owner, [platform.namespace for platform in self.platforms.all])
        except BotError:
            return None
        return held_gpus(found)

    def _refined(self, draft: Draft, person: Person, state: Mapping[Field, str], toggle: Field | None) -> Draft:
        before = self._form(draft, person)
        replaced = {str(field) for field in state} | {REVIEWED}
        if any(state.get(each, before.values.get(each)) != before.values.get(each) for each in (Field.TAG, Field.GPU)):
            replaced.add(str(Field.TAG_CONFIRMED))  # what was confirmed of one tag is not said of the next
            state = {field: value for field, value in state.items() if field is not Field.TAG_CONFIRMED}
        values = {key: value for key, value in draft.values.items() if key not in replaced}
        return draft.model_copy(
            update={
                "values": values | forms.typed_values(before, state),
                "shows_help": draft.shows_help ^ (toggle is Field.DESCRIPTION),
                "wants_storage": draft.wants_storage ^ (toggle is Field.STORAGE_URL),
                "updated_at": self.clock(),
            }
        )

    def _checked(
        self, form: Form, wanted: Mapping[Field, str], draft: Draft, *, secrets: Mapping[Field, str]
    ) -> Checked:
        """Check what is wanted, and for the rest what stands in the form."""
        name = wanted.get(Field.MODULE, "")
        if form.module is None and name:
            return Checked(problems=(self._unknown_module(name),))
        values = {each: value for each, value in form.values.items() if form.applies(each) or each is Field.GPU_REASON}
        return check(form, values | dict(wanted), secrets=secrets, deployment=draft.deployment)

    def _in_turn(self, draft_id: DraftId) -> Lock:
        """Return the lock under which a draft is changed: held for moments, never while anybody else is waited for."""
        return self._locks[hash(draft_id) % len(self._locks)]

    def _form(
        self,
        draft: Draft,
        person: Person,
        *,
        problems: tuple[Problem, ...] = (),
    ) -> Form:
        module = self._module(draft)
        form = forms.build(
            draft,
            person=person,
            platforms=self._own_platforms(person),
            module=module,
            known_tags=self.catalog.known_tags(module.image) if module else None,
            nodes=self.cluster.nodes(),
            held=self._held.get(draft.id),
            is_registry_asked=module is not None and module.image in self._asked,
            problems=problems,
        )
        return forms.with_notice_of(form, self.catalog.snapshot())

    def _own_platforms(self, person: Person) -> tuple[Platform, ...]:
        own = self.platforms.among(person.platforms)
        if not own:
            titles = " or ".join(platform.title for platform in self.platforms.all)
            raise NotAMember(
                "You are not a member of any platform that I serve, so you cannot deploy yet.",
                hint=f"Ask the administrators of {titles} to add you. Looking at modules is open to you.",
            )
        return own

    def _module(self, draft: Draft) -> Module | None:
        name = draft.values.get(Field.MODULE, "")
        return self.catalog.snapshot().module(name) if name else None

    def _given(self, person: Person, command: Command) -> dict[Field, str]:
        """Return what a command gives to its form."""
        module = {Field.MODULE: command.subject} if command.subject else {}
        values = {field: value for field, value in command.fields.items() if field not in SECRET_FIELDS}
        return self._normalised(person, values | module)

    def _normalised(self, person: Person, values: Mapping[Field, str]) -> dict[Field, str]:
        name = values.get(Field.MODULE, "").strip()
        module = self.catalog.snapshot().module(name) if name else None
        return normalised(values, platforms=self._own_platforms(person), module=module)

    def _doubts(self, form: Form, draft: Draft, given: Mapping[Field, str]) -> tuple[Problem, ...]:
        """Return the problems of the fields that the command gave; the others are the form's to ask."""
        if form.module is None and Field.MODULE not in given:
            return ()
        return tuple(each for each in self._checked(form, given, draft, secrets={}).problems if each.field in given)

    def _unknown_module(self, name: str) -> Problem:
        snapshot = self.catalog.snapshot()
        near = nearest(snapshot.modules, name)
        mend = f" Did you mean {near}?" if near else ""
        return Problem(field=Field.MODULE, text=f"{why_missing(snapshot, name)}{mend} Choose one from the list.")

    def _note(self, kept: OrderedDict[K, V], key: K, value: V) -> None:
        """Remember something while its form is open, the oldest giving way."""
        with self._guard:
            kept[key] = value
            while len(kept) > MOST_DRAFTS:
                kept.popitem(last=False)
