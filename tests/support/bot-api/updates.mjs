// The queue of updates, as getUpdates gives it out: an offset confirms all before it, and there is one who asks.
const CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
const WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
/** Those that are not sent unless they are asked for. */
const BY_REQUEST = new Set(["chat_member", "message_reaction", "message_reaction_count"]);

export class Updates {
  /** Address of a webhook that somebody has set. */
  webhook;
  /** Not confirmed yet, in the order they are given out. */
  waiting = [];
  /** All that were ever given out, with how often. */
  given = new Map();
  #next = 700_001 + Math.floor(Math.random() * 1000);
  #allowed;
  #poll;
  /** Of those who wait for a confirmation. */
  #watchers = new Set();

  /** Adds an update and answers it. */
  add(kind, body) {
    const update = { update_id: this.#next, [kind]: body };
    this.#next += 1;
    const isWanted = this.#allowed?.length ? this.#allowed.includes(kind) : !BY_REQUEST.has(kind);
    if (isWanted) this.put(update);
    return update;
  }

  /** Puts these into the queue as they are, whatever their ids: again, out of order, of unknown kinds. */
  put(...updates) {
    this.waiting.push(...updates);
    this.#poll?.();
  }

  /** Takes the next id without an update: ids have holes. */
  skip(count = 1) {
    this.#next += count;
  }

  get nextId() {
    return this.#next;
  }

  /** Resolves when the bot has confirmed this update. */
  confirmed(update) {
    if (!this.waiting.some((u) => u.update_id === update.update_id)) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.add({ update, resolve }));
  }

  /** Answers `{result}` or `{refusal: [code, description]}`; later, when there is nothing yet. `gone`: of who asks. */
  take({ offset = 0, limit = 100, timeout = 0, allowed_updates }, gone) {
    if (this.webhook) return Promise.resolve({ refusal: [409, WEBHOOK] });
    this.#poll?.({ refusal: [409, CONFLICT] });
    if (allowed_updates) this.#allowed = allowed_updates;
    if (offset > 0) this.waiting = this.waiting.filter((u) => u.update_id >= offset);
    else if (offset < 0) this.waiting = this.waiting.slice(offset);
    for (const watcher of this.#watchers) {
      if (this.waiting.some((u) => u.update_id === watcher.update.update_id)) continue;
      this.#watchers.delete(watcher);
      watcher.resolve();
    }
    const ready = () => this.waiting.slice(0, limit);
    const give = () => {
      const result = ready();
      for (const { update_id } of result) this.given.set(update_id, (this.given.get(update_id) ?? 0) + 1);
      return { result };
    };
    if (ready().length > 0 || timeout === 0) return Promise.resolve(give());
    return new Promise((resolve) => {
      const end = (outcome) => {
        clearTimeout(timer);
        if (this.#poll === look) this.#poll = undefined;
        resolve(outcome);
      };
      const look = (outcome) => end(outcome ?? give());
      const timer = setTimeout(() => end({ result: [] }), timeout * 1000);
      timer.unref();
      this.#poll = look;
      gone.then(() => end({ result: [] }));
    });
  }

  /** Somebody asks now. */
  get isPolled() {
    return this.#poll !== undefined;
  }
}
