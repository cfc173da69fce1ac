// The live house: what the hub knows, kept up to date by one stream of events. A device that changes is
// replaced whole, so only what shows it is drawn again; hundreds of devices cost nothing while they are quiet.
import { SvelteMap } from 'svelte/reactivity';
import { get, path, Refused } from './http';
import { Stream, type StreamEvent } from './stream';
import { formatValue, lang, message } from './texts.svelte';
import { slotKey, type Attribute, type Command, type Device, type Me, type Person, type Place, type Proposal, type Room, type Scene } from './types';

/** One device; `now` is its present state. */
export class LiveDevice {
  now = $state.raw<Device>() as Device;
  /** The last things that happened at it, newest first. */
  happened = $state.raw<{ at: string; text: string }[]>([]);
  constructor(d: Device) {
    this.now = d;
  }
}

export type Link = 'connecting' | 'live' | 'lost';

class House {
  me = $state.raw<Me | null>(null);
  ready = $state(false);
  link = $state<Link>('connecting');
  lostAt = $state(0);
  loggedOut = $state(false);
  devices = new SvelteMap<string, LiveDevice>();
  rooms = $state.raw<Room[]>([]);
  people = $state.raw<Person[]>([]);
  scenes = $state.raw<Scene[]>([]);
  proposals = $state.raw<Proposal[]>([]);
  place = $state.raw<Place | null>(null);
  /** Called with each command that moved on. */
  commandMoved: (c: Command) => void = () => {};
  /** Called with each event, for pages that show what happens. */
  watchers = new Set<(e: StreamEvent) => void>();

  #stream = new Stream({
    event: (e) => this.#take(e),
    open: () => this.#opened(),
    lost: () => {
      if (this.link === 'live') this.lostAt = Date.now();
      this.link = 'lost';
    },
    unauthorized: () => (this.loggedOut = true),
  });
  #all = false; // everything is to be read anew
  #stale = new Set<string>(); // devices to read anew
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading: Promise<void> | undefined;
  #held: StreamEvent[] = []; // what happened while an answer was on its way: the answer may be older

  /** Begins to follow the hub. */
  async start() {
    this.loggedOut = false;
    this.#stream.forget();
    this.#stream.open();
  }

  stop() {
    this.#stream.close();
  }

  /** Reads everything anew: in another language, or as somebody else. */
  async reload() {
    this.#all = true;
    await this.#read();
  }

  can(level: 'control' | 'house' | 'admin'): boolean {
    const order = ['none', 'read', 'control', 'house', 'admin'];
    return order.indexOf(this.me?.level ?? 'none') >= order.indexOf(level);
  }

  /** Whether the caller sees a part of the house only. */
  get limited(): boolean {
    return !!(this.me?.rooms?.length || this.me?.capabilities?.length);
  }

  device(id: string): Device | undefined {
    return this.devices.get(id)?.now;
  }

  roomName(id: string | undefined): string {
    const r = this.rooms.find((x) => x.id === id);
    return r ? nameIn(r.names, r.id) : '';
  }

  inRoom(id: string | undefined): LiveDevice[] {
    return this.sorted.filter((d) => (d.now.room || undefined) === (id || undefined));
  }

  /** All devices by name. */
  sorted = $derived.by(() => {
    const c = new Intl.Collator(lang() === 'zh' ? 'zh-CN' : 'en');
    return [...this.devices.values()].sort((a, b) => c.compare(a.now.name, b.now.name));
  });

  /** Replaces what the app shows of a device by what the hub answered. */
  put(d: Device) {
    d.endpoints ??= [];
    d.sources ??= [];
    const have = this.devices.get(d.id);
    if (have) have.now = d;
    else this.devices.set(d.id, new LiveDevice(d));
  }

  async #opened() {
    this.link = 'live';
    this.lostAt = 0;
  }

  /** Reads what is to be read anew, one reading after another: what an event tells is newer than an answer that was asked for before it. */
  #read(): Promise<void> {
    return (this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined)));
  }

  async #readOn() {
    while (this.#all || this.#stale.size) {
      const ids = [...this.#stale];
      const all = this.#all || ids.length > 8; // many are read as the whole list
      this.#all = false;
      this.#stale.clear();
      this.#held = [];
      try {
        await (all ? this.#readAll() : Promise.all(ids.map((id) => this.#readDevice(id))));
      } catch (e) {
        if (e instanceof Refused && e.status === 401) {
          this.loggedOut = true;
          this.#stream.close();
          return;
        }
        if (all) this.#all = true;
        else for (const id of ids) this.#stale.add(id);
        await new Promise((r) => setTimeout(r, 2000)); // the hub is away or busy
      }
      const held = this.#held;
      this.#held = [];
      for (const e of held) this.#apply(e);
    }
  }

  async #readAll() {
    const me = await get<Me>('me');
    const whole = !me.rooms?.length && !me.capabilities?.length;
    const list = <T>(p: string, allowed = true) => (allowed ? get<T[] | null>(p).then((x) => x ?? []) : Promise.resolve([]));
    const [devices, rooms, people, scenes, proposals] = await Promise.all([
      list<Device>('devices'),
      list<Room>('rooms'),
      list<Person>('people', whole),
      list<Scene>('scenes', whole),
      list<Proposal>('proposals', whole && (me.level === 'house' || me.level === 'admin')),
    ]);
    this.me = me;
    const seen = new Set(devices.map((d) => d.id));
    for (const id of this.devices.keys()) if (!seen.has(id)) this.devices.delete(id);
    for (const d of devices) this.put(d);
    Object.assign(this, { rooms, people, scenes, proposals });
    if (whole) void this.loadPlace();
    this.ready = true;
  }

  async #readDevice(id: string) {
    try {
      this.put(await get<Device>(path`devices/${id}`));
    } catch (e) {
      if (!(e instanceof Refused && e.status === 404)) throw e;
      this.devices.delete(id);
    }
  }

  async loadPlace() {
    this.place = await get<Place>('place').catch(() => null);
  }

  async #refresh(what: string) {
    switch (what) {
      case 'rooms':
        this.rooms = (await get<Room[] | null>('rooms')) ?? [];
        break;
      case 'people':
        this.people = (await get<Person[] | null>('people')) ?? [];
        break;
      case 'scenes':
        this.scenes = (await get<Scene[] | null>('scenes')) ?? [];
        break;
      case 'proposals':
        if (this.can('house')) this.proposals = (await get<Proposal[] | null>('proposals')) ?? [];
        break;
      case 'place':
        await this.loadPlace();
    }
  }

  #take(e: StreamEvent) {
    if (e.type === 'command') this.commandMoved(e.data);
    else if (e.type === 'occurred') this.#occurred(e);
    else if (this.#reading) this.#held.push(e);
    else this.#apply(e);
    for (const w of this.watchers) w(e);
  }

  #apply(e: StreamEvent) {
    switch (e.type) {
      case 'snapshot':
        // Where the stream goes on, the hub sends what was missed; else everything is read anew.
        if (e.data.resumed) break;
        this.#all = true;
        void this.#read();
        break;
      case 'lagged':
        this.#all = true;
        void this.#read();
        break;
      case 'changed':
        this.#changed(e.data);
        break;
      case 'device':
        this.#later(e.data.device);
        break;
      case 'presence':
        this.people = this.people.map((p) => (p.id === e.data.person ? { ...p, presence: e.data.presence } : p));
        break;
      case 'house':
        this.#refresh(e.data.what).catch(() => {});
        break;
      case 'scene':
        this.scenes = this.scenes.map((s) => (s.id === e.data.scene ? { ...s, last_run: e.data.at } : s));
    }
  }

  #changed(x: { device: string; endpoint: string; attribute: string; state: Record<string, any> }) {
    const live = this.devices.get(x.device);
    if (!live) return this.#later(x.device);
    const d = live.now;
    live.now = {
      ...d,
      endpoints: d.endpoints.map((ep) =>
        ep.id !== x.endpoint ? ep : { ...ep, attributes: ep.attributes.map((a) => (a.attribute === x.attribute ? updated(a, x.state) : a)) },
      ),
    };
  }

  #occurred(e: StreamEvent) {
    const live = this.devices.get(e.data.device);
    if (live) live.happened = [{ at: e.data.at, text: e.text ?? '' }, ...live.happened].slice(0, 20);
  }

  // Devices whose shape changed are read anew, together.
  #later(id: string) {
    this.#stale.add(id);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), 150);
  }
}

