// The cluster as a picture, and below it the buttons that play the world.
import { make } from './make.js';

let drawn = '';

/** Draw the cluster; what has not changed is left alone, so that choices and the focus stay. */
export function renderCluster(element, cluster, post, screen) {
  if (!cluster) {
    element.replaceChildren(make('p', {}, 'There is no cluster to show.'));
    drawn = '';
    return;
  }
  const { tour, ...said } = cluster;
  const now = JSON.stringify([said, screen.person.id]);
  if (now === drawn && element.childElementCount) return;
  drawn = now;
  const focused = document.activeElement?.closest?.('#cluster') ? document.activeElement.dataset.world : null;
  const chosen = Object.fromEntries([...element.querySelectorAll('select[data-world]')].map((each) => [each.dataset.world, each.value]));
  const told = element.querySelector('.told')?.textContent ?? '';
  element.replaceChildren(
    cluster.is_away ? make('p', { class: 'away', role: 'alert' }, 'Nomad does not answer. What runs goes on.') : '',
    make('div', { class: 'sites' }, cluster.sites.map((site) => siteElement(site, screen))),
    legend(),
    queue(cluster.queue),
    ...(cluster.world?.length ? [world(cluster.world, post, chosen, told)] : []),
  );
  if (focused) element.querySelector(`[data-world="${CSS.escape(focused)}"]`)?.focus();
}

function siteElement(site, screen) {
  return make('section', { class: 'site', 'aria-label': `Site ${site.name}` }, make('h3', {}, site.name), site.nodes.map((node) => nodeElement(node, screen)));
}

function nodeElement(node, screen) {
  return make('div', { class: `node ${node.status}` },
    make('div', { class: 'node-head' }, make('span', { class: 'node-name' }, node.name), node.status === 'ready' ? '' : make('strong', {}, node.status),
      make('span', { class: 'free' }, `free: ${node.cpu.free} of ${node.cpu.total} CPUs, ${gb(node.ram_mb.free)} of ${gb(node.ram_mb.total)} GB`)),
    node.gpus.length ? make('ul', { class: 'gpus', 'aria-label': `GPUs of ${node.name}` }, node.gpus.map((gpu) => tile(gpu, node, screen))) : '');
}

function tile(gpu, node, screen) {
  const state = stateOf(gpu, node);
  const holder = gpu.held_by;
  const isMine = holder && holder.is_mine_of === screen.person.id;
  const words = holder ? `${gpu.model}, held by ${holder.title} of ${holder.owner}: ${state.words}` : `${gpu.model}: free`;
  return make('li', { class: `gpu ${state.name}${isMine ? ' mine' : ''}`, title: words, 'aria-label': words },
    make('span', { class: 'model' }, gpu.model.replace(/^(NVIDIA |Tesla )/, '').replace(/-PCIE.*$/, '')),
    make('span', { class: 'use' }, state.short),
    make('span', { class: 'holder' }, holder ? holder.title : 'free'));
}

function stateOf(gpu, node) {
  if (!gpu.held_by) return { name: 'free', short: '', words: 'free' };
  if (node.status !== 'ready' || gpu.use === null) return { name: 'unseen', short: '?', words: 'nobody knows what it does' };
  if (gpu.use === 0) return { name: 'idle', short: 'idle', words: `idle, ${gb(gpu.memory_mb ?? 0)} GB of its memory held` };
  return { name: 'busy', short: `${gpu.use} %`, words: `${gpu.use} % busy` };
}

function gb(mb) {
  return Math.round(mb / 1000);
}

function legend() {
  return make('p', { class: 'legend' },
    ...[['free', 'free'], ['busy', 'at work'], ['idle', 'idle'], ['unseen', 'not known']].map(([name, words]) => make('span', {}, make('i', { class: `gpu ${name}`, 'aria-hidden': 'true' }), ` ${words}`)),
    make('span', {}, make('i', { class: 'gpu free mine', 'aria-hidden': 'true' }), ' yours'));
}

function queue(waiting) {
  if (!waiting.length) return make('p', { class: 'queue' }, 'Nothing waits for hardware.');
  return make('div', { class: 'queue' }, make('h3', {}, `Waiting (${waiting.length})`),
    make('ul', {}, waiting.map((each) => make('li', {}, `${each.title} of ${each.owner}: ${each.wants}, ${each.reason}`))));
}

function world(buttons, post, chosen, told) {
  const status = make('p', { class: 'told', role: 'status' }, told);
  const press = async (button, row) => {
    const wanted = Object.fromEntries([...row.querySelectorAll('select')].map((each) => [each.name, each.value]));
    const answer = await post('world', { ...wanted, do: button.do });
    const place = document.querySelector('#cluster .told') ?? status;
    place.textContent = answer.ok ? answer.told : answer.error;
  };
  return make('section', { class: 'world', 'aria-label': 'Play the world' }, make('h3', {}, 'Play the world'), status,
    buttons.map((button) => {
      const row = make('div', { class: 'world-row' },
        make('button', { type: 'button', title: button.hint, dataset: { world: button.do }, onclick: () => press(button, row) }, button.label),
        ...button.fields.map((field) => choice(button, field, chosen)), make('small', {}, button.hint));
      return row;
    }));
}

function choice(button, field, chosen) {
  const name = `${button.do}/${field.name}`;
  const select = make('select', { name: field.name, 'aria-label': `${button.label}: ${field.label}`, dataset: { world: name } },
    field.options.map((option) => make('option', { value: option.value }, option.label)));
  if (field.options.some((option) => option.value === chosen[name])) select.value = chosen[name];
  return select;
}
