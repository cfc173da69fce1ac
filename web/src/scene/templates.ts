// Scenes to begin with, filled in with what the house has. A template whose devices are missing is not offered.
import { find, house } from '../lib/house.svelte';
import { lang } from '../lib/texts.svelte';
import type { Device } from '../lib/types';
import type { Document } from './doc';

export type Template = { id: string; document: Document };

/** What a template is called, in the language in use and in the other one. */
const names = (en: string, zh: string): Record<string, string> => (lang() === 'zh' ? { '': zh, en } : { '': en, zh });

export function templates(): Template[] {
  const all = house.sorted.map((d) => d.now);
  const having = (a: string, ok: (d: Device) => boolean = () => true) => all.find((d) => find(d, a) && ok(d));
  const out: Template[] = [];
  const add = (id: string, document: Document) => out.push({ id, document });

  const motion = having('occupancy.occupied');
  const light = (room?: string) => having('on_off.on', (d) => /light/.test(d.type) && (!room || d.room === room)) ?? having('on_off.on', (d) => /light/.test(d.type));
  if (motion && light(motion.room)) {
    const l = light(motion.room)!;
    add('motion', {
      names: names('Light by movement', '人来灯亮'), runs: 'restart',
      when: [{ device: motion.id, attribute: 'occupancy.occupied', to: true }],
      if: [{ time: { from: '17:00', to: '07:00' } }],
      then: [{ device: l.id, set: { 'on_off.on': true } }, { wait_until: { device: motion.id, attribute: 'occupancy.occupied', is: false, for: '3m' } }, { device: l.id, set: { 'on_off.on': false }, transition: 2 }],
    });
  }
  const lights = all.filter((d) => find(d, 'on_off.on') && /light/.test(d.type));
  if (lights.length) {
    add('leave', { names: names('Everybody has left', '全家外出'), when: [{ person: 'everyone', presence: 'away' }], then: lights.map((d) => ({ device: d.id, set: { 'on_off.on': false } })) });
    add('sunset', { names: names('Lamps at sunset', '日落开灯'), when: [{ sun: 'sunset', offset: '-30m' }], if: [{ person: 'anyone', presence: 'home' }], then: [{ device: lights[0]!.id, set: { 'on_off.on': true } }] });
    add('night', { names: names('Good night', '晚安'), then: lights.map((d) => ({ device: d.id, set: { 'on_off.on': false }, transition: 2 })) });
  }
  const window = having('contact.open', (d) => !!having('thermostat.heat_setpoint', (x) => x.room === d.room));
  const heat = window && having('thermostat.heat_setpoint', (d) => d.room === window.room);
  if (window && heat)
    add('window', {
      names: names('Window open: no heating', '开窗停暖'), when: [{ device: window.id, attribute: 'contact.open', to: true, for: '1m' }],
      then: [{ capture: 'before', device: heat.id, attributes: ['thermostat.heat_setpoint'] }, { device: heat.id, set: { 'thermostat.heat_setpoint': find(heat, 'thermostat.heat_setpoint')?.min ?? 7 } }, { wait_until: { device: window.id, attribute: 'contact.open', is: false }, timeout: '4h' }, { restore: 'before' }],
    });
  const leak = having('water_leak.leak');
  if (leak) add('leak', { names: names('Water alarm', '漏水报警'), when: [{ device: leak.id, attribute: 'water_leak.leak', to: true }], then: [{ notify: `${leak.name}!` }] });
  const blind = having('window_covering.open_pct');
  if (blind) add('blinds', { names: names('Blinds in the morning', '早晨开窗帘'), when: [{ at: '07:00', days: 'weekdays' }], then: [{ device: blind.id, set: { 'window_covering.open_pct': 100 } }] });
  add('empty', { names: names('New scene', '新场景'), then: [] });
  return out;
}
