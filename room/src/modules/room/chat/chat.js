// @ts-check
/**
 * What is written in the meeting. Lines are read out as they come (a log); Enter sends, Shift+Enter makes a line.
 */
import { LightningElement, api } from 'lwc';
import { act } from 'room/session';
import { clockTime, words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */

/** So near to the end counts as at the end, CSS pixels. */
const NEAR = 60;

export default class Chat extends LightningElement {
    /** @type {RoomState['chat']} */
    @api lines = [];

    words = words('chat');
    seen = 0;
    refused = false;

    get rows() {
        return this.lines.map((line, index) => {
            const before = this.lines[index - 1];
            const same = before && before.attendeeId === line.attendeeId && line.at - before.at < 120000;
            return {
                ...line,
                head: !same,
                who: line.own ? this.words.you : line.name || this.words.nameless,
                time: clockTime(line.at),
                classes: line.own ? 'line own' : 'line'
            };
        });
    }

    get empty() {
        return this.lines.length === 0;
    }

    renderedCallback() {
        const log = /** @type {HTMLElement} */ (this.refs?.log);
        if (this.lines.length !== this.seen) {
            const last = this.lines[this.lines.length - 1];
            const atEnd = this.seen === 0 || log.scrollHeight - log.scrollTop - log.clientHeight < NEAR + 80;
            this.seen = this.lines.length;
            if (atEnd || last?.own) {
                log.scrollTop = log.scrollHeight;
            }
        }
    }

    /** @param {KeyboardEvent} event */
    handleKey(event) {
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            this.send();
        }
    }

    /** @param {Event} event */
    handleSend(event) {
        event.preventDefault();
        this.send();
    }

    send() {
        const field = /** @type {HTMLTextAreaElement} */ (this.refs?.field);
        const text = field.value.trim();
        if (text) {
            this.refused = !act().say(text);
            if (!this.refused) {
                field.value = '';
            }
        }
        field.focus();
    }

    @api
    focusField() {
        /** @type {Record<string, HTMLElement>} */ (this.refs).field.focus();
    }
}
