// @ts-check
/**
 * What is recorded: always 1280 by 720, names under the pictures, nothing to click. Up to nine people in a grid; a
 * shared screen is large with people beside it. A clock changes each second.
 */
import { LightningElement, api } from 'lwc';
import { arrangeRecording } from 'room/recordingLayout';
import { count, words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */

export default class Recorder extends LightningElement {
    /** @type {RoomState} */
    @api state = /** @type {any} */ (null);

    words = words('recorder');

    get inside() {
        return this.state.phase === 'in' || this.state.phase === 'reconnecting';
    }

    get subject() {
        return this.state.ticket?.subject ?? '';
    }

    get text() {
        const { phase, people } = this.state;
        const known = /** @type {keyof typeof this.words.phase} */ (phase);
        if (phase === 'in') {
            return people.length === 0 ? this.words.nobody : '';
        }
        return this.words.phase[known] ?? this.words.phase.starting;
    }

    get arrangement() {
        return arrangeRecording(this.state.people, this.state.tiles);
    }

    get more() {
        const { more } = this.arrangement;
        return more > 0 ? count(this.words.more, more) : '';
    }

    renderedCallback() {
        const places = new Map(this.arrangement.shown.map((item) => [item.id, item]));
        this.template?.querySelectorAll('[data-item]').forEach((element) => {
            const { style, dataset } = /** @type {HTMLElement} */ (element);
            const place = places.get(dataset.item ?? '');
            if (place) {
                style.left = `${Math.round(place.x)}px`;
                style.top = `${Math.round(place.y)}px`;
                style.width = `${Math.floor(place.width)}px`;
                style.height = `${Math.floor(place.height)}px`;
            }
        });
    }
}
