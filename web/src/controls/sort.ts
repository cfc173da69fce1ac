// Which attributes and actions of a device are for every day, and which are for its settings.
import type { Attribute, Endpoint } from '../lib/types';

const tail = (a: Attribute) => a.attribute.startsWith('setting.') || a.attribute.startsWith('measurement.');
const upkeep = ['identify', 'firmware', 'health', 'lock_access', 'power_source', 'indicator', 'display'];
const capability = (a: string) => a.split('.')[0]!;

const blind = (a: Attribute) => a.access === 'write_only' && a.attribute !== 'siren.active' && a.attribute !== 'light_effect.effect';
const structured = (a: Attribute) => a.type === 'list' || a.type === 'object';
const coordinates = ['color.x', 'color.y']; // a wheel shows them as hue and saturation

/** What a household uses and reads every day. */
export const daily = (e: Endpoint) =>
  e.attributes.filter((a) => !a.category && !tail(a) && !upkeep.includes(capability(a.attribute)) && !blind(a) && !structured(a) && !coordinates.includes(a.attribute) && a.attribute !== 'light_effect.speed');

/** What can be set once: settings and configuration. */
export const settings = (e: Endpoint) => e.attributes.filter((a) => (a.category === 'config' || a.attribute.startsWith('setting.') || blind(a) || a.attribute === 'light_effect.speed') && a.access !== 'const');

/** What only somebody with a question reads. */
export const measurements = (e: Endpoint) => e.attributes.filter((a) => !daily(e).includes(a) && !settings(e).includes(a));

/** Commands with arguments cannot be a mere button: they have a form. */
const withArguments = /\.(set_|clear_|seek$|ask$|select|skip|dispense|announce|play_media|send|learn|step|move|warn)/;

export const everydayActions = (e: Endpoint) => (e.actions ?? []).filter((a) => !upkeep.includes(capability(a)) && !withArguments.test(a));
export const everydayForms = (e: Endpoint) => (e.actions ?? []).filter((a) => !upkeep.includes(capability(a)) && withArguments.test(a));
export const upkeepForms = (e: Endpoint) => (e.actions ?? []).filter((a) => upkeep.includes(capability(a)) && withArguments.test(a));
export const upkeepActions = (e: Endpoint) => (e.actions ?? []).filter((a) => upkeep.includes(capability(a)) && !withArguments.test(a));
