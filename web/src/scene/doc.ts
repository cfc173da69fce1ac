// A scene's document as the editor handles it: plain JSON in the scene language (package scenes), of which the editor changes
// what it shows and leaves everything else as it is.
import { house, nameIn } from '../lib/house.svelte';
import { attributeLabel, commandLabel, eventLabel, formatValue, message, optionLabel, t } from '../lib/texts.svelte';
import type { Attribute, Device } from '../lib/types';

export type Json = null | boolean | number | string | Json[] | { [k: string]: Json };
export type Part = { [k: string]: any };
export type Document = Part & { names?: Record<string, string>; when?: Part[]; if?: Part[]; then?: Part[]; arrival?: Part; enabled?: boolean };

/** The kinds of a part, by the key that tells them apart, in the order in which they are asked. */
const kinds = {
  when: ['event', 'attribute', 'person', 'at', 'sun', 'every', 'mode', 'scene', 'webhook', 'topic'],
  if: ['attribute', 'time', 'mode', 'person', 'and', 'or', 'not'],
  then: ['set', 'command', 'wait', 'wait_until', 'repeat', 'choose', 'if', 'notify', 'scene', 'mode', 'capture', 'restore', 'stop'],
} as const;
export type Section = keyof typeof kinds;

export const kindOf = (s: Section, p: Part): string => kinds[s].find((k) => k in p) ?? '';

/** What the menu offers to add; what it does not offer is still shown, and edited as text. */
export const offered: Record<Section, string[]> = {
  when: ['attribute', 'event', 'person', 'at', 'sun', 'mode', 'every', 'scene', 'webhook', 'topic'],
  if: ['attribute', 'time', 'person', 'mode', 'or', 'and', 'not'],
  then: ['set', 'command', 'wait', 'wait_until', 'if', 'choose', 'repeat', 'notify', 'scene', 'mode', 'capture', 'restore', 'stop'],
};

const firstDevice = (has: (d: Device) => boolean) => house.sorted.find((d) => has(d.now))?.now;
const attributes = (d: Device) => d.endpoints.flatMap((e) => e.attributes);

export const readable = (a: Attribute) => a.access !== 'write_only' && a.access !== 'const' && a.type !== 'list' && a.type !== 'object' && a.category !== 'config';
export const writable = (a: Attribute) => (a.access === 'write' || a.access === 'write_only') && a.type !== 'list' && a.type !== 'object';

