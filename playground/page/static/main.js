// Puts the page together: one stream of what the chosen person sees, drawn whenever it changes.
import { renderClock } from './clock.js';
import { renderCluster } from './cluster.js';
import { buildComposer } from './composer.js';
import { addTraffic, clearTraffic, renderInspector } from './inspector.js';
import { announce } from './make.js';
import { renderMessages } from './messages.js';
import { showModals } from './modal.js';
import { renderSidebar } from './sidebar.js';
import { renderTour } from './tour.js';
import { commands, connect, fileAddress, post } from './wire.js';

const at = (id) => document.getElementById(id);
const page = { screen: null, clock: null, cluster: null, person: recalled('person') ?? '', chosen: {}, read: {}, waiting: new Map(), aside: 'cluster' };
let hangUp = () => {};

/** Return what this page remembers of itself; a browser that keeps nothing is fine, too. */
function recalled(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    sessionStorage.setItem(name, value);
  } catch { /* then it is forgotten with the page */ }
}

function bePerson(id) {
  hangUp();
  page.person = id;
  remember('person', id);
  clearTraffic();
  trouble('');
  listen();
}

function listen() {
  hangUp = connect(page.person, {
    screen: (screen) => {
      page.screen = screen;
      page.person = screen.person.id;
      draw();
    },
    traffic: (traffic) => {
      addTraffic(traffic);
      drawAside();
    },
    cluster: (cluster) => {
      page.cluster = cluster;
      drawAside();
    },
    clock: (clock) => {
      page.clock = clock;
      drawClock();
    },
    found: () => { at('lost').hidden = true; },
    lost: (isOver) => {
      at('lost').hidden = false;
      if (isOver) setTimeout(() => location.reload(), 1500);
    },
  });
}

function conversation() {
  const { screen } = page;
  const wanted = page.chosen[screen.person.id];
  return screen.conversations.find((each) => each.id === wanted) ?? screen.conversations[0];
}

function openConversation(id) {
  page.chosen[page.person] = id;
  trouble('');
  draw();
  composer.focus();
}

function unread(each) {
  const last = page.read[`${page.person}/${each.id}`] ?? '';
  return each.messages.filter((message) => message.ts > last && message.author.id !== page.person).length;
}

function draw() {
  const { screen } = page;
  const open = conversation();
  page.read[`${page.person}/${open.id}`] = open.messages.at(-1)?.ts ?? '';
  at('title').textContent = open.kind === 'im' ? `${open.name}, direct messages of ${screen.person.real_name}` : `# ${open.name}`;
  renderMessages(at('messages'), open, screen, messageContext);
  renderSidebar(at('sidebar'), screen, { chosen: open.id, unread, now: now(), bePerson, openConversation });
  showModals(screen.modals, viewContext);
  for (const part of ['page']) at(part).inert = screen.modals.length > 0;
  drawAside();
}

function drawClock() {
  renderClock(at('clock'), page.clock, post);
  if (page.screen) renderSidebar(at('sidebar'), page.screen, { chosen: conversation().id, unread, now: now(), bePerson, openConversation });
}

function drawAside() {
  if (!page.screen) return;
  if (page.aside === 'inspector') renderInspector(at('inspector'), page.screen);
  if (page.aside === 'cluster') renderCluster(at('cluster'), page.cluster, post, page.screen);
  if (page.aside === 'tour') renderTour(at('tour'), page.cluster?.tour ?? [], post);
}

function now() {
  return page.clock?.now ?? page.screen.now;
}

function trouble(text) {
  at('trouble').textContent = text;
  at('trouble').hidden = !text;
}

/** Return what the blocks of a message need; what fails is told above the composer. */
function messageContext(message) {
  return {
    ...shared({ ts: message.ts, channel: conversation().id }, trouble),
    surface: 'message', values: message.values, errors: {},
    files: Object.fromEntries(Object.entries(message.files).map(([id, file]) => [id, { ...file, url: fileAddress(file.url) }])),
  };
}

/** Return what the blocks of a window need, and what becomes of its buttons; what fails stands in its banner. */
function viewContext(view) {
  const where = { view: view.id, hash: view.hash };
  return {
    ...shared(where, announce),
    surface: view.type, values: view.values, errors: view.errors, files: {},
    submit: () => perform(where, 'submit', {}),
    close: () => perform(where, 'close', {}),
    dismiss: () => perform(where, 'dismiss', {}),
  };
}

function shared(where, tell) {
  return {
    names: page.screen.names, tz: page.screen.person.tz, now: now(),
    isBusy: (block, action) => page.waiting.has(`${JSON.stringify(where.view ?? where.ts)}/${block}/${action}`),
    act: async (kind, block, element, payload = {}) => {
      const name = `${JSON.stringify(where.view ?? where.ts)}/${block.block_id}/${element.action_id}`;
      page.waiting.set(name, true);
      const answer = await perform(where, kind, { block_id: block.block_id, action_id: element.action_id, ...payload });
      page.waiting.delete(name);
      tell(answer.ok || answer.confirm ? '' : answer.error ?? '');
      return answer;
    },
  };
}

function perform(where, kind, payload) {
  return post('act', { person: page.person, do: kind, where, ...payload });
}

async function send(line) {
  trouble('');
  const isCommand = line.startsWith('/');
  const answer = await post('act', { person: page.person, do: isCommand ? 'command' : 'say', text: line, channel: conversation().id });
  if (!answer.ok) trouble(answer.error);
  return answer.ok;
}

function chooseTab(name) {
  page.aside = name;
  for (const each of ['cluster', 'tour', 'inspector']) {
    at(each).hidden = each !== name;
    at(`tab-${each}`).setAttribute('aria-selected', String(each === name));
    at(`tab-${each}`).tabIndex = each === name ? 0 : -1;
  }
  drawAside();
}

function prepareTabs() {
  const names = ['cluster', 'tour', 'inspector'];
  names.forEach((name, place) => {
    at(`tab-${name}`).addEventListener('click', () => chooseTab(name));
    at(`tab-${name}`).addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = names[(place + step + names.length) % names.length];
      chooseTab(next);
      at(`tab-${next}`).focus();
    });
  });
}

function showScheme(scheme) {
  document.documentElement.dataset.scheme = scheme;
  at('scheme').setAttribute('aria-pressed', String(scheme === 'dark'));
}

function prepareScheme() {
  const wished = recalled('scheme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  showScheme(wished);
  at('scheme').addEventListener('click', () => {
    const scheme = document.documentElement.dataset.scheme === 'dark' ? 'light' : 'dark';
    remember('scheme', scheme);
    showScheme(scheme);
  });
}

function prepareAside() {
  at('aside-switch').addEventListener('click', () => {
    const isHidden = at('aside').toggleAttribute('hidden');
    at('columns').classList.toggle('without-aside', isHidden);
    at('aside-switch').textContent = isHidden ? 'Show panel' : 'Hide panel';
    at('aside-switch').setAttribute('aria-expanded', String(!isHidden));
  });
}

prepareTabs();
prepareScheme();
prepareAside();
const composer = buildComposer(at('composer'), await commands(), send);
composer.focus();
listen();
