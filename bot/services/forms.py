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
from bot.domain.people import Person
from bot.domain.platform import Platform, Platforms
from bot.domain.records import Draft
from bot.domain.request import SECRET_FIELDS, DeploymentRequest, Field, Problem, values_of
from bot.domain.search import nearest
from bot.domain.validation import CONFIRMED, Checked, check
from bot.errors import BotError, NotAMember, NotFound, NotYours
from bot.ports import Catalog, Clock, Cluster, Ledger

MOST_OPEN_FORMS = 1000
REVIEWED = "reviewed"
"""Under this key a draft keeps the request that was reviewed; it is no field of the form."""

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """Use cases around the open form. Only `complete` waits for the network."""

    platforms: Platforms
    cluster: Cluster
    catalog: Catalog
    ledger: Ledger
    clock: Clock
    _guard: Lock = field(default_factory=Lock)
    _fresh: OrderedDict[DraftId, Draft] = field(default_factory=OrderedDict)
    _held: OrderedDict[DraftId, tuple[HeldGpu, ...] | None] = field(default_factory=OrderedDict)
    _asked: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def open(self, person: Person, command: Command) -> tuple[Draft, Form]:
        """Make a draft from a command, with its form, all from memory; what the command says wrongly is marked.

        The draft is not kept yet: the form must be on the screen before the database is asked (see `keep`).
        """
        now = self.clock()
        values = {str(field): value for field, value in command.fields.items() if field not in SECRET_FIELDS}
        if command.subject:
            values[Field.MODULE] = command.subject
        values = self._normalised(values, person)
        draft = Draft(
            id=DraftId(uuid4().hex),
            slack_user=person.slack_user,
            deployment=DeploymentId(str(uuid1())),
            values=values,
            created_at=now,
            updated_at=now,
        )
        _note(self._fresh, draft.id, draft)
        given = {Field(key): value for key, value in values.items()}
        return draft, self._form(draft, person, problems=self._doubts(draft, person, given))

    def keep(self, draft: Draft) -> None:
        """Keep a draft whose form is on the screen; until then it is known to this process alone."""
        with self._guard:
            current = self._fresh.get(draft.id)
            if current is None:
                return  # kept already, and perhaps changed since
            self.ledger.save_draft(current)
            del self._fresh[draft.id]

    def refine(
        self, draft_id: DraftId, person: Person, state: Mapping[Field, str], *, toggle: Field | None = None
    ) -> Form:
        """Take in what is chosen now and return the form that fits it.

        `toggle` flips help (Field.DESCRIPTION) or storage (Field.STORAGE_URL).
        """
        draft = self.draft(draft_id, person.slack_user)
        before = self._form(draft, person)
        values = {key: value for key, value in draft.values.items() if key != REVIEWED}
        values |= forms.typed_values(before, state)
        cleared = {str(field) for field in state if str(field) in values and not state[field]}
        if any(state.get(each, before.values.get(each)) != before.values.get(each) for each in (Field.TAG, Field.GPU)):
            cleared.add(str(Field.TAG_CONFIRMED))  # what was confirmed of one tag is not said of the next
        draft = draft.model_copy(
            update={
                "values": {key: value for key, value in values.items() if key not in cleared},
                "shows_help": draft.shows_help ^ (toggle is Field.DESCRIPTION),
                "wants_storage": draft.wants_storage ^ (toggle is Field.STORAGE_URL),
                "updated_at": self.clock(),
            }
        )
        self._save(draft)
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
            _note(self._asked, module.image, None)
        _note(self._held, draft.id, self.held(person))
        return self.current(draft_id, person)

    def check(
        self, draft_id: DraftId, person: Person, state: Mapping[Field, str], secrets: Mapping[Field, str]
    ) -> tuple[Form, Checked]:
        """Check the whole form as submitted, from memory alone; the draft keeps what was typed."""
        form = self.refine(draft_id, person, state)
        draft = self.draft(draft_id, person.slack_user)
        values = {each: value for each, value in form.values.items() if form.applies(each) or each is Field.GPU_REASON}
        checked = check(form, values | dict(state), secrets=secrets, deployment=draft.deployment)
        if checked.request is not None:
            self._save(
                draft.model_copy(update={"values": draft.values | {REVIEWED: checked.request.model_dump_json()}})
            )
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
        """Return the person's draft. Raises NotFound when it is gone, NotYours when it is somebody else's."""
        draft = self._fresh.get(draft_id) or self.ledger.draft(draft_id)
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

    def _save(self, draft: Draft) -> None:
        with self._guard:
            if draft.id in self._fresh:
                _note(self._fresh, draft.id, draft)
            else:
                self.ledger.save_draft(draft)

    def _form(
        self,
        draft: Draft,
        person: Person,
        *,
        problems: tuple[Problem, ...] = (),
    ) -> Form:
        module = self._module(draft)
        return forms.build(
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

    def _own_platforms(self, person: Person) -> tuple[Platform, ...]:
        own = self.platforms.among(person.platforms)
        if not own:
            raise NotAMember(
                "You are not a member of any platform that I serve.",
                hint="Ask the operators of your platform to add you.",
            )
        return own

    def _module(self, draft: Draft) -> Module | None:
        name = draft.values.get(Field.MODULE, "")
        return self.catalog.snapshot().module(name) if name else None

    def _normalised(self, values: dict[str, str], person: Person) -> dict[str, str]:
        """Let people name a platform by its title or VO, and a module whatever the case."""
        platforms = self._own_platforms(person)
        word = values.get(Field.PLATFORM, "").casefold()
        named = {name.casefold(): platform.key for platform in platforms for name in (platform.title, platform.vo)}
        module = self.catalog.snapshot().module(values.get(Field.MODULE, ""))
        found = dict(values)
        if word in named:
            found[Field.PLATFORM] = named[word]
        if module is not None:
            found[Field.MODULE] = module.name
        return found

    def _doubts(self, draft: Draft, person: Person, given: Mapping[Field, str]) -> tuple[Problem, ...]:
        """Return the problems of the fields that the command gave; the others are the form's to ask."""
        if not given:
            return ()
        form = self._form(draft, person)
        if form.module is None and Field.MODULE in given:
            near = nearest(self.catalog.snapshot().modules, given[Field.MODULE])
            mend = f" Did you mean {near}?" if near else ""
            text = f"There is no module “{given[Field.MODULE][:60]}”.{mend} Choose one from the list."
            return (Problem(field=Field.MODULE, text=text),)
        if form.module is None:
            return ()
        checked = check(form, given, secrets={}, deployment=draft.deployment)
        return tuple(problem for problem in checked.problems if problem.field in given)


def _note(kept: OrderedDict[K, V], key: K, value: V) -> None:
    """Remember something while its form is open, the oldest giving way."""
    kept[key] = value
    while len(kept) > MOST_OPEN_FORMS:
        kept.popitem(last=False)
