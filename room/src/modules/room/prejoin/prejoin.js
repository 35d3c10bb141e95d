// @ts-check
/**
 * The camera check: see yourself, hear yourself, choose devices, say a guest's name, answer about the recording, go in.
 * Joining works without any device: then one listens and watches.
 */
import { LightningElement, api } from 'lwc';
import { act } from 'room/session';
import { fill, words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */

export default class Prejoin extends LightningElement {
    /** @type {RoomState} */
    @api state = /** @type {any} */ (null);

    words = words('prejoin');
    /** The person tried to go in without the answer that is needed. */
    missing = false;
    /** What stands in the field of the name: the page is drawn anew while one types. @type {string|null} */
    typed = null;
    /** @type {'quiet'|'playing'|'played'|'blocked'} */
    sound = 'quiet';

    connectedCallback() {
        const { devices } = this.state;
        if (!devices.asked) {
            // The browser's question comes over a page that is painted, so that one sees what it is for.
            // eslint-disable-next-line @lwc/lwc/no-async-operation -- one frame, and nothing of this component is touched
            requestAnimationFrame(() => setTimeout(() => act().prepare({ camera: true, microphone: true })));
        }
    }

    get devices() {
        return this.state.devices;
    }

    get subject() {
        return this.state.ticket?.subject ?? '';
    }

    get self() {
        return this.state.self;
    }

    get cameraOn() {
        return this.self.camera && !this.devices.problems.some(({ device }) => device === 'camera');
    }

    get cameraOff() {
        return !this.cameraOn;
    }

    get cameraIcon() {
        return this.cameraOn ? 'camera' : 'cameraOff';
    }

    get cameraLabel() {
        return this.cameraOn ? this.words.cameraOff : this.words.cameraOn;
    }

    get microphoneIcon() {
        return this.self.muted ? 'microphoneOff' : 'microphone';
    }

    get microphoneLabel() {
        return this.self.muted ? this.words.unmute : this.words.mute;
    }

    get level() {
        return this.self.muted ? 0 : this.devices.level;
    }

    get greeting() {
        return this.self.name && !this.self.nameOpen ? fill(this.words.as, { name: this.self.name }) : '';
    }

    get name() {
        return this.typed ?? this.self.name;
    }

    get hasProblems() {
        return this.devices.problems.length > 0;
    }

    get hasCameras() {
        return this.devices.cameras.length > 0;
    }

    get hasMicrophones() {
        return this.devices.microphones.length > 0;
    }

    get hasSpeakers() {
        return this.devices.speakers.length > 0;
    }

    get soundText() {
        return this.words.sound[this.sound];
    }

    get policy() {
        return this.state.ticket?.policy ?? 'everyone';
    }

    get showConsent() {
        return this.state.ask !== 'no' || this.policy === 'notice' || this.state.consent !== 'Not asked';
    }

    get needsAnswer() {
        return this.state.ask === 'must' && this.state.consent === 'Not asked';
    }

    get showMissing() {
        return this.missing && this.needsAnswer;
    }

    get joinLabel() {
        return this.state.doors ? this.words.join : this.words.joinLater;
    }

    get doorsText() {
        return this.state.doors ? '' : this.words.doors;
    }

    /** @param {Event} event */
    handleName(event) {
        this.typed = /** @type {HTMLInputElement} */ (event.target).value;
        act().setName(this.typed);
    }

    handleCamera() {
        act().camera(!this.cameraOn);
    }

    handleMicrophone() {
        act().mute(!this.self.muted);
    }

    async handleSound() {
        this.sound = 'playing';
        this.sound = (await act().testSpeaker()) ? 'played' : 'blocked';
    }

    /** @param {Event} event */
    handleJoin(event) {
        event.preventDefault();
        if (this.needsAnswer) {
            this.missing = true;
            /** @type {any} */ (this.template).querySelector('room-consent').focusQuestion();
            return;
        }
        act().join();
    }

    handleWindow() {
        act().popOut();
    }

    @api
    focusHeading() {
        /** @type {Record<string, HTMLElement>} */ (this.refs).heading.focus();
    }
}
