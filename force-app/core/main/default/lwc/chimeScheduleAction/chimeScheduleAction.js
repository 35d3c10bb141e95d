import { LightningElement, api } from 'lwc';
import { CloseActionScreenEvent } from 'lightning/actions';

/** Schedule and invite as a quick action. The platform gives the record a moment after the component has come up. */
export default class ChimeScheduleAction extends LightningElement {
    @api recordId;
    @api objectApiName;

    handleClose() {
        this.dispatchEvent(new CloseActionScreenEvent());
    }
}
