// Light or dark: as the system has it, or as somebody chose.
export type Theme = 'auto' | 'light' | 'dark';

const dark = matchMedia('(prefers-color-scheme: dark)');
const stored = localStorage.getItem('theme');
let chosen = $state<Theme>(stored === 'light' || stored === 'dark' ? stored : 'auto');

export const theme = () => chosen;

export function applyTheme() {
  const is = chosen === 'auto' ? (dark.matches ? 'dark' : 'light') : chosen;
  document.documentElement.dataset['theme'] = is;
}

export function chooseTheme(t: Theme) {
  chosen = t;
  localStorage.setItem('theme', t);
  applyTheme();
}

dark.addEventListener('change', applyTheme);