/** A new part of a kind, with what the house has filled in. */
export function blank(s: Section, kind: string): Part {
  switch (`${s}.${kind}`) {
    case 'when.attribute': {
      const d = firstDevice((x) => attributes(x).some((a) => /occupancy|contact/.test(a.attribute))) ?? firstDevice((x) => attributes(x).some(readable));
      const a = d && (attributes(d).find((x) => /occupancy|contact/.test(x.attribute)) ?? attributes(d).find(readable));
      return { device: d?.id ?? '', attribute: a?.attribute ?? '', to: a ? firstValue(a) : true };
    }
    case 'when.event': {
      const d = firstDevice((x) => x.endpoints.some((e) => e.events?.length));
      return { device: d?.id ?? '', event: d?.endpoints.flatMap((e) => e.events ?? [])[0]?.event ?? 'button.press' };
    }
    case 'if.attribute': {
      const d = firstDevice((x) => attributes(x).some(readable));
      const a = d && attributes(d).find(readable);
      return { device: d?.id ?? '', attribute: a?.attribute ?? '', is: a ? firstValue(a) : true };
    }
    case 'when.person':
      return { person: 'everyone', presence: 'away' };
    case 'if.person':
      return { person: 'anyone', presence: 'home' };
    case 'when.at':
      return { at: '07:00' };
    case 'when.sun':
      return { sun: 'sunset' };
    case 'when.every':
      return { every: '15m' };
    case 'if.time':
      return { time: { from: '18:00', to: '23:00' } };
    case 'if.and':
      return { and: [blank('if', 'attribute'), blank('if', 'attribute')] };
    case 'then.repeat':
      return { repeat: { times: 3, do: [blank('then', 'set')] } };
    case 'then.choose':
      return { choose: [{ if: blank('if', 'attribute'), then: [blank('then', 'set')] }] };
    case 'then.capture':
      return { capture: 'before', device: firstDevice((x) => attributes(x).some(writable))?.id ?? '' };
    case 'then.restore':
      return { restore: 'before' };
    case 'when.webhook':
      return { webhook: 'doorbell' };
    case 'when.topic':
      return { topic: 'doorbell/ring' };
    case 'if.or':
      return { or: [blank('if', 'attribute'), blank('if', 'attribute')] };
    case 'if.not':
      return { not: blank('if', 'attribute') };
    case 'then.set': {
      const d = firstDevice((x) => attributes(x).some((a) => a.attribute === 'on_off.on')) ?? firstDevice((x) => attributes(x).some(writable));
      return { device: d?.id ?? '', set: { 'on_off.on': true } };
    }
    case 'then.command': {
      const d = firstDevice((x) => x.endpoints.some((e) => e.actions?.length));
      return { device: d?.id ?? '', command: d?.endpoints.flatMap((e) => e.actions ?? [])[0] ?? 'identify.identify' };
    }
    case 'then.wait':
      return { wait: '5m' };
    case 'then.wait_until':
      return { wait_until: blank('if', 'attribute'), timeout: '10m' };
    case 'then.if':
      return { if: [blank('if', 'attribute')], then: [blank('then', 'set')] };
    case 'then.notify':
      return { notify: '' };
    case 'then.stop':
      return { stop: true };
    case 'when.scene':
    case 'then.scene':
      return { scene: house.scenes[0]?.id ?? '' };
    default:
      return { [kind]: kind === 'mode' ? 'night' : '' };
  }
}

export function firstValue(a: Attribute): Json {
  if (a.type === 'bool') return true;
  if (a.options?.length) return a.options[0]!;
  if (a.type === 'int' || a.type === 'float') return typeof a.value === 'number' ? Math.round(a.value) : (a.min ?? 0);
  return '';
}

/** A list, whether the language lets one stand alone or not. */
export const asList = (x: unknown): Part[] => (Array.isArray(x) ? x : x === undefined || x === null ? [] : [x as Part]);

// Words: a part in one line, for lists and headings.

const comma = () => message('list.comma');
export const personName = (id: string) => (id === 'anyone' || id === 'everyone' || id === 'first' ? t(`scene.person.${id}`) : (house.people.find((p) => p.id === id)?.name ?? id));
export const sceneName = (id: string) => {
  const s = house.scenes.find((x) => x.id === id);
  return s ? nameIn((s.document as Document).names, s.name) : id;
};
export const modeName = (m: unknown) => asList(m).map((x) => optionLabel('scene.mode', String(x))).join(comma());

export function targetWords(p: Part): string {
  if (p['device']) return house.device(p['device'])?.name ?? p['device'];
  if (p['devices']) return asList(p['devices']).map((d) => house.device(String(d))?.name ?? String(d)).join(comma());
  return [p['room'] && house.roomName(p['room']), p['role']].filter(Boolean).join(' · ') || t('scene.target.none');
}

/** The attribute's contract at whatever the part is about. */
export function contractOf(p: Part, attribute: string): Attribute | undefined {
  const all = devicesOf(p);
  for (const d of all) for (const e of d.endpoints) {
    if (p['endpoint'] && e.id !== p['endpoint']) continue;
    const a = e.attributes.find((x) => x.attribute === attribute);
    if (a) return a;
  }
  return;
}

export function devicesOf(p: Part): Device[] {
  const all = house.sorted.map((d) => d.now);
  if (p['device']) return all.filter((d) => d.id === p['device']);
  if (p['devices']) return all.filter((d) => asList(p['devices']).map(String).includes(d.id));
  return all.filter((d) => (!p['room'] || d.room === p['room']) && (!p['role'] || d.roles?.includes(p['role'])));
}

