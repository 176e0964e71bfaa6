// Puts the page together: one stream of what the chosen person sees, drawn whenever it changes.
import { chooseTab, prepareAside, prepareRegions, prepareScheme } from './shell.js';
import { renderClock } from './clock.js';
import { renderCluster } from './cluster.js';
import { buildComposer } from './composer.js';
import { contextOfMessage, contextOfView } from './contexts.js';
import { addTraffic, clearTraffic, renderInspector } from './inspector.js';
import { recall, remember } from './memory.js';
import { prepareMessages, renderHead, renderHome, renderMessages, showNewest } from './messages.js';
import { showModals } from './modal.js';
import { renderSidebar } from './sidebar.js';
import { dayOf } from './times.js';
import { renderTour } from './tour.js';
import { act, commands, connect, post } from './wire.js';

const at = (id) => document.getElementById(id);
const page = {
  screen: null, received: 0, clock: null, cluster: undefined, person: recall('person') ?? '',
  chosen: recall('chosen') ?? {}, read: recall('read') ?? {}, aside: recall('aside') ?? 'cluster', tab: 'messages',
  seenProblems: recall('seenProblems') ?? {},
};
const GONE = 'The playground does not answer: it was ended, or this machine is very busy. What you see may be old. The page goes on as soon as it is back.';
let hangUp = () => {};

function listen() {
  hangUp = connect(page.person, {
    screen: (screen) => {
      Object.assign(page, { screen, received: performance.now(), person: screen.person.id });
      remember('person', page.person);
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
      const isNewDay = page.screen && clock && dayOf(clock.now, 'UTC') !== dayOf(now(), 'UTC');
      page.clock = clock;
      drawClock();
      if (isNewDay) draw();
    },
    found,
    lost,
  });
}

function found() {
  at('lost').hidden = true;
  at('columns').classList.remove('stale');
}

/** Say that nobody answers, or why; what is shown may be old. A page whose key is not known any more begins anew. */
function lost({ status, words }) {
  at('lost').textContent = status === 403 ? 'The playground was started anew; this page opens again.' : words || GONE;
  at('lost').hidden = false;
  at('columns').classList.add('stale');
  if (status === 403) setTimeout(() => location.reload(), 1200);
}

function bePerson(id) {
  if (id === page.person) return;
  hangUp();
  Object.assign(page, { person: id, tab: 'messages' });
  remember('person', id);
  clearTraffic();
  trouble('');
  listen();
}

function conversation() {
  const wanted = page.chosen[page.screen.person.id];
  return page.screen.conversations.find((each) => each.id === wanted) ?? page.screen.conversations[0];
}

function openConversation(id) {
  page.chosen[page.person] = id;
  page.tab = 'messages';
  remember('chosen', page.chosen);
  trouble('');
  draw();
  composer.focus();
}

async function openTab(tab) {
  page.tab = tab;
  draw();
  at(`app-tab-${tab}`)?.focus();
  const answer = await act(page.person, tab === 'home' ? 'open_home' : 'open_messages');
  if (!answer.ok) trouble(answer.error);
}

function unread(talk) {
  const last = page.read[`${page.person}/${talk.id}`] ?? '';
  return talk.messages.filter((message) => message.ts > last && message.author.id !== page.person).length;
}

function draw() {
  const { screen } = page;
  const talk = conversation();
  const isHome = page.tab === 'home' && talk.kind === 'im' && screen.has_home;
  if (!isHome) page.read[`${page.person}/${talk.id}`] = talk.messages.at(-1)?.ts ?? '';
  remember('read', page.read);
  document.title = `${screen.person.real_name} · AI4OS bot playground`;
  const shared = { page, now: now(), tell: trouble };
  renderHead(talk, screen, isHome ? 'home' : 'messages', openTab);
  at('messages').hidden = isHome;
  at('composer').hidden = isHome;
  at('home').hidden = !isHome;
  if (isHome) renderHome(at('home'), screen.home, (view) => contextOfView(view, shared));
  else renderMessages(at('messages'), talk, screen, shared.now, (message) => contextOfMessage(message, talk, shared));
  composer.toward(talk);
  drawSidebar();
  at('conversation').inert = at('talks').inert = screen.modals.length > 0;
  showModals(screen.modals, (view) => contextOfView(view, shared));
  drawAside();
}

function drawSidebar() {
  renderSidebar(page.screen, { chosen: conversation().id, unread, now: now(), bePerson, openConversation });
}

function drawClock() {
  renderClock(at('clock'), page.clock, post);
  if (page.screen) drawSidebar();
}

function drawAside() {
  if (!page.screen) return;
  if (page.aside === 'inspector') {
    renderInspector(at('inspector'), page.screen);
    page.seenProblems[page.person] = page.screen.problems.at(-1)?.at ?? 0;
    remember('seenProblems', page.seenProblems);
  }
  if (page.aside === 'cluster' && page.cluster !== undefined) renderCluster(at('cluster'), page.cluster, post, page.screen);
  if (page.aside === 'tour') renderTour(at('tour'), page.cluster?.tour ?? [], post);
  const fresh = page.screen.problems.filter((each) => each.at > (page.seenProblems[page.person] ?? 0)).length;
  at('new-problems').hidden = !fresh;
  at('new-problems').textContent = String(fresh);
  if (fresh) at('tab-inspector').setAttribute('aria-description', `${fresh} new problems`);
  else at('tab-inspector').removeAttribute('aria-description');
}

/** Return the workspace's time in seconds: the clock's, or what has passed since it was last told. */
function now() {
  return page.clock?.now ?? page.screen.now + (performance.now() - page.received) / 1000;
}

function trouble(text) {
  at('trouble').textContent = text;
  at('trouble').hidden = !text;
}

async function send(line) {
  trouble('');
  showNewest(at('messages'));
  const isCommand = line.startsWith('/');
  const answer = await act(page.person, isCommand ? 'command' : 'say', { text: line, channel: conversation().id });
  if (!answer.ok) trouble(answer.error);
  return answer.ok;
}

// Nobody looks, nobody listens: a browser has six connections to one address, and many tabs would keep each other waiting.
document.addEventListener('visibilitychange', () => {
  hangUp();
  if (!document.hidden) listen();
});

prepareScheme();
prepareAside();
prepareRegions();
prepareMessages(at('messages'));
chooseTab(page.aside, (name) => {
  page.aside = name;
  remember('aside', name);
  drawAside();
});
const composer = buildComposer(at('composer'), send);
composer.focus();
listen();
composer.offer(await commands());
setInterval(() => { if (page.screen && !page.clock) drawSidebar(); }, 20_000);
