// @ts-check
/**
 * A window over the page, by the browser's own `<dialog>`: it holds the keyboard, closes with Escape and gives the
 * keyboard back to where it was. Tells `close` when it is gone.
 */
import { LightningElement, api } from 'lwc';
import { words } from 'room/words';

export default class Dialog extends LightningElement {
    @api heading = '';
    /** A corner button that closes; where the content has its own, leave it out. */
    @api closable = false;

    words = words('dialog');

    renderedCallback() {
        const dialog = /** @type {HTMLDialogElement} */ (this.refs?.dialog);
        if (!dialog.open) {
            dialog.showModal();
        }
    }

    handleClose() {
        this.dispatchEvent(new CustomEvent('close'));
    }

    /** Closes, and by that tells `close`. */
    @api
    close() {
        /** @type {Record<string, HTMLDialogElement>} */ (this.refs).dialog.close();
    }

    handleCorner() {
        this.close();
    }
}
