import { LightningElement, api } from 'lwc';
import { fill } from 'c/chimeFormat';
import { linkKeeper } from 'c/chimeRecordingLink';
import { advice, safeOrigin, watchBlocked } from 'c/chimeSelfCheck';
import playerTitle from '@salesforce/label/c.Chime_Playback_Player';
import part from '@salesforce/label/c.Chime_Playback_Part';
import partOf from '@salesforce/label/c.Chime_Playback_Part_Of';
import parts from '@salesforce/label/c.Chime_Playback_Parts';
import asking from '@salesforce/label/c.Chime_Playback_Asking';
import broken from '@salesforce/label/c.Chime_Playback_Broken';
import cannotPlay from '@salesforce/label/c.Chime_Playback_Cannot_Play';
import close from '@salesforce/label/c.Chime_Close';

/** How often a broken link is renewed before the player gives up, and how far it must have played to count anew. */
const MOST_BREAKS = 3;
const PROGRESS_SECONDS = 5;

/**
 * Plays one recording, in all its parts, from the moment it is given until it leaves the page. Place, speed and
 * whether it plays stay as they are when its link is renewed. Fires `close` when the user has enough.
 */
export default class ChimeRecordingVideo extends LightningElement {
    label = { asking, cannotPlay, close, parts };
    asking = false;
    playError;
    src = null;
    part = 0;

    _recording;
    /* The links, one a part in the order in which they were recorded */
    _urls = [];
    _links = null;
    _breaks = 0;
    _brokenAt = 0;
    _resume = null;
    _focus = false;
    _unwatch = () => {};

    /** What to play: its id and its name. */
    @api
    get recording() {
        return this._recording;
    }
    set recording(value) {
        if (value?.id !== this._recording?.id) {
            this.stop();
            this._recording = value;
            if (value) {
                this.start(value.id);
            }
        }
    }

    disconnectedCallback() {
        this.stop();
    }

    renderedCallback() {
        const video = this._focus && this.video;
        if (video) {
            this._focus = false;
            video.focus();
        }
    }

    get playerTitle() {
        const place = this.hasParts ? fill(partOf, this.part + 1, this._urls.length) : '';
        return [fill(playerTitle, this._recording?.name ?? ''), place].filter(Boolean).join(' · ');
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

    start(recordingId) {
        this._links = linkKeeper({
            recordingId,
            isPaused: () => this.video?.paused === true,
            isBroken: () => Boolean(this.video?.error),
            onLinks: (urls) => this.useLinks(urls),
            onFault: (error) => this.giveUp(error)
        });
        this._resume = { at: 0, rate: 1, run: true };
        this._focus = true;
        this.fetchLink(false);
    }

    stop() {
        this._links?.drop();
        this._links = null;
        this._unwatch();
        this.src = null;
        this.part = 0;
        this._urls = [];
        this.asking = false;
        this.playError = undefined;
        this._breaks = 0;
        this._brokenAt = 0;
    }

    fetchLink(renew) {
        this.asking = true;
        this.playError = undefined;
        this._links.fetch(renew);
    }

    useLinks(urls) {
        this.asking = false;
        this._urls = urls;
        this.showPart(Math.min(this.part, urls.length - 1), this._resume ?? this.position());
    }

    giveUp(error) {
        this._links.drop();
        this.asking = false;
        this.playError = error;
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

    goTo(index, run) {
        this._breaks = 0;
        this._brokenAt = 0;
        if (index === this.part) {
            this.video.currentTime = 0;
        } else {
            this.showPart(index, { at: 0, rate: this.position().rate, run });
        }
    }

    position() {
        const { currentTime = 0, playbackRate = 1, paused = true } = this.video ?? {};
        return { at: currentTime, rate: playbackRate, run: !paused };
    }

    handleClose() {
        this.dispatchEvent(new CustomEvent('close'));
    }

    handlePlayAgain() {
        this._breaks = 0;
        this.fetchLink(true);
    }

    handlePart(event) {
        this.goTo(Number(event.currentTarget.dataset.part), this.position().run);
    }

    handleEnded() {
        if (this.part + 1 < this._urls.length) {
            this.goTo(this.part + 1, true);
        }
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

    /* A link that aged while the recording stood still is renewed at the press on Play. */
    handlePlaying() {
        if (this._links.takeStale()) {
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
        // A video that was taken off the page may still tell of its end.
        if (!this._links || this._links.isFetching() || this.playError) {
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
}
