// @ts-check
/**
 * The time of day, changing each second: by that a frozen picture is told from a quiet meeting. In universal time, for
 * whoever watches the recording may sit anywhere.
 */
import { LightningElement } from 'lwc';

export default class Clock extends LightningElement {
    text = '';
    timer = 0;

    connectedCallback() {
        this.tick();
    }

    disconnectedCallback() {
        window.clearTimeout(this.timer);
    }

    tick() {
        const now = Date.now();
        this.text = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
        // eslint-disable-next-line @lwc/lwc/no-async-operation -- cleared when the clock goes
        this.timer = window.setTimeout(() => this.tick(), 1000 - (now % 1000));
    }
}
