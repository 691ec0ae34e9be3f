(() => {
  'use strict';
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const by = id => document.getElementById(id);
  const root = document.documentElement, body = document.body;
  const rows = all('.clause'), areas = all('.area'), chips = all('[data-chip]'), selects = all('#filter select');
  const keys = ['verdict', 'area', 'target', 'method', 'mandatory', 'check'];
  const words = new Map();
  let filter = new Map(), query = '';
  root.classList.add('js');

  // The address after # is either an anchor or a filter: k=v,v&k=v&q=text.
  const decode = text => { try { return decodeURIComponent(text); } catch (_) { return text; } };
  const address = () => {
    const parts = keys.filter(k => filter.has(k)).map(k => k + '=' + Array.from(filter.get(k), encodeURIComponent).join(','));
    if (query) parts.push('q=' + encodeURIComponent(query));
    return parts.join('&');
  };
  const parse = hash => {
    filter = new Map(); query = '';
    for (const part of hash.split('&')) {
      const at = part.indexOf('=');
      if (at < 0) continue;
      const key = part.slice(0, at), value = part.slice(at + 1);
      if (key === 'q') query = decode(value);
      else if (keys.includes(key) && value) filter.set(key, new Set(value.split(',').map(decode)));
    }
  };
  const searchable = row => {
    if (!words.has(row)) words.set(row, (row.dataset.words || all('.s', row).map(e => e.textContent).join('\n')).toLowerCase());
    return words.get(row);
  };
  const apply = () => {
    const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      let keep = true;
      for (const [key, values] of filter) keep = keep && row.dataset[key].split('\n').some(v => values.has(v));
      keep = keep && wanted.every(word => searchable(row).includes(word));
      if (row.hidden === keep) row.hidden = !keep;
      if (keep) shown++;
    }
    for (const area of areas) area.hidden = !area.querySelector('.clause:not([hidden])');
    for (const chip of chips) chip.setAttribute('aria-pressed', String(filter.has('verdict') && filter.get('verdict').has(chip.dataset.chip)));
    for (const select of selects) select.value = filter.has(select.name) ? Array.from(filter.get(select.name))[0] : '';
    if (by('q').value.trim() !== query) by('q').value = query;
    by('shown').textContent = shown + ' / ' + rows.length;
    by('active').textContent = decode(address()) + ' (' + shown + ' / ' + rows.length + ')';
    document.querySelector('.filtered').hidden = !address();
    document.querySelector('.none').hidden = shown > 0;
  };
  const changed = () => {
    apply();
    history.replaceState(null, '', '#' + address());
  };
  // A large report keeps what is folded away as data; it becomes part of the page when it is opened.
  const unpack = details => {
    for (const data of all(':scope > script.aside', details)) {
      const content = document.createElement('template');
      content.innerHTML = data.textContent.replace(/\uE000(.)/g, (_, kind) => kind === 'l' ? '<' : '\uE000');
      data.replaceWith(content.content);
    }
    for (const inner of all('details[open]', details)) if (inner !== details) unpack(inner);
  };
  // What is linked to may still be data: it becomes part of the page first.
  const find = id => {
    for (let data; id && !by(id) && (data = all('script.aside').find(data => data.textContent.includes(id)));) unpack(data.parentElement);
    return id && by(id);
  };
  const unfold = details => { unpack(details); details.open = true; };
  document.addEventListener('toggle', event => { if (event.target.open) unpack(event.target); }, true);
  const reveal = element => {
    if (element.closest('[hidden]')) { filter = new Map(); query = ''; apply(); }
    for (let e = element; e; e = e.parentElement) if (e.tagName === 'DETAILS') unfold(e);
    element.scrollIntoView();
  };
  const follow = () => {
    const hash = location.hash.slice(1), element = find(decode(hash));
    if (element) { apply(); reveal(element); return; }
    parse(hash); apply();
    if (address()) by('clauses').scrollIntoView();
  };

  const speak = lang => {
    body.dataset.lang = lang;
    root.lang = lang === 'zh' ? 'zh-CN' : 'en';
    by('lang').textContent = lang === 'zh' ? 'English' : '中文';
    by('lang').lang = lang === 'zh' ? 'en' : 'zh-CN';
    for (const e of all('[data-zh]')) {
      if (e.tagName === 'INPUT') e.placeholder = e.dataset[lang]; else e.textContent = e.dataset[lang];
    }
  };
  by('lang').onclick = () => speak(body.dataset.lang === 'zh' ? 'en' : 'zh');
  by('theme').onclick = () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  };
  by('print').onclick = () => print();

  for (const chip of chips) chip.onclick = () => {
    const set = new Set(filter.get('verdict') || []), name = chip.dataset.chip;
    if (!set.delete(name)) set.add(name);
    if (set.size) filter.set('verdict', set); else filter.delete('verdict');
    changed();
  };
  for (const select of selects) select.onchange = () => {
    if (select.value) filter.set(select.name, new Set([select.value])); else filter.delete(select.name);
    changed();
  };
  let waiting;
  by('q').oninput = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { query = by('q').value.trim(); changed(); }, 80);
  };
  by('filter').onsubmit = event => event.preventDefault();
  by('clear').onclick = () => { filter = new Map(); query = ''; changed(); };
  by('expand').onclick = () => {
    const visible = rows.filter(row => !row.hidden), open = !visible.every(row => row.open);
    for (const row of visible) if (open) unfold(row); else row.open = false;
  };
  // A click on the id of a row links to it; the row must not fold under the reader's hand at the same time.
  document.addEventListener('click', event => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    if (location.hash === link.hash) follow(); else location.hash = link.hash;
  });
  document.addEventListener('keydown', event => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); by('q').focus(); }
    if (event.key === 'Escape' && (event.target === by('q') || !typing)) { by('q').blur(); by('clear').click(); }
  });
  let opened = [];
  addEventListener('beforeprint', () => {
    // Whole contents of evidence stay folded: their hashes are in the annex. So does what a large report keeps aside.
    opened = all('details:not([open]):not(.ev)').filter(e => !e.closest('[hidden]') && !e.querySelector(':scope > script.aside'));
    for (const e of opened) e.open = true;
  });
  addEventListener('afterprint', () => { for (const e of opened) e.open = false; opened = []; });
  addEventListener('hashchange', follow);
  speak(body.dataset.lang);
  follow();
})();
