import { LightningElement, api, wire } from 'lwc';
import { getFieldValue, getRecord } from 'lightning/uiRecordApi';
import LightningConfirm from 'lightning/confirm';
import MEETING from '@salesforce/schema/Chime_Recording__c.Meeting__c';
import { fill, formatDateTime, formatDuration, formatSize } from 'c/chimeFormat';
import { picklistText } from 'c/chimePicklist';
import { poll } from 'c/chimePoll';
import { listen } from 'c/chimeRoomNews';
import { advice, safeOrigin, watchBlocked } from 'c/chimeSelfCheck';
import { after } from 'c/chimeTimer';
import recordings from '@salesforce/apex/ChimePlaybackController.recordings';
import requestLink from '@salesforce/apex/ChimePlaybackController.requestLink';
import link from '@salesforce/apex/ChimePlaybackController.link';
import erase from '@salesforce/apex/ChimePlaybackController.erase';
import stateOf from '@salesforce/apex/ChimeRoomController.state';
import title from '@salesforce/label/c.Chime_Recordings_Title';
import none from '@salesforce/label/c.Chime_Recordings_None';
import onHold from '@salesforce/label/c.Chime_Recording_On_Hold';
import keptUntil from '@salesforce/label/c.Chime_Recording_Kept_Until';
import gap from '@salesforce/label/c.Chime_Recording_Gap';
import failure from '@salesforce/label/c.Chime_Recording_Failure';
import play from '@salesforce/label/c.Chime_Playback_Play';
import playNamed from '@salesforce/label/c.Chime_Playback_Play_Named';
import playerTitle from '@salesforce/label/c.Chime_Playback_Player';
import part from '@salesforce/label/c.Chime_Playback_Part';
import partOf from '@salesforce/label/c.Chime_Playback_Part_Of';
import parts from '@salesforce/label/c.Chime_Playback_Parts';
import asking from '@salesforce/label/c.Chime_Playback_Asking';
import noLink from '@salesforce/label/c.Chime_Playback_No_Link';
import badLink from '@salesforce/label/c.Chime_Playback_Bad_Link';
import broken from '@salesforce/label/c.Chime_Playback_Broken';
import cannotPlay from '@salesforce/label/c.Chime_Playback_Cannot_Play';
import eraseLabel from '@salesforce/label/c.Chime_Recording_Erase';
import eraseNamed from '@salesforce/label/c.Chime_Recording_Erase_Named';
import eraseConfirm from '@salesforce/label/c.Chime_Recording_Erase_Confirm';
import eraseAsked from '@salesforce/label/c.Chime_Recording_Erase_Asked';
import changed from '@salesforce/label/c.Chime_Recording_Changed';
import close from '@salesforce/label/c.Chime_Close';
import refresh from '@salesforce/label/c.Chime_Refresh';
import loading from '@salesforce/label/c.Chime_Loading';

const LOOK_MS = 5000;
const LOOK_IDLE_MS = 30000;
const LOOK_AFTER_ERROR_MS = 15000;
const LINK_POLL_MS = 2000;
const LINK_WAIT_MS = 60000;
/** A link is renewed when this part of its life is over. */
const RENEW_AT = 0.8;
const LEAST_PAUSE_MS = 5000;
/** How often a broken link is renewed before the player gives up, and how far it must have played to count anew. */
const MOST_BREAKS = 3;
const PROGRESS_SECONDS = 5;
const ERASE_WAIT_MS = 120000;
const SETTLED = ['Available', 'Failed', 'Erased'];

/**
 * The recordings of a meeting, or the one on whose page it stands. A link is asked for when somebody
 * plays, lives for minutes, and is renewed while it plays; it stands in no record that people can read.
 */
export default class ChimeRecordingPlayer extends LightningElement {
    label = { title, none, onHold, play, parts, asking, cannotPlay, erase: eraseLabel, close, refresh, loading };
    loadError;
    actionError;
    told = '';
    playing = null;
    asking = false;
    playError;
    src = null;
    part = 0;

