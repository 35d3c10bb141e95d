import { LightningElement, api } from 'lwc';
import LightningConfirm from 'lightning/confirm';
import userLocale from '@salesforce/i18n/locale';
import { fill } from 'c/chimeFormat';
import { poll } from 'c/chimePoll';
import { takePlace, takeStarted, tell } from 'c/chimeRoomNews';
import { openRoomPort } from 'c/chimeRoomPort';
import { consentBlock, isConsentAsked, isConsentHeard, statusLine } from 'c/chimeRoomWords';
import {
    advice,
    checkBefore,
    checkFrame,
    checkProblem,
    checkSilence,
    safeOrigin,
    watchBlocked
} from 'c/chimeSelfCheck';
import { after } from 'c/chimeTimer';
import stateOf from '@salesforce/apex/ChimeRoomController.state';
import enter from '@salesforce/apex/ChimeRoomController.enter';
import endMeeting from '@salesforce/apex/ChimeRoomController.endMeeting';
import startRecording from '@salesforce/apex/ChimeRoomController.startRecording';
import stopRecording from '@salesforce/apex/ChimeRoomController.stopRecording';
import agree from '@salesforce/label/c.Chime_Consent_Agree';
import consentQuestion from '@salesforce/label/c.Chime_Consent_Question';
import consentNotSent from '@salesforce/label/c.Chime_Consent_Not_Sent';
import checkHeading from '@salesforce/label/c.Chime_Check_Heading';
import close from '@salesforce/label/c.Chime_Close';
import tryAgain from '@salesforce/label/c.Chime_Try_Again';
import loading from '@salesforce/label/c.Chime_Loading';
import roomTitle from '@salesforce/label/c.Chime_Room_Title';
import frameTitle from '@salesforce/label/c.Chime_Room_Frame_Title';
import enterLabel from '@salesforce/label/c.Chime_Room_Enter';
import enterAgain from '@salesforce/label/c.Chime_Room_Enter_Again';
import enterHere from '@salesforce/label/c.Chime_Room_Enter_Here';
import windowLabel from '@salesforce/label/c.Chime_Room_Window';
import windowAgain from '@salesforce/label/c.Chime_Room_Window_Again';
import leave from '@salesforce/label/c.Chime_Room_Leave';
import record from '@salesforce/label/c.Chime_Room_Record';
import stop from '@salesforce/label/c.Chime_Room_Stop';
import end from '@salesforce/label/c.Chime_Room_End';
import endConfirm from '@salesforce/label/c.Chime_Room_End_Confirm';

const LOOK_MS = 5000;
const LOOK_IN_ROOM_MS = 15000;
const LOOK_AFTER_ERROR_MS = 15000;
/** How long the room may take to show that a command was heard, before Apex is asked instead. */
const ANSWER_MS = 8000;
const LEAVE_MS = 3000;
/** How long the frame may take to load: as long as the handshake would. */
const LOAD_MS = 20000;
/** How long a seat in its own window can be opened once more without asking Apex for it. */
const KEEP_KEY_MS = 60000;
const HEIGHT = { least: 320, usual: 560, most: 1600 };

const GONE = ['left', 'ended', 'removed', 'refused'];
const SILENCE = ['trustedUrl', 'notLoaded', 'noAnswer'];
/* The control that takes the place of another. */
const NEXT = { record: ['stop'], stop: ['record'], agree: ['decline'], decline: ['agree'], leave: ['enter'] };
const RUNNING = ['Preparing', 'Waiting for consent', 'Starting', 'Recording'];

/**
 * The room of a meeting on its record page. Holds the seat of this user: one frame at a time, the
 * same seat after each return. What the room tells goes on to the other components of the page.
 */
export default class ChimeRoom extends LightningElement {
    /** Opens the room as soon as the record is there, for a user with a seat. */
    @api openAtOnce = false;

    label = {
        agree,
        checkHeading,
        close,
        consentQuestion,
        end,
        leave,
        loading,
        record,
        stop,
        tryAgain,
        window: windowLabel
    };
    meeting;
    loadError;
    actionError;
    acting = false;
    frameSrc = null;
    opening = false;
    inWindow = false;
    roomState = null;
    roomReason = null;
    recording = null;
    height = HEIGHT.usual;
    advice = [];

    _recordId;
    _connected = false;
    _codes = [];
    _origin = null;
    /* Where the keyboard goes with the next rendering: the first of these that is there. */
    _focus = null;
    /* Raised whenever the room opens or closes: an answer that comes late for another visit is dropped. */
    _visit = 0;
    _tried = false;
    _poll = poll(() => this.look());
    /* What opens the seat is kept in these two only, and only as long as the room is open (its key a minute longer). */
    _entry = null;
    _port = null;
    _release = () => {};
    _unwatch = () => {};
    _cancelLoad = () => {};
    _cancelKey = () => {};
    /* The seats that the room showed last. */
    _seats = [];
    _loaded = false;
    _blocked = false;

