// @ts-check
/**
 * The keys that do what buttons do, and the switch that turns them off: single letters would get in the way of those
 * who speak to their computer. Tells `shortcuts` with the wish, and `close`.
 */
import { LightningElement, api } from 'lwc';
import { words } from 'room/words';
import { SHORTCUTS } from 'room/shortcuts';

export default class Help extends LightningElement {
    /** Whether the keys work now. */
    @api shortcuts = false;

    words = words('help');

    get rows() {
        return SHORTCUTS.map(({ key, does }) => ({ key, shown: key.toUpperCase(), what: this.words.does[does] }));
    }

    /** @param {Event} event */
    handleSwitch(event) {
        const { checked } = /** @type {HTMLInputElement} */ (event.target);
        this.dispatchEvent(new CustomEvent('shortcuts', { detail: checked }));
    }

    handleClose() {
        this.dispatchEvent(new CustomEvent('close'));
    }
}
