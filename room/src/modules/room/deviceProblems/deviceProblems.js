// @ts-check
/**
 * Why a camera, a microphone or a speaker cannot be used, and who can switch it on where: the browser, the computer
 * or Salesforce.
 */
import { LightningElement, api } from 'lwc';
import { act } from 'room/session';
import { fill, words } from 'room/words';

/** @typedef {import('../../../core/state.js').DeviceProblem} DeviceProblem */

export default class DeviceProblems extends LightningElement {
    /** @type {readonly DeviceProblem[]} */
    @api problems = [];
    @api embedded = false;
    /** What is asked for anew. @type {{camera: boolean, microphone: boolean}} */
    @api wanted = { camera: true, microphone: true };

    words = words('deviceProblems');

    get any() {
        return this.problems.length > 0;
    }

    /** Devices with the same cause are told of once. */
    get entries() {
        const causes = [...new Set(this.problems.map(({ cause }) => cause))];
        return causes.map((cause) => {
            const devices = this.problems.filter((problem) => problem.cause === cause).map(({ device }) => device);
            const names = [...new Set(devices)].map((device) => this.words.device[device]);
            const advice = cause === 'policy' && this.embedded ? this.words.salesforce : this.words.advice[cause];
            return {
                cause,
                what: fill(this.words.cause[cause], { device: names.join(this.words.and) }),
                advice: fill(advice, { origin: window.location.origin })
            };
        });
    }

    get canPopOut() {
        return this.embedded && this.problems.some(({ cause }) => cause === 'policy' || cause === 'permission');
    }

    handleAgain() {
        act().prepare(this.wanted);
    }

    handleWindow() {
        act().popOut();
    }
}
