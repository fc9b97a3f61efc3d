'use strict';
// The page of a graph: pan, zoom, search, and what needs what. The picture is
// already drawn; data has a box for each element with data-b and a link for each
// with data-l. A graph that is too large to be read begins with an overview, whose
// groups are the elements with data-g.
const data = JSON.parse(document.getElementById('data').textContent);
const $ = id => document.getElementById(id);
const canvas = $('canvas'), view = $('view'), side = $('side'), search = $('search'), hits = $('hits');
const boxElement = [...view.querySelectorAll('[data-b]')].sort((a, b) => a.dataset.b - b.dataset.b);
const linkElement = new Map([...view.querySelectorAll('[data-l]')].map(e => [+e.dataset.l, e]));
const needs = data.boxes.map(() => []), users = data.boxes.map(() => []);
data.links.forEach(({from, to}, l) => { needs[to].push({box: from, l}); users[from].push({box: to, l}); });

// The layers: all boxes, or the overview.
let layer = data;
function showLayer(next) {
  layer = next;
  $('all').toggleAttribute('hidden', layer !== data);
  $('overview').toggleAttribute('hidden', layer === data);
  const level = $('level');
  if (level) level.textContent = layer === data ? 'groups' : `all ${data.boxes.length} boxes`;
}
if ($('level')) $('level').onclick = () => { clear(); showLayer(layer === data ? data.overview : data); fit(); };

// Pan and zoom.
let at = {x: 0, y: 0, scale: 1};
const smallest = 0.02, largest = 4;
function show() { view.setAttribute('transform', `translate(${at.x} ${at.y}) scale(${at.scale})`); }
function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const scale = Math.min(largest, Math.max(smallest, at.scale * factor)), by = scale / at.scale;
  at = {x: x - (x - at.x) * by, y: y - (y - at.y) * by, scale};
  show();
}
function fit(r = {x: 0, y: 0, width: layer.width, height: layer.height}, most = 1.2) {
  const margin = 30, w = canvas.clientWidth - 2 * margin, h = canvas.clientHeight - 2 * margin - $('legend').offsetHeight;
  const scale = Math.min(most, Math.max(smallest, Math.min(w / r.width, h / r.height)));
  at = {scale, x: margin + (w - r.width * scale) / 2 - r.x * scale, y: margin + (h - r.height * scale) / 2 - r.y * scale};
  show();
}
const rect = b => data.boxes[b].rect;
function around(boxes) {
  const r = boxes.map(rect);
  const x = Math.min(...r.map(b => b.x)), y = Math.min(...r.map(b => b.y));
  return {x, y, width: Math.max(...r.map(b => b.x + b.width)) - x, height: Math.max(...r.map(b => b.y + b.height)) - y};
}
// center brings a box into the middle, at a size at which it can be read.
function center(b) {
  const r = rect(b), scale = Math.max(at.scale, 0.8);
  at = {scale, x: canvas.clientWidth / 2 - (r.x + r.width / 2) * scale, y: canvas.clientHeight / 2 - (r.y + r.height / 2) * scale};
  show();
}
// hidden reports whether the middle of a box is out of sight.
function hidden(b) {
  const r = rect(b), x = at.x + (r.x + r.width / 2) * at.scale, y = at.y + (r.y + r.height / 2) * at.scale;
  return x < 0 || y < 0 || x > canvas.clientWidth || y > canvas.clientHeight;
}
canvas.addEventListener('wheel', e => {
  e.preventDefault();
  const lines = e.deltaMode === 1 ? 16 : 1, box = canvas.getBoundingClientRect();
  zoom(Math.exp(-e.deltaY * lines * 0.0015), e.clientX - box.left, e.clientY - box.top);
}, {passive: false});
const fingers = new Map();
let moved = 0;
canvas.addEventListener('pointerdown', e => { fingers.set(e.pointerId, e); moved = 0; });
canvas.addEventListener('pointermove', e => {
  const before = fingers.get(e.pointerId);
  if (!before) return;
  const dx = e.clientX - before.clientX, dy = e.clientY - before.clientY;
  moved += Math.abs(dx) + Math.abs(dy);
  if (moved > 4 && !canvas.hasPointerCapture(e.pointerId)) { canvas.setPointerCapture(e.pointerId); canvas.classList.add('moving'); }
  if (fingers.size === 2) {
    const other = [...fingers.values()].find(f => f.pointerId !== e.pointerId), box = canvas.getBoundingClientRect();
    const far = f => Math.hypot(f.clientX - other.clientX, f.clientY - other.clientY);
    zoom(far(e) / (far(before) || 1), (e.clientX + other.clientX) / 2 - box.left, (e.clientY + other.clientY) / 2 - box.top);
  } else { at.x += dx; at.y += dy; show(); }
  fingers.set(e.pointerId, e);
});
for (const end of ['pointerup', 'pointercancel'])
  canvas.addEventListener(end, e => { fingers.delete(e.pointerId); canvas.classList.remove('moving'); });
