import { LightningElement, api } from 'lwc';
import LightningConfirm from 'lightning/confirm';
import { fill, formatDateTime, formatDuration } from 'c/chimeFormat';
import { picklistText } from 'c/chimePicklist';
import { poll } from 'c/chimePoll';
import { askRoom, listen } from 'c/chimeRoomNews';
import people from '@salesforce/apex/ChimeParticipantsController.people';
import removeParticipant from '@salesforce/apex/ChimeRoomController.removeParticipant';
import title from '@salesforce/label/c.Chime_People_Title';
import nobody from '@salesforce/label/c.Chime_People_Nobody';
import summary from '@salesforce/label/c.Chime_People_Summary';
import name from '@salesforce/label/c.Chime_People_Name';
import status from '@salesforce/label/c.Chime_People_Status';
import consent from '@salesforce/label/c.Chime_People_Consent';
import joined from '@salesforce/label/c.Chime_People_Joined';
import left from '@salesforce/label/c.Chime_People_Left';
import present from '@salesforce/label/c.Chime_People_Present';
import connections from '@salesforce/label/c.Chime_People_Connections';
import reconnected from '@salesforce/label/c.Chime_People_Reconnected';
import you from '@salesforce/label/c.Chime_People_You';
import cameIn from '@salesforce/label/c.Chime_People_Came_In';
import wentOut from '@salesforce/label/c.Chime_People_Went_Out';
import muted from '@salesforce/label/c.Chime_People_Muted';
import speaking from '@salesforce/label/c.Chime_People_Speaking';
import remove from '@salesforce/label/c.Chime_People_Remove';
import removeNamed from '@salesforce/label/c.Chime_People_Remove_Named';
import removeConfirm from '@salesforce/label/c.Chime_People_Remove_Confirm';
import actions from '@salesforce/label/c.Chime_Actions';
import refresh from '@salesforce/label/c.Chime_Refresh';
import loading from '@salesforce/label/c.Chime_Loading';

const LOOK_MS = 5000;
/** With the room on the same page the record is only asked for what the room does not know. */
const LOOK_WITH_ROOM_MS = 30000;
const LOOK_AFTER_ERROR_MS = 15000;

/** Who is or was in the meeting. Live from the room on the same page; without it, from the record every 5 seconds. */
export default class ChimeParticipants extends LightningElement {
    label = {
        title,
        nobody,
        name,
        status,
        consent,
        joined,
        left,
        present,
        connections,
        remove,
        actions,
        refresh,
        loading
    };
    loadError;
    actionError;
    told = '';
    _list;
    _roster = null;
    _removing = [];
    /* Where the keyboard goes if the button under it was switched off or went away. */
    _focus = null;
    _recordId;
    _unlisten = () => {};
    _connected = false;
    _poll = poll(() => this.look());

    @api
    get recordId() {
        return this._recordId;
    }
    set recordId(value) {
        if (value === this._recordId) {
            return;
        }
        this._recordId = value;
        this._list = undefined;
        this.loadError = undefined;
        this.actionError = undefined;
        this.told = '';
        this._removing = [];
        if (this._connected) {
            this.attend();
        }
    }

    connectedCallback() {
        this._connected = true;
        this.attend();
    }

    disconnectedCallback() {
        this._connected = false;
        this._unlisten();
        this._poll.stop();
    }

    renderedCallback() {
        const target = this._focus && this.template.querySelector(this._focus);
        this._focus = null;
        if (target && document.activeElement === document.body) {
            target.focus();
        }
    }

    attend() {
        this._unlisten();
        this._roster = null;
        this._unlisten = listen(this._recordId, (news) => this.hear(news));
        this._poll.start();
    }

    get loading() {
        return !this._list && !this.loadError;
    }

    get errors() {
        return [this.actionError, this.loadError];
    }

    get empty() {
        return this._list?.people.length === 0;
    }

    get hasPeople() {
        return this._list?.people.length > 0;
    }

    get mayControl() {
        return this._list?.mayControl === true && !this._list.isFinal;
    }

    get rows() {
        return this._list.people.map((person) => this.rowOf(person));
    }

