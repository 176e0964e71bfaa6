"""Whatever the catalogue, the cluster and people come up with, Slack takes every view."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.catalog import CatalogSnapshot, Module
from bot.domain.catalog_change import CatalogChange
from bot.domain.commands import Verb
from bot.domain.deployment import Deployment
from bot.domain.endpoints import Endpoint
from bot.domain.form import Form, HeldGpu
from bot.domain.marketplace import Browsing, PlatformRoom, look
from bot.domain.overview import Row
from bot.domain.placement import Plan
from bot.domain.platform import Limits, Platform
from bot.domain.records import Announcement
from bot.domain.request import DeploymentRequest, Problem
from handlers.views import (
    access,
    administration,
    announcement,
    choose,
    deploy_form,
    deployment_list,
    details,
    marketplace,
    module_page,
    password,
    review,
    stop,
)
from handlers.views.module_select import module_options
from handlers.views.validator import ack_problems
from tests.views import strategies as some
from tests.views.checking import inputs, sent_message, sent_view
from tests.views.examples import DRAFT

NOW = datetime(2026, 3, 4, tzinfo=UTC)
MANY_VALUES = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
WHOLE_CATALOGUES = settings(MANY_VALUES, max_examples=15)
ROW_LISTS = st.lists(some.ROWS, max_size=12)
PAGES = st.integers(-2, 4)
ENDPOINT_LISTS = st.lists(some.ENDPOINTS, max_size=8)
QUERIES = some.WILD
VERBS = st.sampled_from(Verb)


@MANY_VALUES
@given(some.any_form())
def test_any_form_is_taken(form: Form) -> None:
    """Any module, tags, platform, limits, nodes, draft and problems give a form within the limits."""
    view = sent_view(deploy_form.render(form))
    assert list(inputs(view)) == [str(field) for field in deploy_form.shown_fields(form)]


@MANY_VALUES
@given(some.any_form(), st.lists(some.PROBLEMS, min_size=1, max_size=20))
def test_any_problems_are_taken(form: Form, problems: list[Problem]) -> None:
    """Errors name inputs that are there."""
    errors = deploy_form.errors(form, problems)
    shown = {block["block_id"] for block in inputs(sent_view(deploy_form.render(form))).values()}
    assert ack_problems({"response_action": "errors", "errors": errors}) == []
    assert set(errors) <= shown


@MANY_VALUES
@given(st.lists(some.MODULES, max_size=12), QUERIES)
def test_any_catalogue_can_be_searched(modules: list[Module], query: str) -> None:
    """Any modules and any query give choices within the limits."""
    groups = [group.to_dict() for group in module_options(modules, query)]
    assert ack_problems({"option_groups": groups} if groups else {"options": []}) == []


@WHOLE_CATALOGUES
@given(some.SNAPSHOTS, some.BROWSINGS, some.WILD)
def test_any_catalogue_can_be_browsed(snapshot: CatalogSnapshot, browsing: Browsing, missing: str) -> None:
    """Any catalogue and any search give a window within the limits, which is small enough to answer with."""
    view = sent_view(marketplace.render(look(snapshot, browsing), read_at=snapshot.read_at, missing=missing))
    assert ack_problems({"response_action": "update", "view": view}) == []


@MANY_VALUES
@given(some.MODULES, st.none() | st.lists(some.ROOMS, max_size=14), st.none() | some.BROWSINGS)
def test_any_module_has_a_page(module: Module, rooms: list[PlatformRoom] | None, came_from: Browsing | None) -> None:
    """Whatever stands in the metadata, the page is within the limits."""
    assert sent_view(module_page.render(module, rooms=rooms, came_from=came_from))


@WHOLE_CATALOGUES
@given(some.SNAPSHOTS, some.WILD, PAGES, some.CHANGES)
def test_any_state_of_the_catalogue_is_taken(
    snapshot: CatalogSnapshot, source: str, page: int, change: CatalogChange
) -> None:
    """However much is broken, administrators get a window and a message within the limits."""
    assert sent_view(administration.catalogue(snapshot, source=source, now=NOW, page=page))
    assert sent_view(administration.refreshed(snapshot, change, source=source, now=NOW))
    assert sent_message(administration.outcome(change, name=source))
    assert sent_message(administration.started(source))


@MANY_VALUES
@given(some.REQUESTS, some.PLANS, some.PLATFORMS, some.MODULES)
def test_any_plan_is_taken(request: DeploymentRequest, plan: Plan, platform: Platform, module: Module) -> None:
    """Any request and any answer of the cluster give a review within the limits."""
    assert sent_view(review.planned(request, plan, draft=DRAFT, platform=platform, module=module))


@MANY_VALUES
@given(st.lists(some.HELD, max_size=15), st.builds(Limits, gpus_per_owner=st.integers(0, 9)))
def test_any_holders_are_taken(held: list[HeldGpu], limits: Limits) -> None:
    """However many deployments hold GPUs, the refusal is within the limits."""
    assert sent_view(review.over_gpu_limit(held, limits, draft=DRAFT))


@MANY_VALUES
@given(ROW_LISTS, PAGES)
def test_any_list_is_taken(rows: list[Row], page: int) -> None:
    """Any deployments give a list within the limits, on any page."""
    assert sent_message(deployment_list.render(rows, page=page, now=NOW))


@MANY_VALUES
@given(ROW_LISTS, VERBS, some.WILD)
def test_any_choice_is_taken(rows: list[Row], verb: Verb, wanted: str) -> None:
    """Any candidates give a list to pick from."""
    assert sent_message(choose.render(rows, verb=verb, wanted=wanted))


@MANY_VALUES
@given(some.ROWS, ENDPOINT_LISTS, st.booleans())
def test_any_links_are_taken(row: Row, endpoints: list[Endpoint], has_password: bool) -> None:  # noqa: FBT001 - drawn
    """Any links give a modal and a message within the limits."""
    assert sent_view(access.modal_view(row, endpoints, has_password=has_password))
    assert sent_message(access.message(row, endpoints, has_password=has_password))


@MANY_VALUES
@given(some.DEPLOYMENTS, some.ROWS)
def test_any_details_are_taken(deployment: Deployment, row: Row) -> None:
    """Any deployment with any history gives an info view within the limits."""
    assert sent_view(details.modal_view(deployment, row, has_password=True))


@MANY_VALUES
@given(some.ANNOUNCEMENTS)
def test_any_announcement_is_taken(said: Announcement) -> None:
    """Any state of any deployment gives a message within the limits."""
    assert sent_message(announcement.render(said))


@MANY_VALUES
@given(some.ROWS, st.text(max_size=200))
def test_any_stop_and_password_are_taken(row: Row, secret: str) -> None:
    """Any deployment can be asked about, stopped, and its password shown."""
    assert sent_view(stop.confirm(row))
    assert sent_view(stop.outcome_view(row.title, row.status.phase))
    assert sent_message(stop.outcome_message(row.title, row.status.phase))
    assert sent_view(password.modal_view(row, secret))