    @api
    get recordId() {
        return this._recordId;
    }
    set recordId(value) {
        if (value === this._recordId) {
            return;
        }
        this.closeRoom();
        this._recordId = value;
        this.meeting = undefined;
        this.loadError = undefined;
        this.actionError = undefined;
        this.acting = false;
        this.roomState = null;
        this.roomReason = null;
        this.inWindow = false;
        this._tried = false;
        this.showAdvice([]);
        if (this._connected) {
            this._poll.start();
        }
    }

    connectedCallback() {
        this._connected = true;
        this._poll.start();
    }

    disconnectedCallback() {
        this._connected = false;
        this._poll.stop();
        this.closeRoom();
    }

    renderedCallback() {
        const { ids = [], onlyIfLost = false } = this._focus ?? {};
        const targets = ids.map((id) => this.template.querySelector(`[data-id="${id}"]`));
        const target = targets.find((one) => one && !one.disabled);
        if (target) {
            this._focus = null;
            if (!onlyIfLost || document.activeElement === document.body) {
                target.focus();
            }
        }
    }

    /** A control that goes away or was switched off hands the keyboard on, at the latest to the status line. */
    handOn(...ids) {
        this._focus = { ids: [...ids, 'status'], onlyIfLost: true };
    }

    /* What the page shows */

    get loading() {
        return !this.meeting && !this.loadError;
    }

    get title() {
        return this.meeting?.subject || this.meeting?.name || roomTitle;
    }

    get frameTitle() {
        return fill(frameTitle, this.title);
    }

    get frameStyle() {
        return `height: ${this.height}px`;
    }

    get errors() {
        return [this.actionError, this.loadError];
    }

    get hasAdvice() {
        return this.advice.length > 0;
    }

    get canEnter() {
        return this.meeting?.hasSeat === true && !this.meeting.isFinal;
    }

    get showEnter() {
        return this.canEnter && !this.frameSrc && !this.opening;
    }

    get enterLabel() {
        if (this.inWindow) {
            return enterHere;
        }
        return this.roomState ? enterAgain : enterLabel;
    }

    get windowLabel() {
        return this.inWindow ? windowAgain : windowLabel;
    }

    /** One line that a screen reader hears whenever it changes. */
    get statusLine() {
        if (!this.meeting) {
            return '';
        }
        const { inWindow, opening, roomState: state, roomReason: reason, recordingState } = this;
        return statusLine(this.meeting, { inWindow, opening, state, reason, recordingState });
    }

    get recordingState() {
        return this.recording?.state ?? this.meeting?.recordingState ?? 'None';
    }

    get mayRecord() {
        return this.canCommand && this.meeting.mayRecord && !RUNNING.includes(this.recordingState);
    }

    get mayStop() {
        return this.canCommand && this.meeting.mayRecord && RUNNING.includes(this.recordingState);
    }

    get mayEnd() {
        return this.canCommand && this.meeting.mayControl;
    }

    get canCommand() {
        return Boolean(this.meeting) && !this.meeting.isFinal && this.meeting.status !== 'Scheduled';
    }

    get consent() {
        return this.recording?.consent ?? 'Not asked';
    }

    get askConsent() {
        return this.roomState === 'in' && isConsentAsked(this.meeting, this.recordingState, this.consent);
    }

    get mayAgree() {
        return consentBlock(this.consent).mayAgree;
    }

    get mayDecline() {
        return consentBlock(this.consent).mayDecline;
    }

    get declineLabel() {
        return consentBlock(this.consent).declineLabel;
    }

    get consentText() {
        return consentBlock(this.consent).text;
    }

    /* The record */

    async look() {
        const id = this._recordId;
        if (!id) {
            return null;
        }
        let held = false;
        try {
            const meeting = await stateOf({ meetingId: id });
            if (id !== this._recordId) {
                return 0;
            }
            held = this.keepFocus();
            this.meeting = meeting;
            this.loadError = undefined;
        } catch (error) {
            if (id !== this._recordId) {
                return 0;
            }
            this.loadError = error;
            return LOOK_AFTER_ERROR_MS;
        }
        if (this.meeting.isFinal) {
            this.closeRoom();
            this.showAdvice([]);
            if (held) {
                this.handOn();
            }
            return null;
        }
        const wanted = takeStarted(id) || this.openAtOnce;
        if (wanted && this.canEnter && !this._tried) {
            this._tried = true;
            this.open();
        }
        return this._port?.isReady() ? LOOK_IN_ROOM_MS : LOOK_MS;
    }

