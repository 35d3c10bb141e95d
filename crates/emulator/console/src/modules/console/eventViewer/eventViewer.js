import { LightningElement } from 'lwc';
import { fill } from 'c/chimeFormat';
import { poll } from 'c/chimePoll';
import { events, limits } from 'console/server';
import { texts } from 'console/texts';

const LOOK_MS = 1000;
const AFTER_ERROR_MS = 5000;
const KEPT = 300;

/** For developers: what the org's event bus carries, as it comes, decoded. */
export default class EventViewer extends LightningElement {
    all = [];
    limits = [];
    channel = '';
    held = false;
    error;
    texts = texts;
    _next;
    _poll = poll(() => this.look());

    connectedCallback() {
        this._poll.start();
    }

    disconnectedCallback() {
        this._poll.stop();
    }

    async look() {
        if (this.held) {
            return LOOK_MS;
        }
        try {
            const [found, used] = await Promise.all([events(this._next), limits()]);
            const restarted = this._next !== undefined && found.next < this._next;
            this._next = restarted ? undefined : found.next;
            if (restarted || found.events.length > 0) {
                const known = restarted ? [] : this.all;
                this.all = [...found.events.map(shown).reverse(), ...known].slice(0, KEPT);
            }
            this.limits = usedOf(used);
            this.error = undefined;
        } catch (error) {
            this.error = error;
            return AFTER_ERROR_MS;
        }
        return LOOK_MS;
    }

    get channels() {
        return [...new Set(this.all.map(({ channel }) => channel))].sort().map((name) => ({
            name,
            selected: name === this.channel
        }));
    }

    get events() {
        return this.channel ? this.all.filter(({ channel }) => channel === this.channel) : this.all;
    }

    get none() {
        return this.all.length === 0 && !this.error;
    }

    get count() {
        return fill(texts.eventCount, this.events.length);
    }

    handleChannel(event) {
        this.channel = event.target.value;
    }

    handleHold(event) {
        this.held = event.target.checked;
    }
}

function shown({ seq, channel, name, at, replayId, fields }) {
    return {
        key: seq,
        channel,
        name,
        time: new Date(at).toISOString().slice(11, 23),
        at,
        replayId,
        line: lineOf(fields),
        text: JSON.stringify(opened(fields), null, 4)
    };
}

/* The few words by which one knows an event in a list. */
function lineOf(fields) {
    const header = fields.ChangeEventHeader;
    if (header) {
        return [header.changeType, ...(header.recordIds ?? []), ...(header.changedFields ?? [])].join(' ');
    }
    return [fields.Action__c, fields.Meeting_Id__c, fields.Target_Id__c].filter(Boolean).join(' ');
}

/** A text that holds JSON is shown as what it holds. */
function opened(value) {
    if (typeof value === 'string' && /^\s*[{[]/.test(value)) {
        try {
            return JSON.parse(value);
        } catch {
            return value;
        }
    }
    if (value && typeof value === 'object' && !Array.isArray(value)) {
        return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, opened(inner)]));
    }
    return value;
}

function usedOf({ limits: list }) {
    return list.map(({ name, max, remaining }) => ({ name, text: fill(texts.used, max - remaining, max) }));
}
