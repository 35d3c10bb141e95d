import { api } from 'lwc';
import LightningModal from 'lightning/modal';

/** The dialog of a quick action. It ends when the action's component asks for it, or by its own cross. */
export default class ActionModal extends LightningModal {
    /** The action's component. */
    @api component;
    /** The record it is for. */
    @api given;

    handleClose() {
        this.close();
    }
}