    _recordId;
    _objectApiName;
    _fromRecord;
    _rows;
    _erasing = [];
    _connected = false;
    _poll = poll(() => this.look());
    _unlisten = () => {};
    /* The links, one a part in the order in which they were recorded, and their life */
    _urls = [];
    _visit = 0;
    _expiresAt = null;
    _stale = false;
    _fetching = false;
    _breaks = 0;
    _brokenAt = 0;
    _resume = null;
    _focus = false;
    /* Where the keyboard goes if the button under it was switched off or went away. */
    _next = null;
    _cancelErasing = () => {};
    _cancel = () => {};
    _unwatch = () => {};

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
        this.handleClose();
    }

    renderedCallback() {
        const video = this._focus && this.video;
        if (video) {
            this._focus = false;
            video.focus();
        }
        const target = this._next && this.template.querySelector(this._next);
        this._next = null;
        if (target && document.activeElement === document.body) {
            target.focus();
        }
    }

    restart() {
        this.handleClose();
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
            ...row,
            statusText: picklistText('recording', row.status),
            line: lineOf(row),
            failure: row.status === 'Failed' ? fill(failure, row.failureReason || '') : '',
            gap: row.gapSeconds > 0 ? fill(gap, formatDuration(row.gapSeconds)) : '',
            playLabel: fill(playNamed, row.name),
            eraseLabel: fill(eraseNamed, row.name),
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
            this.told = news.map((row) => fill(changed, row.name, picklistText('recording', row.status))).join(' ');
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
                this.handleClose();
            }
        }
        this._poll.now();
    }

    /* The player */

    get playerTitle() {
        const place = this.hasParts ? fill(partOf, this.part + 1, this._urls.length) : '';
        return [fill(playerTitle, this.playing.name), place].filter(Boolean).join(' · ');
    }

    /** A recording whose machine was lost has a part before and a part after it. */
    get hasParts() {
        return this._urls.length > 1;
    }

    get parts() {
        return this._urls.map((url, index) => ({
            index,
            text: fill(part, index + 1),
            current: index === this.part ? 'true' : null
        }));
    }

    get video() {
        return this.template.querySelector('video');
    }

    handlePlay(event) {
        const { recording } = event.target.dataset;
        const { id, name } = this._rows.find((row) => row.id === recording);
        this.handleClose();
        this.playing = { id, name };
        this._resume = { at: 0, rate: 1, run: true };
        this._focus = true;
        this.fetchLink(false);
    }

    handlePlayAgain() {
        this._breaks = 0;
        this.fetchLink(true);
    }

    handleCloseButton() {
        this._next = `[data-id="play"][data-recording="${this.playing.id}"]`;
        this.handleClose();
    }

    handleClose() {
        this._visit += 1;
        this._cancel();
        this._unwatch();
        this.playing = null;
        this.src = null;
        this.part = 0;
        this._urls = [];
        this.asking = false;
        this._fetching = false;
        this.playError = undefined;
        this._expiresAt = null;
        this._stale = false;
        this._breaks = 0;
        this._brokenAt = 0;
    }

    /* A quiet renewal disturbs nobody who watches: if it fails, the old link still lives a while. */
    async fetchLink(renew, quiet = false) {
        this._visit += 1;
        const visit = this._visit;
        this._cancel();
        this._fetching = true;
        this.asking = !quiet;
        this.playError = undefined;
        try {
            const answer = await this.awaitLink(renew, () => visit === this._visit);
            if (visit === this._visit) {
                this.useLink(answer);
            }
        } catch (error) {
            if (visit === this._visit) {
                this._fetching = false;
                if (quiet && !this.video?.error) {
                    this.planRenewal(0.5);
                } else {
                    this.giveUp(error);
                }
            }
        }
    }

    /** Asks once, then only looks until the link has come: looking costs the bridge nothing. */
    async awaitLink(renew, current) {
        const recordingId = this.playing.id;
        const until = Date.now() + LINK_WAIT_MS;
        let answer = await requestLink({ recordingId, renew });
        const newerThan = answer.expiresAt ?? this._expiresAt;
        while (!answer.ready && current()) {
            if (Date.now() >= until) {
                throw new Error(noLink);
            }
            const pause = answer.pollAfterMs ?? LINK_POLL_MS;
            // eslint-disable-next-line no-await-in-loop -- one look after the other is the point
            await new Promise((resolve) => after(pause, resolve));
            // eslint-disable-next-line no-await-in-loop -- one look after the other is the point
            answer = current() ? await link({ recordingId, newerThan }) : answer;
        }
        return answer;
    }

    useLink({ url, urls, expiresAt }) {
        const links = urls?.length > 0 ? urls : [url];
        if (!links.every((one) => safeOrigin(one))) {
            this.giveUp(badLink);
            return;
        }
        this.asking = false;
        this._fetching = false;
        this._stale = false;
        this._expiresAt = expiresAt;
        this._urls = links;
        this.showPart(Math.min(this.part, links.length - 1), this._resume ?? this.position());
        this.planRenewal(RENEW_AT);
    }

    planRenewal(share) {
        const life = new Date(this._expiresAt).getTime() - Date.now();
        this._cancel = after(Math.max(LEAST_PAUSE_MS, life * share), () => this.renewInTime());
    }

    showPart(index, resume) {
        const url = this._urls[index];
        const origin = safeOrigin(url);
        this._unwatch();
        this._unwatch = watchBlocked('media', origin, () => this.giveUp(advice(['trustedMedia'], origin)[0].text));
        this._resume = resume;
        this.part = index;
        this.src = url;
    }

    handlePart(event) {
        this.goTo(Number(event.currentTarget.dataset.part), this.position().run);
    }

    handleEnded() {
        if (this.part + 1 < this._urls.length) {
            this.goTo(this.part + 1, true);
        }
    }

    goTo(index, run) {
        this._breaks = 0;
        this._brokenAt = 0;
        if (index === this.part) {
            this.video.currentTime = 0;
        } else {
            this.showPart(index, { at: 0, rate: this.position().rate, run });
        }
    }

    /* While it stands still nothing is asked for: the next press on Play renews first. */
    renewInTime() {
        if (this.video?.paused) {
            this._stale = true;
        } else {
            this.fetchLink(true, true);
        }
    }

    position() {
        const { currentTime = 0, playbackRate = 1, paused = true } = this.video ?? {};
        return { at: currentTime, rate: playbackRate, run: !paused };
    }

    handleLoaded() {
        const { at, rate, run } = this._resume ?? this.position();
        this._resume = null;
        const { video } = this;
        video.currentTime = at;
        video.playbackRate = rate;
        if (run) {
            /* A browser that forbids to start by itself leaves the button to the user. */
            video.play()?.catch(() => {});
        }
    }

    handlePlaying() {
        if (this._stale) {
            this._stale = false;
            this._resume = { ...this.position(), run: true };
            this.video.pause();
            this.fetchLink(true);
        }
    }

    handleTime() {
        if (Math.abs(this.video.currentTime - this._brokenAt) > PROGRESS_SECONDS) {
            this._breaks = 0;
        }
    }

    handleBroken() {
        if (this._fetching || this.playError) {
            return;
        }
        this._resume = this._resume ?? this.position();
        this._brokenAt = this._resume.at;
        this._breaks += 1;
        if (this._breaks > MOST_BREAKS) {
            this.giveUp(broken);
        } else {
            this.fetchLink(true);
        }
    }

    giveUp(error) {
        this._visit += 1;
        this._cancel();
        this.asking = false;
        this._fetching = false;
        this.playError = error;
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

function lineOf(row) {
    return [
        formatDateTime(row.startedAt),
        formatDuration(row.durationSeconds),
        formatSize(row.sizeBytes),
        row.retainUntil ? fill(keptUntil, formatDateTime(row.retainUntil)) : ''
    ]
        .filter(Boolean)
        .join(' · ');
}
