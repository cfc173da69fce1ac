// What the app asks the hub about arrival climate.
import { get, path, post } from '../lib/http';
import type { components } from '../generated/api';

type S = components['schemas'];
export type Arrival = S['Arrival'];
export type Zone = S['ArrivalZone'];
export type Mode = Arrival['mode'];
export type Said = S['PresenceRequest'];

export const arrivals = (days: number) => get<Arrival[] | null>(`arrival?days=${days}`).then((x) => x ?? []);
export const setMode = (scene: string, mode: Mode, o: { hours?: number; until?: string } = {}) => post(path`arrival/${scene}/mode`, { mode, ...o });
export const say = (person: string, said: Said) => post(path`people/${person}/presence`, said);
