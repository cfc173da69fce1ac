// Names and rooms that new devices probably want, out of what their makers and bridges call them.
import { typeLabel } from './texts.svelte';
import type { Device, Room } from './types';

/** An id that nobody reads: rooms and people have one of their own. */
export function newID(prefix: string): string {
  const b = crypto.getRandomValues(new Uint8Array(6));
  return prefix + [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
}

/** "hall_motion" becomes "Hall motion"; an address becomes what the thing is. */
export function suggestName(d: Device): string {
  const raw = d.names?.[''] || d.name;
  if (/^(0x)?[0-9a-f]{12,16}$/i.test(raw)) return d.product || typeLabel(d.type);
  const words = raw.replace(/[_/]+/g, ' ').replace(/\s+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The room that the device's own name begins with or contains, in any language. */
export function suggestRoom(d: Device, rooms: Room[]): string {
  const called = [d.name, ...Object.values(d.names ?? {}), ...d.sources.map((s) => s.name)].join(' ').toLowerCase().replace(/[_/]/g, ' ');
  for (const r of rooms) {
    for (const n of Object.values(r.names ?? {})) {
      const whole = n.toLowerCase();
      const first = whole.split(' ')[0]!;
      if (whole && (called.includes(whole) || (first.length > 2 && called.split(' ').includes(first)))) return r.id;
    }
  }
  return '';
}
