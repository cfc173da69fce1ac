// A player, a robot and a lock with codes for the app's tests: they do what they are told, and say so.
'use strict';
const readline = require('node:readline');
const send = (message) => process.stdout.write(JSON.stringify({jsonrpc: '2.0', ...message}) + '\n');
const notify = (method, params) => send({method, params});
const report = (device, values) => notify('state/report', {device, values});

const devices = [
  {id: 'player', name: 'Player', type: 'speaker', capabilities: ['media_playback', 'audio_volume'],
    properties: [{attribute: 'media_playback.title'}, {attribute: 'media_playback.position'}, {attribute: 'audio_volume.muted'}, {attribute: 'media_input.input', options: ['radio', 'hdmi1']}],
    actions: ['media_playback.play', 'media_playback.pause', 'media_playback.next', 'media_playback.seek'],
    values: {'media_playback.state': 'paused', 'media_playback.title': 'Spring', 'media_playback.position': 10, 'audio_volume.volume': 30, 'audio_volume.muted': false, 'media_input.input': 'radio'}},
  {id: 'robot', name: 'Robot', type: 'robot_vacuum', capabilities: ['robot_vacuum'],
    properties: [{attribute: 'robot_vacuum.suction', options: ['quiet', 'strong']}, {attribute: 'service_area.areas'}, {attribute: 'service_area.selected', options: ['1', '2']}],
    actions: ['robot_vacuum.start', 'robot_vacuum.pause', 'robot_vacuum.dock', 'service_area.skip'],
    values: {'robot_vacuum.state': 'docked', 'robot_vacuum.suction': 'quiet', 'service_area.areas': [{id: '1', name: 'Kitchen floor'}, {id: '2', name: 'Hall floor'}], 'service_area.selected': ['1']}},
  {id: 'gate', name: 'Garden gate', type: 'door_lock', capabilities: ['door_lock'], properties: [{attribute: 'door_lock.target'}, {attribute: 'lock_access.users'}],
    actions: ['lock_access.set_user', 'lock_access.set_credential', 'lock_access.clear_credential'],
    values: {'door_lock.lock': 'locked', 'door_lock.target': 'locked', 'lock_access.users': []}},
];
// What an action does to what the device reports.
const acts = {
  'media_playback.play': () => ({'media_playback.state': 'playing'}), 'media_playback.pause': () => ({'media_playback.state': 'paused'}),
  'media_playback.next': () => ({'media_playback.title': 'Summer'}), 'media_playback.seek': (a) => ({'media_playback.position': a.seconds}),
  'robot_vacuum.start': () => ({'robot_vacuum.state': 'cleaning'}), 'robot_vacuum.pause': () => ({'robot_vacuum.state': 'paused'}), 'robot_vacuum.dock': () => ({'robot_vacuum.state': 'docked'}),
  'lock_access.set_user': (a) => ({'lock_access.users': [{id: a.id, name: a.name}]}),
};
const handlers = {
  initialize() {
    setImmediate(() => {
      for (const {values, ...d} of devices) {
        notify('device/put', d);
        report(d.id, values);
      }
    });
    return {result: {protocol: 1, plugin: 'parlour', version: '1.0.0'}};
  },
  'device/command'({device, writes, action, args}) {
    report(device, action ? acts[action]?.(args ?? {}) ?? {} : Object.fromEntries(writes.flatMap((w) => w.attribute === 'door_lock.target' ? [[w.attribute, w.value], ['door_lock.lock', w.value]] : [[w.attribute, w.value]])));
    notify('log', {level: 'info', message: `${action} ${JSON.stringify(args ?? {}).length} bytes`});
  },
  ping() {}, shutdown() { setImmediate(process.exit, 0); },
};
readline.createInterface({input: process.stdin}).on('line', (line) => {
  const {id, method, params = {}} = JSON.parse(line), known = Object.hasOwn(handlers, method);
  if (method && id !== undefined) send({id, ...(known ? handlers[method](params) ?? {result: {}} : {error: {code: -32601, message: `${method} is not known`}})});
}).on('close', () => process.exit(0));
