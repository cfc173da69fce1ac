// What the app asks the hub about arrival climate. A hub without that part answers that there is nothing: then the page is not offered.
import { get, path, post } from '../lib/http';
import type { Person } from '../lib/types';

export type Mode = 'auto' | 'vacation' | 'guest' | 'boost' | 'pause';
export type Said = { state: 'home' | 'away' | 'arriving' | 'later' | 'forget'; eta?: string; minutes?: number };
export type Zone = {
  device: string; endpoint: string; name: string; room?: number; set?: number; lead_minutes: number; hold_until?: string; window: boolean; stale: boolean; learned: number; why: string;
};
export type Arrival = {
  scene: string; name: string; mode: Mode; mode_until?: string;
  people: { person: string; name: string; presence: Person['presence']; text: string; signs?: string[] | null }[] | null;
  zones: Zone[] | null;
  log: { at: string; name: string; text: string }[] | null;
  receipt: { days: number; arrivals: number; ready: number; cold?: { at: string; who: string; gap_k: number }[] | null; false?: { at: string }[] | null; saved_pct: number; saved_pct_range?: number[] | null; miss_minutes: number };
};

export const arrivals = (days: number) => get<Arrival[] | null>(`arrival?days=${days}`).then((x) => x ?? []);
export const setMode = (scene: string, mode: Mode, o: { hours?: number; until?: string } = {}) => post(path`arrival/${scene}/mode`, { mode, ...o });
export const say = (person: string, said: Said) => post(path`people/${person}/presence`, said);
