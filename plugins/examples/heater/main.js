// Nordic heaters speak HTTP. A whole plugin, without an SDK.
'use strict';
const http = require('node:http');
const readline = require('node:readline');

const heaters = new Map(), found = new Map(), done = new Map();
let config = {};
const send = (message) => process.stdout.write(JSON.stringify({jsonrpc: '2.0', ...message}) + '\n');
const notify = (method, params) => send({method, params});
const within = (n, low, high) => typeof n === 'number' && n >= low && n <= high;

// ask sends a request through the socket that leads to one heater.
function ask(socketPath, method, path, body, timeout) {
  return new Promise((resolve, reject) => {
    const headers = {'Content-Type': 'application/json', ...(config.token ? {Authorization: `Bearer ${config.token}`} : {})};
    const request = http.request({socketPath, method, path, headers, host: 'heater', agent: false, signal: AbortSignal.timeout(timeout)}, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => { text = (text + part).slice(0, 65536); }).on('error', reject).on('end', () => {
        try {
          if (response.statusCode !== 200 || !response.complete) throw new Error(`it answers ${response.statusCode}`);
          resolve(JSON.parse(text));
        } catch (error) { reject(error); }
      });
    });
    request.on('error', reject).end(body && JSON.stringify(body));
  });
}

class Heater {
  constructor(key, socket) { Object.assign(this, {key, socket, id: '', why: null, last: Promise.resolve()}); this.poll(); }

  async poll() {
    clearTimeout(this.timer);
    try {
      const s = await ask(this.socket, 'GET', '/api/state', null, 4000);
      if (typeof s.id !== 'string' || typeof s.name !== 'string' || !/^[\w.:-]{1,64}$/.test(s.id)) throw new Error('it does not say who it is');
      if (this.id !== s.id) this.describe(s);
      if (this.why !== '') notify('device/status', {device: this.id, reachable: true});
      this.why = '';
      const values = {};
      if (within(s.target, 5, 30)) values['thermostat.heat_setpoint'] = s.target;
      if (within(s.current, -50, 80)) values['thermostat.local_temperature'] = s.current;
      notify('state/report', {device: this.id, values});
    } catch (error) {
      const why = `the heater does not answer: ${error.message}`;
      if (this.id && this.why !== why) notify('device/status', {device: this.id, reachable: false, why});
      this.why = why;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.poll(), 1000 * (this.why ? 1 : config.pollSeconds || 5));
  }

  describe(s) {
    heaters.set(this.id = s.id, this);
    notify('device/put', {id: s.id, name: s.name, vendor: 'Nordic', model: 'NH-2', type: 'thermostat',
      properties: [{attribute: 'thermostat.heat_setpoint', min: 5, max: 30, step: 0.5}, {attribute: 'thermostat.local_temperature'}]});
  }

  // command answers the hub once the heater has taken all; one command after the other.
  async command(p) {
    const until = Date.now() + p.deadlineMS;
    for (const w of p.writes) await ask(this.socket, 'PUT', '/api/target', {target: w.value}, Math.max(until - Date.now() - 50, 1));
    this.poll();
    return {result: {}};
  }
}

const handlers = {
  initialize(p) {
    if (p.protocol.min > 1) return {error: {code: -32001, message: 'this plugin speaks protocol 1'}};
    config = p.config;
    return {result: {protocol: 1, plugin: 'nordic-heater', version: '1.0.0', features: ['diagnostics']}};
  },
  'config/set'(p) { config = p.config; return {result: {}}; },
  'discovery/found'(p) { if (!found.has(p.key)) found.set(p.key, new Heater(p.key, p.sockets.tcp)); return {result: {}}; },
  'device/command'(p) {
    const heater = heaters.get(p.device);
    if (!heater) return {error: {code: -32002, message: `there is no heater ${p.device}`}};
    if (!done.has(p.key)) {
      const failed = (e) => ({error: e.name === 'TimeoutError' || e.name === 'AbortError' ? {code: -32007, message: 'the heater did not answer in time'} : {code: -32003, message: e.message}});
      done.set(p.key, heater.last = heater.last.then(() => heater.command(p)).catch(failed));
    }
    return done.get(p.key);
  },
  diagnostics() { return {result: {lines: Object.fromEntries([...heaters].map(([id, h]) => [id, h.why || 'ok']))}}; },
  ping() { return {result: {}}; },
  shutdown() { setImmediate(() => process.exit(0)); return {result: {}}; },
};

readline.createInterface({input: process.stdin}).on('line', async (line) => {
  const {id, method, params} = JSON.parse(line);
  if (!method || id === undefined) return;
  const answer = Object.hasOwn(handlers, method) ? await handlers[method](params || {}) : {error: {code: -32601, message: `${method} is not known to this plugin`}};
  send({id, ...answer});
}).on('close', () => process.exit(0));
