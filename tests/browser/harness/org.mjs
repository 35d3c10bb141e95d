// @ts-check
// The emulated org from outside, as an administrator's script: records over REST, and meetings started as the package's
// Apex starts them (records first, then one event). For tests of the room, which need no Salesforce page.
import { createHmac, createSign, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './until.mjs';

const ADMIN = 'admin@emulator.example';
const VERSION = '/services/data/v67.0';

/** @typedef {{participant: string, name: string, role: string, key: string, hostKey?: string}} Seat */
/** @typedef {{id: string, seats: Seat[]}} Meeting */
/** @typedef {Record<string, any>} Row */

/**
 * @typedef {object} Wish
 * @property {string} [subject]
 * @property {'Everyone agrees' | 'Notice'} [policy]
 * @property {boolean} [autoRecord]
 * @property {number} [start] epoch ms: makes it a scheduled meeting
 * @property {number} [end]
 */

const key = () => randomBytes(32).toString('base64url');

export class Org {
    /**
     * @param {string} url
     * @param {string} dataDir of the emulator, where the client's private key lies
     */
    constructor(url, dataDir) {
        this.url = url;
        this.privateKey = join(dataDir, 'bridge-key.pem');
        this.token = '';
    }

    /** An access token for the administrator, by a signed assertion. */
    async login() {
        const part = (/** @type {object} */ value) => Buffer.from(JSON.stringify(value)).toString('base64url');
        const now = Math.floor(Date.now() / 1000);
        const claims = { iss: 'emulator-client', sub: ADMIN, aud: this.url, exp: now + 86_400 };
        const text = `${part({ alg: 'RS256' })}.${part(claims)}`;
        const seal = createSign('RSA-SHA256').update(text).sign(readFileSync(this.privateKey), 'base64url');
        const answer = await fetch(`${this.url}/services/oauth2/token`, {
            method: 'POST',
            body: new URLSearchParams({
                grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
                assertion: `${text}.${seal}`
            })
        });
        const body = await answer.json();
        if (!answer.ok) throw new Error(`the org gives no token: ${JSON.stringify(body)}`);
        this.token = body.access_token;
    }

    /**
     * @param {string} method
     * @param {string} path
     * @param {unknown} [body]
     * @returns {Promise<any>}
     */
    async call(method, path, body) {
        const ask = () =>
            fetch(this.url + VERSION + path, {
                method,
                headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
                body: body === undefined ? undefined : JSON.stringify(body)
            });
        if (!this.token) await this.login();
        let answer = await ask();
        if (answer.status === 401) {
            await this.login();
            answer = await ask();
        }
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
        return text ? JSON.parse(text) : undefined;
    }

    /**
     * @param {string} object
     * @param {Row} fields
     * @returns {Promise<string>} the new record's id
     */
    async insert(object, fields) {
        return (await this.call('POST', `/sobjects/${object}`, fields)).id;
    }

    /**
     * @param {string} soql
     * @returns {Promise<Row[]>}
     */
    async query(soql) {
        return (await this.call('GET', `/query?q=${encodeURIComponent(soql)}`)).records;
    }

    /**
     * A record's fields.
     *
     * @param {string} object
     * @param {string} id
     * @returns {Promise<Row>}
     */
    row(object, id) {
        return this.call('GET', `/sobjects/${object}/${id}`);
    }

    /**
     * Publishes one command.
     *
     * @param {string} action
     * @param {string} meeting
     * @param {{target?: string, payload?: object}} more
     */
    command(action, meeting, { target, payload } = {}) {
        return this.insert('Chime_Command__e', {
            Action__c: action,
            Meeting_Id__c: meeting,
            Target_Id__c: target,
            Payload__c: payload && JSON.stringify(payload)
        });
    }

    /**
     * Does what a click on **Start meeting** does, for a host (the first) and guests.
     *
     * @param {string[]} names
     * @param {Wish} wish
     * @returns {Promise<Meeting>}
     */
    async start(names, wish = {}) {
        const { subject = 'Offer for Acme', policy = 'Everyone agrees', autoRecord = false, start, end } = wish;
        const id = await this.insert('Chime_Meeting__c', {
            Subject__c: subject,
            Status__c: start ? 'Scheduled' : 'Requested',
            Consent_Policy__c: policy,
            Auto_Record__c: autoRecord,
            Recording_State__c: 'None',
            Scheduled_Start__c: start && new Date(start).toISOString(),
            Scheduled_End__c: end && new Date(end).toISOString()
        });
        /** @type {Seat[]} */
        const seats = [];
        for (const [i, name] of names.entries()) seats.push(await this.seat(id, name, i === 0 ? 'Host' : 'Guest'));
        const payload = { subject, policy, autoRecord, seats, scheduledStart: start, scheduledEnd: end };
        await this.command(start ? 'SCHEDULE_MEETING' : 'START_MEETING', id, { payload });
        return { id, seats };
    }

    /**
     * A participant's record, and the keys that only the command carries.
     *
     * @param {string} meeting
     * @param {string} name
     * @param {string} role
     * @returns {Promise<Seat>}
     */
    async seat(meeting, name, role) {
        const participant = await this.insert('Chime_Participant__c', {
            Meeting__c: meeting,
            Display_Name__c: name,
            Role__c: role,
            Status__c: 'Invited',
            Consent__c: 'Not asked'
        });
        return { participant, name, role, key: key(), ...(role === 'Host' && { hostKey: key() }) };
    }

    /**
     * Invites one more guest.
     *
     * @param {string} meeting
     * @param {string} name
     */
    async invite(meeting, name) {
        const seat = await this.seat(meeting, name, 'Guest');
        await this.command('INVITE_PARTICIPANT', meeting, { payload: { seats: [seat] } });
        return seat;
    }

    /**
     * Waits until a record's field has this value.
     *
     * @param {string} object
     * @param {string} id
     * @param {string} field
     * @param {string} value
     */
    until(object, id, field, value, patience = 60_000) {
        return until(
            `${object} ${field} is ${value}`,
            () => this.row(object, id),
            (row) => row[field] === value,
            patience
        );
    }

    /** @param {Meeting} meeting @param {string} status */
    untilMeeting(meeting, status) {
        return this.until('Chime_Meeting__c', meeting.id, 'Status__c', status);
    }

    /** A participant's connections as recorded, in order. @param {string} participant */
    connections(participant) {
        const fields = 'Joined_At__c, Left_At__c, Seconds__c, End_Reason__c';
        return this.query(
            `SELECT ${fields} FROM Chime_Participant_Session__c WHERE Participant__c = '${participant}' ` +
                'ORDER BY Joined_At__c'
        );
    }

    /** @param {Meeting} meeting the recordings of this one */
    recordings(meeting) {
        const fields =
            'Id, Recording_Key__c, Status__c, Failure_Reason__c, Duration_Seconds__c, Gap_Seconds__c, Size_Bytes__c, ' +
            'Playback_Link__c, Playback_Expires_At__c';
        return this.query(`SELECT ${fields} FROM Chime_Recording__c WHERE Meeting__c = '${meeting.id}'`);
    }
}

/**
 * What proves a host's click, as the package makes it: valid for 12 hours.
 *
 * @param {Seat} seat
 */
export function hostProof({ hostKey }) {
    if (!hostKey) throw new Error('this seat is no host');
    const exp = Math.floor(Date.now() / 1000) + 12 * 3600;
    return { exp, proof: createHmac('sha256', Buffer.from(hostKey, 'base64url')).update(`${exp}`).digest('base64url') };
}
