// @ts-check
/**
 * Who is in the meeting: raised hands first, then as they came. A host removes from here.
 */
import { LightningElement, api } from 'lwc';
import { bars, colour, initials } from 'room/people';
import { count, fill, words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */

export default class Roster extends LightningElement {
    /** @type {RoomState['people']} */
    @api people = [];
    /** @type {RoomState['recorder']} */
    @api recorder = { present: false, count: 0 };
    /** The person may remove others. */
    @api host = false;

    words = words('roster');

    get rows() {
        const order = [...this.people].sort((a, b) => Number(b.hand) - Number(a.hand));
        return order.map((person) => {
            const name = person.name || this.words.nameless;
            const strength = bars(person.signal);
            return {
                ...person,
                name,
                letters: initials(person.name),
                classes: `letters colour${colour(person.seat)}${person.speaking ? ' speaking' : ''}`,
                marks: [
                    person.self && this.words.you,
                    person.role && this.words.role[/** @type {'host'} */ (person.role)],
                    person.ownWord && this.words.ownWord,
                    person.content && this.words.sharing
                ]
                    .filter(Boolean)
                    .join(' · '),
                microphone: person.muted ? 'microphoneOff' : 'microphone',
                sound: person.muted ? this.words.muted : person.speaking ? this.words.speaking : this.words.unmuted,
                soundClass: person.muted ? 'sound off' : 'sound',
                signal: `signal bars${strength}`,
                signalText: this.words.signal[strength],
                removable: this.host && !person.self,
                removeLabel: fill(this.words.remove, { name })
            };
        });
    }

    get recorderText() {
        return this.recorder.present ? this.words.recorder : '';
    }

    get summary() {
        return count(this.words.count, this.people.length);
    }

    /** @param {Event} event */
    handleRemove(event) {
        const { seat, name } = /** @type {HTMLElement} */ (event.currentTarget).dataset;
        this.dispatchEvent(new CustomEvent('remove', { detail: { seat, name } }));
    }
}