canvas.addEventListener('click', e => {
  if (moved > 4) return;
  const box = e.target.closest('[data-b]'), group = e.target.closest('[data-g]');
  box ? select(+box.dataset.b) : group ? open(+group.dataset.g) : clear();
});
$('fit').onclick = () => selected < 0 ? fit() : fit(around([selected, ...reach(needs, selected).keys(), ...reach(users, selected).keys()]));
$('in').onclick = () => zoom(1.3);
$('out').onclick = () => zoom(1 / 1.3);

// What a box needs and what needs it.
let selected = -1;
// reach returns a map of box to the links that lead there.
function reach(next, from) {
  const found = new Map(), todo = [from];
  while (todo.length) for (const {box, l} of next[todo.pop()]) {
    if (!found.has(box)) { found.set(box, []); if (box !== from) todo.push(box); }
    found.get(box).push(l);
  }
  return found;
}
function clear() {
  selected = -1;
  view.classList.remove('focus');
  view.querySelectorAll('.on, .self, .e.needs, .e.users').forEach(e => e.classList.remove('on', 'self', 'needs', 'users'));
  side.hidden = true;
  history.replaceState(null, '', location.pathname + location.search);
}
function select(b, move) {
  clear();
  if (layer !== data) { showLayer(data); at.scale = 0.8; move = true; }
  selected = b;
  const all = {needs: reach(needs, b), users: reach(users, b)};
  for (const [name, found] of Object.entries(all)) for (const [box, links] of found) {
    boxElement[box].classList.add('on', name);
    links.forEach(l => linkElement.get(l)?.classList.add(name));
  }
  boxElement[b].classList.remove('needs', 'users');
  boxElement[b].classList.add('self');
  view.classList.add('focus');
  describe(b, all);
  history.replaceState(null, '', '#' + encodeURIComponent(data.boxes[b].id));
  if (move || hidden(b)) center(b);
}
// open lists what is in a group of the overview.
function open(g) {
  clear();
  const group = data.overview.groups[g];
  if (group.members.length === 1) { select(group.members[0], true); return; }
  view.querySelector(`[data-g="${g}"]`).classList.add('self');
  const list = element('ul', ''), close = element('button', '×', {id: 'close', title: 'close (Esc)', onclick: clear});
  [...group.members].sort(byName).forEach(b => list.append(item(b)));
  side.replaceChildren(close, element('h2', group.name), element('div', group.title, {className: 'dim'}), list);
  side.hidden = false;
}
const byName = (x, y) => data.boxes[x].name < data.boxes[y].name ? -1 : 1;
function element(tag, text, props = {}) { return Object.assign(document.createElement(tag), {textContent: text}, props); }
function describe(b, all) {
  const box = data.boxes[b], list = element('dl', '');
  for (const {label, text} of box.details || []) list.append(element('dt', label), element('dd', text));
  const close = element('button', '×', {id: 'close', title: 'close (Esc)', onclick: clear});
  side.replaceChildren(close, element('h2', box.name), element('div', box.title, {className: 'dim'}), list);
  section('needs', 'Needs', needs[b], all.needs);
  section('users', 'Is needed by', users[b], all.users);
  side.hidden = false;
}
function section(className, title, direct, all) {
  const near = new Map(direct.map(({box, l}) => [box, data.links[l].kinds.join(', ')]));
  side.append(element('h3', `${title}: ${near.size} directly, ${all.size} in all`, {className}));
  const list = element('ul', '');
  for (const box of [...near.keys()].sort(byName)) list.append(item(box, near.get(box)));
  side.append(list);
  const far = [...all.keys()].filter(box => !near.has(box)).sort(byName);
  if (!far.length) return;
  const more = element('details', ''), rest = element('ul', '');
  more.append(element('summary', `${far.length} through these`, {className: 'dim'}), rest);
  far.forEach(box => rest.append(item(box)));
  side.append(more);
}
function item(box, remark) {
  const line = element('li', '');
  line.append(element('button', data.boxes[box].name, {onclick: () => select(box, true)}));
  line.append(element('span', ' ' + [data.boxes[box].kind === 'image' ? '' : data.boxes[box].kind, remark].filter(Boolean).join(' · '), {className: 'dim'}));
  return line;
}

