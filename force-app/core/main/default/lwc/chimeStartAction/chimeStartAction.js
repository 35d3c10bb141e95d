import { LightningElement, api } from 'lwc';
import { NavigationMixin } from 'lightning/navigation';
import Toast from 'lightning/toast';
import { reduceErrors } from 'c/chimeErrors';
import { markStarted } from 'c/chimeRoomNews';
import start from '@salesforce/apex/ChimeStartController.start';
import failed from '@salesforce/label/c.Chime_Start_Failed';

/** Starts a meeting from the record with one click, and opens it. The subject is the one proposed for the record. */
export default class ChimeStartAction extends NavigationMixin(LightningElement) {
    @api recordId;

    _running = false;

    /** What the platform calls at each click; a second click while the first is under way does nothing. */
    @api
    async invoke() {
        if (this._running) {
            return;
        }
        this._running = true;
        try {
            const { meetingId } = await start({ recordId: this.recordId, subject: null });
            markStarted(meetingId);
            this[NavigationMixin.Navigate]({
                type: 'standard__recordPage',
                attributes: { recordId: meetingId, objectApiName: 'Chime_Meeting__c', actionName: 'view' }
            });
        } catch (error) {
            const message = reduceErrors(error).join(' ');
            Toast.show({ label: failed, message, variant: 'error', mode: 'sticky' }, this);
        } finally {
            this._running = false;
        }
    }
}
