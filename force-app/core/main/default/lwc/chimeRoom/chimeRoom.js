import { LightningElement, api } from 'lwc';
import LightningConfirm from 'lightning/confirm';
import { fill } from 'c/chimeFormat';
import { poll } from 'c/chimePoll';
import { giveCommand, rights } from 'c/chimeRoomCommands';
import { keyboard } from 'c/chimeRoomKeyboard';
import { takeStarted } from 'c/chimeRoomNews';
import { seatKeeper } from 'c/chimeRoomSeat';
import { isGone, openVisit } from 'c/chimeRoomVisit';
import { LABELS, consentBlock, enterText, isConsentAsked, statusLine, windowText } from 'c/chimeRoomWords';
import { advice } from 'c/chimeSelfCheck';
import stateOf from '@salesforce/apex/ChimeRoomController.state';
import consentNotSent from '@salesforce/label/c.Chime_Consent_Not_Sent';
import roomTitle from '@salesforce/label/c.Chime_Room_Title';
import frameTitle from '@salesforce/label/c.Chime_Room_Frame_Title';
import endConfirm from '@salesforce/label/c.Chime_Room_End_Confirm';

const LOOK_MS = 5000;
const LOOK_IN_ROOM_MS = 15000;
const LOOK_AFTER_ERROR_MS = 15000;
const HEIGHT = { least: 320, usual: 560, most: 1600 };
/** What was found because the room kept silent: over when it answers. */
const SILENCE = ['trustedUrl', 'notLoaded', 'noAnswer'];

/**
 * The room of a meeting on its record page. Holds the seat of this user: one frame at a time, the
 * same seat after each return. What the room tells goes on to the other components of the page.
 */
export default class ChimeRoom extends LightningElement {
    /** Opens the room as soon as the record is there, for a user with a seat. */
    @api openAtOnce = false;

