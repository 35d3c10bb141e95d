import { LightningElement, api, wire } from 'lwc';
import { getFieldValue, getRecord } from 'lightning/uiRecordApi';
import LightningConfirm from 'lightning/confirm';
import MEETING from '@salesforce/schema/Chime_Recording__c.Meeting__c';
import { fill } from 'c/chimeFormat';
import { poll } from 'c/chimePoll';
import { changesInWords, inWords } from 'c/chimeRecordingWords';
import { listen } from 'c/chimeRoomNews';
import { after } from 'c/chimeTimer';
import recordings from '@salesforce/apex/ChimePlaybackController.recordings';
import erase from '@salesforce/apex/ChimePlaybackController.erase';
import stateOf from '@salesforce/apex/ChimeRoomController.state';
import title from '@salesforce/label/c.Chime_Recordings_Title';
import none from '@salesforce/label/c.Chime_Recordings_None';
import onHold from '@salesforce/label/c.Chime_Recording_On_Hold';
import play from '@salesforce/label/c.Chime_Playback_Play';
import eraseLabel from '@salesforce/label/c.Chime_Recording_Erase';
import eraseConfirm from '@salesforce/label/c.Chime_Recording_Erase_Confirm';
import eraseAsked from '@salesforce/label/c.Chime_Recording_Erase_Asked';
import refresh from '@salesforce/label/c.Chime_Refresh';
import loading from '@salesforce/label/c.Chime_Loading';

const LOOK_MS = 5000;
const LOOK_IDLE_MS = 30000;
const LOOK_AFTER_ERROR_MS = 15000;
const ERASE_WAIT_MS = 120000;
const SETTLED = ['Available', 'Failed', 'Erased'];

/**
 * The recordings of a meeting, or the one on whose page it stands; one of them plays when somebody wants it. The link
 * it plays from stands in no record that people can read.
 */
export default class ChimeRecordingPlayer extends LightningElement {
    label = { title, none, onHold, play, erase: eraseLabel, refresh, loading };
    loadError;
    actionError;
    told = '';
    playing = null;

    _recordId;
    _objectApiName;
    _fromRecord;
    _rows;
    _erasing = [];
    _connected = false;
    _poll = poll(() => this.look());
    _unlisten = () => {};
    /* Where the keyboard goes if the button under it was switched off or went away. */
    _next = null;
    _cancelErasing = () => {};

    @api
    get recordId() {
        return this._recordId;
    }
    set recordId(value) {
        if (value !== this._recordId) {
            this._recordId = value;
            this._fromRecord = undefined;
            this.loadError = undefined;
            this.actionError = undefined;
            this.told = '';
            this._erasing = [];
            this.restart();
        }
    }

    @api
    get objectApiName() {
        return this._objectApiName;
    }
    set objectApiName(value) {
        if (value !== this._objectApiName) {
            this._objectApiName = value;
            this.restart();
        }
    }

    get singleId() {
        return this._objectApiName === 'Chime_Recording__c' ? this._recordId : undefined;
    }

    get meetingId() {
        return this._objectApiName === 'Chime_Recording__c' ? this._fromRecord : this._recordId;
    }

    @wire(getRecord, { recordId: '$singleId', fields: [MEETING] })
    wiredRecording({ data, error }) {
        if (data) {
            /* The record comes anew with each save of it; what plays goes on. */
            const meeting = getFieldValue(data, MEETING);
            if (meeting !== this._fromRecord) {
                this._fromRecord = meeting;
                this.loadError = undefined;
                this.restart();
            }
        } else if (error) {
            this.loadError = error;
        }
    }

    connectedCallback() {
        this._connected = true;
        this.restart();
    }

    disconnectedCallback() {
        this._connected = false;
        this._cancelErasing();
        this._erasing = [];
        this._unlisten();
        this._poll.stop();
    }

