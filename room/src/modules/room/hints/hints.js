// @ts-check
/**
 * What the person should know now, in plain words, with what can be done: connection, sound, consent, what did not
 * reach the bridge.
 */
import { LightningElement, api } from 'lwc';
import { act } from 'room/session';
import { words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */

export default class Hints extends LightningElement {
    /** @type {RoomState} */
    @api state = /** @type {any} */ (null);

    words = words('hints');

    get reconnecting() {
        return this.state.phase === 'reconnecting';
    }

    get network() {
        const { network } = this.state;
        return network && !this.reconnecting ? this.words.network[network] : '';
    }

    get soundBlocked() {
        return this.state.devices.soundBlocked;
    }

    get asks() {
        return this.state.consent === 'Not asked' && this.state.ask === 'must';
    }

    get policy() {
        return this.state.ticket?.policy ?? 'everyone';
    }

    get silenced() {
        const { self, recorder, recording } = this.state;
        if (self.canSend || this.asks) {
            return '';
        }
        return recorder.present || recording.live ? this.words.silencedByRecording : this.words.silenced;
    }

    get unsent() {
        const { unsent } = this.state;
        return unsent ? this.words.unsent[unsent] : '';
    }

    /** Only what keeps one from being heard or seen in this meeting. */
    get problems() {
        const { problems } = this.state.devices;
        return problems.filter(({ device }) => device === 'microphone');
    }

    get wanted() {
        return { camera: this.state.self.camera, microphone: true };
    }

    handleSound() {
        act().unblockSound();
    }
}
