// The live stream of events: server-sent events read with fetch, since EventSource tells neither why
// it failed (a session that ended, a hub that is away) nor that nothing came for too long.
import { headers } from './http';

export type StreamEvent = { type: string; name?: string; text?: string; data: any };

export type StreamHooks = {
  event(e: StreamEvent): void;
  /** The stream works (again). resumed: nothing was missed. */
  open(): void;
  /** It does not, and will be tried again. */
  lost(): void;
  unauthorized(): void;
};

const silence = 40_000; // the hub sends a sign of life every 15 s
const longestPause = 10_000;

/** Follows the hub's events until closed; reconnects by itself and goes on where it was. */
export class Stream {
  #hooks: StreamHooks;
  #last = ''; // id of the last event
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #closed = true;

  constructor(hooks: StreamHooks) {
    this.#hooks = hooks;
    addEventListener('online', () => this.#hurry());
    addEventListener('offline', () => this.#abort?.abort('offline'));
    document.addEventListener('visibilitychange', () => this.#sleepOrWake());
  }

  open() {
    if (!this.#closed) return;
    this.#closed = false;
    void this.#connect();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  /** Forgets where it was: what comes next is read anew. */
  forget() {
    this.#last = '';
  }

  // A page that nobody sees gives its connection back after a while: browsers allow six to one hub.
  #sleepOrWake() {
    if (document.visibilityState === 'visible') return this.#hurry();
    setTimeout(() => {
      if (document.visibilityState === 'hidden') this.#abort?.abort('hidden');
    }, 30_000);
  }

  #hurry() {
    if (this.#closed || this.#abort) return;
    clearTimeout(this.#timer);
    void this.#connect();
  }

  async #connect() {
    const abort = new AbortController();
    this.#abort = abort;
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => abort.abort('silent'), silence);
    };
    try {
      alive();
      const h: Record<string, string> = { ...headers(), Accept: 'text/event-stream' };
      if (this.#last) h['Last-Event-ID'] = this.#last;
      const r = await fetch('/api/events', { headers: h, signal: abort.signal, cache: 'no-store' });
      if (r.status === 401) {
        this.close();
        this.#hooks.unauthorized();
        return;
      }
      if (!r.ok || !r.body) throw new Error(`HTTP ${r.status}`);
      this.#failures = 0;
      this.#hooks.open();
      await this.#read(r.body, alive);
    } catch {
      /* told below: whatever the reason, the stream is lost */
    } finally {
      clearTimeout(watchdog);
      this.#abort = undefined;
    }
    this.#again(abort.signal.reason === 'hidden');
  }

  #again(asleep: boolean) {
    if (this.#closed) return;
    if (asleep && document.visibilityState === 'hidden') return; // until somebody looks
    if (!asleep) this.#hooks.lost();
    const pause = Math.min(longestPause, 500 * 2 ** this.#failures++) * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => void this.#connect(), asleep ? 0 : pause);
  }

  async #read(body: ReadableStream<Uint8Array>, alive: () => void) {
    const reader = body.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>).getReader();
    let buffer = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      buffer += value;
      const messages = buffer.split('\n\n');
      buffer = messages.pop() ?? '';
      for (const m of messages) this.#message(m);
    }
  }

  #message(text: string) {
    let data = '';
    for (const line of text.split('\n')) {
      if (line.startsWith('data: ')) data += line.slice(6);
      else if (line.startsWith('id: ')) this.#last = line.slice(4);
    }
    if (data) this.#hooks.event(JSON.parse(data));
  }
}
