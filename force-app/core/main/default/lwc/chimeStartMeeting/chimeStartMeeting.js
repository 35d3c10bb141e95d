import { LightningElement, api, wire } from 'lwc';
import { refreshApex } from '@salesforce/apex';
import { NavigationMixin } from 'lightning/navigation';
import { fill, formatDateTime } from 'c/chimeFormat';
import { picklistText } from 'c/chimePicklist';
import { markStarted } from 'c/chimeRoomNews';
import offer from '@salesforce/apex/ChimeStartController.offer';
import start from '@salesforce/apex/ChimeStartController.start';
import title from '@salesforce/label/c.Chime_Start_Title';
import subject from '@salesforce/label/c.Chime_Subject';
import startLabel from '@salesforce/label/c.Chime_Start_Meeting';
import starting from '@salesforce/label/c.Chime_Start_Starting';
import running from '@salesforce/label/c.Chime_Start_Running';
import open from '@salesforce/label/c.Chime_Open';
import openNamed from '@salesforce/label/c.Chime_Open_Named';
import loading from '@salesforce/label/c.Chime_Loading';

/** Starts a meeting from the record it stands on, and lists those that are running there. */
export default class ChimeStartMeeting extends NavigationMixin(LightningElement) {
    label = { title, subject, start: startLabel, running, open, loading };
    busy = false;
    told = '';
    _offer;
    _result;
    _offerError;
    _startError;
    _subject;
    _recordId;

    /* Nothing that was typed or proposed for one record goes into a meeting of another. */
    @api
    get recordId() {
        return this._recordId;
    }
    set recordId(value) {
        if (value !== this._recordId) {
            this._recordId = value;
            this._subject = undefined;
            this._offer = undefined;
            this._offerError = undefined;
            this._startError = undefined;
            this.busy = false;
            this.told = '';
        }
    }

    @wire(offer, { recordId: '$recordId' })
    wiredOffer(result) {
        this._result = result;
        if (result.data) {
            this._offer = result.data;
            this._offerError = undefined;
        } else if (result.error) {
            this._offer = undefined;
            this._offerError = result.error;
        }
    }

    connectedCallback() {
        if (this._offer || this._offerError) {
            this.refresh();
        }
    }

    async refresh() {
        try {
            await refreshApex(this._result);
        } catch (error) {
            this._offerError = error;
        }
    }

    get loading() {
        return !this._offer && !this._offerError;
    }

    get allowed() {
        return this._offer?.allowed === true;
    }

    get refusal() {
        return this._offer && !this._offer.allowed ? this._offer.reason : '';
    }

    get subject() {
        return this._subject ?? this._offer?.subject ?? '';
    }

    get errors() {
        return [this._startError, this._offerError];
    }

    get offerFailed() {
        return Boolean(this._offerError);
    }

    get running() {
        return (this._offer?.running ?? []).map((meeting) => ({
            ...meeting,
            subject: meeting.subject || meeting.name,
            line: [picklistText('meeting', meeting.status), formatDateTime(meeting.startedAt)]
                .filter(Boolean)
                .join(' · '),
            openLabel: fill(openNamed, meeting.subject || meeting.name)
        }));
    }

    get hasRunning() {
        return this.running.length > 0;
    }

    handleSubject(event) {
        this._subject = event.detail.value;
    }

    handleRetry() {
        this.refresh();
    }

    handleOpen(event) {
        this.show(event.target.dataset.id);
    }

    async handleStart() {
        if (this.busy) {
            return;
        }
        const id = this._recordId;
        const here = () => id === this._recordId;
        this.busy = true;
        this.told = starting;
        this._startError = undefined;
        try {
            /* What nobody has typed is left to Apex, which proposes it from the record itself. */
            const { meetingId } = await start({ recordId: id, subject: this._subject?.trim() || null });
            if (here()) {
                markStarted(meetingId);
                this._subject = undefined;
                this.refresh();
                this.show(meetingId);
            }
        } catch (error) {
            this._startError = here() ? error : this._startError;
        }
        if (here()) {
            this.busy = false;
            this.told = '';
        }
    }

    show(recordId) {
        this[NavigationMixin.Navigate]({
            type: 'standard__recordPage',
            attributes: { recordId, objectApiName: 'Chime_Meeting__c', actionName: 'view' }
        });
    }
}
