// What the app asks the hub about scenes.
import { get, path, post } from '../lib/http';
import type { components } from '../generated/api';
import type { Document } from './doc';

type S = components['schemas'];
export type Finding = S['SceneFinding'];
export type Tried = S['SceneTried'];
export type Why = S['SceneWhy'];
export type Draft = Omit<S['SceneDrafted'], 'document'> & { document: Document };

/** A draft in both views, and what it and other scenes would do to each other; nothing is saved. */
export const draft = (id: string, d: { document?: Document; text?: string; base?: string }) => post<Draft>('scenes/draft', { id, ...d });
export const textOf = (id: string) => get<{ text: string }>(path`scenes/${id}/text`).then((x) => x.text);
export const whyOf = (id: string, at = '') => get<Why>(path`scenes/${id}/why` + (at ? `?at=${encodeURIComponent(at)}` : ''));
export const tryOver = (id: string, text: string, since: Date, timeline?: unknown[]) => post<Tried>('scenes/try', { id, text, since: since.toISOString(), ...(timeline ? { timeline } : {}) }, { timeoutMS: 120_000 });
