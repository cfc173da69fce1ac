// Nordic heaters speak HTTP. A whole plugin, without an SDK.
'use strict';
const http = require('node:http'), readline = require('node:readline');
const heaters = new Map(), found = new Map(), done = new Map();
let config = {};
const send = (message) => process.stdout.write(JSON.stringify({jsonrpc: '2.0', ...message}) + '\n');
const notify = (method, params) => send({method, params});
const error = (code, message) => ({error: {code, message}}), within = (n, low, high) => typeof n === 'number' && n >= low && n <= high;

// ask sends a request through the socket that leads to one heater.
const ask = (socketPath, method, path, body, timeout) => new Promise((resolve, reject) => {
  const headers = {'Content-Type': 'application/json', ...(config.token && {Authorization: `Bearer ${config.token}`})};
  http.request({socketPath, method, path, headers, host: 'heater', agent: false, signal: AbortSignal.timeout(timeout)}, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part) => { text = (text + part).slice(0, 65536); }).on('error', reject).on('end', () => {
      try {
        if (response.statusCode !== 200) throw new Error(`it answers ${response.statusCode}`);
        resolve(JSON.parse(text));
      } catch (e) { reject(e); }
    });
  }).on('error', reject).end(body && JSON.stringify(body));
});

class Heater {
  constructor(socket) { Object.assign(this, {socket, id: '', why: null, last: Promise.resolve()}).poll(); }
  async poll() {
    try {
      const s = await ask(this.socket, 'GET', '/api/state', null, 4000), values = {};
      if (!/^[\w.:-]{1,64}$/.test(s.id) || typeof s.name !== 'string') throw new Error('it does not say who it is');
      if (this.id !== s.id) this.describe(s);
      if (this.why !== '') notify('device/status', {device: this.id, reachable: true});
      if (within(s.target, 5, 30)) values['thermostat.heat_setpoint'] = s.target;
      if (within(s.current, -50, 80)) values['thermostat.local_temperature'] = s.current;
      notify('state/report', {device: this.id, values});
      this.why = '';
    } catch (e) {
      const why = `the heater does not answer: ${e.message}`;
      if (this.id && this.why !== why) notify('device/status', {device: this.id, reachable: false, why});
      this.why = why;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.poll(), 1000 * (this.why ? 1 : config.pollSeconds || 5));
  }
  describe({id, name}) {
    heaters.set(this.id = id, this);
    notify('device/put', {id, name, vendor: 'Nordic', model: 'NH-2', type: 'thermostat',
      properties: [{attribute: 'thermostat.heat_setpoint', min: 5, max: 30, step: 0.5}, {attribute: 'thermostat.local_temperature'}]});
  }
  async command({writes}, until) { // answers once the heater has taken all
    for (const w of writes) await ask(this.socket, 'PUT', '/api/target', {target: w.value}, Math.max(until - Date.now() - 50, 1));
    this.poll();
    return {result: {}};
  }
}

const handlers = {
  'initialize': (p) => p.protocol.min > 1 ? error(-32001, 'this plugin speaks protocol 1')
    : (config = p.config, {result: {protocol: 1, plugin: 'nordic-heater', version: '1.0.0', features: ['diagnostics']}}),
  'config/set': (p) => { config = p.config; },
  'discovery/found': (p) => { if (!found.has(p.key)) found.set(p.key, new Heater(p.sockets.tcp)); },
  'device/command'(p) {
    const heater = heaters.get(p.device), until = Date.now() + p.deadlineMS;
    if (!heater) return error(-32002, `there is no heater ${p.device}`);
    const failed = (e) => /Timeout|Abort/.test(e.name) ? error(-32007, 'the heater did not answer in time') : error(-32003, e.message);
    if (!done.has(p.key)) done.set(p.key, heater.last = heater.last.then(() => heater.command(p, until)).catch(failed)); // one after the other, each once
    return done.get(p.key);
  },
  'diagnostics': () => ({result: {lines: Object.fromEntries([...heaters].map(([id, h]) => [id, h.why || 'ok']))}}),
  'ping': () => {}, 'shutdown': () => { setImmediate(process.exit, 0); },
};

readline.createInterface({input: process.stdin}).on('line', async (line) => {
  const {id, method, params = {}} = JSON.parse(line), known = Object.hasOwn(handlers, method);
  if (method && id !== undefined) send({id, ...(known ? await handlers[method](params) || {result: {}} : error(-32601, `${method} is not known`))});
}).on('close', () => process.exit(0));
