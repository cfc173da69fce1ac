// The household's language: the words of the hub's own catalogue, and values as the hub writes them.
import { configure, hubNow } from './http';
import type { Property } from './types';

export type Bundle = {
  lang: string;
  texts: Record<string, string>;
  capabilities: Record<string, string>;
  attributes: Record<string, string>;
  options: Record<string, Record<string, string>>;
  commands: Record<string, string>;
  events: Record<string, string>;
  types: Record<string, string>;
};

export const languages = [
  { id: 'en', name: 'English' },
  { id: 'zh', name: '中文' },
] as const;

const loaders: Record<string, () => Promise<{ default: unknown }>> = {
  en: () => import('../generated/en.json'),
  zh: () => import('../generated/zh.json'),
};

let words = $state.raw<Bundle>({ lang: 'en', texts: {}, capabilities: {}, attributes: {}, options: {}, commands: {}, events: {}, types: {} });

/** The language in use: en or zh. */
export const lang = () => words.lang;

/** The language that was chosen here, else the browser's. */
export function wishedLanguage(): string {
  const chosen = localStorage.getItem('lang');
  if (chosen && loaders[chosen]) return chosen;
  return navigator.languages.map((l) => l.slice(0, 2).toLowerCase()).find((l) => loaders[l]) ?? 'en';
}

export async function speak(language: string) {
  words = (await (loaders[language] ?? loaders['en']!)()).default as Bundle;
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
  configure({ language });
}

/** Speaks words given from outside: for tests. */
export function speakBundle(b: Bundle) {
  words = b;
}

function fill(text: string, args: readonly unknown[]): string {
  return text.replace(/\{(\d)\}/g, (hole, n) => (args[+n - 1] === undefined ? hole : String(args[+n - 1])));
}

/** A message of the catalogue by its whole key; a key that does not exist reads as itself. */
export function message(key: string, ...args: unknown[]): string {
  const one = args.length > 0 && String(args[0]) === '1' ? words.texts[`${key}.one`] : undefined;
  return fill(one ?? words.texts[key] ?? key, args);
}

/** A message of the app's own. */
export const t = (key: string, ...args: unknown[]) => message(`web.${key}`, ...args);

export const hasMessage = (key: string) => key in words.texts;
export const typeLabel = (type: string) => words.types[type] ?? type.replaceAll('_', ' ');
export const capabilityLabel = (id: string) => words.capabilities[id] ?? id.replaceAll('_', ' ');
export const attributeLabel = (a: string) => words.attributes[a] ?? (a.split('.')[1] ?? a).replaceAll('_', ' ');
export const commandLabel = (c: string) => words.commands[c] ?? (c.split('.')[1] ?? c).replaceAll('_', ' ');
export const eventLabel = (e: string) => words.events[e] ?? (e.split('.')[1] ?? e).replaceAll('_', ' ');
export const optionLabel = (attribute: string, option: string) => words.options[attribute]?.[option] ?? option;
export const capabilities = () => words.capabilities;

/** A span of time in words, to its most telling units. */
export function span(seconds: number): string {
  const s = Math.abs(seconds);
  if (s < 60) return message('span.seconds', Math.floor(s));
  if (s < 3600) return message('span.minutes', Math.floor(s / 60));
  if (s < 86400) {
    const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
    return m === 0 ? message('span.hours', h) : message('span.hours_minutes', h, m);
  }
  return message('span.days', Math.floor(s / 86400));
}

let clock = $state(hubNow());
setInterval(() => (clock = hubNow()), 10_000);

/** The hub's time, in milliseconds; what uses it is shown anew every ten seconds. */
export const now = () => clock;

/** How long ago a moment was, by the hub's clock. */
export function ago(at: string | number | undefined): string {
  if (!at) return message('ago.never');
  const d = (Math.max(clock, hubNow()) - (typeof at === 'number' ? at : Date.parse(at))) / 1000;
  if (Math.abs(d) < 5) return message('ago.now');
  return d < 0 ? message('ago.future', span(d)) : message('ago.past', span(d));
}

