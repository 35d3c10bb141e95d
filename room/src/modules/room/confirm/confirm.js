// @ts-check
/**
 * Asks once more before something that cannot be taken back. Tells `yes` or `no`.
 */
import { LightningElement, api } from 'lwc';
import { words } from 'room/words';

export default class Confirm extends LightningElement {
    @api heading = '';
    @api text = '';
    /** @type {string} what the deed is called */
    @api yes = '';
    /** @type {string} the button's name for tests */
    @api deed = 'confirm';

    words = words('confirm');
    sure = false;

    handleYes() {
        this.sure = true;
        this.close();
    }

    handleNo() {
        this.close();
    }

    close() {
        /** @type {any} */ (this.refs).dialog.close();
    }

    handleClose() {
        this.dispatchEvent(new CustomEvent(this.sure ? 'yes' : 'no'));
    }
}
