// What a device looks like on one screen: its tiles, what matters about it now, and what a tap does.
import { find, trust } from './house.svelte';
import type { Ask } from './commands.svelte';
import { message, number, optionLabel, phrase, t, withUnit } from './texts.svelte';
import type { Attribute, Device, Endpoint } from './types';

export type Tone = 'light' | 'heat' | 'cool' | 'accent' | 'alarm' | 'none';

/** One thing to see and touch. */
export type Tile = {
  device: Device;
  endpoint: string;
  name: string;
  type: string;
  kind: 'switch' | 'cover' | 'lock' | 'climate' | 'media' | 'vacuum' | 'sensor' | 'other';
  /** The attribute that the tile is about. */
  main: Attribute | undefined;
  on: boolean;
  tone: Tone;
  text: string;
  /** What a tap asks for; none: a tap opens the device. */
  act?: Ask;
  /** What the tap does, in words. */
  does: string;
  /** The act opens the house to strangers: it needs a longer press. */
  guarded?: boolean;
};

const lightTypes = /light|lamp|bulb/;

/** The tiles of a device: one for each part that acts by itself. */
export function tilesOf(d: Device): Tile[] {
  const whole = tileOf(d, undefined);
  if (whole.kind !== 'other' && whole.kind !== 'sensor') return [whole];
  const parts = d.endpoints.filter((e) => e.id !== 'main' && find(d, 'on_off.on', e.id)).map((e) => tileOf(d, e));
  return parts.length ? parts : [whole];
}

function tileOf(d: Device, part: Endpoint | undefined): Tile {
  const only = part?.id ?? (d.endpoints.some((e) => e.id === 'main') ? 'main' : (d.endpoints[0]?.id ?? 'main'));
  const get = (a: string) => find(d, a, part ? part.id : 'main') ?? (d.endpoints.length === 1 ? find(d, a) : undefined);
  const base = { device: d, endpoint: only, name: part ? `${d.name} · ${phrase(part.label || part.id)}` : d.name, type: part?.type || d.type, on: false, tone: 'none' as Tone, does: '' };
  const lock = get('door_lock.lock') ?? get('door_lock.target');
  if (lock) {
    const locked = lock.value === 'locked';
    return { ...base, kind: 'lock', main: lock, on: lock.value === 'unlocked' || lock.value === 'not_fully_locked', tone: 'alarm', text: lock.text,
      act: { set: { 'door_lock.target': locked ? 'unlocked' : 'locked' } }, does: locked ? t('do.unlock') : t('do.lock'), guarded: locked };
  }
  const cover = get('window_covering.open_pct');
  if (cover) {
    const open = typeof cover.value === 'number' && cover.value > 0;
    return { ...base, kind: 'cover', main: cover, on: open, tone: 'accent', text: cover.text, act: { set: { 'window_covering.open_pct': open ? 0 : 100 } }, does: open ? t('do.close') : t('do.open') };
  }
  const climate = get('thermostat.heat_setpoint') ?? get('thermostat.cool_setpoint') ?? get('thermostat.mode');
  if (climate) return { ...base, kind: 'climate', main: climate, ...climateLook(get) };
  const vacuum = get('robot_vacuum.state');
  if (vacuum) {
    const busy = vacuum.value === 'cleaning' || vacuum.value === 'mopping';
    return { ...base, kind: 'vacuum', main: vacuum, on: busy, tone: 'accent', text: vacuum.text, act: { command: busy ? 'robot_vacuum.dock' : 'robot_vacuum.start' }, does: busy ? t('do.dock') : t('do.start') };
  }
  const media = get('media_playback.state');
  if (media) {
    const plays = media.value === 'playing';
    return { ...base, kind: 'media', main: media, on: plays, tone: 'accent', text: media.text, act: { command: plays ? 'media_playback.pause' : 'media_playback.play' }, does: plays ? t('do.pause') : t('do.play') };
  }
  const on = get('on_off.on');
  if (on) {
    const is = on.value === true;
    const level = get('level.level');
    const watts = get('power_meter.watts');
    let text = on.text;
    if (is && typeof level?.value === 'number') text = level.text;
    else if (is && typeof watts?.value === 'number') text = watts.text;
    return { ...base, kind: 'switch', main: on, on: is, tone: lightTypes.test(base.type) || !!level ? 'light' : 'accent', text, act: { set: { 'on_off.on': !is } }, does: is ? t('do.off') : t('do.on') };
  }
  const main = mainReading(d);
  return { ...base, kind: main ? 'sensor' : 'other', main, on: main ? notable(main) : false, tone: main && alarms(main) ? 'alarm' : 'accent', text: main ? readings(d) : d.label };
}

function climateLook(get: (a: string) => Attribute | undefined): Pick<Tile, 'on' | 'tone' | 'text' | 'does'> {
  const here = get('thermostat.local_temperature');
  const mode = get('thermostat.mode');
  const power = get('on_off.on');
  const off = mode?.value === 'off' || power?.value === false;
  const running = (get('thermostat.running')?.value ?? []) as string[];
  const cools = mode?.value === 'cool';
  const target = cools ? get('thermostat.cool_setpoint') : (get('thermostat.heat_setpoint') ?? get('thermostat.cool_setpoint'));
  const heats = running.includes('heat');
  const short = (a: Attribute | undefined) => (typeof a?.value === 'number' ? degrees(a.value) : '');
  const goal = off ? (mode ? optionLabel('thermostat.mode', 'off') : message('value.on_off.on.false')) : short(target) && t('climate.to', short(target));
  const text = [short(here), goal].filter(Boolean).join(' · ') || message('unknown');
  return { on: !off && (heats || running.includes('cool') || (running.length === 0 && !!mode)), tone: cools || running.includes('cool') ? 'cool' : 'heat', text, does: '' };
}

