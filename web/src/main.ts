import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';
import { applyTheme } from './lib/theme.svelte';
import { speak, wishedLanguage } from './lib/texts.svelte';

applyTheme();
await speak(wishedLanguage());
mount(App, { target: document.getElementById('app')! });

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  // The policy lets only this policy's addresses become scripts.
  const trusted = window.trustedTypes?.createPolicy('concord', { createScriptURL: (u) => (u === '/sw.js' ? u : '') });
  const url = trusted ? (trusted.createScriptURL('/sw.js') as unknown as string) : '/sw.js';
  navigator.serviceWorker
    .register(url)
    .then(() => navigator.serviceWorker.ready)
    .then((r) => r.active?.postMessage(performance.getEntriesByType('resource').map((e) => e.name)))
    .catch(() => {}); // without one the app works as long as the hub answers
}

// A part of the page that is gone was of an earlier release: the hub was updated meanwhile, and the new one is loaded.
addEventListener('vite:preloadError', (e) => {
  e.preventDefault();
  const last = Number(sessionStorage.getItem('renewed'));
  if (Date.now() - last < 30_000) return; // loading anew did not help
  sessionStorage.setItem('renewed', String(Date.now()));
  void fetch('/healthz').then((r) => r.ok && location.reload(), () => {});
});