    /* A button that news take away from under the keyboard. */
    keepFocus() {
        const id = this.template.activeElement?.dataset.id;
        if (id && id !== 'frame') {
            this.handOn(id, ...(NEXT[id] ?? []));
        }
        return Boolean(id);
    }

    handleReload() {
        this._poll.now();
    }

    /* Going in and out */

    handleEnter() {
        this.handOn();
        return this.open();
    }

    handleTryAgain() {
        this.closeRoom();
        return this.handleEnter();
    }

    handleDismiss() {
        this.showAdvice([]);
        this.handOn();
    }

    async open() {
        if (this.frameSrc || this.opening) {
            return;
        }
        this.opening = true;
        this.inWindow = false;
        this.roomReason = null;
        this.showAdvice([]);
        const entry = await this.askIn();
        if (!entry) {
            return;
        }
        const origin = this._origin;
        this._loaded = false;
        this._blocked = false;
        this._release = takePlace(this._recordId, {
            leave: () => this.closeRoom(),
            ask: (command) => this.askRoom(command)
        });
        this._unwatch = watchBlocked('frame', origin, () => {
            this._blocked = true;
            this.addAdvice(['trustedUrl']);
        });
        this._port = openRoomPort({
            frameWindow: () => this.frame?.contentWindow,
            origin,
            onReady: () => this.greet(),
            onMessage: (message) => this.hear(message),
            onSilent: () => this.missing()
        });
        this._cancelLoad = after(LOAD_MS, () => this.missing());
        this.frameSrc = `${origin}/?embed=1`;
    }

    /** Asks Apex for the seat, and judges the room's address before anything is sent there. */
    async askIn() {
        this._visit += 1;
        const visit = this._visit;
        this.actionError = undefined;
        let entry = null;
        try {
            entry = await enter({ meetingId: this._recordId });
        } catch (error) {
            this.actionError = visit === this._visit ? error : this.actionError;
        }
        if (visit !== this._visit || !this._connected) {
            return null;
        }
        const codes = entry ? checkBefore(entry.roomUrl) : [];
        if (!entry || codes.length > 0) {
            this.opening = false;
            this.showAdvice(codes);
            return null;
        }
        this._entry = entry;
        this._origin = safeOrigin(entry.roomUrl);
        return entry;
    }

    get frame() {
        return this.template.querySelector('iframe');
    }

    handleFrameLoad() {
        if (!this._port) {
            return;
        }
        this._cancelLoad();
        this._loaded = true;
        this.addAdvice(checkFrame(this.frame));
        this._port.connect();
    }

    greet() {
        const { key, hostExpires, hostProof, justIssued } = this._entry;
        this._port.send({
            type: 'open',
            v: 1,
            key,
            hostExpires: hostExpires ?? null,
            hostProof: hostProof ?? null,
            locale: userLocale,
            justIssued: justIssued === true
        });
        this._seats = [];
        this.opening = false;
        this.showAdvice(this._codes.filter((code) => !SILENCE.includes(code)));
        this._focus = { ids: ['frame'] };
        this._poll.now();
    }

    missing() {
        this.addAdvice(checkSilence({ blocked: this._blocked, loaded: this._loaded }));
    }

    hear(message) {
        const { type, ...news } = message;
        this.keepFocus();
        if (type === 'state') {
            this.roomState = news.state;
            this.roomReason = news.reason;
            tell(this._recordId, { kind: 'room', ...news });
            if (GONE.includes(news.state)) {
                this.closeRoom();
                this._focus = { ids: news.state === 'ended' ? ['status'] : ['enter', 'status'] };
                this._poll.now();
            }
        } else if (type === 'roster') {
            this._seats = news.people.map(({ seat }) => seat);
            tell(this._recordId, { kind: 'roster', ...news });
        } else if (type === 'recording') {
            this.recording = news;
            tell(this._recordId, { kind: 'recording', ...news });
        } else if (type === 'problem') {
            this.addAdvice(checkProblem(news, this.frame));
        } else if (type === 'resize') {
            this.height = Math.min(HEIGHT.most, Math.max(HEIGHT.least, Math.round(news.height)));
        }
    }

    async handleLeave() {
        const id = this._recordId;
        const visit = this._visit;
        this.acting = true;
        await this._port.ask(
            { type: 'leave' },
            ({ type, state }) => type === 'state' && GONE.includes(state),
            LEAVE_MS
        );
        if (id !== this._recordId) {
            return;
        }
        this.acting = false;
        if (visit === this._visit) {
            this.closeRoom();
            this.roomState = this.roomState ?? 'left';
            this._focus = { ids: ['enter', 'status'] };
        }
    }