/** Readings in the order in which they matter. */
const order = [
  'smoke_co_alarm.smoke', 'smoke_co_alarm.co', 'gas_leak.leak', 'water_leak.leak', 'contact.open', 'occupancy.occupied', 'temperature.celsius', 'humidity.percent', 'air_quality.level',
  'concentration.co2_ppm', 'concentration.pm25_ugm3', 'illuminance.lux', 'power_meter.watts', 'energy_meter.imported_kwh', 'rain.raining', 'freeze.freezing', 'vibration.vibrating', 'soil_moisture.percent', 'pressure.hpa',
];

function mainReading(d: Device): Attribute | undefined {
  for (const a of order) {
    const found = find(d, a);
    if (found) return found;
  }
  return d.endpoints.flatMap((e) => e.attributes).find((a) => a.access === 'read' && !a.category && !a.attribute.startsWith('power_source'));
}

/** The few readings that a tile shows. */
function readings(d: Device): string {
  const out = order.map((a) => find(d, a)).filter((a): a is Attribute => !!a && a.value !== null);
  return out.slice(0, 2).map((a) => a.text).join(' · ') || message('unknown');
}

/** Whether a reading is one that a person wants to notice: open, occupied, an alarm. */
export function notable(a: Attribute): boolean {
  if (a.attribute === 'contact.open' || a.attribute === 'occupancy.occupied') return a.value === true;
  return alarms(a);
}

/** Whether a reading is an alarm. */
export function alarms(a: Attribute): boolean {
  switch (a.attribute) {
    case 'water_leak.leak':
    case 'gas_leak.leak':
    case 'tamper.tampered':
    case 'freeze.freezing':
    case 'siren.active':
      return a.value === true;
    case 'smoke_co_alarm.smoke':
    case 'smoke_co_alarm.co':
      return a.value === 'warning' || a.value === 'critical';
  }
  return false;
}

export type Climate = { temperature?: { value: number; stale: boolean }; humidity?: number; pm25?: number; co2?: number; heating: boolean; cooling: boolean };

/** What the air of a room is like: sensors made for it before what thermostats feel. */
export function climateOf(devices: Device[]): Climate {
  const out: Climate = { heating: false, cooling: false };
  const pick = (a: string, ok: (d: Device) => boolean = () => true) => {
    const all = devices.flatMap((d) => (ok(d) ? [[d, find(d, a)] as const] : [])).filter(([, x]) => typeof x?.value === 'number');
    const [d, x] = all.find(([d, x]) => trust(d, x!) === 'good') ?? all[0] ?? [];
    return d && x ? { value: x.value as number, stale: trust(d, x) !== 'good' } : undefined;
  };
  out.temperature = pick('temperature.celsius', (d) => /climate|temperature|air_monitor/.test(d.type)) ?? pick('thermostat.local_temperature') ?? pick('temperature.celsius');
  out.humidity = pick('humidity.percent')?.value;
  out.pm25 = pick('concentration.pm25_ugm3')?.value;
  out.co2 = pick('concentration.co2_ppm')?.value;
  for (const d of devices) {
    const running = find(d, 'thermostat.running')?.value;
    if (Array.isArray(running)) {
      out.heating ||= running.includes('heat');
      out.cooling ||= running.includes('cool');
    }
  }
  return out;
}

export const degrees = (v: number) => withUnit(number(v, 1), '°');

/** How much a room's card has to say, so that rooms are in an order that stays. */
export const isLight = (tile: Tile) => tile.kind === 'switch' && tile.tone === 'light';

/** What needs somebody's attention: alarms first, then what cannot be reached, then batteries. */
export type Attention = { device: Device; kind: 'alarm' | 'unreachable' | 'battery'; text: string };

export function attention(devices: Device[]): Attention[] {
  const out: Attention[] = [];
  for (const d of devices) {
    for (const e of d.endpoints) {
      for (const a of e.attributes) {
        if (alarms(a)) out.push({ device: d, kind: 'alarm', text: `${a.label}: ${a.text}` });
        else if (a.attribute === 'power_source.battery_pct' && typeof a.value === 'number' && a.value <= 10) out.push({ device: d, kind: 'battery', text: `${a.label} ${a.text}` });
        else if (a.attribute === 'power_source.replace_needed' && a.value === true) out.push({ device: d, kind: 'battery', text: a.text });
      }
    }
    if (!d.reachable) out.push({ device: d, kind: 'unreachable', text: message(d.why ? 'reach.no.why' : 'reach.no', d.why ?? '') });
  }
  const rank = { alarm: 0, unreachable: 1, battery: 2 };
  return out.sort((a, b) => rank[a.kind] - rank[b.kind]);
}
