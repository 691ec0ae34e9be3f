(() => {
  'use strict';
  const by = id => document.getElementById(id), root = document.documentElement, body = document.body;
  const speak = lang => {
    body.dataset.lang = lang;
    root.lang = lang === 'zh' ? 'zh-CN' : 'en';
    by('lang').textContent = lang === 'zh' ? 'English' : '中文';
    by('lang').lang = lang === 'zh' ? 'en' : 'zh-CN';
  };
  root.classList.add('js');
  by('lang').onclick = () => speak(body.dataset.lang === 'zh' ? 'en' : 'zh');
  by('theme').onclick = () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  };
  by('print').onclick = () => print();
  const reveal = () => {
    const target = location.hash && by(decodeURIComponent(location.hash.slice(1)));
    for (let e = target; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true;
    if (target) target.scrollIntoView();
  };
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = Array.from(document.querySelectorAll('details:not([open])'));
    for (const e of opened) e.open = true;
  });
  addEventListener('afterprint', () => { for (const e of opened) e.open = false; opened = []; });
  addEventListener('hashchange', reveal);
  speak(body.dataset.lang);
  reveal();
})();
