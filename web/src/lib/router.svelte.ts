// Addresses within the app. A link is a plain <a href>: one listener takes those that are the app's own.
let path = $state(location.pathname);
let query = $state(location.search);

export const here = () => path;
export const param = (name: string) => new URLSearchParams(query).get(name) ?? '';

function take() {
  path = location.pathname;
  query = location.search;
}

export function go(to: string, o: { replace?: boolean } = {}) {
  if (to === path + query) return;
  history[o.replace ? 'replaceState' : 'pushState']({}, '', to);
  take();
  scrollTo(0, 0);
  // The page's heading takes the focus, so that a screen reader says where one is.
  requestAnimationFrame(() => document.querySelector<HTMLElement>('h1[tabindex]')?.focus({ preventScroll: true }));
}

addEventListener('popstate', take);
document.addEventListener('click', (e) => {
  const a = (e.target as Element | null)?.closest('a');
  if (!a || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || a.target || a.hasAttribute('download')) return;
  if (a.origin !== location.origin || a.pathname.startsWith('/api/')) return;
  e.preventDefault();
  go(a.pathname + a.search);
});

/** Matches a pattern such as /devices/:id; the parts found, or null. */
export function match(pattern: string, p: string): Record<string, string> | null {
  const want = pattern.split('/');
  const have = p.split('/');
  if (want.length !== have.length) return null;
  const out: Record<string, string> = {};
  for (let i = 0; i < want.length; i++) {
    const w = want[i]!;
    if (w.startsWith(':')) {
      try {
        out[w.slice(1)] = decodeURIComponent(have[i]!);
      } catch {
        return null; // a broken escape is no address of ours
      }
    } else if (w !== have[i]) return null;
  }
  return out;
}
