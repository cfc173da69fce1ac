// What values were over time, as the hub recorded them.
import { get, hubNow, path } from './http';
import type { History } from './types';

export type Point = { at: string; min: number; mean: number; max: number };

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

/** The history of an attribute between two moments, in Unix seconds; numbers come in so many buckets. */
export const historyOf = (device: string, endpoint: string, attribute: string, from: number, to: number, buckets: number) =>
  get<History>(`${path`devices/${device}`}/history?${new URLSearchParams({ attribute, ...(endpoint ? { endpoint } : {}), from: iso(from), to: iso(to), buckets: String(buckets) })}`);

/** The points of a span, with what it was when the span began; what stays as it is until told otherwise goes on to the end, or to now. */
export function standing(h: History, from: number, to: number, stays: (last: Point) => boolean): Point[] {
  const end = Math.min(to, hubNow() / 1000);
  const points: Point[] = [...(h.points ?? [])];
  const was = h.before && Number(h.before.value);
  if (was !== undefined && Number.isFinite(was) && !(points[0] && Date.parse(points[0].at) / 1000 <= from)) points.unshift({ at: iso(from), min: was, mean: was, max: was });
  const last = points[points.length - 1];
  if (last && (stays(last) || !h.points?.length) && Date.parse(last.at) / 1000 < end) points.push({ at: iso(end), min: last.mean, mean: last.mean, max: last.mean });
  return points;
}
