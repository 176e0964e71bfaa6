// The cluster as a picture: sites, machines, GPUs with who holds them and what they do, what waits, what is deployed.
import { make } from './make.js';
import { worldElement } from './world.js';

const drawn = { picture: '', world: '' };

/** Draw the cluster; what has not changed is left alone, so that nothing is taken away under a person's hand. */
export function renderCluster(element, cluster, post, screen) {
  if (!cluster) {
    element.replaceChildren(make('p', {}, 'There is no cluster to show.'));
    return;
  }
  if (element.children.length !== 2) {
    element.replaceChildren(make('div', { class: 'picture' }), make('div', { class: 'playing' }));
    Object.assign(drawn, { picture: '', world: '' });
  }
  const [picture, playing] = element.children;
  const { tour, world, ...said } = cluster;
  if (isNews('picture', [said, screen.person.id])) drawPicture(picture, cluster, post, screen);
  if (isNews('world', world)) drawWorld(playing, world, post);
}

function isNews(part, value) {
  const text = JSON.stringify(value);
  const isNew = drawn[part] !== text;
  drawn[part] = text;
  return isNew;
}

/** Draw what there is; a list that was opened stays open, and a button that has the focus keeps it. */
function drawPicture(element, cluster, post, screen) {
  const { focused, isOpen } = { focused: focusedIn(element), isOpen: element.querySelector('details.deployments')?.open };
  element.replaceChildren(
    cluster.is_away ? make('p', { class: 'away', role: 'alert' }, 'Nomad does not answer. What runs goes on.') : '',
    cluster.real ? make('p', { class: 'place' }, `This is ${cluster.place}.`) : '',
    ...cluster.sites.map((site) => siteElement(site, screen)),
    legend(),
    queue(cluster.queue, screen),
    deployments(cluster, post, screen),
  );
  const list = element.querySelector('details.deployments');
  if (list && isOpen !== undefined) list.open = isOpen;
  focusAgain(element, focused);
}

/** Draw the world's buttons; what is chosen beside them, and what was said last, stays. */
function drawWorld(element, world, post) {
  const focused = focusedIn(element);
  const chosen = Object.fromEntries([...element.querySelectorAll('select[data-world]')].map((each) => [each.dataset.world, each.value]));
  const told = element.querySelector('.told')?.textContent ?? '';
  element.replaceChildren(...(world.length ? [worldElement(world, post, chosen, told)] : []));
  focusAgain(element, focused);
}

function focusedIn(element) {
  return element.contains(document.activeElement) ? document.activeElement.dataset.world : null;
}

function focusAgain(element, focused) {
  if (focused) element.querySelector(`[data-world="${CSS.escape(focused)}"]`)?.focus();
}

function siteElement(site, screen) {
  return make('section', { class: 'site', 'aria-label': `Site ${site.name}` }, make('h3', {}, site.name), site.nodes.map((node) => nodeElement(node, screen)));
}

function nodeElement(node, screen) {
  const isReady = node.status === 'ready';
  const free = `free: ${node.cpu.free} of ${node.cpu.total} CPUs, ${gb(node.ram_mb.free)} of ${gb(node.ram_mb.total)} GB`;
  return make('div', { class: `node${isReady ? '' : ' lost'}` },
    make('div', { class: 'node-head' },
      make('span', { class: 'node-name' }, node.name),
      isReady ? '' : make('strong', {}, node.status),
      make('span', { class: 'free', title: free }, bar(node.cpu, 'CPUs'), bar(node.ram_mb, 'memory'), make('span', {}, free))),
    node.gpus.length ? make('ul', { class: 'gpus', 'aria-label': `GPUs of ${node.name}` }, node.gpus.map((gpu) => tile(gpu, node, screen))) : '');
}

/** Return a bar that shows how much is taken; the figures stand beside it. */
function bar(amount, name) {
  const taken = amount.total ? Math.round(100 * (1 - amount.free / amount.total)) : 0;
  const fill = make('i', {});
  fill.style.inlineSize = `${taken}%`;
  return make('span', { class: 'amount', 'aria-hidden': 'true', title: `${taken} % of the ${name} taken` }, fill);
}

