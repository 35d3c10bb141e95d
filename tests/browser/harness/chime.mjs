// @ts-check
// The Chime SDK's meeting operations over plain HTTP, as an AWS client sends them. The emulator reads the service's
// name in the signature and does not check the signature itself.

/** @typedef {{MeetingId: string, MediaPlacement: Record<string, string>, [field: string]: unknown}} Meeting */
/** @typedef {{AttendeeId: string, ExternalUserId: string, JoinToken: string}} Attendee */

const SIGNED =
    'AWS4-HMAC-SHA256 Credential=test/20261123/eu-central-1/chime/aws4_request, SignedHeaders=host, Signature=00';

export class Chime {
    /** @param {string} url the account's endpoint */
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
            headers: { authorization: SIGNED, 'content-type': 'application/json' },
            body: body === undefined ? undefined : JSON.stringify(body)
        });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
        return text ? JSON.parse(text) : undefined;
    }

    /** @returns {Promise<Meeting>} */
    async createMeeting() {
        const word = `browser-${Math.random().toString(36).slice(2)}`;
        const body = { ClientRequestToken: word, MediaRegion: 'eu-central-1', ExternalMeetingId: word };
        return (await this.call('POST', '/meetings', body)).Meeting;
    }

    /**
     * @param {string} meeting
     * @param {string} seat
     * @param {Record<string, string>} [capabilities]
     * @returns {Promise<Attendee>}
     */
    async createAttendee(meeting, seat, capabilities) {
        const body = { ExternalUserId: seat, Capabilities: capabilities };
        return (await this.call('POST', `/meetings/${meeting}/attendees`, body)).Attendee;
    }

    /**
     * @param {string} meeting
     * @param {string} attendee
     */
    deleteAttendee(meeting, attendee) {
        return this.call('DELETE', `/meetings/${meeting}/attendees/${attendee}`);
    }

    /** @param {string} meeting */
    deleteMeeting(meeting) {
        return this.call('DELETE', `/meetings/${meeting}`);
    }
}
