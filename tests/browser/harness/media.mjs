// @ts-check
// The emulator's control API (8805) as these tests use it: who is connected, cuts, bots, the clock.

/** @typedef {{attendeeId: string, meetingId: string, [field: string]: unknown}} Connected */

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
     * @param {{service: string, call: string, kind: {do: string}, times?: number}} fault
     */
    order(fault) {
        return this.call('POST', '/faults', fault);
    }

    /** @param {number} advanceMs how far the emulated world's clock jumps */
    advance(advanceMs) {
        return this.call('POST', '/clock', { advanceMs });
    }

    chime() {
        return this.call('GET', '/ledger/chime');
    }
}
