// @ts-check
// The emulator's control API (8805) as these tests use it: who is connected, cuts, bots, the clock.

/** @typedef {{attendeeId: string, meetingId: string, [field: string]: unknown}} Connected */
/** @typedef {[from: number, to: number | null]} Span epoch ms of the emulated world; null while it lasts */
/** @typedef {{attendeeId: string, externalUserId: string, intervals: Span[]}} ChimeAttendee */
/** @typedef {{meetingId: string, externalMeetingId: string, attendees: ChimeAttendee[]}} ChimeMeeting */

export class Control {
    /** @param {string} url */
    constructor(url) {
        this.url = url;
    }

    /**
     * @param {string} method
     * @param {string} path
     * @param {unknown} [body]
     */
    async call(method, path, body) {
        const answer = await fetch(this.url + path, {
            method,
            headers: body === undefined ? {} : { 'content-type': 'application/json' },
            body: body === undefined ? undefined : JSON.stringify(body)
        });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
        return text ? JSON.parse(text) : undefined;
    }

    /** Who has a media connection, as the media part sees it. */
    connected() {
        return this.call('GET', '/ledger/media');
    }

    /** @param {string} attendeeId whose WebSocket is closed and whose peer is forgotten */
    cut(attendeeId) {
        return this.call('POST', '/media/cut', { attendeeId });
    }

    /**
     * @param {string} attendeeId whose packets are dropped
     * @param {number} seconds
     */
    muteNetwork(attendeeId, seconds) {
        return this.call('POST', '/media/mute-network', { attendeeId, seconds });
    }

    /** @param {{key: string, name: string, tone: number, hue: number, consent?: boolean}} bot */
    addBot(bot) {
        return this.call('POST', '/bots', bot);
    }

    /** @param {string} id */
    removeBot(id) {
        return this.call('DELETE', `/bots/${id}`);
    }

    /**
     * Orders a fault, by default once.
     *
     * @param {{service: string, call: string, kind: {do: string, [how: string]: unknown}, times?: number}} fault 0 times: until taken back
     */
    order(fault) {
        return this.call('POST', '/faults', fault);
    }

    /** What is ordered and was not played yet. @returns {Promise<{service: string, call: string}[]>} */
    ordered() {
        return this.call('GET', '/faults');
    }

    /** Takes back all that is ordered. */
    takeBack() {
        return this.call('DELETE', '/faults');
    }

    /** The org answers nothing any more: no record, no login, no event; streams break. Until all is taken back. */
    async cutOffOrg() {
        const refuse = (/** @type {string} */ service, /** @type {string} */ call, /** @type {number} */ status) =>
            this.order({ service, call, kind: { do: 'reject', status, code: 'SERVER_UNAVAILABLE' }, times: 0 });
        await refuse('rest', '*', 503);
        await refuse('oauth', 'token', 503);
        const unavailable = 14; // of gRPC
        for (const call of ['Subscribe', 'stream', 'GetTopic', 'GetSchema']) await refuse('pubsub', call, unavailable);
    }

    /**
     * An admin changes the org's schema.
     *
     * @param {'add-field' | 'drop-field'} change
     * @param {string} object or platform event
     * @param {string} field
     */
    changeSchema(change, object, field) {
        return this.call('POST', `/org/${change}`, { object, field });
    }

    /** @param {number} advanceMs how far the emulated world's clock jumps */
    advance(advanceMs) {
        return this.call('POST', '/clock', { advanceMs });
    }

    /** @returns {Promise<{meetings: ChimeMeeting[], calls: {operation: string, status: number, at: number}[]}>} */
    chime() {
        return this.call('GET', '/ledger/chime');
    }

    /**
     * When somebody was connected, as Chime itself measured it, in order.
     *
     * @param {string} externalUserId
     */
    async presence(externalUserId) {
        const { meetings } = await this.chime();
        return meetings
            .flatMap((meeting) => meeting.attendees)
            .filter((attendee) => attendee.externalUserId === externalUserId)
            .flatMap((attendee) => attendee.intervals)
            .sort(([a], [b]) => a - b);
    }
}