    renderedCallback() {
        const target = this._next && this.template.querySelector(this._next);
        this._next = null;
        if (target && document.activeElement === document.body) {
            target.focus();
        }
    }

    restart() {
        this.playing = null;
        this._rows = undefined;
        this._unlisten();
        if (this._connected && this.meetingId) {
            this._unlisten = listen(this.meetingId, ({ kind }) => kind === 'recording' && this._poll.now());
            this._poll.start();
        }
    }

    /* The list */

    get loading() {
        return !this._rows && !this.loadError;
    }

    get errors() {
        return [this.actionError, this.loadError];
    }

    get empty() {
        return this._rows?.length === 0;
    }

    get hasRows() {
        return this._rows?.length > 0;
    }

    get rows() {
        return this._rows.map((row) => ({
            ...inWords(row),
            isPlaying: this.playing?.id === row.id,
            erasing: this._erasing.includes(row.id)
        }));
    }

    async look() {
        const id = this.meetingId;
        if (!id) {
            return null;
        }
        let isFinal = false;
        try {
            const [rows, meeting] = await Promise.all([recordings({ meetingId: id }), stateOf({ meetingId: id })]);
            if (id !== this.meetingId) {
                return 0;
            }
            this.show(this.singleId ? rows.filter((row) => row.id === this.singleId) : rows);
            isFinal = meeting.isFinal;
            this.loadError = undefined;
        } catch (error) {
            if (id !== this.meetingId) {
                return 0;
            }
            this.loadError = error;
            return LOOK_AFTER_ERROR_MS;
        }
        if (this._erasing.length > 0 || this._rows.some(({ status }) => !SETTLED.includes(status))) {
            return LOOK_MS;
        }
        return isFinal ? null : LOOK_IDLE_MS;
    }

    show(rows) {
        const before = new Map((this._rows ?? []).map((row) => [row.id, row.status]));
        const news = rows.filter((row) => before.has(row.id) && before.get(row.id) !== row.status);
        this._rows = rows;
        this._erasing = this._erasing.filter((id) => !news.some((row) => row.id === id));
        if (news.length > 0) {
            this.told = changesInWords(news);
        }
    }

    handleRefresh() {
        this._poll.now();
    }

    async handleErase(event) {
        const { recording } = event.target.dataset;
        const { name } = this._rows.find(({ id }) => id === recording);
        const page = this._recordId;
        const here = () => page === this._recordId;
        const message = fill(eraseConfirm, name);
        if (!(await LightningConfirm.open({ label: eraseLabel, message, theme: 'error' }))) {
            return;
        }
        if (here()) {
            this._erasing = [...this._erasing, recording];
            this.actionError = undefined;
        }
        const error = await eraseOne(recording);
        if (here()) {
            this.erasureAnswered(recording, name, error);
        }
    }

    /* Taken over, it is waited for two minutes at most: one that failed at the bridge can be asked for again. */
    erasureAnswered(recording, name, error) {
        if (error) {
            this.actionError = error;
            this._erasing = this._erasing.filter((id) => id !== recording);
            this._next = `[data-id="erase"][data-recording="${recording}"]`;
        } else {
            this.told = fill(eraseAsked, name);
            this._next = '[data-id="told"]';
            this._cancelErasing();
            this._cancelErasing = after(ERASE_WAIT_MS, () => {
                this._erasing = [];
            });
            if (this.playing?.id === recording) {
                this.playing = null;
            }
        }
        this._poll.now();
    }

    handlePlay(event) {
        const { recording } = event.target.dataset;
        const { id, name } = this._rows.find((row) => row.id === recording);
        this.playing = { id, name };
    }

    handleCloseButton() {
        this._next = `[data-id="play"][data-recording="${this.playing.id}"]`;
        this.playing = null;
    }
}

async function eraseOne(recordingId) {
    try {
        await erase({ recordingId });
        return undefined;
    } catch (error) {
        return error;
    }
}
