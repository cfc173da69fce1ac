// What a control shows and does for one attribute of one device's part.
import { ask, wish } from '../lib/commands.svelte';
import { trust } from '../lib/house.svelte';
import type { Attribute, Device } from '../lib/types';

export type Held = { device: Device; endpoint: string; a: Attribute };

export const pending = (h: Held) => wish(h.device.id, h.endpoint, h.a.attribute)?.stage === 'pending';

/** What was asked for while it is under way, else what the device reported. */
export function shown(h: Held): unknown {
  const w = wish(h.device.id, h.endpoint, h.a.attribute);
  return w?.stage === 'pending' ? w.value : h.a.value;
}

export const stale = (h: Held) => trust(h.device, h.a) === 'stale';

export const set = (h: Held, value: unknown) => void ask(h.device.id, h.endpoint, { set: { [h.a.attribute]: value } });

export const asNumber = (v: unknown) => (typeof v === 'number' ? v : null);
export const asText = (v: unknown) => (typeof v === 'string' ? v : null);

/** The step of a slider: the contract's, else one that its range suggests. */
export function stepOf(a: Attribute): number {
  if (a.step) return a.step;
  if (a.type === 'int') return 1;
  const range = (a.max ?? 100) - (a.min ?? 0);
  return range <= 1 ? 0.01 : range <= 50 ? 0.5 : 1;
}