// Search.
const most = 50;
const texts = data.boxes.map(b => [b.id, b.name, ...(b.details || []).map(d => d.text)].join('\n').toLowerCase());
let active = 0;
function find() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  hits.replaceChildren();
  if (!words.length) return;
  const rank = b => words.every(w => data.boxes[b].name.toLowerCase().includes(w)) ? data.boxes[b].name.length : 1000 + data.boxes[b].name.length;
  const found = texts.map((t, b) => words.every(w => t.includes(w)) ? b : -1).filter(b => b >= 0).sort((x, y) => rank(x) - rank(y));
  for (const b of found.slice(0, most)) {
    const line = element('li', data.boxes[b].name);
    line.dataset.b = b;
    line.append(element('span', '  ' + data.boxes[b].title, {className: 'dim'}));
    hits.append(line);
  }
  if (found.length > most) hits.append(element('li', `and ${found.length - most} more`, {className: 'dim'}));
  if (!found.length) hits.append(element('li', 'nothing has that in its name or inputs', {className: 'dim'}));
  active = 0;
  mark();
}
function mark() { [...hits.children].forEach((e, i) => e.classList.toggle('active', i === active && 'b' in e.dataset)); hits.children[active]?.scrollIntoView({block: 'nearest'}); }
function choose(line) {
  if (!line || !('b' in line.dataset)) return;
  hits.replaceChildren();
  search.blur();
  select(+line.dataset.b, true);
}
search.addEventListener('input', find);
search.addEventListener('focus', find);
hits.addEventListener('click', e => choose(e.target.closest('li')));
search.addEventListener('keydown', e => {
  const step = {ArrowDown: 1, ArrowUp: -1}[e.key];
  if (step) { e.preventDefault(); active = Math.max(0, Math.min(hits.children.length - 1, active + step)); mark(); }
  if (e.key === 'Enter') choose(hits.children[active]);
});
document.addEventListener('pointerdown', e => { if (!e.target.closest('#finder')) hits.replaceChildren(); });
document.addEventListener('keydown', e => {
  if (e.key === 'Escape') { hits.replaceChildren(); search.blur(); clear(); }
  if (e.key === '/' && document.activeElement !== search) { e.preventDefault(); search.focus(); search.select(); }
});

// Begin with the box named in the address, else with the whole picture, else,
// when that would be too small to read, with what everything ends in.
showLayer(data.overview || data);
fit();
const named = data.boxes.findIndex(b => b.id === decodeURIComponent(location.hash.slice(1)));
if (named >= 0) select(named, true);
else if (layer === data && at.scale < 0.25) {
  const bundle = data.boxes.findIndex(b => b.kind === 'bundle');
  center(bundle >= 0 ? bundle : Math.max(0, data.boxes.findIndex((_, b) => needs[b].length && !users[b].length)));
}