const valueWords = (p: Part, attribute: string, v: unknown) => formatValue(contractOf(p, attribute) ?? { attribute, type: typeof v === 'string' ? 'enum' : 'float' }, v);

/** One part in one line. */
export function words(s: Section, p: Part): string {
  const kind = kindOf(s, p);
  switch (kind) {
    case 'attribute': {
      const a = p['attribute'] as string;
      const label = `${targetWords(p)}: ${contractOf(p, a)?.label ?? attributeLabel(a)}`;
      for (const [key, op] of [['to', '→'], ['is', '='], ['is_not', '≠'], ['above', '>'], ['below', '<']] as const)
        if (key in p) return `${label} ${op} ${valueWords(p, a, p[key])}${p['for'] ? `, ${t('scene.for')} ${p['for']}` : ''}`;
      if ('one_of' in p) return `${label} ∈ ${asList(p['one_of']).map((v) => valueWords(p, a, v)).join(comma())}`;
      return `${label} ${t('scene.changes')}`;
    }
    case 'event':
      return `${targetWords(p)}: ${eventLabel(p['event'])}${p['args'] ? ` (${Object.values(p['args']).join(comma())})` : ''}`;
    case 'person':
      return `${personName(p['person'])}: ${t(`scene.presence.${p['presence']}`)}`;
    case 'at':
      return `${p['at']}${p['days'] ? ` · ${daysWords(p['days'])}` : ''}`;
    case 'sun':
      return `${t(`scene.sun.${p['sun']}`)}${p['offset'] ? ` ${p['offset']}` : ''}`;
    case 'every':
      return t('scene.every', p['every']);
    case 'time':
      return `${p['time']?.from ?? ''}–${p['time']?.to ?? ''}${p['time']?.days ? ` · ${daysWords(p['time'].days)}` : ''}`;
    case 'mode':
      return t('scene.mode', modeName(p['mode']));
    case 'scene':
      return t('scene.scene', sceneName(p['scene']));
    case 'and':
    case 'or':
      return asList(p[kind]).map((c) => words('if', c)).join(kind === 'or' ? ` ${t('scene.or')} ` : ` ${t('scene.and')} `);
    case 'not':
      return `${t('scene.not')} ${asList(p['not']).map((c) => words('if', c)).join(comma())}`;
    case 'set':
      return `${targetWords(p)}: ${Object.entries(p['set'] ?? {}).map(([a, v]) => (a === 'on_off.on' ? valueWords(p, a, v) : `${contractOf(p, a)?.label ?? attributeLabel(a)} ${valueWords(p, a, v)}`)).join(comma())}`;
    case 'command':
      return `${targetWords(p)}: ${commandLabel(p['command'])}${p['args'] ? ` (${Object.values(p['args'] as Part).map((v) => (typeof v === 'object' ? JSON.stringify(v) : String(v))).join(comma())})` : ''}`;
    case 'wait':
      return t('scene.wait', p['wait']);
    case 'wait_until':
      return t('scene.wait_until', asList(p['wait_until']).map((c) => words('if', c)).join(comma()));
    case 'if':
      return `${t('scene.if')} ${asList(p['if']).map((c) => words('if', c)).join(comma())}: ${asList(p['then']).map((c) => words('then', c)).join(comma())}`;
    case 'notify':
      return t('scene.notify', typeof p['notify'] === 'string' ? p['notify'] : nameIn(p['notify'], ''));
    case 'stop':
      return t('scene.stop');
    case '':
      return JSON.stringify(p);
  }
  return `${t(`scene.kind.${kind}`)}: ${typeof p[kind] === 'object' ? JSON.stringify(p[kind]) : p[kind]}`;
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
export const daysOf = (days: unknown): string[] => (days === 'weekdays' ? weekdays.slice(0, 5) : days === 'weekend' ? weekdays.slice(5) : days === undefined ? [] : asList(days).map(String));
export const daysWords = (days: unknown) => (days === 'weekdays' || days === 'weekend' ? t(`scene.days.${days}`) : daysOf(days).map((d) => t(`scene.day.${d}`)).join(comma()));
