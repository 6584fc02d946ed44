/**
 * casepact-client: the worlds of a Casepact mock, for tests in JavaScript. One file, no dependencies; it needs `fetch`.
 *
 *     import { freshWorld } from "./casepact-client.mjs";
 *
 *     const world = await freshWorld("http://127.0.0.1:8080", "tests/cases.spec.js > closes a case");
 *     await page.goto(`/?api=${world.url}/aicc`);
 *     await world.assertRequested({ operation: "modifyCase", body: { caseInfo: { title: "x" } } }, { times: 1 });
 *
 * @module casepact-client
 */

/**
 * Which requests are meant; what is left out may be anything. `query`, `headers` and `body` are parts that must be
 * there, `path` is without the query.
 *
 * @typedef {object} Pattern
 * @property {string} [api]
 * @property {string} [operation] the operationId
 * @property {string} [method]
 * @property {string} [path]
 * @property {number} [status] of the answer
 * @property {"admitted" | "refused" | "simulated"} [outcome]
 * @property {string} [statement] one that the request broke
 * @property {Record<string, string>} [query]
 * @property {Record<string, string>} [headers]
 * @property {unknown} [body]
 */

/**
 * A message: headers by lower-case name, secrets hidden; the body a JSON value where it is JSON, else its text, and null
 * where there was none.
 *
 * @typedef {object} Message
 * @property {Record<string, string>} headers
 * @property {any} body
 */

/**
 * A request that a world was sent, and how it was answered.
 *
 * @typedef {object} Entry
 * @property {number} number
 * @property {string} at
 * @property {string} method
 * @property {string} path with the query
 * @property {string} api
 * @property {string} operation
 * @property {number} status 0 where there was no answer
 * @property {"admitted" | "refused" | "simulated"} outcome
 * @property {string[]} statements
 * @property {string} detail
 * @property {string | null} refusal
 * @property {number} milliseconds
 * @property {Message} request
 * @property {Message} answer
 */

/**
 * @typedef {object} Matches
 * @property {number} count
 * @property {Entry[]} entries the newest last
 * @property {{entry: Entry, differences: string[]} | null} nearest where none fits
 */

/**
 * How certain requests fail: those to an API and an operation, or to any; the first so many, or a share of them.
 *
 * @typedef {object} Failure
 * @property {"status" | "delay" | "reset" | "empty" | "truncated" | "timeout"} kind
 * @property {string | null} [api]
 * @property {string | null} [operation] the operationId
 * @property {number | null} [status] with the kind "status"; 500 if left out
 * @property {number} [delayMilliseconds]
 * @property {number | null} [times]
 * @property {number} [share] above 0, up to 1
 */

/**
 * @typedef {object} Traffic
 * @property {number} [latencyMilliseconds]
 * @property {number} [jitterMilliseconds]
 * @property {number} [errorRate] from 0 to 1
 * @property {{requests: number, perSeconds: number} | null} [rateLimit]
 * @property {Failure[]} [failures] of those that a request meets the first counts
 * @property {number} [seed] decides which requests fail and how long each waits
 */

/** The mock did not do what it was asked for. */
export class ControlError extends Error {
  /**
   * @param {string} method
   * @param {string} path
   * @param {number} status of the answer
   * @param {string} reason that the mock gives
   */
  constructor(method, path, status, reason) {
    super(`${method} ${path}: ${status} ${reason}`);
    this.name = "ControlError";
    this.status = status;
  }
}

/** One world of a mock. */
export class World {
  #address;
  #token;

  /**
   * Leads into a world without making or emptying it; `freshWorld` does.
   *
   * @param {string} address of the mock
   * @param {string} name
   * @param {{token?: string}} [options] the token of the control API, if it asks for one
   */
  constructor(address, name, { token = "" } = {}) {
    this.#address = address.replace(/\/+$/, "");
    this.#token = token;
    this.name = name;
  }

  /** The address of this world; each API is below it: `${world.url}/aicc`. */
  get url() {
    return `${this.#address}/~${encodeURIComponent(this.name)}`;
  }

  /** The headers that lead a request to the mock into this world. */
  get headers() {
    return { "X-Casepact-World": encodeURIComponent(this.name) };
  }