function tile(gpu, node, screen) {
  const state = stateOf(gpu, node);
  const holder = gpu.held_by;
  const isMine = holder && holder.is_mine_of === screen.person.id;
  const words = holder ? `${gpu.model}, held by ${holder.title} of ${holder.owner || 'nobody known'}: ${state.words}` : `${gpu.model}: ${state.words}`;
  const level = make('i', { class: 'level', 'aria-hidden': 'true' });
  level.style.inlineSize = `${state.name === 'busy' ? gpu.use : 0}%`;
  return make('li', { class: `gpu ${state.name}${isMine ? ' mine' : ''}`, title: words, 'aria-label': isMine ? `${words} (yours)` : words },
    make('span', { class: 'model' }, gpu.model.replace(/^(NVIDIA |Tesla )/, '').replace(/-(PCIE|SXM).*$/, '')),
    make('span', { class: 'use' }, state.short),
    make('span', { class: 'holder' }, holder ? holder.title : state.words),
    level);
}

function stateOf(gpu, node) {
  const isSeen = node.status === 'ready';
  if (!gpu.healthy) return { name: 'untold', short: '!', words: 'not healthy' };
  if (!gpu.held_by) return isSeen ? { name: 'free', short: '', words: 'free' } : { name: 'untold', short: '?', words: 'out of reach' };
  if (!isSeen || gpu.use === null) return { name: 'untold', short: '?', words: 'nobody knows what it does' };
  const held = gpu.memory_mb === null ? '' : `, ${(gpu.memory_mb / 1024).toFixed(1)} GB of its memory held`;
  if (gpu.use === 0) return { name: 'idle', short: 'idle', words: `idle${held}` };
  return { name: 'busy', short: `${gpu.use}\u202f%`, words: `${gpu.use} % at work${held}` };
}

function gb(mb) {
  return Math.round(mb / 1000);
}

function legend() {
  return make('p', { class: 'legend' },
    ...[['free', 'free'], ['busy', 'at work'], ['idle', 'idle'], ['untold', 'not known'], ['free mine', 'yours']].map(([name, words]) => make('span', {}, make('i', { class: `gpu ${name}`, 'aria-hidden': 'true' }), words)));
}

function queue(waiting, screen) {
  if (!waiting.length) return make('p', { class: 'queue' }, 'Nothing waits for hardware.');
  return make('section', { class: 'queue', 'aria-label': 'Waiting' }, make('h3', {}, `Waiting (${waiting.length})`),
    make('ul', {}, waiting.map((each) => make('li', { class: each.is_mine_of === screen.person.id ? 'mine' : null },
      make('b', {}, each.title), ` of ${each.owner || 'nobody known'} wants ${each.wants}: ${each.reason}`))));
}

/** Return everything that is deployed; on a simulated cluster with a button for what each is to do. */
function deployments(cluster, post, screen) {
  const found = cluster.deployments;
  if (!found.length) return '';
  const rows = [...found].sort((one, other) => (other.is_mine_of === screen.person.id) - (one.is_mine_of === screen.person.id));
  return make('details', { class: 'deployments', open: !cluster.real },
    make('summary', {}, `Deployments (${found.length})`),
    make('ul', {}, rows.map((each) => deployment(each, cluster, post, screen))));
}

function deployment(each, cluster, post, screen) {
  const isTraining = each.behaviour === 'training';
  const [label, wish] = isTraining ? ['Let it idle', 'rest'] : ['Let it train', 'train'];
  const canBehave = !cluster.real && each.state === 'running';
  const state = each.state === 'running' && each.behaviour ? each.behaviour : each.state;
  return make('li', { class: each.is_mine_of === screen.person.id ? 'mine' : null },
    make('span', { class: 'what' }, make('b', {}, each.title), make('small', {}, `${each.owner || 'nobody known'}${each.node ? `, on ${each.node}` : ''}`)),
    make('span', { class: `state ${state === 'training' ? 'busy' : ''}` }, state),
    canBehave ? make('button', { type: 'button', 'aria-label': `${label}: ${each.title}`, dataset: { world: `${each.deployment}/behaves` }, onclick: () => post('world', { do: wish, deployment: each.deployment }) }, label) : '');
}
