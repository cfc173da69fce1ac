// The catalogue's commands, read from the hub when the first form needs them: what each takes, and what it changes.
import { get } from '../lib/http';
import { attributeLabel, lang, optionLabel } from '../lib/texts.svelte';
import type { Attribute, Device, Endpoint } from '../lib/types';
import type { components } from '../generated/api';
import { devicesOf, writable, type Json, type Part } from './doc';

type S = components['schemas'];
export type CommandSpec = S['CommandSpec'];
export type Argument = S['Property'];

let commands = $state.raw(new Map<string, CommandSpec>());
let asked = false;

/** The catalogue's commands; none while it is read. */
function catalogue() {
  if (!asked) {
    asked = true;
    get<S['CapabilitySpec'][]>('capabilities').then(
      (all) => (commands = new Map(all.flatMap((c) => (c.commands ?? []).map((x) => [`${c.id}.${x.name}`, x])))),
      () => (asked = false), // the next form asks again
    );
  }
  return commands;
}

/** A command's contract; undefined for what the catalogue does not have. */
export const specOf = (command: string): CommandSpec | undefined => catalogue().get(command);

const capabilityOf = (command: string) => command.split('.')[0]!;

/** The attributes that a command changes, with the argument that each takes. */
const changes = (spec: CommandSpec) => ({ ...spec.sets, ...spec.adds, ...(spec.toggles ? { [spec.toggles]: '' } : {}) });

function obeys(e: Endpoint, command: string, spec: CommandSpec): boolean {
  if (e.actions?.includes(command)) return true;
  const own = Object.keys(changes(spec));
  return own.some((a) => e.attributes.some((x) => x.attribute === `${capabilityOf(command)}.${a}` && writable(x)));
}

/** The commands that what a part is about takes, in the catalogue's order. */
export function commandsFor(p: Part): string[] {
  const ends = devicesOf(p).flatMap((d) => d.endpoints.filter((e) => !p['endpoint'] || e.id === p['endpoint']));
  const known = [...catalogue()].filter(([c, spec]) => ends.some((e) => obeys(e, c, spec))).map(([c]) => c);
  return [...new Set([...known, ...ends.flatMap((e) => e.actions ?? [])])];
}

export const takesCommands = (d: Device) => d.endpoints.some((e) => e.actions?.length || e.attributes.some(writable));

/** What an argument is called. */
export const argumentLabel = (a: Argument) => a.label?.[lang() === 'zh' ? 'zh' : 'en'] || attributeLabel(a.attribute);

/** An argument's contract at whatever a part is about: what it sets there narrows its range and its options. */
export function contractFor(p: Part, command: string, arg: Argument): Attribute {
  const spec = specOf(command);
  const cap = capabilityOf(command);
  const own = Object.entries(spec?.sets ?? {}).find(([, v]) => v === `$${arg.attribute}`)?.[0];
  const at = own === undefined ? undefined : devicesOf(p).flatMap((d) => d.endpoints.flatMap((e) => e.attributes)).find((x) => x.attribute === `${cap}.${own}`);
  const options = (at && at.options?.length ? at.options : arg.options) ?? undefined;
  const { category: _c, label: _l, options: _o, value: _v, ...rest } = arg;
  return { ...rest, attribute: at ? at.attribute : `${command}.${arg.attribute}`, label: argumentLabel(arg), text: '', value: null, step: arg.step || at?.step || 0, ...(options ? { options } : {}),
    ...(at?.min !== undefined ? { min: at.min } : {}), ...(at?.max !== undefined ? { max: at.max } : {}) } as Attribute;
}

/** The areas that a robot knows, by their ids: what is chosen of are rooms, not words. */
export function areasOf(p: Part): { id: string; label: string }[] {
  const lists = devicesOf(p).flatMap((d) => d.endpoints.flatMap((e) => e.attributes)).filter((a) => a.attribute === 'service_area.areas').map((a) => a.value);
  return lists.flatMap((l) => (Array.isArray(l) ? (l as { id: string; name?: string }[]) : [])).map((x) => ({ id: String(x.id), label: x.name || String(x.id) }));
}

export const optionsOf = (c: Attribute) => (c.options ?? []).map((o) => ({ id: o, label: optionLabel(c.attribute, o) }));

/** What an argument begins with; undefined where it can be left out. */
export function firstArgument(p: Part, command: string, a: Argument): Json | undefined {
  if (a.optional) return undefined;
  const c = contractFor(p, command, a);
  const areas = command.startsWith('service_area.') ? areasOf(p) : [];
  if (areas.length && (a.type === 'string' || a.type === 'enum')) return areas[0]!.id;
  switch (a.type) {
    case 'bool':
      return true;
    case 'enum':
      return c.options?.[0] ?? '';
    case 'set': {
      const first = areasOf(p)[0]?.id ?? c.options?.[0];
      return first === undefined ? [] : [first];
    }
    case 'list':
      return [];
    case 'int':
    case 'float': {
      const [low, high] = [c.min ?? 0, c.max ?? Infinity];
      return Math.min(high, Math.max(low, low < 0 ? 10 : c.unit === 's' ? 60 : high === 100 ? 50 : low));
    }
  }
  return '';
}

/** A command step with the arguments that it cannot do without. */
export function withArguments(p: Part, command: string): Part {
  const { args: _, ...rest } = p;
  const args = Object.fromEntries((specOf(command)?.args ?? []).map((a) => [a.attribute, firstArgument(p, command, a)]).filter(([, v]) => v !== undefined));
  return { ...rest, command, ...(Object.keys(args).length ? { args } : {}) };
}
