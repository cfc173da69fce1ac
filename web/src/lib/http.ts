// Calls to the hub's API: one function, typed errors, and the hub's clock.
import type { Problem } from './types';

/** The hub refused: its problem says why, in the household's language. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
  ) {
    super([problem.title, problem.detail].filter(Boolean).join(': ') || `HTTP ${status}`);
  }
}

/** No answer came: the hub or the network is away. */
export class Unreachable extends Error {}

let language = 'en';
let onUnauthorized = () => {};
let skewMS = 0;

/** How much the hub's clock is ahead of this one, in milliseconds; 0 until it has answered. */
export const clockSkew = () => skewMS;
/** The hub's clock. Ages are reckoned with it, since a phone's may be wrong. */
export const hubNow = () => Date.now() + skewMS;

export function configure(options: { language?: string; unauthorized?: () => void }) {
  language = options.language ?? language;
  onUnauthorized = options.unauthorized ?? onUnauthorized;
}

/** The Date header has whole seconds: smaller differences than 1.5 s are no skew. */
function noteClock(r: Response, sent: number) {
  const at = Date.parse(r.headers.get('Date') ?? '');
  if (Number.isNaN(at)) return;
  const skew = at + 500 - (sent + Date.now()) / 2;
  skewMS = Math.abs(skew) < 1500 ? 0 : skew;
}

export function headers(): Record<string, string> {
  return { 'Accept-Language': language, 'X-Concord': '1' };
}

type Options = { body?: unknown; signal?: AbortSignal; timeoutMS?: number };

/** Calls the API and answers with its body; throws Refused or Unreachable. A path that begins with a slash is not of the API. A Blob is sent as it is. */
export async function call<T = void>(method: string, path: string, o: Options = {}): Promise<T> {
  const h = headers();
  const file = o.body instanceof Blob ? o.body : undefined;
  if (o.body !== undefined) h['Content-Type'] = file ? 'application/octet-stream' : 'application/json';
  const sent = Date.now();
  const patience = AbortSignal.timeout(o.timeoutMS ?? 20_000);
  let r: Response;
  try {
    r = await fetch(path.startsWith('/') ? path : `/api/${path}`, {
      method,
      headers: h,
      body: file ?? (o.body === undefined ? undefined : JSON.stringify(o.body)),
      signal: o.signal ? AbortSignal.any([o.signal, patience]) : patience,
      cache: 'no-store',
    });
  } catch (e) {
    throw new Unreachable(String(e));
  }
  noteClock(r, sent);
  const text = await r.text().catch(() => '');
  if (r.ok) return (text ? JSON.parse(text) : undefined) as T;
  if (r.status === 401 && !path.startsWith('login')) onUnauthorized();
  let problem: Partial<Problem> = {};
  try {
    problem = JSON.parse(text);
  } catch {
    /* no problem document: the status has to do */
  }
  throw new Refused(r.status, problem);
}

export const get = <T>(path: string, o?: Options) => call<T>('GET', path, o);
export const post = <T = void>(path: string, body: unknown = {}, o?: Options) => call<T>('POST', path, { ...o, body });
export const put = <T = void>(path: string, body: unknown): Promise<T> => call<T>('PUT', path, { body });
export const patch = <T = void>(path: string, body: unknown) => call<T>('PATCH', path, { body });
export const remove = (path: string) => call('DELETE', path);

/** A path with its parts escaped: path`devices/${id}`. */
export function path(strings: TemplateStringsArray, ...parts: string[]): string {
  return strings.reduce((out, s, i) => out + (i ? encodeURIComponent(parts[i - 1] ?? '') : '') + s, '');
}