    /** The same seat in a window of its own: the link holds no host power, so commands go through Apex then. */
    async handleWindow() {
        const entry = this._entry ?? (await this.askIn());
        if (!entry) {
            return;
        }
        /* The frame gives the seat up first: it is never held twice. */
        this.closeRoom();
        /* `.new`: the meeting service may not have answered yet, which is not a wrong link. */
        const fresh = entry.justIssued ? '.new' : '';
        window.open(`${this._origin}/#${entry.key}${fresh}`, '_blank', 'noopener,noreferrer');
        this._entry = { key: entry.key, justIssued: entry.justIssued };
        this._cancelKey = after(KEEP_KEY_MS, () => {
            this._entry = null;
        });
        this.inWindow = true;
        this.handOn('window');
    }

    /** Gives the seat up on this page: the frame goes, and with it what was told to it. */
    closeRoom() {
        this._visit += 1;
        this._cancelLoad();
        this._cancelKey();
        this._unwatch();
        this._focus = null;
        this._seats = [];
        if (this._port) {
            this._port.send({ type: 'leave' });
            this._port.close();
            this._port = null;
        }
        this._entry = null;
        this.frameSrc = null;
        this.opening = false;
        this.recording = null;
        if (!GONE.includes(this.roomState)) {
            this.roomState = null;
            this.roomReason = null;
        }
        this._release();
        this._release = () => {};
    }

    showAdvice(codes) {
        this._codes = codes;
        this.advice = advice(codes, this._origin);
    }

    addAdvice(codes) {
        this.showAdvice([...this._codes, ...codes]);
    }

    /* Commands: over the port, where they cost no event; through Apex if the room keeps silent */

    handleRecord() {
        const heard = ({ type, state }) => type === 'recording' && RUNNING.includes(state);
        return this.command(this._recordId, { type: 'record' }, heard, startRecording);
    }

    handleStop() {
        const heard = ({ type, state }) => type === 'recording' && !RUNNING.includes(state);
        return this.command(this._recordId, { type: 'stop' }, heard, stopRecording);
    }

    async handleEnd() {
        const id = this._recordId;
        const sure = await LightningConfirm.open({ label: end, message: endConfirm, theme: 'warning' });
        if (sure) {
            const heard = ({ type, state }) => type === 'state' && state === 'ended';
            await this.command(id, { type: 'end' }, heard, endMeeting);
        }
    }

    /**
     * A command is for the meeting on which it was clicked, whatever the page shows by the time it is
     * given: on another record it still reaches the first one, and nothing of it is told there.
     */
    async command(id, message, heard, apex) {
        const here = () => id === this._recordId;
        this.begin(here);
        try {
            const done = here() && (await this.askAsHost(message, heard));
            const over = here() && this.meeting?.isFinal;
            if (!done && !over) {
                await apex({ meetingId: id });
            }
        } catch (error) {
            this.actionError = here() ? error : this.actionError;
        }
        if (here()) {
            this.acting = false;
            this.handOn(message.type, ...(NEXT[message.type] ?? []));
            this._poll.now();
        }
    }

    begin(here) {
        if (here()) {
            this.acting = true;
            this.actionError = undefined;
        }
    }

    /**
     * For the list of participants on the same page. That a person is gone can be believed only of one
     * who was there: the room shows no others, so for them it is not asked.
     */
    async askRoom(command) {
        if (!this._seats.includes(command.seat)) {
            return false;
        }
        const heard = ({ type, people }) => type === 'roster' && people.every(({ seat }) => seat !== command.seat);
        return this.askAsHost(command, heard);
    }

    async askAsHost(message, heard) {
        const { hostExpires, hostProof } = this._entry ?? {};
        const power = Boolean(hostProof) && hostExpires * 1000 > Date.now();
        return power && this._port?.isReady() ? this._port.ask(message, heard, ANSWER_MS) : false;
    }

    handleAgree() {
        return this.sayConsent(true);
    }

    handleDecline() {
        return this.sayConsent(false);
    }

    async sayConsent(given) {
        const id = this._recordId;
        this.acting = true;
        this.actionError = undefined;
        const heard = (message) => isConsentHeard(message, given);
        const told = await this._port.ask({ type: 'consent', given }, heard, ANSWER_MS);
        if (id === this._recordId) {
            this.acting = false;
            this.actionError = told ? undefined : consentNotSent;
            const control = given ? 'agree' : 'decline';
            this.handOn(control, ...NEXT[control]);
        }
    }
}
