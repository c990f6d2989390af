() => {
  const found = [];
  const main = document.querySelector('[data-testid="stMain"]');
  const keyOf = (el) => { let e = el; while (e) { const k=[...(e.classList||[])].find(c=>c.startsWith('st-key-')); if (k) return k; e=e.parentElement;} return ''; };
  for (const s of document.querySelectorAll('[data-testid="stDataFrame"] .dvn-scroller'))
    if (s.scrollWidth > s.clientWidth + 1) found.push(['grid', keyOf(s), s.scrollWidth, s.clientWidth]);
  for (const e of main.querySelectorAll('*')) {
    const cs = getComputedStyle(e);
    if (e.closest('[data-testid="stDataFrame"]')) continue;
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && (cs.overflowX === 'hidden' || cs.overflowX==='clip' || cs.textOverflow === 'ellipsis') && e.textContent.trim() && e.offsetParent)
      found.push(['text', keyOf(e), e.textContent.trim().slice(0,60), e.scrollWidth, e.clientWidth]);
    if ((cs.overflowX === 'auto' || cs.overflowX === 'scroll') && e.scrollWidth > e.clientWidth + 1 && e.clientWidth>0 && e.offsetParent)
      found.push(['scroll', keyOf(e), e.tagName, e.textContent.trim().slice(0,40), e.scrollWidth, e.clientWidth]);
  }
  const r = main.getBoundingClientRect();
  for (const svg of main.querySelectorAll('.js-plotly-plot')) {
    const box = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll('text')) {
      const b = text.getBoundingClientRect();
      if (b.width && (b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1 || b.bottom > box.bottom + 1))
        found.push(['chart', keyOf(svg), text.textContent.slice(0,40), Math.round(b.left-box.left), Math.round(box.right-b.right)]);
    }
  }
  return found;
}
