// What was asked of devices and what became of it. Nothing is shown as done before the device says so:
// a wish is pending, then confirmed for a moment, or failed with the reason until somebody has seen it.
import { SvelteMap } from 'svelte/reactivity';
import { house } from './house.svelte';
import { path, post, Refused, Unreachable } from './http';
import { message, t } from './texts.svelte';
import { slotKey, type Command } from './types';

export type Wish = {
  id: string;
  stage: 'pending' | 'confirmed' | 'unconfirmed' | 'failed';
  /** What was asked for, where it is an attribute. */
  value: unknown;
  /** Why it failed. */
  why: string;
  /** Asks again. */
  again: () => void;
};

/** By device, then by part and attribute (or action). */
const wishes = new SvelteMap<string, Wish>();
const moved = new Map<string, Command>(); // commands that moved before their id was known here
const slotsOf = new Map<string, string[]>(); // the slots that a command touches

const shown = { confirmed: 1600, unconfirmed: 6000, failed: 60_000 };

const key = (device: string, endpoint: string, what: string) => `${device} ${slotKey(endpoint, what)}`;

export const wish = (device: string, endpoint: string, what: string) => wishes.get(key(device, endpoint, what));

/** The wish of any part of a device that says most: a failure before what is pending. */
export function wishOf(device: string): Wish | undefined {
  let best: Wish | undefined;
  for (const [k, w] of wishes) {
    if (!k.startsWith(`${device} `)) continue;
    if (w.stage === 'failed') return w;
    if (!best || w.stage === 'pending') best = w;
  }
  return best;
}

export function dismiss(device: string) {
  for (const [k, w] of wishes) if (k.startsWith(`${device} `) && w.stage !== 'pending') wishes.delete(k);
}

export type Ask = { set?: Record<string, unknown>; command?: string; args?: Record<string, unknown>; transition?: number };

/** Asks something of a device's part. */
export async function ask(device: string, endpoint: string, a: Ask): Promise<void> {
  const what = a.set ? Object.keys(a.set) : [a.command!];
  const keys = what.map((w) => key(device, endpoint, w));
  const again = () => void ask(device, endpoint, a);
  const local = `local-${Math.random()}`;
  keys.forEach((k, i) => wishes.set(k, { id: local, stage: 'pending', value: a.set?.[what[i]!], why: '', again }));
  try {
    const c = await post<Command>(path`devices/${device}/commands`, { endpoint, ...a });
    for (const k of keys) {
      const w = wishes.get(k);
      if (w?.id === local) wishes.set(k, { ...w, id: c.id });
    }
    slotsOf.set(c.id, keys);
    follow(moved.get(c.id) ?? c);
  } catch (e) {
    const why = e instanceof Unreachable ? t('link.unreachable') : e instanceof Refused ? (e.problem.detail ?? e.message) : String(e);
    settle(keys, local, 'failed', why);
  }
}

function settle(keys: string[], id: string, stage: Exclude<Wish['stage'], 'pending'>, why = '') {
  for (const k of keys) {
    const w = wishes.get(k);
    if (w?.id !== id) continue; // a newer wish is on its way
    const next = { ...w, stage, why };
    wishes.set(k, next);
    setTimeout(() => {
      if (wishes.get(k) === next) wishes.delete(k);
    }, shown[stage]);
  }
}

function follow(c: Command) {
  const keys = slotsOf.get(c.id);
  if (!keys) {
    moved.set(c.id, c);
    if (moved.size > 100) moved.delete(moved.keys().next().value!);
    return;
  }
  if (!c.ended) return;
  slotsOf.delete(c.id);
  moved.delete(c.id);
  switch (c.status) {
    case 'confirmed':
      return settle(keys, c.id, 'confirmed');
    case 'acked':
      return settle(keys, c.id, 'unconfirmed');
    case 'superseded':
      return settle(keys, c.id, 'confirmed');
  }
  const words = c.reason?.code ? message(`reason.${c.reason.code}`) : message(`web.status.${c.status}`);
  settle(keys, c.id, 'failed', [words, c.reason?.detail].filter(Boolean).join(' – '));
}

house.commandMoved = follow;