/** A value as a person reads it, written as the hub writes it (messages.Value). */
export function formatValue(p: Property, v: unknown): string {
  switch (typeof v) {
    case 'boolean': {
      const own = `value.${p.attribute}.${v}`;
      return hasMessage(own) ? message(own) : message(`value.${v}`);
    }
    case 'number':
      return formatNumber(p, v);
    case 'string':
      if (p.type === 'time') return dateTime(v);
      return p.type === 'enum' || p.type === 'set' ? optionLabel(p.attribute, v) : v;
  }
  if (v === null || v === undefined) return message('unknown');
  if (Array.isArray(v) && v.every((x) => typeof x === 'string')) {
    if (v.length === 0) return message('none');
    return v.map((x) => (p.type === 'set' || p.type === 'enum' ? optionLabel(p.attribute, x) : x)).join(message('list.comma'));
  }
  return JSON.stringify(v);
}

function formatNumber(p: Property, f: number): string {
  const own = `value.${p.attribute}.${f}`;
  if (hasMessage(own)) return message(own);
  if (p.unit === 's' && Math.abs(f) >= 60) return span(f);
  return withUnit(digits(p, f), p.unit ?? '');
}

function digits(p: Property, f: number): string {
  const size = Math.abs(f);
  let places = 3;
  if (p.type === 'int') places = 0;
  else if (p.step && p.step > 0 && p.step < 1) places = Math.min(4, Math.ceil(-Math.log10(p.step) - 1e-9));
  else if (size >= 100) places = 1;
  else if (size >= 1) places = 2;
  let s = fixed(f, places);
  if (s.includes('.')) s = s.replace(/0+$/, '').replace(/\.$/, '');
  return s === '-0' ? '0' : s;
}

/** A number to so many places, halves to the even neighbour as Go has it; toFixed takes them away from zero. */
function fixed(f: number, places: number): string {
  const scaled = Math.abs(f) * 10 ** places;
  const half = scaled % 1 === 0.5 && (Math.abs(f) * 32) % 1 === 0; // exactly: only such numbers end in a half
  if (!half || Math.floor(scaled) % 2 === 1) return f.toFixed(places);
  return ((Math.sign(f) * Math.floor(scaled)) / 10 ** places).toFixed(places);
}

export function withUnit(n: string, unit: string): string {
  if (unit === '') return n;
  return unit === '°' || (unit === '%' && words.lang === 'zh') ? n + unit : `${n} ${unit}`;
}

const locale = () => (words.lang === 'zh' ? 'zh-CN' : 'en-GB');
export const time = (at: string | number | Date) => new Date(at).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' });
export const date = (at: string | number | Date) => new Date(at).toLocaleDateString(locale(), { weekday: 'short', day: 'numeric', month: 'short' });
export const dateTime = (at: string | number | Date) => `${date(at)} ${time(at)}`;
export const number = (n: number, places = 1) => n.toLocaleString(locale(), { maximumFractionDigits: places });

// What varies in an English sentence of the hub's parts: something quoted, and a word that begins with a digit.
const hole = /"[^"]*"|\b\d[\w.:-]*\b/g;

/** What a part of the hub says in English, in the language in use; what nobody has translated stays as it is. */
export function phrase(english: string): string {
  const translated = (s: string): string | undefined => {
    const args: string[] = [];
    const key = `phrase.${s.replace(hole, (x) => `{${args.push(x)}}`)}`;
    return hasMessage(key) ? message(key, ...args) : undefined;
  };
  const whole = translated(english);
  if (whole !== undefined) return whole;
  const pieces = english.split(': ');
  for (let i = 0; i < pieces.length; i++) {
    const rest = translated(pieces.slice(i).join(': '));
    if (rest !== undefined) return [...pieces.slice(0, i), rest].join(message('colon'));
    pieces[i] = translated(pieces[i]!) ?? pieces[i]!;
  }
  return pieces.join(message('colon'));
}