    label = LABELS;
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
    _tried = false;
    _poll = poll(() => this.look());
    _keyboard = keyboard(() => this.template);
    /* What opens the seat is kept in these two only, and only as long as the room is open (its key a minute longer). */
    _seat = seatKeeper();
    _visit = null;

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
        this._keyboard.rendered();
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
        return enterText(this.inWindow, this.roomState);
    }

    get windowLabel() {
        return windowText(this.inWindow);
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

    get may() {
        return rights(this.meeting, this.recordingState);
    }

    get consent() {
        return this.recording?.consent ?? 'Not asked';
    }

    get askConsent() {
        return this.roomState === 'in' && isConsentAsked(this.meeting, this.recordingState, this.consent);
    }

    get question() {
        return consentBlock(this.consent);
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
            held = this._keyboard.keep();
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
                this._keyboard.handOn();
            }
            return null;
        }
        const wanted = takeStarted(id) || this.openAtOnce;
        if (wanted && this.canEnter && !this._tried) {
            this._tried = true;
            this.open();
        }
        return this._visit?.isReady() ? LOOK_IN_ROOM_MS : LOOK_MS;
    }

    handleReload() {
        this._poll.now();
    }

    /* Going in and out */

    handleEnter() {
        this._keyboard.handOn();
        return this.open();
    }

    handleTryAgain() {
        this.closeRoom();
        return this.handleEnter();
    }

    handleDismiss() {
        this.showAdvice([]);
        this._keyboard.handOn();
    }

    async open() {
        if (this.frameSrc || this.opening) {
            return;
        }
        this.opening = true;
        this.inWindow = false;
        this.roomReason = null;
        this.showAdvice([]);
        const seat = await this.askIn();
        /* Held still, for the page may have gone to another record. */
        if (seat && seat === this._seat.held()) {
            this._visit = openVisit({
                meetingId: this._recordId,
                seat,
                frame: () => this.template.querySelector('iframe'),
                onLeave: () => this.closeRoom(),
                onReady: () => this.letIn(),
                onMessage: (message) => this.hear(message),
                onFault: (codes) => this.showAdvice([...this._codes, ...codes])
            });
            this.frameSrc = this._visit.src;
        }
    }

    async askIn() {
        this.actionError = undefined;
        const answer = await this._seat.ask(this._recordId);
        if (answer && !answer.seat) {
            this.actionError = answer.error;
            this.opening = false;
            this.showAdvice(answer.codes ?? []);
        }
        return answer?.seat;
    }

    handleFrameLoad() {
        this._visit?.frameLoaded();
    }

    letIn() {
        this.opening = false;
        this.showAdvice(this._codes.filter((code) => !SILENCE.includes(code)));
        this._keyboard.goTo('frame');
        this._poll.now();
    }

    hear({ type, ...news }) {
        this._keyboard.keep();
        if (type === 'state') {
            this.roomState = news.state;
            this.roomReason = news.reason;
            if (isGone(news.state)) {
                this.closeRoom();
                this._keyboard.goTo(...(news.state === 'ended' ? ['status'] : ['enter', 'status']));
                this._poll.now();
            }
        } else if (type === 'recording') {
            this.recording = news;
        } else if (type === 'resize') {
            this.height = Math.min(HEIGHT.most, Math.max(HEIGHT.least, Math.round(news.height)));
        }
    }

    async handleLeave() {
        const id = this._recordId;
        const visit = this._visit;
        this.acting = true;
        await visit.leave();
        if (id !== this._recordId) {
            return;
        }
        this.acting = false;
        if (visit === this._visit) {
            this.closeRoom();
            this.roomState = this.roomState ?? 'left';
            this._keyboard.goTo('enter', 'status');
        }
    }

    /** The same seat in a window of its own: the link holds no host power, so commands go through Apex then. */
    async handleWindow() {
        const seat = this._seat.held() ?? (await this.askIn());
        if (seat && seat === this._seat.held()) {
            /* The frame gives the seat up first: it is never held twice. */
            this.closeRoom();
            this._seat.openWindow(seat);
            this.inWindow = true;
            this._keyboard.handOn('window');
        }
    }

    /** Gives the seat up on this page: the frame goes, and with it what was told to it. */
    closeRoom() {
        const visit = this._visit;
        this._visit = null;
        this._keyboard.stay();
        this._seat.forget();
        this.frameSrc = null;
        this.opening = false;
        this.recording = null;
        if (!isGone(this.roomState)) {
            this.roomState = null;
            this.roomReason = null;
        }
        visit?.close();
    }

    showAdvice(codes) {
        this._codes = codes;
        this.advice = advice(codes, this._seat.origin());
    }

    /* Commands */

    handleRecord() {
        return this.command('record', this._recordId);
    }

    handleStop() {
        return this.command('stop', this._recordId);
    }

    async handleEnd() {
        const id = this._recordId;
        const sure = await LightningConfirm.open({ label: LABELS.end, message: endConfirm, theme: 'warning' });
        if (sure) {
            await this.command('end', id);
        }
    }

    /**
     * A command is for the meeting on which it was clicked, whatever the page shows by the time it is
     * given: on another record it still reaches the first one, and nothing of it is told there.
     */
    async command(type, id) {
        const here = () => id === this._recordId;
        if (here()) {
            this.acting = true;
            this.actionError = undefined;
        }
        try {
            await giveCommand(type, id, {
                ask: async (message, isHeard) => here() && this._visit?.askAsHost(message, isHeard),
                isOver: () => here() && this.meeting?.isFinal
            });
        } catch (error) {
            this.actionError = here() ? error : this.actionError;
        }
        if (here()) {
            this.acting = false;
            this._keyboard.handOnFrom(type);
            this._poll.now();
        }
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
        const told = await this._visit.sayConsent(given);
        if (id === this._recordId) {
            this.acting = false;
            this.actionError = told ? undefined : consentNotSent;
            this._keyboard.handOnFrom(given ? 'agree' : 'decline');
        }
    }
}