function updated(a: Attribute, state: Record<string, any>): Attribute {
  const value = state['value'] ?? null;
  return { ...a, value, text: formatValue(a, value), quality: state['quality'] ?? '', changed: state['changed'], heard: state['heard'], desired: state['desired'] ?? undefined };
}

/** The name in the language in use, else for all languages, else in any. */
export function nameIn(names: Record<string, string> | null | undefined, fallback: string): string {
  return names?.[lang()] || names?.[''] || Object.values(names ?? {}).find(Boolean) || fallback;
}

export const house = new House();

/** The first attribute of a device of that name, main part first. */
export function find(d: Device | undefined, attribute: string, endpoint = ''): Attribute | undefined {
  if (!d) return;
  for (const ep of d.endpoints) {
    if (endpoint && ep.id !== endpoint) continue;
    const a = ep.attributes.find((x) => x.attribute === attribute);
    if (a) return a;
  }
  return;
}

/** Whether what is shown can be relied on: unknown, old, remembered or doubtful values look so. */
export function trust(d: Device, a: Attribute): 'good' | 'stale' | 'unknown' {
  if (a.value === null || a.value === undefined) return 'unknown';
  if (!d.reachable || a.quality === 'stale' || a.quality === 'restored' || a.quality === 'suspect') return 'stale';
  return 'good';
}

/** Why a value is not to be relied on, in words; empty when it is. */
export function doubt(d: Device, a: Attribute): string {
  if (!d.reachable) return message('reach.no.why', d.why ?? '');
  return a.quality && a.quality !== 'good' ? message(`quality.${a.quality}`) : '';
}

export { slotKey };
