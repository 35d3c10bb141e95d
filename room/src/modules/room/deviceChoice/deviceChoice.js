// @ts-check
/**
 * One device out of those the browser lists.
 */
import { LightningElement, api } from 'lwc';
import { act } from 'room/session';
import { fill, words } from 'room/words';

/** @typedef {import('../../../core/state.js').DeviceKind} DeviceKind */

export default class DeviceChoice extends LightningElement {
    /** @type {DeviceKind} */
    @api kind = 'camera';
    /** @type {readonly {id: string, label: string}[]} */
    @api devices = [];
    /** @type {string|null} */
    @api chosen = null;

    words = words('deviceChoice');

    get label() {
        return this.words.kind[this.kind];
    }

    get name() {
        return `choose-${this.kind}`;
    }

    get options() {
        return this.devices.map(({ id, label }, index) => ({
            id,
            label: label || fill(this.words.unnamed, { kind: this.label, n: index + 1 }),
            selected: id === this.chosen
        }));
    }

    /** @param {Event} event */
    handleChange(event) {
        act().choose(this.kind, /** @type {HTMLSelectElement} */ (event.target).value);
    }
}
