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
  navigator.serviceWorker.register(url).catch(() => {}); // without one the app works as long as the hub answers
}