    get summary() {
        const inside = this.rows.filter((row) => row.inside).length;
        return fill(summary, this._list.people.length, inside);
    }

    rowOf(person) {
        const live = this._roster?.get(person.id);
        const value = this.statusOf(person, live);
        const often =
            person.reconnects > 0 ? fill(reconnected, person.connections, person.reconnects) : person.connections;
        return {
            id: person.id,
            name: person.name,
            inside: value === 'In meeting',
            roleLine: [picklistText('role', person.role), person.isMe ? you : ''].filter(Boolean).join(' · '),
            statusText: picklistText('seat', value),
            voice: voiceOf(live),
            consentText: picklistText('consent', person.consent),
            consentAt: formatDateTime(person.consentAt),
            joined: formatDateTime(person.firstJoinedAt),
            left: value === 'In meeting' ? '' : formatDateTime(person.lastLeftAt),
            present: formatDuration(person.secondsPresent),
            connections: often || '',
            mayRemove: !person.isMe && value !== 'Removed',
            removeLabel: fill(removeNamed, person.name),
            removing: this._removing.includes(person.id)
        };
    }

    /* The room knows at once who is there; what it does not say, the record does. */
    statusOf(person, live) {
        if (live) {
            return 'In meeting';
        }
        return this._roster && person.status === 'In meeting' ? 'Left' : person.status;
    }

    async look() {
        const id = this._recordId;
        if (!id) {
            return null;
        }
        try {
            const list = await people({ meetingId: id });
            if (id !== this._recordId) {
                return 0;
            }
            this._list = list;
            this.loadError = undefined;
        } catch (error) {
            if (id !== this._recordId) {
                return 0;
            }
            this.loadError = error;
            return LOOK_AFTER_ERROR_MS;
        }
        if (this._list.isFinal) {
            return null;
        }
        return this._roster ? LOOK_WITH_ROOM_MS : LOOK_MS;
    }

    handleRefresh() {
        this._poll.now();
    }

    hear(news) {
        if (news.kind === 'roster') {
            const before = this._roster;
            this._roster = new Map(news.people.map((person) => [person.seat, person]));
            this.announce(before);
        } else if (news.kind === 'closed') {
            this._roster = null;
            this._poll.now();
        } else if (news.kind === 'recording') {
            this._poll.now();
        }
    }

    announce(before) {
        const now = this._roster;
        const came = [...now.values()].filter(({ seat }) => before && !before.has(seat));
        const went = [...(before?.values() ?? [])].filter(({ seat }) => !now.has(seat));
        if (came.length > 0 || went.length > 0 || !before) {
            const lines = [
                ...came.map((person) => fill(cameIn, person.name)),
                ...went.map((person) => fill(wentOut, person.name))
            ];
            this.told = lines.join(' ');
            this._poll.now();
        }
    }

    async handleRemove(event) {
        const id = this._recordId;
        const here = () => id === this._recordId;
        const { seat } = event.target.dataset;
        const person = this._list.people.find((one) => one.id === seat);
        const message = fill(removeConfirm, person.name);
        if (!(await LightningConfirm.open({ label: remove, message, theme: 'warning' }))) {
            return;
        }
        if (here()) {
            this._removing = [...this._removing, seat];
            this.actionError = undefined;
        }
        const error = await removeSeat(id, seat);
        if (here()) {
            this.actionError = error;
            this._removing = this._removing.filter((one) => one !== seat);
            this._focus = error ? `button[data-seat="${seat}"]` : '[data-id="summary"]';
            this._poll.now();
        }
    }
}

/* Through the room of the meeting on which it was asked for, else through Apex. */
async function removeSeat(meetingId, seat) {
    try {
        if (!(await askRoom(meetingId, { type: 'remove', seat }))) {
            await removeParticipant({ participantId: seat });
        }
        return undefined;
    } catch (error) {
        return error;
    }
}

function voiceOf(live) {
    if (live?.muted) {
        return { icon: 'utility:muted', text: muted };
    }
    return live?.speaking ? { icon: 'utility:unmuted', text: speaking } : null;
}