  /**
   * The requests of this pattern, the newest last.
   *
   * @param {Pattern} [pattern]
   * @returns {Promise<Entry[]>}
   */
  async requests(pattern = {}) {
    return (await this.#found(pattern)).entries;
  }

  /**
   * Throws unless requests of this pattern were sent: at least one, or as many as `times` says. The error names the
   * nearest request where none fits.
   *
   * @param {Pattern} [pattern]
   * @param {{times?: number}} [options]
   */
  async assertRequested(pattern = {}, { times } = {}) {
    const { count, entries, nearest } = await this.#found(pattern);
    if (times === undefined ? count > 0 : count === times) return;
    const wanted = times === undefined ? "a request" : `${times} requests`;
    const lines = [`${wanted} like ${JSON.stringify(pattern)} expected in the world '${this.name}'; ${count} found`];
    if (nearest) {
      lines.push(`nearest: ${shown(nearest.entry)}`, ...nearest.differences.map((difference) => `  ${difference}`));
    } else if (!count) {
      lines.push("it was sent no request at all");
    }
    lines.push(...entries.map((entry) => `found: ${shown(entry)}`));
    throw new Error(lines.join("\n"));
  }

  /**
   * Put a record in place of the one of its id, or add it. `api` and `collection` may be left out where there is only
   * one to choose, `id` where the record has one.
   *
   * @param {Record<string, any>} record
   * @param {{api?: string, collection?: string, id?: string}} [options]
   */
  async put(record, { api, collection, id = String(record.id ?? "") } = {}) {
    const kept = (await this.control("GET", "")).records;
    const all = Object.entries(kept).flatMap(([one, found]) => Object.keys(found).map((other) => [one, other]));
    const places = all.filter(([one, other]) => [one, undefined].includes(api) && [other, undefined].includes(collection));
    if (places.length !== 1) {
      const stored = all.map((place) => place.join("/")).join(", ");
      throw new TypeError(`say with api and collection where the record belongs; there are ${stored}`);
    }
    if (!id) throw new TypeError("the record has no id; say it with id");
    await this.control("PUT", `/records/${[...places[0], id].map(encodeURIComponent).join("/")}`, record);
  }

  /**
   * A record as it is stored.
   *
   * @param {string} api
   * @param {string} collection
   * @param {string} id
   * @returns {Promise<Record<string, any>>}
   */
  async record(api, collection, id) {
    return this.control("GET", `/records/${[api, collection, id].map(encodeURIComponent).join("/")}`);
  }

  /**
   * Load a fixture set, of one API or of each that has one of this name.
   *
   * @param {string} set
   * @param {string} [api]
   */
  async load(set, api) {
    await this.control("POST", "/fixtures", api === undefined ? { set } : { set, api });
  }

  /**
   * Let the clock stand still.
   *
   * @param {Date | string} at a moment, or its text by RFC 3339
   */
  async freeze(at) {
    await this.control("PUT", "/clock", { mode: "frozen", at: at instanceof Date ? at.toISOString() : at });
  }

  /**
   * Let the clock run ahead; below zero, behind.
   *
   * @param {number} seconds
   */
  async shift(seconds) {
    await this.control("PUT", "/clock", { mode: "shifted", bySeconds: seconds });
  }

  /** Let the clock run with the machine's. */
  async run() {
    await this.control("PUT", "/clock", { mode: "running" });
  }

  /**
   * Replace the traffic settings as a whole.
   *
   * @param {Traffic} settings for example {failures: [{kind: "status", status: 503, operation: "modifyCase", times: 2}]}
   */
  async traffic(settings) {
    await this.control("PUT", "/traffic", settings);
  }

  /** Empty the journal, so that later assertions count from here. */
  async forget() {
    await this.control("DELETE", "/journal");
  }

  /** Records, clock and traffic as at the start, the journal empty; a world that nobody has used is made. */
  async reset() {
    await this.control("POST", "/reset");
  }

  /** Give the world up with all it holds. */
  async delete() {
    await this.control("DELETE", "");
  }

  /**
   * What the control API answers about this world; null for an answer without a body. Throws `ControlError`.
   *
   * @param {string} method
   * @param {string} path below the world
   * @param {unknown} [value]
   * @returns {Promise<any>}
   */
  async control(method, path, value) {
    const address = `/_casepact/v1/worlds/${encodeURIComponent(this.name)}${path}`;
    /** @type {Record<string, string>} */
    const headers = this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
    if (value !== undefined) headers["Content-Type"] = "application/json";
    const body = value === undefined ? undefined : JSON.stringify(value);
    const answer = await fetch(`${this.#address}${address}`, { method, headers, body });
    const text = await answer.text();
    if (!answer.ok) {
      let reason = text.slice(0, 200);
      try {
        reason = JSON.parse(text).detail ?? reason;
      } catch {
        // Not the mock's own answer; its text says what there is to say.
      }
      throw new ControlError(method, address, answer.status, reason);
    }
    return text ? JSON.parse(text) : null;
  }

  /**
   * @param {Pattern} pattern
   * @returns {Promise<Matches>}
   */
  async #found(pattern) {
    return this.control("POST", "/journal/matches", pattern);
  }
}

/**
 * A world as the fixtures are, in place of one of this name. Any text is a name, that of a test for example; what a name
 * cannot hold is escaped by the mock.
 *
 * @param {string} address of the mock
 * @param {string} name
 * @param {{token?: string}} [options] the token of the control API, if it asks for one
 * @returns {Promise<World>}
 */
export async function freshWorld(address, name, options = {}) {
  const asked = new World(address, name, options);
  try {
    await asked.delete();
  } catch (error) {
    // 404: nobody has used it yet. 409: the default world stays.
    if (!(error instanceof ControlError && [404, 409].includes(error.status))) throw error;
  }
  const made = await asked.control("POST", "/reset");
  return new World(address, made.name, options);
}

/**
 * @param {Entry} entry
 * @returns {string}
 */
function shown(entry) {
  const line = `${entry.method} ${entry.path} ${entry.status}`;
  return entry.detail ? `${line} (${entry.detail})` : line;
}
