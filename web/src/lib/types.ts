// The API's shapes, as the hub describes them. Lists that Go may leave null are made lists where they come in.
import type { components } from '../generated/api';

type S = components['schemas'];

export type Attribute = S['Attribute'] & { value: unknown };
export type Endpoint = Omit<S['Endpoint'], 'attributes'> & { attributes: Attribute[] };
export type Device = Omit<S['Device'], 'endpoints' | 'sources'> & { endpoints: Endpoint[]; sources: S['Source'][] };
export type Source = S['Source'];
export type Room = S['Room'];
export type Person = S['Person'];
export type Scene = S['Scene'];
export type Command = S['Command'];
export type Place = S['Place'];
export type Proposal = S['Proposal'];
export type Me = S['Me'];
export type Problem = S['Problem'];
export type Doctor = S['Doctor'];
export type Discovered = S['Discovered'];
export type Token = S['Token'];
export type NewToken = S['NewToken'];
export type MQTTClient = S['MQTTClient'];
export type NewMQTTClient = S['NewMQTTClient'];
export type History = S['History'];
export type AdapterHealth = S['AdapterHealth'];
export type Backup = S['Backup'];
export type BackupRoutine = S['BackupRoutine'];
export type Update = S['Update'];
export type UpdateStep = S['UpdateStep'];
export type LogLine = S['LogLine'];
export type Plugin = S['Plugin'];
export type PluginField = S['PluginField'];
export type PluginLog = S['PluginLog'];
export type Publishing = S['Publishing'];
export type HomeKitAccessory = S['HomeKitAccessory'];
export type HomeKitBridge = S['HomeKitBridge'];
export type HomeKitThing = S['HomeKitThing'];
export type Explanation = S['Explanation'];

/** What a property's contract says of how its values are written. */
export type Property = { attribute: string; type: string; unit?: string; step?: number; options?: string[] | null };

/** One value's address within a device. */
export const slotKey = (endpoint: string, attribute: string) => `${endpoint}/${attribute}`;
